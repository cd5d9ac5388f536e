package session_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
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
