package signin_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// offered lists the methods of choices.
func offered(choices []mfa.Choice) (out string) {
	for _, c := range choices {
		out += c.Method + " "
	}
	return out
}

// A session alone adds no way into the account: not right after the sign-in, and what was
// added in it proves nothing later, in it.
func TestWhatASessionAddedProvesNothingInIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		equipped(t, a, "olga@corp.test", totp)
		p := signedInAgain(t, a, equipped(t, a, userEmail, totp))
		me := apptest.Actor(p.in)
		for _, method := range []string{webAuthn, totp} {
			if _, err := a.Factors.Begin(t.Context(), me, mfa.NewFactor{Method: method}); sallyport.CodeOf(err) != sallyport.CodeStepUp {
				t.Errorf("%s right after the sign-in: %v", method, err)
			}
		}
		a.Clock.Advance(30 * time.Second)
		p.raise(t, a, needed(t, a.Accounts.MayAct(t.Context(), me, policy.AddFactor)))
		a.Clock.Advance(time.Second)
		p.key = a.AddPasskey(t, me)
		a.Clock.Advance(11 * time.Minute)

		ask := needed(t, a.Accounts.MayAct(t.Context(), me, policy.RemoveFactor))
		r := stepUp(t, a, p.home, p.in, ask)
		if !ask.Password || !ask.Factor || r.State != signin.Password || len(r.Choices) != 0 {
			t.Errorf("%+v: %s, instead of the password %s", ask, r.State, offered(r.Choices))
		}
		if _, err := a.SignIn.Ask(t.Context(), p.home, r.FlowToken, r.FlowID, mfa.Choice{Method: webAuthn}); why(err) != "validation_failed method_unavailable" {
			t.Errorf("the passkey instead of the password: %v", err)
		}
		refusedFor(t, a, "the passkey's answer", p.home, r, signin.Step{State: signin.Password, Passkey: []byte("{}")}, "validation_failed method_unavailable")
		r = goesOn(t, a, p.home, r, withPassword(apptest.Password), signin.Factor)
		if got := offered(r.Choices); got != "totp backup_codes " {
			t.Errorf("second factors: %s", got)
		}
		// For other acts it counts, as it does at the next sign-in.
		other := stepUp(t, a, p.home, p.in, sallyport.StepUp{Act: string(policy.ManageDevices), Password: true})
		if got := offered(other.Choices); got != "webauthn " {
			t.Errorf("for another act: %q", got)
		}
		goesOn(t, a, p.home, r, withCode(totp, p.app.Code(t)), signin.Done)
		later := signedInAgain(t, a, p)
		r = stepUp(t, a, later.home, later.in, needed(t, a.Accounts.MayAct(t.Context(), apptest.Actor(later.in), policy.RemoveFactor)))
		if got := offered(r.Choices); got != "webauthn " {
			t.Errorf("in a later session: %q", got)
		}
	})
}

// Where an account has no factor but those that a session added, they are asked for in it,
// besides the password. One that was added in another session is asked for as well.
func TestOnlyAddedFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		from := visitor(t, a)
		in := a.SignInAs(t, from, u.Email)
		thief := apptest.After(from, a.SignInAs(t, from, u.Email))
		p := &person{user: u, in: in, home: apptest.After(from, in)}
		a.Clock.Advance(time.Second)
		p.key = a.AddPasskey(t, apptest.Actor(in))
		a.Clock.Advance(11 * time.Minute)
		ask := needed(t, a.Accounts.MayAct(t.Context(), apptest.Actor(in), policy.RemoveFactor))
		r := stepUp(t, a, p.home, in, ask)
		if len(r.Choices) != 0 || r.State != signin.Password {
			t.Errorf("instead of the password: %s", offered(r.Choices))
		}
		r = goesOn(t, a, p.home, r, withPassword(apptest.Password), signin.Factor)
		if got := offered(r.Choices); got != "webauthn backup_codes " {
			t.Errorf("second factors: %q", got)
		}

		stolen, err := a.Sessions.Check(t.Context(), u.TenantID, thief.Session)
		apptest.Must(t, err)
		actor := apptest.Actor(signin.Result{User: u, Session: stolen.Session})
		if ask := needed(t, a.Accounts.MayAct(t.Context(), actor, policy.AddFactor)); !ask.Factor || !ask.Password {
			t.Errorf("in another session: %+v", ask)
		}
	})
}

// signedInAgain is the person in a new session, with their app.
func signedInAgain(t *testing.T, a *apptest.App, p *person) *person {
	t.Helper()
	a.Clock.Advance(30 * time.Second)
	from := p.home
	from.Session = ""
	again := *p
	again.in = goesOn(t, a, from, atFactor(t, a, from, p.user.Email), withCode(totp, p.app.Code(t)), signin.Done)
	again.home = apptest.After(from, again.in)
	return &again
}
