package signin_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// Neither the password nor another method gives tries at the second factor back: a client
// with the password has five tries, and a known device of the owner has five of its own.
func TestFactorLimit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, texted, totp)
		stranger := visitor(t, a)
		home := p.home
		home.Session = ""
		wrong := p.app.WrongCode(t)
		a.Mails(t)
		for i, step := range []signin.Step{withCode(totp, wrong), withCode(backup, "x"), withCode(texted, "000000"), withCode(totp, wrong), withCode(totp, "12345")} {
			r := atFactor(t, a, stranger, userEmail) // the password is right each time
			if _, err := a.SignIn.Advance(t.Context(), stranger, r.FlowToken, step); sallyport.CodeOf(err) != mfaFailed {
				t.Fatalf("guess %d: %v", i+1, err)
			}
		}
		r := atFactor(t, a, stranger, userEmail)
		err := refused(t, a, stranger, r.FlowToken, withCode(totp, p.app.Code(t)), locked)
		var e *sallyport.Error
		if !errors.As(err, &e) || e.RetryAfter != a.Policy().LockoutDuration {
			t.Errorf("who proved the password is told %+v", e)
		}
		if mails := a.Mails(t); !slices.ContainsFunc(mails, lockMail) {
			t.Error("the owner is not told of the lock")
		}
		elsewhere := a.From(t, apptest.Client("198.51.100.200", apptest.SafariOnIPhone))
		refused(t, a, elsewhere, atFactor(t, a, elsewhere, userEmail).FlowToken, withCode(totp, p.app.Code(t)), locked)

		// The device has its own counter, and does not reset that of unknown devices.
		for range 4 {
			refusedFor(t, a, "on the device", home, atFactor(t, a, home, userEmail), withCode(totp, wrong), "mfa_failed wrong_code")
		}
		in := goesOn(t, a, home, atFactor(t, a, home, userEmail), withCode(totp, p.app.Code(t)), signin.Done)
		home = apptest.After(home, in)
		home.Session = ""
		refused(t, a, stranger, r.FlowToken, withCode(totp, nextCode(t, a, p)), locked)
		for range 5 {
			refusedFor(t, a, "on the device, after a right one", home, atFactor(t, a, home, userEmail), withCode(totp, wrong), "mfa_failed wrong_code")
		}
		refused(t, a, home, atFactor(t, a, home, userEmail).FlowToken, withCode(totp, p.app.Code(t)), locked)
		if n := a.Count(t)[audit.AccountLocked]; n != 2 {
			t.Errorf("%d events of a lock", n)
		}
		// An admin lifts both.
		if err := a.Accounts.Unlock(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID); err != nil {
			t.Fatal(err)
		}
		for _, from := range []signin.From{stranger, home} {
			goesOn(t, a, from, atFactor(t, a, from, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done)
		}
	})
}

// With the default delay a try has to wait after the one before.
func TestFactorDelay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		a.SetPolicy(func(q *sallyport.Policy) { q.LockoutProgressive = true })
		from := visitor(t, a)
		r := atFactor(t, a, from, userEmail)
		for range 2 {
			refusedFor(t, a, "a guess", from, r, withCode(totp, p.app.WrongCode(t)), "mfa_failed wrong_code")
		}
		refused(t, a, from, r.FlowToken, withCode(totp, p.app.Code(t)), sallyport.CodeRateLimited)
		a.Clock.Advance(2 * time.Second)
		goesOn(t, a, from, r, withCode(totp, p.app.Code(t)), signin.Done)
	})
}

// Strangers with the password get at most five codes sent in 15 minutes, however they are
// sent, and ten a day to one number.
func TestSendingLimits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, texted, mailed) // setting up took two texts
		from := visitor(t, a)
		send := func(email, method string) error {
			t.Helper()
			r := atFactor(t, a, from, email)
			_, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: method})
			return err
		}
		want := func(what string, err error, code sallyport.Code, after time.Duration) {
			t.Helper()
			var e *sallyport.Error
			if sallyport.CodeOf(err) != code || errors.As(err, &e) && e.RetryAfter != after {
				t.Errorf("%s: %v %+v, want %q and %v", what, err, e, code, after)
			}
		}
		a.Clock.Advance(time.Hour)
		before := a.Count(t)[audit.CodeSent]
		for i := range 5 {
			want("code", send(userEmail, []string{texted, mailed}[i%2]), "", 0)
		}
		want("the sixth", send(userEmail, mailed), sallyport.CodeRateLimited, 15*time.Minute)
		want("the sixth, by text", send(userEmail, texted), sallyport.CodeRateLimited, 15*time.Minute)
		if n := a.Count(t)[audit.CodeSent] - before; n != 5 {
			t.Errorf("%d events of a code", n)
		}
		if n := len(a.Texts(t)); n != 3 {
			t.Errorf("%d text messages", n)
		}
		a.Clock.Advance(15 * time.Minute)
		want("later", send(userEmail, mailed), "", 0)

		for i := range 7 { // three texts were sent before
			a.Clock.Advance(15 * time.Minute)
			want("text "+string(rune('a'+i)), send(userEmail, texted), "", 0)
		}
		a.Clock.Advance(15 * time.Minute)
		if err := send(userEmail, texted); sallyport.CodeOf(err) != sallyport.CodeRateLimited {
			t.Errorf("the eleventh text of a day to one number: %v", err)
		}
		want("a mail instead", send(p.user.Email, mailed), "", 0)
		a.Clock.Advance(24 * time.Hour)
		want("the next day", send(userEmail, texted), "", 0)
	})
}

// A flow whose code cannot be sent keeps its state and its former code.
func TestRefusedSendingChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		equipped(t, a, userEmail, mailed)
		from := visitor(t, a)
		a.Clock.Advance(time.Hour)
		r := atFactor(t, a, from, userEmail)
		for range 5 {
			r = ask(t, a, from, r, mailed)
		}
		got, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: mailed})
		if sallyport.CodeOf(err) != sallyport.CodeRateLimited || got.FlowToken != "" || got.Asked != nil {
			t.Errorf("%+v %v", got, err)
		}
		for _, choice := range []mfa.Choice{{Method: texted}, {Method: totp}, {Method: backup}, {Method: "smoke"}, {Method: mailed, FactorID: "another"}} {
			if _, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", choice); why(err) != "validation_failed method_unavailable" {
				t.Errorf("asking for %+v: %v", choice, err)
			}
		}
		goesOn(t, a, from, r, withCode(mailed, a.LastCode(t, userEmail)), signin.Done)
	})
}

// A method that policy forbids stops counting at once, also in a sign-in in progress. An
// account without another one proves it a last time, and sets one up.
func TestMethodForbiddenLater(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, mailed, totp)
		from := visitor(t, a)
		allow := func(methods ...string) {
			a.SetPolicy(func(q *sallyport.Policy) { q.MFAMethods = methods })
		}
		all := a.Policy().MFAMethods
		r := ask(t, a, from, atFactor(t, a, from, userEmail), mailed)
		code := a.LastCode(t, userEmail)
		allow(totp, backup)
		refusedFor(t, a, "mailed, forbidden since", from, r, withCode(mailed, code), "validation_failed method_unavailable")
		if _, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, "", mfa.Choice{Method: mailed}); why(err) != "validation_failed method_unavailable" {
			t.Errorf("asking for what is forbidden: %v", err)
		}
		if look, err := a.SignIn.Look(t.Context(), from, r.FlowToken); err != nil || len(look.Choices) == 0 || slices.ContainsFunc(look.Choices, func(c mfa.Choice) bool { return c.Method == mailed }) {
			t.Errorf("choices %+v %v", look.Choices, err)
		}
		allow(all...)
		// One step before the end, with the code accepted.
		change(t, a, "UPDATE users SET must_change_password = $1 WHERE id = $2", true, p.user.ID)
		r = ask(t, a, from, atFactor(t, a, from, userEmail), mailed)
		r = goesOn(t, a, from, r, withCode(mailed, a.LastCode(t, userEmail)), signin.ChangePassword)
		allow(totp, backup)
		r = goesOn(t, a, from, r, choose("Twelve-wide rivers 88"), signin.Factor)
		if n := len(liveSessions(t, a, p.user.ID)); n != 1 {
			t.Errorf("%d sessions", n)
		}
		refusedFor(t, a, "the mailed code", from, r, withCode(mailed, a.LastCode(t, userEmail)), "validation_failed method_unavailable")
		allow(webAuthn, texted)
		again, err := a.Try(t.Context(), from, userEmail, apptest.Password)
		if err != nil || again.State != signin.Factor || !again.EnrolNext {
			t.Fatalf("with what is forbidden only: %+v %v", again, err)
		}
		again = goesOn(t, a, from, again, withCode(totp, nextCode(t, a, p)), signin.Enrol)
		if !slices.Equal(again.Methods, []string{webAuthn, texted}) {
			t.Errorf("to set up: %v", again.Methods)
		}
	})
}

// A code that led to a refusal is used up too.
func TestCodeOnABlockedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		home := p.home
		home.Session = ""
		r, code := atFactor(t, a, home, userEmail), p.app.Code(t)
		change(t, a, "UPDATE devices SET status = 'suspended' WHERE user_id = $1", p.user.ID)
		refused(t, a, home, r.FlowToken, withCode(totp, code), sallyport.CodeDeviceNotTrusted)
		from := visitor(t, a)
		refusedFor(t, a, "the same code elsewhere", from, atFactor(t, a, from, userEmail), withCode(totp, code), "mfa_failed used_code")
	})
}
