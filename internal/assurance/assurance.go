// Package assurance decides whether what a session has proven is enough for an act,
// and says what is missing.
//
//	act ─ its transaction ─ Require ─┬─ enough: go on
//	                                 └─ CodeStepUp: what to prove ─ step-up flow ─ the act again
//
// It answers the thief of a session: a cookie alone changes no password and no
// second factor. What each act asks is the table in package policy.
package assurance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// Require returns nil when the session the actor acts in is good and proven enough
// for act, CodeNotSignedIn when it ended, and CodeStepUp with what has to be proven
// otherwise. Acts ask in their transaction, having locked the user. Who acts in no
// session (the operator, somebody with a mailed link) is not asked.
func Require(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, act policy.Act, now time.Time) error {
	if err := session.InUse(ctx, tx, actor, now); err != nil {
		return err
	}
	ask, needed, err := Ask(ctx, tx.Queries, actor, p, act, now)
	if err != nil || !needed {
		return err
	}
	return &sallyport.Error{Code: sallyport.CodeStepUp, StepUp: &ask}
}

// Ask returns what has to be proven before act, and whether anything has.
func Ask(ctx context.Context, db store.Queries, actor sallyport.Actor, p sallyport.Policy, act policy.Act, now time.Time) (sallyport.StepUp, bool, error) {
	if actor.Type != sallyport.ActorUser || actor.SessionID == "" {
		return sallyport.StepUp{}, false, nil
	}
	v, err := db.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil {
		return sallyport.StepUp{}, false, err
	}
	u, err := db.User(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return sallyport.StepUp{}, false, err
	}
	factors, err := db.LiveFactors(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return sallyport.StepUp{}, false, err
	}
	trust := sallyport.TrustNone
	if v.DeviceID != "" {
		d, err := db.Device(ctx, actor.TenantID, v.DeviceID)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return sallyport.StepUp{}, false, err
		}
		trust = policy.Trust(p, d, now)
	}
	ask, needed := policy.StepUp(p, act, policy.Proven{
		SignedInAt: v.CreatedAt, AuthenticatedAt: v.AuthenticatedAt, MFAVerifiedAt: v.MFAVerifiedAt,
		HasPassword: u.PasswordHash != "", HasFactor: policy.HasFactor(p, store.Plain(factors)), Trust: trust,
		HasPasskey: slices.ContainsFunc(factors, func(f store.Factor) bool {
			return sallyport.MethodOf(f.Method).Alone && policy.Counts(p, f.Factor)
		}),
	}, now)
	return ask, needed, nil
}
