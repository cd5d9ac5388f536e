package profile

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/web/kit"

	"github.com/sallyport/sallyport/internal/list"
)

// eventsListed is how many events one page shows.
const eventsListed = 25

// activityList is the user's own audit feed, all of it or some groups of events.
func (p *Pages) activityList(v *kit.Visit) error {
	l := kit.Listed(v.R, activityPath, list.OwnEvents, eventsListed)
	found, err := p.Audit.Own(v.R.Context(), p.Actor(v), l.Query)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "activity_list", v.T("activity.heading"), viewActivity(v.Speaker, l, found))
}
