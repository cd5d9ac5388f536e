package profile

import (
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport/internal/web/kit"
)

// eventsListed is how many events one page shows.
const eventsListed = 25

// activityList is the user's own audit feed, all of it or some groups of events.
func (p *Pages) activityList(v *kit.Visit) error {
	cursors := kit.CursorsOf(v.R, "before")
	before, err := strconv.ParseInt(cursors.Last(), 10, 64)
	if err != nil {
		before = 0 // the newest
	}
	groups := shown(v.R.URL.Query())
	found, err := p.Audit.Own(v.R.Context(), p.Actor(v), before, eventsListed, kindsOf(groups)...)
	if err != nil {
		return err
	}
	policy, err := p.Tenants.Policy(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	view := viewActivity(v.Speaker, found.Events, groups, policy)
	next := ""
	if found.Next > 0 {
		next = strconv.FormatInt(found.Next, 10)
	}
	view.Pages = cursors.Pages(activityPath, "before", next, filterQuery(groups))
	return p.Show(v, http.StatusOK, "activity_list", v.T("activity.heading"), view)
}
