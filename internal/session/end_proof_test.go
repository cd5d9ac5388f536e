package session_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/session"
)

// A stolen session whose last proof is a quarter of an hour old ends nobody else's: neither one nor all. It can only end itself.
func TestEndingOtherSessionsNeedsAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, stolen := a.SignInAs(t, a.From(t, apptest.Client("192.0.2.20", apptest.SafariOnIPhone)), apptest.OwnerEmail),
			a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		thief, ctx := apptest.Actor(stolen), t.Context()
		a.Clock.Advance(15*time.Minute - time.Microsecond)
		spare := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		if err := a.Sessions.RevokeOwn(ctx, thief, spare.Session.ID); err != nil {
			t.Errorf("just young enough: %v", err)
		}
		a.Clock.Advance(time.Microsecond)
		for name, end := range map[string]func() error{
			"one":    func() error { return a.Sessions.RevokeOwn(ctx, thief, owner.Session.ID) },
			"others": func() error { _, err := a.Sessions.RevokeOthers(ctx, thief); return err },
			"all":    func() error { _, err := a.Sessions.RevokeAll(ctx, thief); return err },
		} {
			if err := end(); sallyport.CodeOf(err) != sallyport.CodeStepUp {
				t.Errorf("%s: %v", name, err)
			}
		}
		if code := a.Check(t, owner.SessionToken); code != "" {
			t.Errorf("the owner is out: %s", code)
		}
		if err := a.Sessions.RevokeOwn(ctx, thief, thief.SessionID); err != nil {
			t.Errorf("its own end: %v", err)
		}
		if err := a.Sessions.SignOut(ctx, thief); err != nil {
			t.Errorf("signing out: %v", err)
		}
	})
}

// A stolen session of an admin throws nobody out, neither by one session nor by all of somebody. The operator,
// who has no session, is asked for nothing.
func TestEndingSessionsOfOthersNeedsAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		thief := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		u, ctx := a.AddUser(t, "mia@corp.test", sallyport.RoleMember), t.Context()
		ends := map[string]func(actor sallyport.Actor, id string) error{
			"all of somebody's": func(actor sallyport.Actor, _ string) error {
				_, err := a.Sessions.TerminateAllOf(ctx, actor, u.ID)
				return err
			},
		}
		for _, what := range []session.Action{session.Terminate, session.Revoke, session.Suspend} {
			ends[string(what)] = func(actor sallyport.Actor, id string) error { return a.Sessions.Do(ctx, actor, what, id) }
		}
		a.Clock.Advance(10*time.Minute - time.Microsecond)
		for name, end := range ends {
			apptest.Denied(t, name+", just young enough", end(thief, a.SignInAs(t, a.Laptop(t), u.Email).Session.ID), "")
		}
		a.Clock.Advance(time.Microsecond)
		for name, end := range ends {
			theirs := a.SignInAs(t, a.Laptop(t), u.Email)
			apptest.Denied(t, name, end(thief, theirs.Session.ID), sallyport.CodeStepUp)
			if code := a.Check(t, theirs.SessionToken); code != "" {
				t.Errorf("%s: they are out: %s", name, code)
			}
			apptest.Denied(t, name+" by the operator", end(sallyport.Operator(u.TenantID), theirs.Session.ID), "")
		}
	})
}
