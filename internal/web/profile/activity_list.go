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
	oldest := events[len(events)-1].CreatedAt.Add(-time.Minute)
	if err := p.readAttempts(v, oldest, all.attempts); err != nil {
		return all, err
	}
	if err := p.readFresh(v, oldest, all.fresh); err != nil {
		return all, err
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

// readAttempts reads the attempts since a time by the session that began.
func (p *Pages) readAttempts(v *kit.Visit, since time.Time, by map[string]sallyport.Attempt) error {
	left := attemptsRead
	for a, err := range p.eachAttempt(v) {
		if left--; err != nil || left < 0 || a.CreatedAt.Before(since) {
			return err
		}
		if a.SessionID != "" {
			by[a.SessionID] = a
		}
	}
	return nil
}

// readFresh reads which sessions since a time began on a device used for the first time.
func (p *Pages) readFresh(v *kit.Visit, since time.Time, fresh map[string]bool) error {
	for e, err := range p.eachDeviceEvent(v) {
		if err != nil || e.CreatedAt.Before(since) {
			return err
		}
		if e.Kind == string(audit.DeviceAdded) {
			fresh[e.SessionID] = true
		}
	}
	return nil
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
