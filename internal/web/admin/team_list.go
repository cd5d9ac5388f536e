package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const teamPath = "/settings/team"

// teamListed is how many users one page shows.
const teamListed = 25

// teamView is Settings > Team.
type teamView struct {
	Filters kit.FilterBar
	Users   []teamRow
	Empty   kit.EmptyView
	Pages   kit.PagesView
}

// teamRow is one user.
type teamRow struct {
	User   *kit.UserView
	Role   string
	Status kit.Pill
	Since  kit.Moment
	You    bool             // the reader
	Close  *kit.ConfirmView // nil where there is nothing to close
}

// teamList shows the users of the organisation.
func (p *Pages) teamList(v *kit.Visit) error {
	l := kit.Listed(v.R, teamPath, list.Users, teamListed)
	found, err := p.Accounts.List(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "team_list", v.T("team.heading"), viewTeam(v.Speaker, v.Checked.User.ID, l, found))
}

func viewTeam(s kit.Speaker, reader string, l kit.List, found list.Page[sallyport.User]) *teamView {
	v := &teamView{
		Filters: l.FilterBar(s, "role", "status"),
		Empty:   kit.EmptyView{Icon: "user", Title: s.T("team.emptyTitle"), Text: s.T("team.emptyText")},
		Pages:   l.Pages(found.Next),
	}
	if all := v.Filters.Clear; all != nil {
		v.Empty = kit.EmptyView{Icon: "filter", Title: s.T("team.noneTitle"), Text: s.T("team.noneText"), Action: all}
	}
	for _, u := range found.Rows {
		row := teamRow{
			User: kit.ViewUser(u), Role: s.T("role." + string(u.Role)), Status: s.StatusPill(string(u.Status)),
			Since: s.Moment("team.since", u.CreatedAt), You: u.ID == reader,
		}
		if !row.You && u.Status == sallyport.UserActive {
			row.Close = confirmLockdown(s, u)
		}
		v.Users = append(v.Users, row)
	}
	return v
}
