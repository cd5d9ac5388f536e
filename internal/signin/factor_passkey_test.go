package signin_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// without answers options with an authenticator that did no user verification.
func without(t *testing.T, key *apptest.Passkey, options []byte) []byte {
	t.Helper()
	key.Device.Options.UserNotVerified = true
	defer func() { key.Device.Options.UserNotVerified = false }()
	return key.Answer(t, options)
}

func byPasskey(t *testing.T, a *apptest.App, from signin.From) signin.Result {
	t.Helper()
	r, err := a.SignIn.OpenPasskey(t.Context(), from)
	if err != nil || r.State != signin.Password || r.Email != "" || r.Asked == nil {
		t.Fatalf("%+v %v", r, err)
	}
	return r
}

func alone(answer []byte) signin.Step { return signin.Step{State: signin.Password, Passkey: answer} }

// A passkey's answer is valid for its own challenge, on our origin.
func TestPasskeyAnswersAreBound(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 })
		p := equipped(t, a, userEmail, webAuthn)
		other := equipped(t, a, "olga@corp.test", webAuthn)
		from := visitor(t, a)
		r := ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		elsewhere := ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		nobodys := byPasskey(t, a, from)
		up, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true})
		if err != nil {
			t.Fatal(err)
		}
		up = ask(t, a, p.home, up, webAuthn)
		answer := func(r signin.Result) []byte { return p.key.Answer(t, r.Asked.Options) }
		const wrong = "mfa_failed wrong_passkey"
		for _, tt := range []struct {
			name string
			from signin.From
			at   signin.Result
			step signin.Step
			want string
		}{
			{"of another sign-in", from, r, withKey(answer(elsewhere)), wrong},
			{"of a sign-in by passkey", from, r, withKey(answer(nobodys)), wrong},
			{"of a step-up", from, r, withKey(answer(up)), wrong},
			{"of a sign-in, in one by passkey", from, nobodys, alone(answer(r)), wrong},
			{"of a sign-in, in a step-up", p.home, up, alone(answer(r)), wrong},
			{"of another page", from, r, withKey(signedWith(t, p.key, r.Asked.Options, "accounts.corp.test", "https://accounts.corp.test.evil.test")), wrong},
			{"of another scheme", from, r, withKey(signedWith(t, p.key, r.Asked.Options, "accounts.corp.test", "http://accounts.corp.test")), wrong},
			{"for another party", from, r, withKey(signedWith(t, p.key, r.Asked.Options, "evil.test", apptest.BaseURL)), wrong},
			{"for a wider party", from, r, withKey(signedWith(t, p.key, r.Asked.Options, "corp.test", apptest.BaseURL)), wrong},
			{"of another page, by passkey", from, nobodys, alone(signedWith(t, p.key, nobodys.Asked.Options, "accounts.corp.test", "https://evil.test")), wrong},
			{"of another user's key", from, r, withKey(other.key.Answer(t, r.Asked.Options)), wrong},
			{"nothing", from, r, withKey(nil), "validation_failed required"},
			{"no JSON", from, r, withKey([]byte("\x00\xff{")), wrong},
			{"a code instead", from, r, withCode(webAuthn, "123456"), wrong},
			{"a passkey where the password was asked for by name", from, open(t, a, from, userEmail), alone(answer(nobodys)), string(sallyport.CodeFlowMismatch)},
			{"a password where a passkey was asked for", from, byPasskey(t, a, from), withPassword(apptest.Password), string(sallyport.CodeInvalidCredentials)},
		} {
			refusedFor(t, a, tt.name, tt.from, tt.at, tt.step, tt.want)
		}
		if n := len(liveSessions(t, a, p.user.ID)); n != 1 {
			t.Errorf("%d sessions", n)
		}
		if a.Count(t)[audit.PasskeySuspended] != 0 {
			t.Error("a passkey was suspended for answers that were not its own")
		}
		goesOn(t, a, from, r, withKey(answer(r)), signin.Done)
		goesOn(t, a, from, nobodys, alone(answer(nobodys)), signin.Done)
	})
}

// Without user verification a passkey is only a second factor.
func TestPasskeyWithoutUserVerification(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		r := byPasskey(t, a, from)
		refusedFor(t, a, "for everything", from, r, alone(without(t, p.key, r.Asked.Options)), "mfa_failed wrong_passkey")
		goesOn(t, a, from, r, alone(p.key.Answer(t, r.Asked.Options)), signin.Done)

		r = ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		goesOn(t, a, from, r, withKey(without(t, p.key, r.Asked.Options)), signin.Done)

		up := func() signin.Result {
			r, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true})
			if err != nil || r.State != signin.Password {
				t.Fatalf("%+v %v", r, err)
			}
			return ask(t, a, p.home, r, webAuthn)
		}
		r = up()
		refusedFor(t, a, "for the password in a session", p.home, r, alone(without(t, p.key, r.Asked.Options)), "mfa_failed wrong_passkey")
		done := goesOn(t, a, p.home, r, alone(p.key.Answer(t, r.Asked.Options)), signin.Done)
		if done.Session.MFAMethod != webAuthn || !done.Session.AuthenticatedAt.Equal(a.Clock.Now()) || !done.Session.MFAVerifiedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v", done.Session)
		}
		p.home.Session = done.SessionToken
		// After the password it is enough as the second factor.
		r, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true})
		if err != nil {
			t.Fatal(err)
		}
		r = ask(t, a, p.home, goesOn(t, a, p.home, r, withPassword(apptest.Password), signin.Factor), webAuthn)
		goesOn(t, a, p.home, r, withKey(without(t, p.key, r.Asked.Options)), signin.Done)
	})
}

// A counter that goes back means a copy: the passkey is suspended at once, its owner is told,
// and it proves nothing any more.
func TestCopiedPasskey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		r := ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		goesOn(t, a, from, r, withKey(p.key.Answer(t, r.Asked.Options)), signin.Done)
		before := a.Count(t)
		a.Mails(t)
		r = ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		open := byPasskey(t, a, from)
		p.key.Key.Counter-- // the next answer has the same counter as the last
		copied := p.key.Answer(t, r.Asked.Options)
		refusedFor(t, a, "copied", from, r, withKey(copied), "mfa_failed passkey_suspended")
		p.key.Key.Counter += 100
		for _, tt := range []struct {
			at   signin.Result
			step signin.Step
		}{{r, withKey(p.key.Answer(t, r.Asked.Options))}, {open, alone(p.key.Answer(t, open.Asked.Options))}} {
			if _, err := a.SignIn.Advance(t.Context(), from, tt.at.FlowToken, tt.step); err == nil {
				t.Error("a suspended passkey proves something")
			}
		}
		if n := a.Count(t)[audit.PasskeySuspended] - before[audit.PasskeySuspended]; n != 1 {
			t.Errorf("%d events", n)
		}
		if !slices.ContainsFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind == notify.PasskeySuspended && m.To == userEmail }) {
			t.Error("the owner is not told")
		}
		f, err := a.DB.Factor(t.Context(), p.user.TenantID, p.user.ID, p.key.Factor.ID)
		if err != nil || f.Status != sallyport.FactorSuspended || f.EndedReason != "counter_went_back" {
			t.Errorf("%+v %v", f.Factor, err)
		}
		// The password alone does not sign in to an account that was two-factor.
		again, err := a.Try(t.Context(), from, userEmail, apptest.Password)
		if err != nil || again.State != signin.Factor || len(again.Choices) != 1 || again.Choices[0].Method != backup {
			t.Errorf("the password alone: %s %v %v", again.State, again.Choices, err)
		}
	})
}

// What ends the use of an account or a method ends that of passkeys too.
func TestPasskeyNoLongerWelcome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		r := byPasskey(t, a, from)
		operator := sallyport.Operator(p.user.TenantID)
		if _, err := a.Accounts.Disable(t.Context(), operator, p.user.ID); err != nil {
			t.Fatal(err)
		}
		refused(t, a, from, r.FlowToken, alone(p.key.Answer(t, r.Asked.Options)), sallyport.CodeAccountDisabled)
		if got := a.Attempts(t)[0]; got.UserID != p.user.ID || got.FailureReason != sallyport.CodeAccountDisabled || got.Successful {
			t.Errorf("%+v", got)
		}
		if err := a.Accounts.Enable(t.Context(), operator, p.user.ID); err != nil {
			t.Fatal(err)
		}
		r = byPasskey(t, a, from)
		a.SetPolicy(func(q *sallyport.Policy) { q.MFAMethods = []string{totp} })
		refusedFor(t, a, "forbidden since it was asked for", from, r, alone(p.key.Answer(t, r.Asked.Options)), "mfa_failed wrong_passkey")
		if _, err := a.SignIn.OpenPasskey(t.Context(), from); sallyport.CodeOf(err) != sallyport.CodeForbidden {
			t.Errorf("where policy allows none: %v", err)
		}
		a.SetPolicy(func(q *sallyport.Policy) { q.MFAMethods = []string{webAuthn} })
		r = byPasskey(t, a, from)
		if _, err := a.Factors.ResetOf(t.Context(), operator, p.user.ID, apptest.Grounds); err != nil {
			t.Fatal(err)
		}
		refusedFor(t, a, "removed since it was asked for", from, r, alone(p.key.Answer(t, r.Asked.Options)), "mfa_failed wrong_passkey")
	})
}

// After a sign-in by passkey the user is the passkey's at every following step.
func TestPasskeyThenAnotherStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		change(t, a, "UPDATE users SET must_change_password = $1 WHERE id = $2", true, p.user.ID)
		from := visitor(t, a)
		r := byPasskey(t, a, from)
		r = goesOn(t, a, from, r, alone(p.key.Answer(t, r.Asked.Options)), signin.ChangePassword)
		done := goesOn(t, a, from, r, choose("Twelve-wide rivers 88"), signin.Done)
		if done.User.ID != p.user.ID || done.Session.MFAMethod != webAuthn {
			t.Errorf("%+v", done)
		}
	})
}

// A manager begins to copy a passkey with its first synchronisation: its owner signs in as before, what is shown of the passkey
// follows, and the log has it once. Its counter then proves nothing. A key that is no longer copied is another one.
func TestPasskeyThatBeginsToBeSynced(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, webAuthn)
		from := visitor(t, a)
		synced := func() int { return a.Count(t)[audit.PasskeySynced] }
		flags := func(eligible, backedUp bool, counter uint32) {
			p.key.Device.Options.BackupEligible, p.key.Device.Options.BackupState = eligible, backedUp
			p.key.Key.Counter = counter - 1 // the answer adds one
		}
		stored := func() sallyport.Factor {
			factors, err := a.DB.LiveFactors(t.Context(), p.user.TenantID, p.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			return factors[slices.IndexFunc(factors, func(f store.Factor) bool { return f.Method == webAuthn })].Factor
		}
		for i, counter := range []uint32{50, 0, 7, 7} {
			flags(true, true, counter)
			r := ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
			goesOn(t, a, from, r, withKey(p.key.Answer(t, r.Asked.Options)), signin.Done)
			if f := stored(); synced() != 1 || !f.BackupEligible || !f.BackedUp || f.Status != sallyport.FactorActive {
				t.Errorf("answer %d: %d events, %+v", i, synced(), f)
			}
		}
		open := byPasskey(t, a, from)
		flags(true, false, 3)
		goesOn(t, a, from, open, alone(p.key.Answer(t, open.Asked.Options)), signin.Done)
		r := ask(t, a, from, atFactor(t, a, from, userEmail), webAuthn)
		flags(false, false, 100)
		refusedFor(t, a, "no longer synced", from, r, withKey(p.key.Answer(t, r.Asked.Options)), "mfa_failed passkey_changed")
		if f := stored(); f.Status != sallyport.FactorActive || !f.BackupEligible || f.BackedUp {
			t.Errorf("%+v", f)
		}
	})
}
