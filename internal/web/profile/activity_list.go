package profile

import (
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
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
	all, err := p.signIns(v, found.Rows)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "activity_list", v.T("activity.heading"), viewActivity(v.Speaker, l, found, all))
}

// signIns gathers what the sentences about the sign-ins among some events, newest first, are made of.
func (p *Pages) signIns(v *kit.Visit, events []sallyport.Event) (signIns, error) {
	all := signIns{
		attempts: map[string]sallyport.Attempt{}, fresh: map[string]bool{}, live: map[string]sallyport.Session{},
		current: v.Checked.Session, missing: p.missing(v, policy.EndDevice),
	}
	if len(events) == 0 {
		return all, nil
	}
	left, oldest := attemptsRead, events[len(events)-1].CreatedAt.Add(-time.Minute)
	for a, err := range p.eachAttempt(v) {
		if err != nil {
			return all, err
		}
		if left--; left < 0 || a.CreatedAt.Before(oldest) {
			break
		}
		if a.SessionID != "" {
			all.attempts[a.SessionID] = a
		}
	}
	for e, err := range p.eachDeviceEvent(v) {
		if err != nil {
			return all, err
		}
		if e.CreatedAt.Before(oldest) {
			break
		}
		all.fresh[e.SessionID] = all.fresh[e.SessionID] || e.Kind == string(audit.DeviceAdded)
	}
	for session, err := range p.eachSession(v) {
		if err != nil {
			return all, err
		}
		all.live[session.ID] = session
	}
	var err error
	all.devices, err = p.devicesByID(v)
	return all, err
}

// eachDeviceEvent reads what happened to the user's devices page by page, newest first.
func (p *Pages) eachDeviceEvent(v *kit.Visit) iter.Seq2[sallyport.Event, error] {
	q, err := list.OwnEvents.Parse(url.Values{"show": {string(audit.Devices)}})
	return list.All(q, func(q list.Query) (list.Page[sallyport.Event], error) {
		if err != nil {
			return list.Page[sallyport.Event]{}, err
		}
		return p.Audit.Own(v.R.Context(), p.Actor(v), q)
	})
}
