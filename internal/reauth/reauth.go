// Package reauth asks a signed-in user to prove again who they are. It limits the tries, so
// that a stolen session cannot be used to guess the password or a second factor.
//
//	a try is spent ─ compare ─┬─ right: the tries are given back
//	                          └─ wrong: recorded, and the owner told of a lock
package reauth

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Try is one try by the actor.
type Try struct {
	Key    throttle.Key // the counter it is spent on
	Method string       // method of a second factor, for events; "" for the password
	// Compare returns nil when the answer is right, and CodeInvalidCredentials or
	// CodeMFAFailed when it is wrong. Another error does not count as a failed try.
	Compare func() error
}

// Prove spends a try and compares. It returns the error of Compare, or CodeRateLimited or
// CodeAccountLocked without comparing.
func Prove(ctx context.Context, acts *act.Runner, actor sallyport.Actor, t Try) error {
	p, err := acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return err
	}
	counters := throttle.Counters{TenantID: actor.TenantID, Policy: p, Now: acts.Now()}
	d, err := counters.Spend(ctx, acts, t.Key)
	if err != nil {
		return err
	}
	if err := d.Refusal(counters.Now); err != nil {
		return err
	}
	err = t.Compare()
	switch sallyport.CodeOf(err) {
	case "":
		return acts.Keep(ctx, func(tx *store.Tx) error { return counters.Reset(ctx, tx, t.Key) })
	case sallyport.CodeInvalidCredentials, sallyport.CodeMFAFailed:
		return errors.Join(acts.Run(ctx, actor, act.User(actor.UserID), act.Need{}, func(a *act.Act) error {
			return t.failed(ctx, a, d)
		}), err)
	}
	return err
}

// failed notes a failed try, with what it locked.
func (t Try) failed(ctx context.Context, a *act.Act, d throttle.Decision) error {
	a.Note(audit.ReauthFailed, act.About{}, act.Given("method", t.Method)...)
	for _, scope := range d.Locks {
		a.Note(audit.AccountLocked, act.About{}, "scope", string(scope), "until", d.LockedUntil.UTC().Format(time.RFC3339))
	}
	if len(d.Locks) == 0 {
		return nil
	}
	return a.Tell(ctx, act.Locked(a.Policy, a.Actor.Client, d.LockedUntil))
}
