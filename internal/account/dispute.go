package account

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
)

// dispute is what the owner of an account says was somebody else: a session, its device, and
// what came after it from a device that was not known before.
type dispute struct {
	since    time.Time       // when it began: proofs made since then may be somebody else's
	sessions map[string]bool // by id
	devices  map[string]bool // by id
}

// beforeSession is how long before its session the sign-in may have begun in which a first
// factor was set up.
const beforeSession = time.Hour

// disputed returns what is disputed when this is: what happened at a time in a session and on
// a device, each "" when unknown. spared is a session of the owner that is none of it.
func disputed(ctx context.Context, a *act.Act, about link.About, at time.Time, spared string) (*dispute, error) {
	d := &dispute{since: at, sessions: map[string]bool{}, devices: map[string]bool{}}
	mine, err := ownSession(ctx, a, spared)
	if err != nil {
		return nil, err
	}
	if about.SessionID != "" {
		v, err := ownSession(ctx, a, about.SessionID)
		if err != nil {
			return nil, err
		}
		d.sessions[about.SessionID], d.devices[v.DeviceID] = true, true
		if v.ID != "" && v.CreatedAt.Before(at) {
			d.since = v.CreatedAt
		}
	}
	newer, err := a.DevicesSince(ctx, a.User.TenantID, a.User.ID, at)
	if err != nil {
		return nil, err
	}
	for _, id := range append(newer, about.DeviceID) {
		d.devices[id] = true
	}
	delete(d.devices, "")
	delete(d.devices, mine.DeviceID)
	begun, err := a.SessionsSince(ctx, a.User.TenantID, a.User.ID, d.since)
	for _, v := range begun {
		if d.devices[v.DeviceID] || v.DeviceID == "" && v.ID != spared {
			d.sessions[v.ID] = true
		}
	}
	return d, err
}

// ownSession returns a session of the act's user, or the zero value when they have none with
// this id.
func ownSession(ctx context.Context, a *act.Act, id string) (sallyport.Session, error) {
	v, err := a.Session(ctx, a.User.TenantID, id)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && v.UserID != a.User.ID {
		return sallyport.Session{}, nil
	}
	return v, err
}

// unlimited reads all events of a dispute. What is taken back must not depend on how much
// somebody did before, or after.
const unlimited = math.MaxInt

// eventsRead is how many events are read at once.
const eventsRead = 1000

// events returns what was done in the dispute, in order, but no more than most: to the account,
// of some kinds, or what which selects besides.
func (d *dispute) events(ctx context.Context, a *act.Act, which store.EventsOf, most int) (out []sallyport.Event, _ error) {
	which.TenantID, which.UserID, which.Since, which.Limit = a.User.TenantID, a.User.ID, d.since.Add(-beforeSession), eventsRead
	for {
		read, err := audit.Since(ctx, a.Queries, which)
		if err != nil {
			return nil, err
		}
		for _, e := range read {
			if d.sessions[e.SessionID] {
				out = append(out, e)
			}
		}
		if len(read) < eventsRead || len(out) >= most {
			return out[:min(len(out), most)], nil
		}
		last := read[len(read)-1]
		which.Since, which.After = last.CreatedAt, last.Seq
	}
}
