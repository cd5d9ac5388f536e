package signin_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// A code of an app is valid in its own 30 seconds and the steps before and after. A clock
// further off is reported, with its direction, to known devices only. Each code is accepted
// once, and none before the last accepted one.
func TestCodesOfAnApp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 })
		p := equipped(t, a, userEmail, totp)
		from := visitor(t, a)
		const half = 30 * time.Second
		a.Clock.Set(a.Clock.Now().Truncate(half).Add(20 * half)) // the first microsecond of a step
		try := func(code string) string {
			t.Helper()
			_, err := a.SignIn.Advance(t.Context(), from, atFactor(t, a, from, userEmail).FlowToken, withCode(totp, code))
			return why(err)
		}
		for _, tt := range []struct {
			name string
			off  time.Duration // of the phone's clock
			want string
		}{
			{"two steps behind", -2 * half, "mfa_failed clock_drift"},
			{"one step behind, at its end", -half, ""},
			{"the same again", -half, "mfa_failed used_code"},
			{"on time", 0, ""},
			{"on time, spaced as apps show it", 0, "mfa_failed used_code"},
			{"one step ahead", half, ""},
			{"on time, after a later one", 0, "mfa_failed used_code"},
			{"two steps ahead, to a stranger, who would wait", 2 * half, "mfa_failed wrong_code"},
			{"an hour ahead", time.Hour, "mfa_failed wrong_code"},
		} {
			if got := try(p.app.CodeAt(t, a.Clock.Now().Add(tt.off))); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
		for what, want := range map[string]string{"": "validation_failed required", "12345": "mfa_failed wrong_code", strings.Repeat("1", 5000): "mfa_failed wrong_code"} {
			if got := try(what); got != want {
				t.Errorf("%.9q: %q", what, got)
			}
		}
		// How far off and in which direction, on a known device.
		known := p.home
		known.Session = ""
		for off, want := range map[time.Duration]sallyport.FieldError{
			3 * time.Minute:  {Code: "clock_drift", Args: map[string]string{"seconds": "180", "direction": "fast"}},
			-3 * time.Minute: {Code: "clock_drift", Args: map[string]string{"seconds": "180", "direction": "slow"}},
		} {
			a.Clock.Advance(time.Hour)
			r := atFactor(t, a, known, userEmail)
			_, err := a.SignIn.Advance(t.Context(), known, r.FlowToken, withCode(totp, p.app.CodeAt(t, a.Clock.Now().Add(off))))
			want.Field = "code"
			var e *sallyport.Error
			if !errors.As(err, &e) || !reflect.DeepEqual(e.Fields, []sallyport.FieldError{want}) {
				t.Errorf("a phone off by %v: %+v", off, err)
			}
		}
		// A code that one sign-in used is used everywhere, also in the session it began.
		r := atFactor(t, a, from, userEmail)
		code := p.app.Code(t)
		in := goesOn(t, a, from, r, withCode(totp, code), signin.Done)
		home := apptest.After(from, in)
		up, err := a.SignIn.OpenStepUp(t.Context(), home, apptest.Actor(in), sallyport.StepUp{Act: string(policy.AddFactor), Factor: true})
		if err != nil || up.State != signin.Factor {
			t.Fatalf("%+v %v", up, err)
		}
		refusedFor(t, a, "in a step-up after the sign-in", home, up, withCode(totp, code), "mfa_failed used_code")
		// A clock that is set back makes no step valid again.
		for _, back := range []time.Duration{half, time.Minute, time.Hour, 48 * time.Hour} {
			now := a.Clock.Now()
			a.Clock.Set(now.Add(-back))
			if got := try(code); got == "" {
				t.Errorf("the clock was set back by %v: a used code worked", back)
			}
			if got := try(p.app.Code(t)); got == "" {
				t.Errorf("the clock was set back by %v: a code before the last worked", back)
			}
			a.Clock.Set(now)
		}
		a.Clock.Advance(half)
		goesOn(t, a, home, up, withCode(totp, " "+p.app.Code(t)[:3]+" "+p.app.Code(t)[3:]+"\t"), signin.Done)
	})
}

// Any app of the account is accepted, each with its own codes.
func TestSeveralApps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		p.raise(t, a, sallyport.StepUp{Act: string(policy.AddFactor), Factor: true})
		second := a.AddTOTP(t, apptest.Actor(p.in))
		from := visitor(t, a)
		r := atFactor(t, a, from, userEmail)
		if len(r.Choices) != 2 || r.Choices[0].Method != totp || r.Choices[0].Name != "" || r.Choices[1].Method != backup {
			t.Errorf("choices %+v", r.Choices)
		}
		goesOn(t, a, from, r, withCode(totp, second.Code(t)), signin.Done)
		r = atFactor(t, a, from, userEmail)
		refusedFor(t, a, "used", from, r, withCode(totp, second.Code(t)), "mfa_failed used_code")
		goesOn(t, a, from, r, withCode(totp, p.app.Code(t)), signin.Done)
	})
}

// A sent code is valid only in the flow that asked for it, for ten minutes, until another
// one is sent.
func TestSentCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, texted, mailed)
		other := equipped(t, a, "olga@corp.test", texted, mailed)
		from := visitor(t, a)
		for _, method := range []string{texted, mailed} {
			to := map[string]string{texted: number, mailed: userEmail}[method]
			a.Clock.Advance(time.Hour)
			mine := ask(t, a, from, atFactor(t, a, from, userEmail), method)
			code := a.LastCode(t, to)
			if strings.Contains(mine.Asked.SentTo, to) || mine.Asked.SentTo == "" || !mine.Asked.Until.Equal(a.Clock.Now().Add(factor.CodeLifetime)) {
				t.Errorf("%s: told %+v", method, mine.Asked)
			}
			// In other flows of the user, in somebody else's, and in a step-up.
			again := ask(t, a, from, atFactor(t, a, from, userEmail), method)
			theirs := ask(t, a, from, atFactor(t, a, from, other.user.Email), method)
			unasked := atFactor(t, a, from, userEmail)
			up, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), sallyport.StepUp{Act: string(policy.AddFactor), Factor: true})
			if err != nil {
				t.Fatal(err)
			}
			up = ask(t, a, p.home, up, method)
			for what, at := range map[string]struct {
				from signin.From
				r    signin.Result
			}{"another sign-in": {from, again}, "somebody else's sign-in": {from, theirs}, "a sign-in that had none sent": {from, unasked}, "a step-up": {p.home, up}} {
				refusedFor(t, a, method+" in "+what, at.from, at.r, withCode(method, code), "mfa_failed wrong_code")
			}
			// As a code of the other method.
			for _, o := range []string{texted, mailed} {
				if o != method {
					refusedFor(t, a, method+" as "+o, from, mine, withCode(o, code), "mfa_failed wrong_code")
				}
			}
			// Sent again: the token changed, and the former code is invalid.
			former := mine
			mine = ask(t, a, from, mine, method)
			newest := a.LastCode(t, to)
			if former.FlowToken == mine.FlowToken {
				t.Error("the flow's token stays")
			}
			refused(t, a, from, former.FlowToken, withCode(method, newest), flowOver)
			if code != newest {
				refusedFor(t, a, method+", the former code", from, mine, withCode(method, code), "mfa_failed wrong_code")
			}
			goesOn(t, a, from, mine, withCode(method, " "+newest[:3]+"-"+newest[3:]), signin.Done)
		}
		// Exactly ten minutes.
		for _, late := range []time.Duration{-time.Microsecond, 0} {
			a.Clock.Advance(time.Hour)
			opened := atFactor(t, a, from, userEmail)
			r := ask(t, a, from, opened, mailed)
			a.Clock.Set(r.ExpiresAt.Add(late))
			_, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, withCode(mailed, a.LastCode(t, userEmail)))
			want := ""
			if late == 0 {
				want = string(flowOver) // the flow ends at the same time
			}
			if why(err) != want {
				t.Errorf("%v after ten minutes: %v", late, err)
			}
		}
		// An enrolment's flow lives longer than the code; here the sealed code ends first.
		a.Clock.Advance(time.Hour)
		r := ask(t, a, from, atFactor(t, a, from, userEmail), mailed)
		change(t, a, "UPDATE flows SET expires_at = expires_at + 600000000 WHERE id = $1", r.FlowID)
		a.Clock.Advance(factor.CodeLifetime)
		refusedFor(t, a, "a code of ten minutes", from, r, withCode(mailed, a.LastCode(t, userEmail)), "mfa_failed code_expired")
	})
}

// A sealed code that is moved to another flow's row cannot be opened there.
func TestSentCodeIsBoundToItsFlow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		equipped(t, a, userEmail, mailed)
		from := visitor(t, a)
		asked := ask(t, a, from, atFactor(t, a, from, userEmail), mailed)
		code := a.LastCode(t, userEmail)
		bare := atFactor(t, a, from, userEmail)
		change(t, a, "UPDATE flows SET facts = (SELECT facts FROM flows WHERE id = $1) WHERE id = $2", asked.FlowID, bare.FlowID)
		refusedFor(t, a, "moved", from, bare, withCode(mailed, code), "internal")
	})
}

// A backup code works once, however it is typed. After it no device is recognised any more,
// and its owner is told how many codes are left.
func TestBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, totp)
		from := visitor(t, a)
		codes := p.codes
		forms := []func(string) string{
			func(s string) string { return s },
			strings.ToUpper,
			func(s string) string { return " " + strings.ReplaceAll(s, "-", " ") + "\n" },
			func(s string) string { return strings.ReplaceAll(s, "-", "") },
		}
		devices := []signin.From{p.home}
		for i, form := range forms {
			a.Clock.Advance(notify.StormWindow) // each is told by itself
			a.Mails(t)
			before := a.Count(t)
			// On a known device, which is not recognised afterwards.
			at := devices[len(devices)-1]
			at.Session = ""
			done := goesOn(t, a, at, atFactor(t, a, at, userEmail), withCode(backup, form(codes[i])), signin.Done)
			left := len(codes) - i - 1
			if done.Used == nil || done.Used.Left != left || done.Session.MFAMethod != backup || done.DeviceToken == "" {
				t.Errorf("%d: %+v, a new device %v", i, done.Used, done.DeviceToken != "")
			}
			if n := a.Count(t)[audit.BackupCodeUsed] - before[audit.BackupCodeUsed]; n != 1 {
				t.Errorf("%d events", n)
			}
			found := false
			for _, m := range a.Mails(t) {
				found = found || m.Kind == notify.BackupCodeUsed && m.To == userEmail
			}
			if !found {
				t.Error("the owner is not told")
			}
			for _, d := range devices {
				fresh := goesOn(t, a, d, atFactor(t, a, d, userEmail), withCode(totp, nextCode(t, a, p)), signin.Done)
				if fresh.DeviceToken == "" {
					t.Error("a device from before is still known")
				}
			}
			devices = append(devices[:0:0], apptest.After(at, done))
		}
		a.Clock.Advance(time.Hour)
		r := atFactor(t, a, from, userEmail)
		refusedFor(t, a, "used", from, r, withCode(backup, codes[0]), "mfa_failed wrong_code")
		refusedFor(t, a, "empty", from, r, withCode(backup, ""), "validation_failed required")

		// New codes replace all.
		p.home = apptest.After(from, goesOn(t, a, from, r, withCode(backup, codes[len(forms)]), signin.Done))
		in, err := a.Sessions.Check(t.Context(), p.user.TenantID, p.home.Session)
		if err != nil {
			t.Fatal(err)
		}
		p.in.Session = in.Session
		p.in.User = p.user
		a.Confirmed(t, apptest.Actor(p.in))
		fresh, err := a.Factors.NewBackupCodes(t.Context(), apptest.Actor(p.in))
		if err != nil || len(fresh) != a.Policy().MFABackupCodes {
			t.Fatalf("%d, %v", len(fresh), err)
		}
		r = atFactor(t, a, from, userEmail)
		refusedFor(t, a, "of a former set", from, r, withCode(backup, codes[len(codes)-1]), "mfa_failed wrong_code")
		goesOn(t, a, from, r, withCode(backup, fresh[0]), signin.Done)

		// Nobody else's codes work.
		other := equipped(t, a, "olga@corp.test", totp)
		r = atFactor(t, a, from, other.user.Email)
		refusedFor(t, a, "somebody else's", from, r, withCode(backup, fresh[1]), "mfa_failed wrong_code")
	})
}

// nextCode lets 30 seconds pass, so that the app shows an unused code.
func nextCode(t *testing.T, a *apptest.App, p *person) string {
	t.Helper()
	a.Clock.Advance(30 * time.Second)
	return p.app.Code(t)
}

// Backup codes replace another factor. When no other factor is usable they allow setting up
// a new one; the password alone does not.
func TestBackupCodesAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := equipped(t, a, userEmail, mailed, totp)
		from := visitor(t, a)
		codes, err := a.Factors.NewBackupCodesOf(t.Context(), sallyport.Operator(p.user.TenantID), p.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		r := atFactor(t, a, from, userEmail)
		a.SetPolicy(func(q *sallyport.Policy) { q.MFAMethods = []string{webAuthn, backup} })
		goesOn(t, a, from, r, withCode(backup, codes[0]), signin.Enrol)
		again, err := a.Try(t.Context(), from, userEmail, apptest.Password)
		if err != nil || again.State != signin.Factor || len(again.Choices) != 3 || !again.EnrolNext {
			t.Errorf("%+v %v", again, err)
		}
	})
}
