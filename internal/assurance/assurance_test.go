package assurance_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/assurance"
	"github.com/sallyport/sallyport/internal/policy"
)

// An actor in a session must have proven enough in that session, at this time.
func TestRequire(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		in := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		me := apptest.Actor(in)
		require := func(actor sallyport.Actor, act policy.Act) error {
			return assurance.Require(t.Context(), a.DB.Queries, actor, assurance.Case{Policy: a.Policy(), Act: act, Now: a.Clock.Now()})
		}
		asked := func(what string, act policy.Act, password, factor bool) {
			t.Helper()
			err := require(me, act)
			if !password && !factor {
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				return
			}
			var e *sallyport.Error
			want := sallyport.StepUp{Act: string(act), Password: password, Factor: factor, Within: 10 * time.Minute}
			if !errors.As(err, &e) || e.Code != sallyport.CodeStepUp || *e.StepUp != want {
				t.Errorf("%s: %+v, want %+v", what, err, want)
			}
		}
		asked("after the sign-in", policy.EndDevice, false, false)
		for _, act := range []policy.Act{policy.AddFactor, policy.RemoveFactor, policy.BackupCodes} {
			asked("after the sign-in, which was made for nothing", act, true, false)
		}
		a.Clock.Advance(10*time.Minute - time.Microsecond)
		asked("just fresh", policy.EndDevice, false, false)
		a.Clock.Advance(time.Microsecond)
		asked("ten minutes old", policy.EndDevice, true, false)
		a.Clock.Set(in.Session.CreatedAt.Add(-time.Second))
		asked("the clock was set back", policy.EndDevice, true, false)
		a.Clock.Set(in.Session.CreatedAt)
		a.AddTOTP(t, me)
		asked("with a factor that was not proven in it", policy.BackupCodes, false, true)
		asked("with a factor, for the password", policy.ChangePassword, false, true)

		// A proof counts only in its own session.
		phone := a.From(t, apptest.Client("198.51.100.7", apptest.SafariOnIPhone))
		if _, err := a.Try(t.Context(), phone, apptest.OwnerEmail, apptest.Password); err != nil {
			t.Fatal(err)
		}
		asked("after something in another session", policy.BackupCodes, false, true)

		a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = []string{sallyport.MethodWebAuthn} })
		asked("with a factor that policy forbids", policy.BackupCodes, false, true)

		// An actor without a session is not asked; one in an unknown session is refused.
		other := a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		theirs := me
		theirs.UserID = other.ID
		unknown := me
		unknown.SessionID = "unknown"
		for what, tt := range map[string]struct {
			actor sallyport.Actor
			want  sallyport.Code
		}{
			"the operator":              {sallyport.Operator(me.TenantID), ""},
			"somebody else's session":   {theirs, sallyport.CodeNotSignedIn},
			"a session nobody has":      {unknown, sallyport.CodeNotSignedIn},
			"somebody with a link only": {sallyport.Actor{Type: sallyport.ActorUser, TenantID: me.TenantID, UserID: me.UserID}, ""},
		} {
			if err := require(tt.actor, policy.RemoveFactor); sallyport.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, want %q", what, err, tt.want)
			}
		}
		if err := a.Sessions.SignOut(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		if err := require(me, policy.AddFactor); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("after signing out: %v", err)
		}
	})
}
