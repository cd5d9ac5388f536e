package signin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// allow makes policy allow these methods only.
func allow(a *apptest.App, methods ...string) {
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAMethods = methods })
}

// useUp makes every backup code used.
func useUp(t *testing.T, a *apptest.App) {
	t.Helper()
	change(t, a, "UPDATE backup_codes SET used_at = 1")
}

// suspend suspends the passkeys of a person.
func suspend(t *testing.T, a *apptest.App, p *person) {
	t.Helper()
	change(t, a, "UPDATE factors SET status = 'suspended' WHERE method = 'webauthn' AND user_id = $1", p.user.ID)
	change(t, a, `UPDATE users SET second_factor = 'none' WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM factors f
		WHERE f.user_id = users.id AND f.status = 'active' AND f.method <> 'backup_codes')`, p.user.ID)
}

func methodsOf(choices []mfa.Choice) (names []string) {
	for _, c := range choices {
		names = append(names, c.Method)
	}
	return names
}

// notEnrolling checks that a flow sets nothing up.
func notEnrolling(t *testing.T, a *apptest.App, from signin.From, r signin.Result, method string) {
	t.Helper()
	if _, err := a.SignIn.BeginEnrolment(t.Context(), from, r.FlowToken, r.FlowID, mfa.NewFactor{Method: method}); sallyport.CodeOf(err) != sallyport.CodeFlowMismatch {
		t.Errorf("%s is set up with the password alone: %v", method, err)
	}
}

// A policy that forbids what an account has leaves it no weaker: whoever has the password only
// sets nothing up.
func TestForbiddenFactorIsProvenFirst(t *testing.T) {
	for _, tt := range []struct {
		has     string
		allowed []string
		choices []string
	}{
		{totp, []string{webAuthn}, []string{totp, backup}},
		{totp, []string{webAuthn, backup}, []string{totp, backup}},
		{texted, []string{totp, backup}, []string{texted, backup}},
		{mailed, []string{webAuthn, totp}, []string{mailed, backup}},
		{webAuthn, []string{totp}, []string{webAuthn, backup}},
	} {
		t.Run(tt.has, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				p := equipped(t, a, userEmail, tt.has)
				allow(a, tt.allowed...)
				from := visitor(t, a)
				r := atFactor(t, a, from, userEmail)
				if got := methodsOf(r.Choices); !r.EnrolNext || !slices.Equal(got, tt.choices) {
					t.Errorf("%v, then to set up: %v", got, r.EnrolNext)
				}
				notEnrolling(t, a, from, r, tt.allowed[0])
				refusedFor(t, a, "a wrong code", from, r, withCode(backup, "aaaaa-aaaaa"), "mfa_failed wrong_code")
				look, err := a.SignIn.Look(t.Context(), from, r.FlowToken)
				if err != nil || look.State != signin.Factor || !look.EnrolNext {
					t.Errorf("%+v %v", look, err)
				}
				r, step := p.answer(t, a, from, r, tt.has)
				r = goesOn(t, a, from, r, step, signin.Enrol)
				if !slices.Equal(r.Methods, slices.DeleteFunc(slices.Clone(tt.allowed), func(m string) bool { return m == backup })) {
					t.Errorf("to set up: %v", r.Methods)
				}
				if n := len(liveSessions(t, a, p.user.ID)); n != 1 {
					t.Errorf("%d sessions", n)
				}
			})
		})
	}
}

// After the forbidden factor the allowed one is set up, and it alone counts from then on.
func TestFromAForbiddenFactorToAnAllowedOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, texted)
		allow(a, totp, backup)
		from := visitor(t, a)
		r, step := p.answer(t, a, from, atFactor(t, a, from, userEmail), texted)
		r, app := beginning(t, a, from, goesOn(t, a, from, r, step, signin.Enrol))
		done := goesOn(t, a, from, r, enrolWith(app.Code(t)), signin.Done)
		if done.Session.MFAMethod != totp || done.Enrolled == nil || done.Enrolled.First {
			t.Errorf("%+v", done)
		}
		a.Clock.Advance(time.Minute)
		r = atFactor(t, a, from, userEmail)
		if got := methodsOf(r.Choices); r.EnrolNext || !slices.Equal(got, []string{totp, backup}) {
			t.Errorf("afterwards %v", got)
		}
		refusedFor(t, a, "the forbidden one", from, r, withCode(texted, a.LastCode(t, number)), "validation_failed method_unavailable")
		goesOn(t, a, from, r, withCode(totp, app.Code(t)), signin.Done)
	})
}

// Where an account had a factor and nothing of it can be proven, the password alone leads
// nowhere, also on a device on which it would be enough.
func TestFactorThatCannotBeProven(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		suspend(t, a, p)
		from := visitor(t, a)
		// Backup codes were made for this, whether or not policy allows them by now.
		for _, methods := range [][]string{{webAuthn, totp, backup}, {webAuthn, totp}} {
			allow(a, methods...)
			r := atFactor(t, a, from, userEmail)
			if got := methodsOf(r.Choices); !slices.Equal(got, []string{backup}) {
				t.Errorf("choices %v", got)
			}
			notEnrolling(t, a, from, r, totp)
			r, step := p.answer(t, a, from, r, backup)
			goesOn(t, a, from, r, step, signin.Enrol)
		}
		useUp(t, a)
		change(t, a, "UPDATE devices SET trust_level = 2, verified_at = $1", a.Clock.Now().UnixMicro())
		a.SetPolicy(func(q *sallyport.Policy) { q.DeviceSkipMFA = true })
		for what, at := range map[string]signin.From{"a stranger": from, "a trusted device": p.home} {
			r := open(t, a, at, userEmail)
			refusedFor(t, a, what, at, r, withPassword("wrong"), "invalid_credentials")
			refusedFor(t, a, what, at, r, withPassword(apptest.Password), "factor_unavailable")
			refusedFor(t, a, what+", once more", at, r, withPassword(apptest.Password), "flow_expired")
			if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeFactorUnavailable || got.UserID != p.user.ID || got.Successful {
				t.Errorf("%s: %+v", what, got)
			}
		}
		// A method of a version that this one does not know is no way in either.
		change(t, a, "UPDATE factors SET status = 'active', method = 'smoke' WHERE method = 'webauthn'")
		refusedFor(t, a, "an unknown method", from, open(t, a, from, userEmail), withPassword(apptest.Password), "factor_unavailable")
		// An admin opens the account again.
		a.Clock.Advance(time.Hour)
		done, err := a.Factors.ResetOf(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID, apptest.Grounds)
		if err != nil {
			t.Fatal(err)
		}
		r := goesOn(t, a, from, open(t, a, from, userEmail), withPassword(apptest.Password), signin.Factor)
		goesOn(t, a, from, r, withCode(backup, done.Code), signin.Enrol)
	})
}

// A policy that changes between two steps counts in the next one, and opens nothing.
func TestPolicyTightenedInMidFlow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		from := visitor(t, a)
		all := a.Policy().MFAMethods

		// Before the factor.
		r := atFactor(t, a, from, userEmail)
		allow(a, webAuthn)
		notEnrolling(t, a, from, r, webAuthn)
		goesOn(t, a, from, r, withCode(totp, nextCode(t, a, p)), signin.Enrol)

		// After the factor, before the end.
		allow(a, all...)
		change(t, a, "UPDATE users SET must_change_password = $1 WHERE id = $2", true, p.user.ID)
		r = goesOn(t, a, from, atFactor(t, a, from, userEmail), withCode(totp, nextCode(t, a, p)), signin.ChangePassword)
		allow(a, webAuthn)
		r = goesOn(t, a, from, r, choose("Twelve-wide rivers 88"), signin.Enrol)
		if n := len(liveSessions(t, a, p.user.ID)); n != 1 {
			t.Errorf("%d sessions", n)
		}
		// And once more: what is to be set up, and is allowed again, was proven.
		allow(a, all...)
		if _, err := a.SignIn.BeginEnrolment(t.Context(), from, r.FlowToken, r.FlowID, mfa.NewFactor{Method: totp}); why(err) != "flow_expired" {
			t.Errorf("a factor is set up where there is one that counts: %v", err)
		}
		goesOn(t, a, from, r, enrolWith("000000"), signin.ChangePassword)
	})
}

// A sign-in that waits for a factor to be set up proves the one that its owner has set up
// elsewhere meanwhile.
func TestFactorAddedWhileAnotherIsSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		in := a.SignInAs(t, visitor(t, a), userEmail)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		thief := a.From(t, apptest.Client("198.51.100.66", apptest.FirefoxOnLinux))
		r, _ := enrolling(t, a, thief, userEmail)
		app := a.AddTOTP(t, apptest.Actor(in)) // replaces the pending one of the same method
		mine, err := a.SignIn.BeginEnrolment(t.Context(), thief, r.FlowToken, r.FlowID, mfa.NewFactor{Method: totp})
		if why(err) != "flow_expired" {
			t.Errorf("%+v %v", mine, err)
		}
		r = goesOn(t, a, thief, r, enrolWith("000000"), signin.Factor)
		if n := len(liveSessions(t, a, u.ID)); n != 1 {
			t.Errorf("%d sessions", n)
		}
		goesOn(t, a, thief, r, withCode(totp, app.Code(t)), signin.Done)
	})
}

// A step-up asks for the factor that the account has, whatever policy says of it by now. It
// earns the device nothing.
func TestStepUpWithAForbiddenFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		a.Clock.Advance(time.Hour)
		allow(a, webAuthn)
		change(t, a, "UPDATE devices SET trust_level = 1")
		me := apptest.Actor(p.in)
		ask := needed(t, a.Accounts.MayAct(t.Context(), me, policy.AddFactor))
		if !ask.Password || !ask.Factor {
			t.Fatalf("%+v", ask)
		}
		r := goesOn(t, a, p.home, stepUp(t, a, p.home, p.in, ask), withPassword(apptest.Password), signin.Factor)
		if got := methodsOf(r.Choices); r.EnrolNext || !slices.Equal(got, []string{totp, backup}) {
			t.Errorf("choices %v", got)
		}
		done := goesOn(t, a, p.home, r, withCode(totp, p.app.Code(t)), signin.Done)
		if d, err := a.DB.Device(t.Context(), p.user.TenantID, done.Session.DeviceID); err != nil || d.TrustLevel != sallyport.TrustLow {
			t.Errorf("a forbidden method earned the device level %d, %v", d.TrustLevel, err)
		}
		key := a.AddPasskey(t, me)

		// From now on the allowed one is asked for, and a proof by the other one is none.
		ask = needed(t, a.Accounts.MayAct(t.Context(), me, policy.BackupCodes))
		if ask.Password || !ask.Factor {
			t.Errorf("%+v", ask)
		}
		p.home.Session, p.key = done.SessionToken, key
		r = stepUp(t, a, p.home, p.in, ask)
		if got := methodsOf(r.Choices); !slices.Equal(got, []string{webAuthn}) {
			t.Errorf("choices %v", got)
		}
		r, step := p.answer(t, a, p.home, r, webAuthn)
		goesOn(t, a, p.home, r, step, signin.Done)
	})
}

// A passkey that policy forbids replaces no password, also when it was asked for before.
func TestForbiddenPasskeyReplacesNoPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		flow, err := a.SignIn.OpenPasskey(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		r := stepUp(t, a, p.home, p.in, askBoth)
		if got := methodsOf(r.Choices); !slices.Equal(got, []string{webAuthn}) {
			t.Fatalf("choices %v", got)
		}
		r = ask(t, a, p.home, r, webAuthn)
		allow(a, totp)
		answer := signin.Step{State: signin.Password, Passkey: p.key.Answer(t, r.Asked.Options)}
		refusedFor(t, a, "in a step-up", p.home, r, answer, "validation_failed method_unavailable")
		if _, err := a.SignIn.Ask(t.Context(), p.home, r.FlowToken, "", mfa.Choice{Method: webAuthn}); why(err) != "validation_failed method_unavailable" {
			t.Errorf("asked for: %v", err)
		}
		p.key.Device.Options.UserHandle = []byte(p.user.ID)
		answer.Passkey = p.key.Answer(t, flow.Asked.Options)
		refusedFor(t, a, "in a sign-in", from, flow, answer, "mfa_failed wrong_passkey")
		r = goesOn(t, a, p.home, r, withPassword(apptest.Password), signin.Factor)
		if got := methodsOf(r.Choices); !slices.Equal(got, []string{webAuthn, backup}) {
			t.Errorf("choices %v", got)
		}
	})
}

// A step-up whose factor cannot be proven ends: the password alone is not enough for what
// needed more before.
func TestStepUpWithoutAWayToProve(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		a.Clock.Advance(time.Hour)
		suspend(t, a, p)
		me := apptest.Actor(p.in)
		ask := needed(t, a.Accounts.MayAct(t.Context(), me, policy.AddFactor))
		r := goesOn(t, a, p.home, stepUp(t, a, p.home, p.in, ask), withPassword(apptest.Password), signin.Factor)
		if got := methodsOf(r.Choices); !slices.Equal(got, []string{backup}) {
			t.Errorf("choices %v", got)
		}
		useUp(t, a)
		refusedFor(t, a, "no way left", p.home, stepUp(t, a, p.home, p.in, ask), withPassword(apptest.Password), "factor_unavailable")
		ask.Password = false
		if _, err := a.SignIn.OpenStepUp(t.Context(), p.home, me, ask); why(err) != "factor_unavailable" {
			t.Errorf("%v", err)
		}
		if err := a.Accounts.MayAct(t.Context(), me, policy.AddFactor); sallyport.CodeOf(err) != sallyport.CodeStepUp {
			t.Errorf("%v", err)
		}
	})
}
