package profile

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// noticesListed is how many notices one page shows.
const noticesListed = 25

// noticesView is what the bell leads to.
type noticesView struct {
	Days   []noticeDay
	Unread string // how many are unread; "" for none
	UpTo   string // of the newest one that is shown, which marking all as read goes up to
	Choose string // path of the page of choices
	Empty  kit.EmptyView
	Pages  kit.PagesView
}

type noticeDay struct {
	Title   string
	Notices []noticeRow
}

// noticeRow is one notice.
type noticeRow struct {
	Icon, Tone string
	Title      string
	Facts      []string
	Times      string // how often it happened, where that is more than once
	At         kit.Moment
	Unread     bool
	Mine       string // where "It was me" goes; "" for nothing that is asked
	Acts       []kit.Anchor
}

// noticeLooks says what the notices of each topic look like, and what leads to where something can be done
// about them.
var noticeLooks = map[notify.Topic]struct{ icon, tone, words string }{
	notify.SignIns:      {"login", "info", "notices.toSessions"},
	notify.Proofs:       {"shield-lock", "info", "notices.toSecurity"},
	notify.Locks:        {"lock", "warn", "notices.toActivity"},
	notify.DeviceAlerts: {"alert-triangle", "bad", "notices.toDevices"},
	notify.AccountNews:  {"user", "info", "notices.toGeneral"},
	notify.Programs:     {"key", "warn", "notices.toKeys"},
	notify.Reminders:    {"clock", "plain", "notices.toSecurity"},
	notify.OrgAlerts:    {"alert-triangle", "bad", "notices.toDashboard"},
	notify.OrgHouseWork: {"circle-check", "plain", "notices.toDashboard"},
}

// noticeList shows what happened on the reader's account, the newest first.
func (p *Pages) noticeList(v *kit.Visit) error {
	l := kit.Listed(v.R, kit.NoticesPath, list.OwnNotices, noticesListed)
	found, err := p.Notices.List(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "notice_list", v.T("notices.heading"), viewNotices(v.Speaker, l, found, v.Checked.Session.ID))
}

func viewNotices(s kit.Speaker, l kit.List, found list.Page[sallyport.Notice], current string) *noticesView {
	v := &noticesView{
		Choose: kit.NotificationsPath, Empty: kit.EmptyView{Icon: "bell", Title: s.T("notices.emptyTitle"), Text: s.T("notices.emptyText")},
		Pages: l.Pages(found.Next),
	}
	unread := 0
	for _, n := range found.Rows {
		row, ok := viewNotice(s, n, current)
		if !ok {
			continue
		}
		if row.Unread {
			unread++
		}
		if v.UpTo == "" {
			v.UpTo = n.LastAt.UTC().Format(time.RFC3339Nano)
		}
		title := s.Day(n.LastAt, s.Now, s.Zone)
		if len(v.Days) == 0 || v.Days[len(v.Days)-1].Title != title {
			v.Days = append(v.Days, noticeDay{Title: title})
		}
		day := &v.Days[len(v.Days)-1]
		day.Notices = append(day.Notices, row)
	}
	if unread > 0 {
		v.Unread = s.N("notices.unread", unread)
	}
	return v
}

// viewNotice shows a notice, and false for a kind that this version does not know.
func viewNotice(s kit.Speaker, n sallyport.Notice, current string) (noticeRow, bool) {
	e := notify.EntryOf(s.Printer, s.Zone, n)
	look, ok := noticeLooks[e.Topic]
	if e.Title == "" || !ok {
		return noticeRow{}, false
	}
	row := noticeRow{Icon: look.icon, Tone: look.tone, Title: e.Title, At: s.Moment("time.plain", n.LastAt), Unread: n.ReadAt.IsZero()}
	for _, f := range e.About {
		row.Facts = append(row.Facts, f.Label+": "+f.Value)
	}
	for i, f := range e.From {
		if i > 0 { // when it happened is said beside it
			row.Facts = append(row.Facts, f.Value)
		}
	}
	if n.Times > 1 {
		row.Times = s.N("notices.times", n.Times)
	}
	if n.SessionID != "" && n.SessionID != current && e.Topic == notify.SignIns {
		row.Mine = sessionPath(n.SessionID) + "/mine"
		row.Acts = append(row.Acts, kit.Anchor{Text: s.T("notices.end"), Path: sessionPath(n.SessionID) + "/not-mine"})
	}
	row.Acts = append(row.Acts, kit.Anchor{Text: s.T(look.words), Path: notify.PageOf(e.Topic, "")})
	return row, true
}

// noticesRead marks what was shown as read: what came since stays unread.
func (p *Pages) noticesRead(v *kit.Visit) error {
	upTo, err := time.Parse(time.RFC3339Nano, v.R.FormValue("upTo"))
	if err != nil {
		upTo = v.Now
	}
	if _, err := p.Notices.ReadAll(v.R.Context(), p.Actor(v), upTo); err != nil {
		return err
	}
	v.Redirect(kit.NoticesPath)
	return nil
}

// noticeCount says how many notices are unread, for the bell of pages that are open.
func (p *Pages) noticeCount(v *kit.Visit) error {
	n, err := p.Notices.Unread(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, kit.ViewBell(v.Speaker, n))
}
