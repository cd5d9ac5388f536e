package web

import (
	"net/http"
	"strconv"
)

// eventsListed is how many events one page shows.
const eventsListed = 25

// activityList is the user's own audit feed, all of it or some groups of events.
func (p *Pages) activityList(v *visit) error {
	cursors := cursorsOf(v.r, "before")
	before, err := strconv.ParseInt(cursors.last(), 10, 64)
	if err != nil {
		before = 0 // the newest
	}
	groups := shown(v.r.URL.Query())
	found, err := p.Audit.Own(v.r.Context(), p.actor(v), before, eventsListed, kindsOf(groups)...)
	if err != nil {
		return err
	}
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return err
	}
	view := viewActivity(v.speaker, found.Events, groups, policy)
	next := ""
	if found.Next > 0 {
		next = strconv.FormatInt(found.Next, 10)
	}
	view.Pages = cursors.pages(activityPath, "before", next, filterQuery(groups))
	return p.show(v, http.StatusOK, "activity_list", v.T("activity.heading"), view)
}
