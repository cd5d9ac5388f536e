// Package act is the one way to change anything.
//
//	Run ─ transaction ─ lock ─ may they? ─ proven? ─ do ─ notes ─ events ─ commit
//
// An act locks the user whom it concerns, checks that its actor may do it and has
// proven enough, makes the change, and notes what happened. The notes become audit
// events in the last statement of the transaction, because the log stays locked
// until the commit. A refused act changes nothing.
//
// It prevents three mistakes: a change without an event; an actor who lost their
// session or role while the act waited for a lock; and two acts that both pass a
// check which only one of them may pass.
//
// No other use opens a transaction: a test on the source checks that.
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

// Need is what an act requires of its actor. The zero value is for people who change
// their own account and need only their session. The system and the operator need
// nothing.
type Need struct {
	Permission access.Permission // "" for one's own account
	StepUp     policy.Act        // "" for none
	// Exempt says why an act that changes something needs no step-up.
	Exempt policy.Exemption
	// Self allows an admin to do it to their own account.
	Self bool
	// Late allows the act although the actor's session ended after the edge checked it.
	// It is for ending more of one's own sessions, which gives no access to anything.
	Late bool
}

// ToLook returns nil when the actor may read what belongs to their organisation,
// including an owner's data. It is for reads; acts check in their transaction.
func (n Need) ToLook(actor sallyport.Actor) error {
	return access.Allowed(actor, n.Permission, access.Target{TenantID: actor.TenantID})
}

// Act is one act in progress.
type Act struct {
	*store.Tx
	Actor  sallyport.Actor
	User   sallyport.User   // whose account it concerns, locked; zero for no account
	Policy sallyport.Policy // of User; the organisation's where there is none
	Now    time.Time

	policies Policies // of all whom the act concerns, and of its actor
	outbox   *notify.Outbox
	base     link.Base
	did      *deeds
}

// About says what a note concerns. Each part may be "".
type About struct {
	User    string // "" for the user of the act
	Session string // "" for the actor's own session
	Target  string // id of anything else that was acted on
}

// Note records what happened, for the audit log. data holds names and values
// alternately; [audit.Kinds] lists the names.
func (a *Act) Note(kind audit.Kind, about About, data ...string) {
	e := audit.New(a.Actor, kind, a.Now)
	e.UserID, e.TargetID = a.User.ID, about.Target
	if about.User != "" {
		e.UserID = about.User
	}
	if about.Session != "" {
		e.SessionID = about.Session
	}
	if e.Data == nil && len(data) > 0 {
		e.Data = make(map[string]string, len(data)/2)
	}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	if e.SessionID == "" {
		e.SessionID = a.did.flow
	}
	a.did.events = append(a.did.events, e)
}

// Given returns the detail name and value for Note, or nothing when value is "".
func Given(name, value string) []string {
	if value == "" {
		return nil
	}
	return []string{name, value}
}

// As returns the same act with another actor: the system, for what follows by
// itself, or the user, once a sign-in has established who it is.
func (a *Act) As(actor sallyport.Actor) *Act {
	b := *a
	b.Actor = actor
	return &b
}

// Origin returns where the act was done from, as far as the account's owner may
// know. It hides where an admin works.
func (a *Act) Origin() sallyport.Client {
	if a.Actor.Type == sallyport.ActorUser && a.Actor.UserID != a.User.ID {
		return sallyport.Client{}
	}
	return a.Actor.Client
}

// About returns what "This wasn't me" in a mail about the act ends: the actor's
// session and the trust of its device; all sessions when the actor has none or is an
// admin.
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

// PolicyOf returns the policy of one of the users whom an act on many concerns.
func (a *Act) PolicyOf(userID string) sallyport.Policy { return a.policies.Of(userID) }

// Counters returns the rate-limit counters of the act's tenant.
func (a *Act) Counters() throttle.Counters {
	return throttle.Counters{TenantID: a.Actor.TenantID, Policy: a.Policy, Now: a.Now}
}

// may returns nil when the actor may act on the user, and has proven enough for it.
func (a *Act) may(ctx context.Context, on On, n Need) error {
	if err := a.allowed(ctx, on, n); err != nil {
		return err
	}
	switch {
	case n.Late:
		return nil
	case n.StepUp == "":
		return assurance.InUse(ctx, a.Queries, a.Actor, a.Now)
	}
	return assurance.Require(ctx, a.Queries, a.Actor, assurance.Case{Policy: a.policies.Of(a.Actor.UserID), Act: n.StepUp, Now: a.Now})
}

// Conflict turns the failure of a guarded change into ErrConflict: the row was not in
// the state that the act needs.
func Conflict(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Blocked(sallyport.ChangedMeanwhile)
	}
	return err
}

// Ignore turns the failure of a guarded change into success: somebody did it before.
// done is then false, and there is nothing to note.
func Ignore(err error) (done bool, _ error) {
	if errors.Is(err, sallyport.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
