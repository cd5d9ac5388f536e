package signin_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// reset removes somebody's second factors as an admin, and returns the code to hand over.
func reset(t *testing.T, a *apptest.App, p *person) string {
	t.Helper()
	done, err := a.Factors.ResetOf(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID, apptest.Grounds)
	if err != nil || done.Code == "" || !done.Until.Equal(a.Clock.Now().Add(mfa.HandedCodeLifetime)) {
		t.Fatalf("%+v %v", done, err)
	}
	return done.Code
}

// After an admin removed somebody's second factors the password alone neither signs in nor sets up new
// ones: the code that was handed over does, once, whatever policy says of second factors.
func TestHandedCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for i, methods := range [][]string{{totp, webAuthn, backup}, {totp}} {
			email := []string{userEmail, "olga@corp.test"}[i]
			p := equipped(t, a, email, totp)
			former := reset(t, a, p)
			code := reset(t, a, p) // the first one was lost
			a.SetPolicy(func(q *sallyport.Policy) { q.MFAMethods = methods })
			from := visitor(t, a)
			other := atFactor(t, a, from, email)
			r := atFactor(t, a, from, email)
			refusedFor(t, a, "of the former reset", from, r, withCode(backup, former), "mfa_failed wrong_code")
			r = goesOn(t, a, from, r, withCode(backup, code), signin.Enrol)
			refusedFor(t, a, "again", from, other, withCode(backup, code), "validation_failed method_unavailable")
			begun, err := a.SignIn.BeginEnrolment(t.Context(), from, r.FlowToken, "", mfa.NewFactor{Method: totp})
			apptest.Must(t, err)
			app := a.App(begun.Begun.Secret)
			done := goesOn(t, a, from, begun, signin.Step{State: signin.Enrol, Answer: mfa.Answer{Method: totp, Code: app.Code(t)}}, signin.Done)
			if done.Enrolled == nil || !done.Enrolled.First || len(done.Enrolled.BackupCodes) == 0 != (i == 1) {
				t.Errorf("%+v", done.Enrolled)
			}
			r = atFactor(t, a, visitor(t, a), email)
			if len(r.Choices) != 2-i {
				t.Errorf("afterwards: %+v", r.Choices)
			}
		}
	})
}

// When its time is over nothing opens until an admin makes another one. A session that was there already
// adds nothing without it either.
func TestHandedCodeEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		code := reset(t, a, p)
		from := visitor(t, a)
		r := atFactor(t, a, from, userEmail)

		up, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), needed(t, a.Accounts.MayAct(t.Context(), apptest.Actor(p.in), policy.AddFactor)))
		apptest.Must(t, err)
		if up.State != signin.Factor {
			t.Errorf("a step-up to add a factor: %s", up.State)
		}

		a.Clock.Advance(mfa.HandedCodeLifetime)
		refusedFor(t, a, "the flow is over too", from, r, withCode(backup, code), "flow_expired")
		refusedFor(t, a, "too late", from, open(t, a, from, userEmail), withPassword(apptest.Password), "factor_unavailable")
		code = reset(t, a, p)
		goesOn(t, a, from, atFactor(t, a, from, userEmail), withCode(backup, code), signin.Enrol)
	})
}

// Whoever had no second factor gets no code: there was nothing to stand for.
func TestNothingIsHandedOverForNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		done, err := a.Factors.ResetOf(t.Context(), sallyport.Operator(u.TenantID), u.ID, apptest.Grounds)
		if err != nil || done.Code != "" || done.Methods != 0 {
			t.Errorf("%+v %v", done, err)
		}
		goesOn(t, a, visitor(t, a), open(t, a, visitor(t, a), userEmail), withPassword(apptest.Password), signin.Done)
	})
}
