package web

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/list"
)

// eventsListed is how many events one page shows.
const eventsListed = 25

// activityList is the user's own audit feed, all of it or some groups of events.
func (p *Pages) activityList(v *visit) error {
	l := listed(v.r, activityPath, list.OwnEvents, eventsListed)
	found, err := p.Audit.Own(v.r.Context(), p.actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.show(v, http.StatusOK, "activity_list", v.T("activity.heading"), viewActivity(v.speaker, l, found))
}
