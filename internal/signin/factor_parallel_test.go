package signin_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

const parallelTries = 64 // parallel tries

// A proof is valid once: of 64 parallel tries with the same right answer, on two nodes, in
// one sign-in or in 64, one gets a session.
func TestFactorIsUsedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 }) // so that the rate limit does not stop them
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		// In one sign-in it depends on timing whether the step or its answer is used up.
		reused, tooLate := []sallyport.Code{mfaFailed}, []sallyport.Code{flowOver, mfaFailed}
		for row, tt := range []struct {
			name, method string
			flows        int
			others       []sallyport.Code // what the other 63 get
		}{
			{"a code of an app, 64 sign-ins", totp, parallelTries, reused},
			{"a code of an app, one sign-in", totp, 1, tooLate},
			{"a backup code, 64 sign-ins", backup, parallelTries, reused},
			{"a mailed code", mailed, 1, tooLate},
			{"a texted code", texted, 1, tooLate},
			{"a passkey", webAuthn, 1, tooLate},
		} {
			email := fmt.Sprintf("user%d@corp.test", row) // one for each row: the failures of two would suspend the method
			p := equipped(t, a, email, webAuthn, texted, mailed, totp)
			var froms []signin.From
			var flows []signin.Result
			for i := range tt.flows {
				froms = append(froms, a.From(t, apptest.Client(fmt.Sprintf("%s%d", strangersNetworks, i), apptest.ChromeOnMac)))
				flows = append(flows, atFactor(t, a, froms[i], email))
			}
			var step signin.Step
			flows[0], step = p.answer(t, a, froms[0], flows[0], tt.method)
			sessions, events, attempts := len(liveSessions(t, a, p.user.ID)), a.Count(t), len(a.Attempts(t))
			got := codes(atOnce(parallelTries, func(i int) (signin.Result, error) {
				return nodes[i%2].SignIn.Advance(t.Context(), froms[i%tt.flows], flows[i%tt.flows].FlowToken, step)
			}))
			n := got[""]
			for _, code := range tt.others {
				n += got[code]
			}
			if got[""] != 1 || n != parallelTries {
				t.Errorf("%s: answers %v", tt.name, got)
			}
			if n := len(liveSessions(t, a, p.user.ID)) - sessions; n != 1 {
				t.Errorf("%s: %d sessions", tt.name, n)
			}
			after := a.Count(t)
			want := map[audit.Kind]int{audit.SignedIn: 1, audit.SignInFailed: got[mfaFailed], audit.BackupCodeUsed: 0, audit.AccountLocked: 0}
			if tt.method == backup {
				want[audit.BackupCodeUsed] = 1
			}
			for kind, n := range want {
				if after[kind]-events[kind] != n {
					t.Errorf("%s: %d events %s, want %d", tt.name, after[kind]-events[kind], kind, n)
				}
			}
			if n := len(a.Attempts(t)) - attempts; n != 1+got[mfaFailed] {
				t.Errorf("%s: %d attempts", tt.name, n)
			}
			a.Clock.Advance(16 * time.Minute)
		}
		if n := a.Count(t)[audit.PasskeySuspended]; n != 0 {
			t.Error("an answer that was sent twice made its passkey look copied")
		}
	})
}

// A passkey's answer that replaces the password gives one session: in the sign-in it
// was made for, and in none of the other 63.
func TestPasskeyAnswerIsUsedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		p := equipped(t, a, userEmail, webAuthn)
		for _, n := range []int{1, parallelTries} {
			var froms []signin.From
			var flows []signin.Result
			for i := range n {
				froms = append(froms, a.From(t, apptest.Client(fmt.Sprintf("%s%d", strangersNetworks, i), apptest.ChromeOnMac)))
				r, err := a.SignIn.OpenPasskey(t.Context(), froms[i])
				if err != nil {
					t.Fatal(err)
				}
				flows = append(flows, r)
			}
			step := signin.Step{State: signin.Password, Passkey: p.key.Answer(t, flows[0].Asked.Options)}
			before := len(liveSessions(t, a, p.user.ID))
			got := codes(atOnce(parallelTries, func(i int) (signin.Result, error) {
				return nodes[i%2].SignIn.Advance(t.Context(), froms[i%n], flows[i%n].FlowToken, step)
			}))
			if got[""] != 1 || got[mfaFailed]+got[flowOver] != parallelTries-1 || len(liveSessions(t, a, p.user.ID)) != before+1 {
				t.Errorf("%d sign-ins: answers %v", n, got)
			}
		}
		if n := a.Count(t)[audit.PasskeySuspended]; n != 0 {
			t.Error("an answer that was sent twice made its passkey look copied")
		}
	})
}

// Of 64 parallel wrong answers 5 are compared, whatever the method and state.
func TestParallelFactorGuesses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		p := equipped(t, a, userEmail, webAuthn, texted, mailed, totp)
		both := sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true}
		factorOnly := sallyport.StepUp{Act: string(policy.AddFactor), Factor: true}
		inSession := func(ask sallyport.StepUp) func() (signin.From, signin.Result) {
			return func() (signin.From, signin.Result) {
				r, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), ask)
				if err != nil {
					t.Fatal(err)
				}
				return p.home, r
			}
		}
		atTheDoor := func() (signin.From, signin.Result) { return visitor(t, a), atFactor(t, a, visitor(t, a), userEmail) }
		asked := func(method string) func() (signin.From, signin.Result) {
			return func() (signin.From, signin.Result) {
				from, r := atTheDoor()
				return from, ask(t, a, from, r, method)
			}
		}
		wrong := p.app.WrongCode(t)
		for _, tt := range []struct {
			name string
			at   func() (signin.From, signin.Result)
			step signin.Step
			code sallyport.Code
			kind audit.Kind // of the event of each guess
		}{
			{"codes of an app", atTheDoor, withCode(totp, wrong), mfaFailed, audit.SignInFailed},
			{"backup codes", atTheDoor, withCode(backup, "0000-0000-0000-0000"), mfaFailed, audit.SignInFailed},
			{"mailed codes", asked(mailed), withCode(mailed, "x00000"), mfaFailed, audit.SignInFailed},
			{"texted codes", asked(texted), withCode(texted, "x00000"), mfaFailed, audit.SignInFailed},
			{"texted codes that were not sent", atTheDoor, withCode(texted, "000000"), mfaFailed, audit.SignInFailed},
			{"passkeys", asked(webAuthn), withKey([]byte("{}")), mfaFailed, audit.SignInFailed},
			{"codes of an app in a session", inSession(factorOnly), withCode(totp, wrong), mfaFailed, audit.ReauthFailed},
			{"backup codes in a session", inSession(factorOnly), withCode(backup, "0"), mfaFailed, audit.ReauthFailed},
			{"the password in a session", inSession(both), withPassword("wrong"), sallyport.CodeInvalidCredentials, audit.ReauthFailed},
			{"passkeys for the password in a session", func() (signin.From, signin.Result) {
				from, r := inSession(both)()
				return from, ask(t, a, from, r, webAuthn)
			}, signin.Step{State: signin.Password, Passkey: []byte("{}")}, mfaFailed, audit.ReauthFailed},
		} {
			from, r := tt.at()
			events := a.Count(t)
			got := codes(atOnce(parallelTries, func(i int) (signin.Result, error) {
				return nodes[i%2].SignIn.Advance(t.Context(), from, r.FlowToken, tt.step)
			}))
			if got[tt.code] != 5 || got[locked] != parallelTries-5 {
				t.Errorf("%s: answers %v", tt.name, got)
			}
			after := a.Count(t)
			if n := after[audit.AccountLocked] - events[audit.AccountLocked]; n != 1 {
				t.Errorf("%s: %d events of a lock", tt.name, n)
			}
			if n := after[tt.kind] - events[tt.kind]; n != 6 { // of the tries that were refused one is recorded
				t.Errorf("%s: %d events %s", tt.name, n, tt.kind)
			}
			// Nothing is compared any more: even the right answer is refused.
			if tt.step.State == signin.Factor {
				refusedFor(t, a, tt.name+", the right one", from, r, withCode(totp, p.app.Code(t)), string(locked))
			} else if tt.step.Password != "" {
				refusedFor(t, a, tt.name+", the right one", from, r, withPassword(apptest.Password), string(locked))
			}
			if mails := a.Mails(t); !slices.ContainsFunc(mails, lockMail) {
				t.Errorf("%s: the owner is not told of the lock", tt.name)
			}
			a.Clock.Advance(31 * time.Minute)
		}
	})
}

// The same where a second factor is set up during the sign-in.
func TestParallelEnrolmentGuesses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
		from := visitor(t, a)
		r, x := enrolling(t, a, from, userEmail)
		got := codes(atOnce(parallelTries, func(int) (signin.Result, error) {
			return a.SignIn.Advance(t.Context(), from, r.FlowToken, enrolWith(x.WrongCode(t)))
		}))
		if got[mfaFailed] != 5 || got[locked] != parallelTries-5 {
			t.Errorf("answers %v", got)
		}
		refusedFor(t, a, "the right code", from, r, enrolWith(x.Code(t)), string(locked))
	})
}

// An enrolment during a sign-in is finished once.
func TestEnrolmentIsFinishedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced, p.LockoutFailures = sallyport.EnforcedEveryone, 1000 })
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		from := visitor(t, a)
		r, x := enrolling(t, a, from, userEmail)
		step := enrolWith(x.Code(t))
		all := atOnce(parallelTries, func(i int) (signin.Result, error) {
			return nodes[i%2].SignIn.Advance(t.Context(), from, r.FlowToken, step)
		})
		got := codes(all)
		if got[""] != 1 || got[""]+got[flowOver]+got[sallyport.CodeNotFound] != parallelTries || len(liveSessions(t, a, u.ID)) != 1 {
			t.Errorf("answers %v", got)
		}
		n := a.Count(t)
		if n[audit.MethodAdded] != 1 || n[audit.MFAEnabled] != 1 || n[audit.BackupCodesMade] != 1 {
			t.Errorf("events %v", n)
		}
	})
}

// Two step-ups of one session at once: one wins, and the session has one token.
func TestParallelStepUps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		p := equipped(t, a, userEmail)
		ask := sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true}
		var flows []signin.Result
		for range 2 {
			r, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), ask)
			if err != nil {
				t.Fatal(err)
			}
			flows = append(flows, r)
		}
		all := atOnce(2, func(i int) (signin.Result, error) {
			return nodes[i].SignIn.Advance(t.Context(), p.home, flows[i].FlowToken, withPassword(apptest.Password))
		})
		good := 0
		for _, o := range all {
			if o.err == nil && a.Check(t, o.SessionToken) == "" {
				good++
			}
		}
		if got := codes(all); got[""] != 1 || good != 1 || a.Check(t, p.home.Session) != sallyport.CodeNotSignedIn {
			t.Errorf("answers %v, %d good tokens, the former one: %q", got, good, a.Check(t, p.home.Session))
		}
	})
}
