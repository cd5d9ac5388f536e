// Package act is the one way to change anything.
//
//	Run ─ transaction ─ lock ─ may they? ─ proven? ─ do ─ notes ─ events ─ commit
//
// An act locks whom it concerns, asks whether its actor may do it and has proven
// enough, changes, and notes what happened. The notes are appended to the audit
// log as the last statement of the transaction, since the log stays locked until
// the commit. A refused act leaves nothing.
//
// It answers acts that forget a part: a change without its event, an actor who was
// thrown out or demoted while the act waited for a lock, and two acts that each
// pass a check which only one of them may pass.
//
// No other package of the uses opens a transaction: a test on the source holds
// that.
package act

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Need is what an act asks of its actor. The zero value is for what people do to
// their own account with no proof but their session. It binds neither the system
// nor the operator.
type Need struct {
	Permission access.Permission // "" for one's own account
	StepUp     policy.Act        // "" for none
	// Late lets the act go on when the session of the actor ended since the edge checked
	// it. Ending more of one's own sessions takes nothing from anybody.
	Late bool
}

// ToLook returns nil when the actor may look at what belongs to their organisation, an
// owner's things included. It is for questions; acts ask in their transaction.
func (n Need) ToLook(actor sallyport.Actor) error {
	return access.Allowed(actor, n.Permission, access.Target{TenantID: actor.TenantID})
}

// Act is one act under way.
type Act struct {
	*store.Tx
	Actor  sallyport.Actor
	User   sallyport.User // whose account it concerns, locked; zero for nobody's
	Policy sallyport.Policy
	Now    time.Time

	outbox *notify.Outbox
	base   link.Base
	events *[]sallyport.Event
}

// About is what a note concerns. Each part may be "".
type About struct {
	User    string // "" for the user of the act
	Session string // "" for the one that the actor acts in
	Target  string // id of what was acted on besides
}

// Note remembers that something happened, for the log. data is names and values in
// turn: see [audit.Kinds] for the names.
func (a *Act) Note(kind audit.Kind, about About, data ...string) {
	e := audit.New(a.Actor, kind, a.Now)
	e.UserID, e.TargetID = a.User.ID, about.Target
	if about.User != "" {
		e.UserID = about.User
	}
	if about.Session != "" {
		e.SessionID = about.Session
	}
	if len(data) > 0 {
		e.Data = make(map[string]string, len(data)/2)
	}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	*a.events = append(*a.events, e)
}

// Given returns a detail of a note, none when its value is "".
func Given(name, value string) []string {
	if value == "" {
		return nil
	}
	return []string{name, value}
}

// As returns the same act as done by another actor, for what follows from it by
// itself (the system) or for an actor who is known by now (at the end of a sign-in).
func (a *Act) As(actor sallyport.Actor) *Act {
	b := *a
	b.Actor = actor
	return &b
}

// Origin returns where the act was done from, as far as the owner of the account
// may know: where an admin works is not their business.
func (a *Act) Origin() sallyport.Client {
	if a.Actor.Type == sallyport.ActorUser && a.Actor.UserID != a.User.ID {
		return sallyport.Client{}
	}
	return a.Actor.Client
}

// About returns what "This wasn't me" in a mail about the act has to end: the session
// that the actor acts in, with the trust of its device; all of them when it is none, or
// an admin's.
func (a *Act) About(ctx context.Context) (link.About, error) {
	if a.Actor.UserID != a.User.ID {
		return link.About{}, nil
	}
	v, err := a.Session(ctx, a.Actor.TenantID, a.Actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return link.About{SessionID: v.ID, DeviceID: v.DeviceID}, err
}

// Counters are the counters of tries of the act's tenant.
func (a *Act) Counters() throttle.Counters {
	return throttle.Counters{TenantID: a.Actor.TenantID, Policy: a.Policy, Now: a.Now}
}

// may returns nil when the actor may act on the user, and has proven enough for it.
func (a *Act) may(ctx context.Context, on On, n Need) error {
	if err := on.allowed(a.Actor, n, a.User); err != nil {
		return err
	}
	switch {
	case n.Late:
		return nil
	case n.StepUp == "":
		return assurance.InUse(ctx, a.Queries, a.Actor, a.Now)
	}
	return assurance.Require(ctx, a.Queries, a.Actor, assurance.Case{Policy: a.Policy, Act: n.StepUp, Now: a.Now})
}

// Conflict turns the failure of a guarded change into ErrConflict: what it is done to
// is not in the state that the act needs.
func Conflict(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.ErrConflict
	}
	return err
}

// Ignore turns the failure of a guarded change into success: it was done already.
// done is false then, and there is nothing to note.
func Ignore(err error) (done bool, _ error) {
	if errors.Is(err, sallyport.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
