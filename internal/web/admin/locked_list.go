package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// lockedView is the list of those whose accounts are locked.
type lockedView struct {
	Back   kit.Anchor
	People []lockedRow
	Empty  kit.EmptyView
	Pages  kit.PagesView
}

// lockedRow is one of them.
type lockedRow struct {
	Who   *kit.UserView
	Locks []string // what is locked, and for whom
	Seen  *kit.Moment
	Ask   *kit.ConfirmView // nil for who may not
}

// lockedList shows whose accounts are locked.
func (p *Pages) lockedList(v *kit.Visit) error {
	l := kit.Listed(v.R, lockedPath, list.Locked, registered)
	found, err := p.Dashboard.ListLocked(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "locked_list", v.T("dashboard.locked"), viewLocked(v.Speaker, p.Actor(v), l, found))
}

func viewLocked(s kit.Speaker, reader sallyport.Actor, l kit.List, found list.Page[dashboard.LockedUser]) *lockedView {
	v := &lockedView{
		Back: kit.Anchor{Text: s.T("dashboard.heading"), Path: dashboardPath}, Pages: l.Pages(found.Next),
		Empty: kit.EmptyView{Icon: "lock-open", Title: s.T("lockedPage.emptyTitle"), Text: s.T("lockedPage.emptyText")},
	}
	for _, u := range found.Rows {
		row := lockedRow{Who: kit.ViewUser(u.User), Seen: s.Since("time.plain", u.LastSignInAt)}
		row.Who.Path = personPath(u.ID)
		for _, held := range u.Locks {
			row.Locks = append(row.Locks, lockText(s, held))
		}
		if u.ID != reader.UserID && access.Allowed(reader, access.UsersManage, access.Of(u.User)) == nil {
			row.Ask = askUnlock(s, u.User, lockedPath)
			row.Ask.Label = s.T("lockedPage.unlock", "Name", u.Name())
		}
		v.People = append(v.People, row)
	}
	return v
}
