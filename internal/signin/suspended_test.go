package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/throttle"
)

const chosenPassword = "Twelve-wide rivers 88"

// resetByMail sets a new password through the mailbox.
func resetByMail(t *testing.T, a *apptest.App, email string) {
	t.Helper()
	a.Clock.Advance(2 * time.Hour) // more than one mail may be asked for
	apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), apptest.Client("192.0.2.77", ""), email))
	apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
	for _, m := range a.Mails(t) {
		if m.Kind == notify.PasswordReset {
			in := link.Mailed{TenantID: a.TenantID(t), Secret: apptest.Secret(t, m, "/recovery/")}
			apptest.Must(t, a.Accounts.ResetPassword(t.Context(), in, chosenPassword, chosenPassword))
			return
		}
	}
	t.Fatal("no mail")
}

// Whoever reads the mailbox and knows the password gets no more tries at the second factor
// by mail: neither by a link that lifts locks nor by a new password.
func TestMailLiftsNoLockOfFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		a.SetPolicy(func(q *sallyport.Policy) { q.LockoutDuration = 24 * time.Hour })
		from := visitor(t, a)
		a.Mails(t)
		for range 5 {
			refusedFor(t, a, "a guess", from, atFactor(t, a, from, userEmail), withCode(totp, p.app.WrongCode(t)), "mfa_failed wrong_code")
		}
		apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
		mails := a.Mails(t)
		if len(mails) != 1 || mails[0].Kind != notify.FactorLocked || strings.Contains(strings.Join(mails[0].Links, " "), "/unlock/") {
			t.Fatalf("mails %+v", mails)
		}

		for range 5 {
			told(t, a, from, userEmail, "wrong")
		}
		apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
		secret := apptest.Secret(t, a.Mails(t)[0], "/unlock/")
		apptest.Must(t, a.Accounts.UnlockByLink(t.Context(), link.Mailed{TenantID: a.TenantID(t), Secret: secret}))
		refused(t, a, from, atFactor(t, a, from, userEmail).FlowToken, withCode(totp, p.app.Code(t)), locked)

		resetByMail(t, a, userEmail)
		r, err := a.Try(t.Context(), from, userEmail, chosenPassword)
		if err != nil || r.State != signin.Factor {
			t.Fatalf("%+v %v", r, err)
		}
		refused(t, a, from, r.FlowToken, withCode(totp, p.app.Code(t)), locked)
		// An admin lifts it.
		apptest.Must(t, a.Accounts.Unlock(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID))
		goesOn(t, a, from, r, withCode(totp, nextCode(t, a, p)), signin.Done)
	})
}

// failSlowly fails, in the rhythm that locks allow, until a run is over.
func failSlowly(t *testing.T, a *apptest.App, fail func()) {
	t.Helper()
	for i := range throttle.LongestRun {
		if i%a.Policy().LockoutFailures == 0 {
			a.Clock.Advance(time.Hour)
		}
		fail()
	}
	a.Clock.Advance(24 * time.Hour) // locks are over
}

// After a hundred wrong codes in a row, however slow, none is accepted where they came from.
// The owner's device is not affected; a backup code helps, or an admin.
func TestSuspendedFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		from, home := visitor(t, a), p.home
		home.Session = ""
		suspend := func() signin.Result {
			t.Helper()
			failSlowly(t, a, func() {
				refusedFor(t, a, "a guess", from, atFactor(t, a, from, userEmail), withCode(totp, p.app.WrongCode(t)), "mfa_failed wrong_code")
			})
			r := atFactor(t, a, from, userEmail)
			err := refused(t, a, from, r.FlowToken, withCode(totp, nextCode(t, a, p)), locked)
			var e *sallyport.Error
			if !errors.As(err, &e) || e.RetryAfter != 0 {
				t.Errorf("waiting seems to help: %+v", e)
			}
			return r
		}
		r := suspend()
		apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
		if mails := a.Mails(t); mails[len(mails)-1].Kind != notify.FactorSuspended {
			t.Errorf("the last mail is %s", mails[len(mails)-1].Kind)
		}
		home = apptest.After(home, goesOn(t, a, home, atFactor(t, a, home, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done))
		home.Session = ""
		refused(t, a, from, r.FlowToken, withCode(totp, nextCode(t, a, p)), locked) // the owner's proof is not the stranger's
		goesOn(t, a, from, r, withCode(backup, p.codes[0]), signin.Done)
		goesOn(t, a, from, atFactor(t, a, from, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done)

		r = suspend()
		apptest.Must(t, a.Accounts.Unlock(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID))
		goesOn(t, a, from, r, withCode(totp, nextCode(t, a, p)), signin.Done)
	})
}

// After a hundred wrong passwords in a row strangers need another password. They cannot tell
// an account from an address that nobody has. The owner's device is not affected, and a mailed
// link helps.
func TestSuspendedPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		from := visitor(t, a)
		home := apptest.After(a.Laptop(t), a.SignInAs(t, a.Laptop(t), userEmail))
		for _, email := range []string{userEmail, "nobody@corp.test"} {
			failSlowly(t, a, func() {
				code, after := told(t, a, from, email, "wrong")
				expect(t, "a guess", code, sallyport.CodeInvalidCredentials, after, 0)
			})
			code, after := told(t, a, from, email, apptest.Password)
			expect(t, email+", suspended", code, sallyport.CodeAccountLocked, after, 0)
		}
		a.SignInAs(t, home, userEmail)
		code, after := told(t, a, from, userEmail, apptest.Password)
		expect(t, "after the owner's sign-in", code, sallyport.CodeAccountLocked, after, 0)
		resetByMail(t, a, userEmail)
		if r, err := a.Try(t.Context(), from, userEmail, chosenPassword); err != nil || r.State == signin.Password {
			t.Errorf("with another password: %+v %v", r, err)
		}
	})
}

// A stolen session that guesses stops nothing but itself: not the owner's other sessions, also
// on the same device, and no sign-in; in the long run it is suspended with the other sessions
// of its device, until the owner signs in there.
func TestStolenSessionGuesses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(q *sallyport.Policy) { q.SessionIdleWeb, q.SessionLifetime = 240*time.Hour, 240*time.Hour })
		p := equipped(t, a, userEmail, totp)
		ask := sallyport.StepUp{Act: "remove_factor", Password: true, Factor: true}
		stolen, me := p.home, apptest.Actor(p.in)
		stolen.Devices = nil // the thief has the cookie of the session only
		again := p.home
		again.Session = ""
		signIn := func(from signin.From) (signin.From, signin.Result) {
			t.Helper()
			in := goesOn(t, a, from, atFactor(t, a, from, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done)
			return apptest.After(from, in), in
		}
		owner, in := signIn(again)
		open := func(from signin.From, who sallyport.Actor) signin.Result {
			t.Helper()
			a.Clock.Advance(time.Minute)
			r, err := a.SignIn.OpenStepUp(t.Context(), from, who, ask)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		a.Clock.Advance(time.Hour)
		r := open(stolen, me)
		for range 5 {
			refused(t, a, stolen, r.FlowToken, withPassword("wrong"), sallyport.CodeInvalidCredentials)
		}
		refused(t, a, stolen, r.FlowToken, withPassword(apptest.Password), locked)
		refused(t, a, stolen, open(stolen, me).FlowToken, withPassword("wrong"), locked)
		goesOn(t, a, owner, open(owner, apptest.Actor(in)), withPassword(apptest.Password), signin.Factor)

		refusals := a.Count(t)[audit.ReauthFailed]
		failSlowly(t, a, func() {
			_, err := a.SignIn.Advance(t.Context(), stolen, open(stolen, me).FlowToken, withPassword("wrong"))
			if code := sallyport.CodeOf(err); code != sallyport.CodeInvalidCredentials && code != locked {
				t.Fatal(err)
			}
		})
		if n := a.Count(t)[audit.ReauthFailed] - refusals; n < throttle.LongestRun-5 || n > throttle.LongestRun {
			t.Errorf("%d guesses are recorded", n)
		}
		refused(t, a, stolen, open(stolen, me).FlowToken, withPassword(apptest.Password), locked)
		refused(t, a, owner, open(owner, apptest.Actor(in)).FlowToken, withPassword(apptest.Password), locked)
		owner.Session = ""
		owner, in = signIn(owner)
		a.Clock.Advance(time.Hour)
		goesOn(t, a, owner, open(owner, apptest.Actor(in)), withPassword(apptest.Password), signin.Factor)
	})
}

// Refused tries on a known device, where no network's limit counts them, do not fill the log.
func TestRefusedTriesDoNotFillTheLog(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		home := apptest.After(a.Laptop(t), a.SignInAs(t, a.Laptop(t), userEmail))
		for range 5 {
			told(t, a, home, userEmail, "wrong")
		}
		events, attempts := len(a.Events(t)), len(a.Attempts(t))
		for range 100 {
			told(t, a, home, userEmail, "wrong")
		}
		if e, n := len(a.Events(t))-events, len(a.Attempts(t))-attempts; e != 1 || n != 1 {
			t.Errorf("%d events and %d attempts of a hundred refused tries", e, n)
		}
		a.Clock.Advance(16 * time.Minute) // still locked
		told(t, a, home, userEmail, "wrong")
		if n := len(a.Attempts(t)) - attempts; n != 2 {
			t.Errorf("%d attempts a quarter of an hour later", n)
		}
	})
}
