package signin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
)

// apply saves a preset for the default organisation, as an admin does.
func apply(t *testing.T, a *apptest.App, preset policy.Preset) {
	t.Helper()
	a.StoredPolicies()
	operator := sallyport.Operator(a.TenantID(t))
	// Second factors have tests of their own.
	edit := tenant.Edit{Preset: preset, Fields: map[string]any{"mfaEnforced": "nobody"}}
	if _, err := a.Tenants.Save(t.Context(), operator, edit); err != nil {
		t.Fatal(err)
	}
}

// told returns the code and the wait of a refused try.
func told(t *testing.T, a *apptest.App, from signin.From, email, password string) (sallyport.Code, time.Duration) {
	t.Helper()
	_, err := a.Try(t.Context(), from, email, password)
	var e *sallyport.Error
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	if err == nil {
		return "", 0
	}
	return e.Code, e.RetryAfter
}

func expect(t *testing.T, what string, code, want sallyport.Code, after, wantAfter time.Duration) {
	t.Helper()
	if code != want || after != wantAfter {
		t.Errorf("%s: %q with a wait of %v, want %q and %v", what, code, after, want, wantAfter)
	}
}

// Each row of the policy table about lockout is tested by real sign-ins under each preset:
// for strangers, for a known device, and for an address that nobody has.
func TestPresetsDecideAboutLockout(t *testing.T) {
	for _, v := range []struct {
		preset           policy.Preset
		failures         int
		window, duration time.Duration
		selfUnlock       bool
	}{
		{policy.PresetStrict, 5, 15 * time.Minute, 30 * time.Minute, false},
		{policy.PresetBalanced, 6, 15 * time.Minute, 15 * time.Minute, true},
		{policy.PresetManaged, 5, 15 * time.Minute, 30 * time.Minute, true},
		{policy.PresetDefault, 5, 15 * time.Minute, 30 * time.Minute, true},
	} {
		t.Run(string(v.preset), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				apply(t, a, v.preset)
				a.AddUser(t, userEmail, sallyport.RoleMember)
				stranger := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
				home := apptest.After(a.Laptop(t), a.SignInAs(t, a.Laptop(t), userEmail))
				const invalid, limited = sallyport.CodeInvalidCredentials, sallyport.CodeRateLimited

				for _, who := range []struct {
					name, email string
					from        signin.From
					locked      sallyport.Code
					wait        time.Duration
				}{
					{"a stranger", userEmail, stranger, sallyport.CodeAccountLocked, v.duration},
					{"at nobody's address", "nobody@corp.test", stranger, sallyport.CodeAccountLocked, v.duration},
					{"a known device", userEmail, home, sallyport.CodeAccountLocked, v.duration},
				} {
					// Failures, and the wait that grows between them.
					wait := time.Duration(0)
					for i := range v.failures {
						if wait > 0 {
							code, after := told(t, a, who.from, who.email, apptest.Password)
							expect(t, fmt.Sprintf("%s, at once after %d", who.name, i), code, limited, after, wait)
							a.Clock.Advance(wait - time.Microsecond)
							code, after = told(t, a, who.from, who.email, apptest.Password)
							expect(t, fmt.Sprintf("%s, almost there after %d", who.name, i), code, limited, after, time.Microsecond)
							a.Clock.Advance(time.Microsecond)
						}
						code, after := told(t, a, who.from, who.email, "wrong")
						expect(t, fmt.Sprintf("%s, failure %d", who.name, i+1), code, invalid, after, 0)
						if wait *= 2; i == 1 {
							wait = 2 * time.Second
						}
					}
					locked := a.Clock.Now()
					code, after := told(t, a, who.from, who.email, apptest.Password)
					expect(t, who.name+", locked", code, who.locked, after, who.wait)
					a.Clock.Set(locked.Add(v.duration - time.Microsecond))
					code, after = told(t, a, who.from, who.email, apptest.Password)
					expect(t, who.name+", at the end of the lock", code, who.locked, after, time.Microsecond)
					a.Clock.Set(locked.Add(v.duration))
					code, after = told(t, a, who.from, who.email, apptest.Password)
					if who.email == userEmail {
						expect(t, who.name+", after the lock", code, "", after, 0)
					} else {
						expect(t, who.name+", after the lock", code, invalid, after, 0)
					}

					links := ""
					for _, m := range a.Mails(t) {
						if m.Kind == notify.NewSignIn {
							continue // of the sign-in as a stranger, after the lock
						}
						if m.Kind != notify.AccountLocked || m.To != userEmail {
							t.Errorf("a mail %s to %s", m.Kind, m.To)
						}
						links += strings.Join(m.Links, " ")
					}
					if strings.Contains(links, "/not-me/") != (who.email == userEmail) || strings.Contains(links, "/unlock/") != (v.selfUnlock && who.email == userEmail) {
						t.Errorf("%s: the mail has the links %q", who.name, links)
					}
				}

				// A failure counts for the window and no longer: with one failure less than the limit,
				// the next locks just before the first one ends, and not after.
				for _, late := range []time.Duration{-time.Microsecond, 0} {
					a.Clock.Advance(24 * time.Hour)
					first := a.Clock.Now()
					for range v.failures - 1 {
						code, _ := told(t, a, stranger, userEmail, "wrong")
						expect(t, "within the window", code, invalid, 0, 0)
						a.Clock.Advance(time.Minute)
					}
					a.Clock.Set(first.Add(v.window + late))
					code, _ := told(t, a, stranger, userEmail, "wrong")
					expect(t, "the last one", code, invalid, 0, 0)
					a.Clock.Advance(30 * time.Second)
					code, after := told(t, a, stranger, userEmail, apptest.Password)
					if late < 0 {
						expect(t, "all within the window", code, sallyport.CodeAccountLocked, after, v.duration-30*time.Second)
					} else {
						expect(t, "the first is out of it", code, "", after, 0)
					}
				}
			})
		})
	}
}

// Without the delay nobody waits between tries.
func TestDelayCanBeSwitchedOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		for _, on := range []bool{false, true} {
			a.Clock.Advance(time.Hour)
			a.SetPolicy(func(p *sallyport.Policy) { p.LockoutProgressive = on })
			for range 2 {
				code, _ := told(t, a, a.Laptop(t), userEmail, "wrong")
				expect(t, "a guess", code, sallyport.CodeInvalidCredentials, 0, 0)
			}
			want := sallyport.CodeInvalidCredentials
			if on {
				want = sallyport.CodeRateLimited
			}
			code, _ := told(t, a, a.Laptop(t), userEmail, "wrong")
			expect(t, fmt.Sprintf("the third with the delay %v", on), code, want, 0, 0)
		}
	})
}

// A try during the wait is compared with nothing and does not count for the lock. One of many
// is recorded. A right password after the wait signs in and resets the counter.
func TestGuessInsideTheWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutProgressive = true })
		a.AddUser(t, userEmail, sallyport.RoleMember)
		from := a.Laptop(t)
		for range 2 {
			told(t, a, from, userEmail, "wrong")
		}
		for i := range 10 {
			code, after := told(t, a, from, userEmail, []string{"wrong", apptest.Password}[i%2])
			expect(t, "inside the wait", code, sallyport.CodeRateLimited, after, 2*time.Second)
		}
		attempts := a.Attempts(t)
		if len(attempts) != 3 {
			t.Errorf("%d attempts", len(attempts))
		}
		for i, at := range attempts {
			want := sallyport.CodeRateLimited
			if i >= 1 {
				want = sallyport.CodeInvalidCredentials
			}
			if at.FailureReason != want || at.Successful {
				t.Errorf("attempt %d: %s", i, at.FailureReason)
			}
		}
		if n := a.Count(t); n[audit.AccountLocked] != 0 || n[audit.SignInFailed] != 3 {
			t.Errorf("%v", n)
		}
		a.Clock.Advance(2 * time.Second)
		code, _ := told(t, a, from, userEmail, "wrong")
		expect(t, "the third", code, sallyport.CodeInvalidCredentials, 0, 0)
		code, after := told(t, a, from, userEmail, apptest.Password)
		expect(t, "the wait has grown", code, sallyport.CodeRateLimited, after, 4*time.Second)
		a.Clock.Advance(4 * time.Second)
		a.SignInAs(t, from, userEmail)
		for i := range 2 { // after the reset nobody waits after the first
			code, after := told(t, a, from, userEmail, "wrong")
			expect(t, fmt.Sprintf("guess %d after a right one", i+1), code, sallyport.CodeInvalidCredentials, after, 0)
		}
	})
}

// A lock during an open sign-in applies to that sign-in too.
func TestLockInMidFlow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		other := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		f := open(t, a, a.Laptop(t), userEmail)
		for range 5 {
			told(t, a, other, userEmail, "wrong")
		}
		refused(t, a, a.Laptop(t), f.FlowToken, withPassword(apptest.Password), sallyport.CodeAccountLocked)
		if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeAccountLocked || got.Successful {
			t.Errorf("%+v", got)
		}
		a.Clock.Advance(5 * time.Minute)
		refused(t, a, a.Laptop(t), f.FlowToken, withPassword(apptest.Password), sallyport.CodeAccountLocked)
		if n := len(liveSessions(t, a, "")); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

// All spellings of an address share one counter, also when nobody has it.
func TestVariantsOfANameShareALock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, "j\u00f6rg.weiss@corp.test", sallyport.RoleMember)
		for _, variants := range [][]string{
			{"j\u00f6rg.weiss@corp.test", "J\u00d6RG.WEISS@CORP.TEST", "  jo\u0308rg.weiss@corp.test ", "\uff4a\u00f6rg.weiss@corp.test", "j\u00f6rg.wei\u00df@corp.test"},
			{"n\u00f6body.weiss@corp.test", "N\u00d6BODY.WEISS@CORP.TEST", "\tno\u0308body.weiss@corp.test\n", "\uff4e\u00f6body.weiss@corp.test", "n\u00f6body.wei\u00df@corp.test"},
		} {
			for i, email := range variants {
				from := a.From(t, apptest.Client(fmt.Sprintf("198.51.100.%d", i), apptest.FirefoxOnLinux))
				code, _ := told(t, a, from, email, "wrong")
				expect(t, fmt.Sprintf("%+q", email), code, sallyport.CodeInvalidCredentials, 0, 0)
			}
			for _, email := range variants {
				code, after := told(t, a, a.Laptop(t), email, apptest.Password)
				expect(t, fmt.Sprintf("%+q after the lock", email), code, sallyport.CodeAccountLocked, after, 30*time.Minute)
			}
		}
		if n := a.Count(t)[audit.AccountLocked]; n != 2 {
			t.Errorf("%d locks, want one for each address", n)
		}
	})
}

// All addresses of a /64 share the tries of one network.
func TestIPv6Rotation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		at := func(ip string) signin.From { return a.From(t, apptest.Client(ip, apptest.FirefoxOnLinux)) }
		for i := range 100 {
			code, _ := told(t, a, at(fmt.Sprintf("2001:db8:1:2:%x::%x", i*7, i)), fmt.Sprintf("user%d@corp.test", i), "Spring2026!")
			expect(t, fmt.Sprintf("guess %d", i+1), code, sallyport.CodeInvalidCredentials, 0, 0)
		}
		code, after := told(t, a, at("2001:db8:1:2:ffff::1"), userEmail, apptest.Password)
		expect(t, "another address of the /64", code, sallyport.CodeRateLimited, after, 15*time.Minute)
		if n := a.Count(t)[audit.NetworkLimited]; n != 1 {
			t.Errorf("%d events", n)
		}
		a.SignInAs(t, at("2001:db8:1:3::1"), userEmail)
	})
}

// A device credential that is made up, changed, or somebody else's makes no known device: it
// neither gets around a lock nor has its own tries.
func TestForgedDeviceCredentials(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		stranger := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		mine := a.SignInAs(t, a.Laptop(t), userEmail).DeviceToken
		theirs := a.SignInAs(t, stranger, apptest.OwnerEmail).DeviceToken
		other := a.AddTenant(t, "other.test")
		a.AddUserOf(t, other.ID, userEmail, sallyport.RoleMember)
		foreign := a.SignInAs(t, a.Visitor(other.ID, stranger.Client), userEmail).DeviceToken
		random, _ := token.New(token.Device)
		last := "A"
		if strings.HasSuffix(mine, last) {
			last = "E"
		}
		forged := []string{theirs, foreign, random, mine[:len(mine)-1], mine[:len(mine)-1] + last, mine + "A", strings.ToLower(mine), "", "x"}
		for i, credential := range forged {
			from := stranger
			from.Devices = []string{credential}
			code, after := told(t, a, from, userEmail, []string{"wrong", apptest.Password}[min(1, i/5)])
			if i < 5 {
				expect(t, fmt.Sprintf("forged %d", i), code, sallyport.CodeInvalidCredentials, after, 0)
			} else {
				expect(t, fmt.Sprintf("forged %d", i), code, sallyport.CodeAccountLocked, after, 30*time.Minute)
			}
		}
		// A credential beyond the eighth is not read; a valid one among invalid ones is.
		from := stranger
		from.Devices = append(append([]string{}, forged[:8]...), mine)
		code, _ := told(t, a, from, userEmail, apptest.Password)
		expect(t, "the ninth credential", code, sallyport.CodeAccountLocked, 0, 0)
		from.Devices = []string{theirs, "x", mine}
		code, _ = told(t, a, from, userEmail, apptest.Password)
		expect(t, "the real one among others", code, "", 0, 0)
	})
}

// A known device is told of the lock and its end. Strangers get the same answer, byte for
// byte, for an account and for an address that nobody has, however often and whenever they
// try.
func TestWhoIsToldOfALock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		a.AddUserWithoutPassword(t, "guest@corp.test")
		off := a.AddUser(t, "off@corp.test", sallyport.RoleMember)
		if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(off.TenantID), off.ID); err != nil {
			t.Fatal(err)
		}
		home := apptest.After(a.Laptop(t), a.SignInAs(t, a.Laptop(t), userEmail))
		answers := map[string][]error{}
		emails := []string{userEmail, "nobody@corp.test", "guest@corp.test", "off@corp.test"}
		for i := range 12 {
			for j, email := range emails {
				from := a.From(t, apptest.Client(fmt.Sprintf("198.51.%d.7", j), apptest.FirefoxOnLinux))
				_, err := a.Try(t.Context(), from, email, []string{"wrong", apptest.Password}[min(1, i/5)])
				answers[email] = append(answers[email], err)
			}
			a.Clock.Advance(time.Minute)
		}
		for _, email := range emails[1:] {
			if d := cmp.Diff(answers[userEmail], answers[email], cmp.AllowUnexported(sallyport.Error{})); d != "" {
				t.Errorf("%s is answered differently:\n%s", email, d)
			}
		}
		for i, err := range answers[userEmail] {
			want := sallyport.CodeInvalidCredentials
			if i >= 5 {
				want = sallyport.CodeAccountLocked
			}
			if sallyport.CodeOf(err) != want {
				t.Errorf("try %d: %v", i+1, err)
			}
		}
		for range 5 {
			told(t, a, home, userEmail, "wrong")
		}
		for passed := time.Duration(0); passed < 30*time.Minute; passed += 7 * time.Minute {
			code, after := told(t, a, home, userEmail, apptest.Password)
			expect(t, fmt.Sprintf("the known device after %v", passed), code, sallyport.CodeAccountLocked, after, 30*time.Minute-passed)
			a.Clock.Advance(7 * time.Minute)
		}
	})
}

// 5,000 other names neither displace a lock nor shorten it, also while the cleaning job
// runs.
func TestFloodOfOtherNames(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		for range 5 {
			told(t, a, a.Laptop(t), userEmail, "wrong")
		}
		for range 5 {
			a.Clock.Advance(5 * time.Minute)
			until := a.Clock.Now().Add(30 * time.Minute)
			err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
				for range 1000 {
					name := token.NewID()
					if _, err := tx.LockCounter(t.Context(), a.TenantID(t), "account", name); err != nil {
						return err
					}
					if err := tx.SaveCounter(t.Context(), store.Counter{TenantID: a.TenantID(t), Scope: "account", Subject: name, Spends: "[]", LockedUntil: until, ExpiresAt: until}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		a.Clock.Advance(5*time.Minute - time.Microsecond)
		apptest.Must(t, a.Retention.Forget(t.Context()))
		code, after := told(t, a, a.Laptop(t), userEmail, apptest.Password)
		expect(t, "after the flood", code, sallyport.CodeAccountLocked, after, time.Microsecond)
		a.Clock.Advance(time.Microsecond)
		a.SignInAs(t, a.Laptop(t), userEmail)
	})
}

// A policy that cannot be read refuses sign-ins and is not replaced by the default: whether it
// has a field of a later version, a value out of range, or is no policy at all.
func TestUnreadablePolicyRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		a.AddUser(t, userEmail, sallyport.RoleMember)
		from := a.Laptop(t)
		f := open(t, a, from, userEmail)
		in := a.SignInAs(t, from, userEmail)
		change(t, a, "INSERT INTO policies (tenant_id, group_id, mfa_enforced, version, body, updated_at) VALUES ($1, '', '', 1, '{}', 1)", a.TenantID(t))
		for _, body := range []string{
			`{"retinaScan":true}`, `{"lockoutFailures":1000000}`, `{"lockoutFailures":0}`, `{"lockoutFailures":"five"}`, `{"lockoutFailures":null}`,
			`{"passwordMinLength":12,"passwordMinLength2":8}`, `{"sessionIdleWebMinutes":129600,"sessionLifetimeMinutes":43200}`, `{`, `[]`, `null`, ``,
		} {
			change(t, a, "UPDATE policies SET body = $1", body)
			if r, err := a.SignIn.Open(t.Context(), from, userEmail); sallyport.CodeOf(err) != sallyport.CodeInternal || r.FlowToken != "" {
				t.Errorf("%s: a sign-in opens: %v", body, err)
			}
			if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); sallyport.CodeOf(err) != sallyport.CodeInternal || r.SessionToken != "" {
				t.Errorf("%s: a sign-in goes on: %v", body, err)
			}
			if _, err := a.ChangePassword(t.Context(), apptest.Actor(in), apptest.Password, "Eleven-low arches 17"); sallyport.CodeOf(err) != sallyport.CodeInternal {
				t.Errorf("%s: a password is changed: %v", body, err)
			}
			if err := a.Accounts.RequestReset(t.Context(), a.TenantID(t), from.Client, userEmail); err == nil {
				t.Errorf("%s: a reset is asked for", body)
			}
		}
		change(t, a, "UPDATE policies SET body = '{}'") // its fields are all missing, as in an older policy
		if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); err != nil || r.State != signin.Done {
			t.Errorf("a policy that can be read: %v", err)
		}
	})
}
