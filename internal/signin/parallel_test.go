package signin_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// outcome is the result of one of several parallel calls.
type outcome struct {
	signin.Result
	err error
}

// atOnce calls f n times in parallel and returns what each call got.
func atOnce(n int, f func(i int) (signin.Result, error)) []outcome {
	out := make([]outcome, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			r, err := f(i)
			out[i] = outcome{r, err}
		})
	}
	close(start)
	wg.Wait()
	return out
}

// codes counts the results by code, "" for a session.
func codes(all []outcome) map[sallyport.Code]int {
	n := map[sallyport.Code]int{}
	for _, o := range all {
		n[sallyport.CodeOf(o.err)]++
	}
	return n
}

// Of 64 parallel guesses exactly 5 are compared with the password, whether they
// come through one flow or through 64, on one node or on two, for an account
// that exists or not.
func TestParallelGuesses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for i, tt := range []struct {
			name   string
			flows  int
			exists bool
		}{{"one flow", 1, true}, {"64 flows", 64, true}, {"64 flows to nobody", 64, false}} {
			email := fmt.Sprintf("user%d@corp.test", i)
			if tt.exists {
				a.AddUser(t, email, sallyport.RoleMember)
			}
			locked := a.Count(t)[audit.AccountLocked]
			var flows []signin.Result
			var visitors []signin.From
			for j := range tt.flows {
				visitors = append(visitors, a.From(t, apptest.Client(fmt.Sprintf("203.0.113.%d", j), apptest.ChromeOnMac)))
				flows = append(flows, open(t, a, visitors[j], email))
			}
			got := codes(atOnce(64, func(j int) (signin.Result, error) {
				k := j % tt.flows
				return nodes[j%2].SignIn.Advance(t.Context(), visitors[k], flows[k].FlowToken, withPassword(fmt.Sprintf("guess %d", j)))
			}))
			if got[sallyport.CodeInvalidCredentials] != 5 || got[sallyport.CodeAccountLocked] != 59 {
				t.Errorf("%s: answers %v", tt.name, got)
			}
			stored := map[sallyport.Code]int{}
			for _, v := range a.Attempts(t) {
				if v.Email == email {
					stored[v.FailureReason]++
				}
			}
			if stored[sallyport.CodeInvalidCredentials] != 5 || stored[sallyport.CodeAccountLocked] != 1 {
				t.Errorf("%s: attempts %v", tt.name, stored)
			}
			// An address that nobody has is locked, and logged, like any other.
			if n := a.Count(t)[audit.AccountLocked] - locked; n != 1 {
				t.Errorf("%s: %d events of a lock, want 1", tt.name, n)
			}
		}
	})
}

// A try is spent before anything is compared: with a hash that cannot be read, the comparison
// fails for five tries, and the others never reach it.
func TestSpentBeforeCompared(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, from := a.AddUser(t, userEmail, sallyport.RoleMember), a.Laptop(t)
		change(t, a, "UPDATE users SET password_hash = '$argon2id$nonsense' WHERE id = $1", u.ID)
		f := open(t, a, from, userEmail)
		got := codes(atOnce(64, func(int) (signin.Result, error) {
			return a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password))
		}))
		if got[sallyport.CodeInternal] != 5 || got[sallyport.CodeAccountLocked] != 59 {
			t.Errorf("answers %v", got)
		}
	})
}

// With the right password among the guesses there is at most one session, and only if its
// try was among those compared.
func TestOneRightGuess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for i, flows := range []int{1, 64} {
			email := fmt.Sprintf("user%d@corp.test", i)
			u := a.AddUser(t, email, sallyport.RoleMember)
			from := a.Laptop(t)
			var tokens []string
			for range flows {
				tokens = append(tokens, open(t, a, from, email).FlowToken)
			}
			got := codes(atOnce(64, func(j int) (signin.Result, error) {
				password := "guess"
				if j == 20 {
					password = apptest.Password
				}
				return a.SignIn.Advance(t.Context(), from, tokens[j%flows], withPassword(password))
			}))
			if n := len(liveSessions(t, a, u.ID)); n > 1 || n != got[""] {
				t.Errorf("%d flows: %d sessions, answers %v", flows, n, got)
			}
			// At most five before the right one, and five after it.
			if got[sallyport.CodeInvalidCredentials] > 10 {
				t.Errorf("%d flows: answers %v", flows, got)
			}
		}
	})
}

// A flow gives one session, however often its last step is taken in parallel.
func TestFlowIsUsedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 }) // so that only the flow limits them
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for i := range 2 {
			email := fmt.Sprintf("user%d@corp.test", i) // the counted tries of both rounds would suspend one password
			u := a.AddUser(t, email, sallyport.RoleMember)
			from := a.From(t, apptest.Client(fmt.Sprintf("198.51.100.%d", i), apptest.ChromeOnMac))
			f := open(t, a, from, email)
			before := len(liveSessions(t, a, u.ID))
			all := atOnce(64, func(j int) (signin.Result, error) {
				return nodes[j%2].SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password))
			})
			if got := codes(all); got[""] != 1 || got[sallyport.CodeFlowExpired] != 63 {
				t.Errorf("answers %v", got)
			}
			if n := len(liveSessions(t, a, u.ID)); n != before+1 {
				t.Errorf("%d sessions more", n-before)
			}
		}
		successful := slices.DeleteFunc(a.Attempts(t), func(v sallyport.Attempt) bool { return !v.Successful })
		if n := a.Count(t); n[audit.SignedIn] != 2 || n[audit.DeviceAdded] != 2 || len(successful) != 2 {
			t.Errorf("%d successful attempts, events %v", len(successful), n)
		}
	})
}

// With the default limit the result is the same; others may be told to wait.
func TestFlowIsUsedOnceUnderLockout(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, from := a.AddUser(t, userEmail, sallyport.RoleMember), a.Laptop(t)
		f := open(t, a, from, userEmail)
		got := codes(atOnce(64, func(int) (signin.Result, error) {
			return a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password))
		}))
		if n := len(liveSessions(t, a, u.ID)); n != 1 || got[""] != 1 {
			t.Errorf("%d sessions, answers %v", n, got)
		}
	})
}

func TestLockout(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, from := a.AddUser(t, userEmail, sallyport.RoleMember), a.Laptop(t)
		guess := func() sallyport.Code {
			_, err := a.Try(t.Context(), from, userEmail, "wrong")
			return sallyport.CodeOf(err)
		}
		for i := range 5 {
			if code := guess(); code != sallyport.CodeInvalidCredentials {
				t.Fatalf("try %d: %s", i+1, code)
			}
		}
		// Locked for all unknown devices, even with the right password.
		elsewhere := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		for _, from := range []signin.From{from, elsewhere} {
			f := open(t, a, from, " MIA@CORP.TEST")
			err := refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeAccountLocked)
			if e := err.(*sallyport.Error); e.RetryAfter != 30*time.Minute { //nolint:errorlint // refused has seen its code
				t.Errorf("told to wait %v", e.RetryAfter)
			}
		}
		if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeAccountLocked || got.UserID != u.ID {
			t.Errorf("%+v", got)
		}
		a.Clock.Advance(30*time.Minute - time.Microsecond)
		if code := guess(); code != sallyport.CodeAccountLocked {
			t.Errorf("in the last microsecond of the lock: %q", code)
		}
		a.Clock.Advance(time.Microsecond)
		for i := range 4 {
			if code := guess(); code != sallyport.CodeInvalidCredentials {
				t.Fatalf("try %d after the lock: %q", i+1, code)
			}
		}
		a.SignInAs(t, from, userEmail) // the fifth is right
		for i := range 5 {
			if code := guess(); code != sallyport.CodeInvalidCredentials {
				t.Fatalf("try %d after a right one: %q", i+1, code)
			}
		}
		if n := a.Count(t)[audit.AccountLocked]; n != 2 {
			t.Errorf("%d events of a lock, want 2", n)
		}
	})
}

// Strangers can lock an account for strangers. Its owner still signs in on a known device,
// which has its own limit.
func TestOwnerIsNotLockedOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		home := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		home = apptest.After(home, a.SignInAs(t, home, userEmail))
		stranger := a.Laptop(t)
		for range 20 {
			if _, err := a.Try(t.Context(), stranger, userEmail, "wrong"); err == nil {
				t.Fatal("a stranger is in")
			}
		}
		for range 3 {
			home = apptest.After(home, a.SignInAs(t, home, userEmail))
			if _, err := a.Try(t.Context(), stranger, userEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
				t.Fatalf("the owner's sign-in let strangers try again: %v", err)
			}
		}
		// Somebody else's device is unknown here.
		other := apptest.After(stranger, a.SignInAs(t, stranger, apptest.OwnerEmail))
		if _, err := a.Try(t.Context(), other, userEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Errorf("another user's device: %v", err)
		}

		// The holder of the device can guess five times as well, and no more.
		for i := range 5 {
			if _, err := a.Try(t.Context(), home, userEmail, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
				t.Fatalf("try %d on the device: %v", i+1, err)
			}
		}
		if _, err := a.Try(t.Context(), home, userEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
			t.Errorf("the sixth try on the device: %v", err)
		}
		scopes := map[string]int{}
		p, err := a.Audit.Own(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, list.OwnEvents.First())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Rows {
			if e.Kind == string(audit.AccountLocked) {
				scopes[e.Data["scope"]]++
				if until, err := time.Parse(time.RFC3339, e.Data["until"]); err != nil || until.Sub(a.Clock.Now()).Round(time.Minute) != 30*time.Minute {
					t.Errorf("locked until %q", e.Data["until"])
				}
			}
		}
		if scopes["account"] != 1 || scopes["device"] != 1 || len(scopes) != 2 {
			t.Errorf("locks by scope: %v", scopes)
		}
	})
}

// One network that tries many accounts is stopped with another code, and the accounts are
// not locked.
func TestNetworkLimit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		from := a.Laptop(t)
		for i := range 100 {
			if _, err := a.Try(t.Context(), from, fmt.Sprintf("user%d@corp.test", i), "Spring2026!"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		_, err := a.Try(t.Context(), from, userEmail, apptest.Password)
		if sallyport.CodeOf(err) != sallyport.CodeRateLimited {
			t.Errorf("the next try from there: %v", err)
		}
		a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.ChromeOnMac)), userEmail)
	})
}

// A user who is disabled during a sign-in has no access: after both have returned there is
// no live session, on any node.
func TestDisableRacesWithSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 })
		b := a.Node(t, store.Options{})
		got := map[sallyport.Code]int{}
		for round := range 3 {
			email := fmt.Sprintf("user%d@corp.test", round)
			u := a.AddUser(t, email, sallyport.RoleMember)
			all := atOnce(65, func(j int) (signin.Result, error) {
				if j == 20*(round+1) {
					_, err := b.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID)
					return signin.Result{}, err
				}
				from := a.From(t, apptest.Client(fmt.Sprintf("198.51.%d.%d", round, j), apptest.ChromeOnMac))
				return a.Try(t.Context(), from, email, apptest.Password)
			})
			for j, o := range all {
				if j == 20*(round+1) {
					if o.err != nil {
						t.Fatalf("disabling: %v", o.err)
					}
					continue
				}
				got[sallyport.CodeOf(o.err)]++
				if o.err == nil {
					if code := a.Check(t, o.SessionToken); code == "" {
						t.Error("a session outlived the disabling")
					}
				}
			}
			if n := len(liveSessions(t, a, u.ID)); n != 0 {
				t.Errorf("%d live sessions of a disabled user", n)
			}
		}
		for code, n := range got {
			switch code {
			case "", sallyport.CodeAccountDisabled, sallyport.CodeFlowExpired:
			default:
				t.Errorf("%d sign-ins were answered with %s", n, code)
			}
		}
	})
}

// The same with a password change: no session of the old password outlives the change.
func TestPasswordChangeRacesWithSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 })
		b := a.Node(t, store.Options{})
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		mine := a.SignInAs(t, a.Laptop(t), userEmail)
		all := atOnce(33, func(j int) (signin.Result, error) {
			if j == 16 {
				_, err := b.ChangePassword(t.Context(), apptest.Actor(mine), apptest.Password, "Eleven-low arches 17")
				return signin.Result{}, err
			}
			return a.Try(t.Context(), a.Laptop(t), userEmail, apptest.Password)
		})
		if all[16].err != nil {
			t.Fatal(all[16].err)
		}
		if live := liveSessions(t, a, u.ID); len(live) != 1 || live[0].ID != mine.Session.ID {
			t.Errorf("%d sessions outlived the change, want the one it was made in", len(live))
		}
		if code := a.Check(t, mine.SessionToken); code != "" {
			t.Errorf("the session of the change itself: %s", code)
		}
	})
}
