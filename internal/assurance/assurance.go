// Package assurance decides whether what a session has proven is enough for an act,
// and says what is missing.
//
//	act ─ its transaction ─ Require ─┬─ enough: go on
//	                                 └─ CodeStepUp: what to prove ─ step-up flow ─ the act again
//
// It protects against a stolen session: with a cookie alone nobody changes a password or
// a second factor. The table in package policy says what each act requires.
package assurance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Case is an act for which proof is required.
type Case struct {
	Policy sallyport.Policy
	Act    policy.Act
	Now    time.Time
}

// InUse returns nil when the actor's session is still active, and CodeNotSignedIn when it
// ended after the edge checked it: an ended session changes nothing. For an actor without
// a session (the operator, somebody with a mailed link) it returns nil; for a program with an API key
// the same is asked of the key.
func InUse(ctx context.Context, db store.Queries, actor sallyport.Actor, now time.Time) error {
	if actor.KeyID != "" {
		return keyInUse(ctx, db, actor, now)
	}
	if actor.Type != sallyport.ActorUser || actor.SessionID == "" {
		return nil
	}
	v, err := db.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	if err != nil || v.UserID != actor.UserID || v.EffectiveStatus(now) != sallyport.SessionActive {
		return sallyport.ErrNotSignedIn
	}
	return nil
}

// keyInUse returns nil when the API key that the actor acts with is good, and its user is not disabled.
func keyInUse(ctx context.Context, db store.Queries, actor sallyport.Actor, now time.Time) error {
	k, err := db.APIKey(ctx, actor.TenantID, actor.KeyID)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	if err != nil || k.UserID != actor.UserID || k.Status(now) != sallyport.KeyActive {
		return sallyport.ErrNotSignedIn
	}
	u, err := db.User(ctx, actor.TenantID, actor.UserID)
	if err == nil && u.Status != sallyport.UserActive && u.Status != sallyport.UserService {
		err = sallyport.ErrNotSignedIn
	}
	return err
}

// Require returns nil when the actor's session is active and has proven enough for an act.
// CodeNotSignedIn when the session ended; CodeStepUp with what has to be proven. For an
// actor without a session it returns nil. An API key proves nothing: it may do what policy names, and
// otherwise the error is ErrNotByKey.
func Require(ctx context.Context, db store.Queries, actor sallyport.Actor, c Case) error {
	if err := InUse(ctx, db, actor, c.Now); err != nil {
		return err
	}
	if actor.KeyID != "" {
		if policy.KeyMay(c.Policy, c.Act) {
			return nil
		}
		return sallyport.ErrNotByKey
	}
	if actor.Type != sallyport.ActorUser || actor.SessionID == "" {
		return nil
	}
	proven, err := shown(ctx, db, actor, c)
	if err != nil {
		return err
	}
	if ask, needed := policy.StepUp(c.Policy, c.Act, proven, c.Now); needed {
		return &sallyport.Error{Code: sallyport.CodeStepUp, StepUp: &ask}
	}
	return nil
}

// shown returns what the actor's session has proven, and what its user could prove.
func shown(ctx context.Context, db store.Queries, actor sallyport.Actor, c Case) (policy.Proven, error) {
	v, err := db.Session(ctx, actor.TenantID, actor.SessionID)
	if err != nil {
		return policy.Proven{}, err
	}
	u, err := db.User(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return policy.Proven{}, err
	}
	live, err := db.LiveFactors(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return policy.Proven{}, err
	}
	factors := store.Plain(live)
	has := policy.HasFactor(c.Policy, factors)
	if has && v.MFAMethod != "" && !slices.Contains(c.Policy.MFAMethods, v.MFAMethod) {
		v.MFAVerifiedAt = time.Time{} // policy forbids the method by now, and there is one that it allows
	}
	trust := sallyport.TrustNone
	if v.DeviceID != "" {
		d, err := db.Device(ctx, actor.TenantID, v.DeviceID)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return policy.Proven{}, err
		}
		trust = policy.Trust(c.Policy, d, c.Now)
	}
	primary, err := canPrimary(ctx, db, u, c.Policy)
	if err != nil {
		return policy.Proven{}, err
	}
	return policy.Proven{
		AuthenticatedAt: v.AuthenticatedAt, MFAVerifiedAt: v.MFAVerifiedAt, SteppedUpAt: v.SteppedUpAt, SteppedUpFor: policy.Act(v.SteppedUpFor),
		HasPassword: primary, HadFactor: policy.Had(factors), HasFactor: has, Trust: trust,
		HasPasskey: slices.ContainsFunc(factors, func(f sallyport.Factor) bool {
			return sallyport.MethodOf(f.Method).Alone && policy.Counts(c.Policy, f)
		}),
	}, nil
}

// canPrimary reports whether a user can prove anew who they are without a second factor: by a password or, where
// they have none that counts, at an identity provider.
func canPrimary(ctx context.Context, db store.Queries, u sallyport.User, p sallyport.Policy) (bool, error) {
	if u.PasswordHash != "" && !p.SSORequired {
		return true, nil
	}
	return db.ProvesAnew(ctx, u.TenantID, u.ID, p.SSORequired)
}
