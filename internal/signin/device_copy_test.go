package signin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// A device's credential changes with each sign-in. For 30 seconds the former one still
// counts, for parallel requests, and is not replaced. After that, with the right
// password, it means a copy: the device loses trust, credential and, where policy flags, sessions, once. It is unknown who holds
// the copy, so neither client is recognised.
func TestCredentialComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		for _, v := range []struct {
			compromise, events, mails string
		}{
			{policy.AlertCompromised, "auth.session_revoked auth.session_revoked auth.session_revoked auth.session_revoked device.credential_reused device.trust_ended", "device_copied mia"},
			{policy.FlagCompromised, "auth.session_revoked auth.session_revoked auth.session_revoked auth.session_revoked device.credential_reused device.flagged device.trust_ended",
				"device_copied mia, device_flagged mia, device_flagged_admin owner"},
		} {
			flags := v.compromise == policy.FlagCompromised
			a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = v.compromise })
			first, r := enter(t, a, a.Laptop(t), userEmail, nil, true)
			id := r.Session.DeviceID
			second, in := enter(t, a, apptest.From{TenantID: first.TenantID, Client: first.Client, Devices: first.Devices}, userEmail, nil, true)
			if in.Session.DeviceID != id || in.FormerDeviceToken != r.DeviceToken || in.DeviceToken == r.DeviceToken {
				t.Fatalf("%s: the second sign-in: %+v", v.compromise, in)
			}
			copied := a.Laptop(t)
			copied.Client = apptest.Client("203.0.113.9", apptest.FirefoxOnLinux)
			copied.Devices, copied.AsksTrust = first.Devices, true
			for _, wait := range []time.Duration{0, 30*time.Second - time.Microsecond} {
				a.Clock.Set(in.Session.CreatedAt.Add(wait))
				events, mails := during(t, a, func() {
					late, _, err := walk(t, a, copied, userEmail, nil, signin.Step{})
					if err != nil || late.DeviceToken != "" || late.Session.DeviceID != id {
						t.Errorf("%s, %v after it was replaced: %+v %v", v.compromise, wait, late, err)
					}
				})
				same(t, "a moment later", events+"|"+mails, "auth.signed_in|")
			}
			a.Clock.Set(in.Session.CreatedAt.Add(notify.StormWindow))
			a.Mails(t)

			// Without the password nothing happens to the device: a stranger who found an old
			// credential could end the sessions on it.
			f := open(t, a, copied, userEmail)
			events, mails := during(t, a, func() { refused(t, a, copied, f.FlowToken, withPassword("wrong"), sallyport.CodeInvalidCredentials) })
			same(t, v.compromise+": without the password", events+"|"+mails, "auth.sign_in_failed|")
			same(t, v.compromise+": the owner's session, before", a.Check(t, in.SessionToken), "")
			events, mails = during(t, a, func() { enter(t, a, copied, userEmail, nil, false) })
			same(t, v.compromise+": events", events, sorted(v.events+" auth.sign_in_doubted auth.signed_in device.added"))
			same(t, v.compromise+": mails", mails, v.mails+", new_sign_in mia")
			d := deviceOf(t, a, id)
			if d.TrustLevel != 0 || d.Primary || d.Compromised() != flags || flags && d.CompromisedBy != "system" {
				t.Errorf("%s: the device is %+v", v.compromise, d)
			}
			// The mail says that the device was signed out, whatever policy does besides.
			same(t, v.compromise+": the owner's session", a.Check(t, in.SessionToken), sallyport.CodeSessionRevoked)

			// There is no second alarm, and both clients are unknown devices.
			for name, from := range map[string]signin.From{"the copy": copied, "the current one": second} {
				from.Session = ""
				a.Clock.Advance(notify.StormWindow)
				events, mails = during(t, a, func() {
					_, r := enter(t, a, from, userEmail, nil, false)
					if r.Session.DeviceID == id || deviceOf(t, a, r.Session.DeviceID).TrustLevel != 0 {
						t.Errorf("%s: %s is recognised", v.compromise, name)
					}
				})
				same(t, v.compromise+": with "+name, events+"|"+mails, "auth.signed_in device.added|new_sign_in mia")
			}
		}
	})
}

// A sign-in with a copied credential is recorded as such, even when its password is right
// at the first try.
func TestCopyShowsInTheAssessment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from, _ := enter(t, a, a.Laptop(t), apptest.OwnerEmail, nil, true)
		thief := from
		thief.Session = ""
		enter(t, a, from, apptest.OwnerEmail, nil, true)
		a.Clock.Advance(time.Hour)
		_, r := enter(t, a, thief, apptest.OwnerEmail, nil, true)
		if got := a.Attempts(t)[0].Assessment; got.Score != 100 || r.Session.Assessment.Score != 100 || got.Findings[0].Signal != "credential_reuse" {
			t.Errorf("%+v", got)
		}
		m := mailOf(t, a, "new_sign_in")
		apptest.Secret(t, m, "/it-was-me/")
	})
}

// A blocked device is refused by its former credential as by the current one, so that a copy
// does not get around the block.
func TestFormerCredentialOfABlockedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for i, block := range []string{"status = 'suspended'", "status = 'revoked'", "compromised_at = 1"} {
			email := fmt.Sprintf("user%d@corp.test", i)
			a.AddUser(t, email, sallyport.RoleMember)
			former, r := enter(t, a, a.Laptop(t), email, nil, true)
			enter(t, a, former, email, nil, true)
			a.Clock.Advance(time.Hour)
			change(t, a, "UPDATE devices SET "+block+" WHERE id = $1", r.Session.DeviceID)
			former.Session = ""
			if _, _, err := walk(t, a, former, email, nil, signin.Step{}); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
				t.Errorf("%s: %v", block, err)
			}
		}
	})
}

// Parallel sign-ins of one browser on two nodes are no copy.
func TestParallelSignInsOfOneBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		from, r := enter(t, a, a.Laptop(t), apptest.OwnerEmail, nil, true)
		from.Session = ""
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 100 }) // they share its limit
		all := atOnce(8, func(i int) (signin.Result, error) {
			return nodes[i%2].Try(t.Context(), from, apptest.OwnerEmail, apptest.Password)
		})
		current := ""
		for _, o := range all {
			if o.err != nil || o.State != signin.Done || o.Session.DeviceID != r.Session.DeviceID {
				t.Fatalf("%+v %v", o.Result, o.err)
			}
			if o.DeviceToken != "" && current != "" {
				t.Error("two of them got a credential")
			}
			current += o.DeviceToken
		}
		if n := a.Count(t); n[audit.DeviceCredentialReused] != 0 || n[audit.DeviceAdded] != 1 {
			t.Errorf("%v", n)
		}
		a.Clock.Advance(time.Hour)
		from.Devices = []string{current}
		if _, next := enter(t, a, from, apptest.OwnerEmail, nil, false); next.Session.DeviceID != r.Session.DeviceID {
			t.Error("the credential that was left is not the device's")
		}
	})
}

// Each user of a browser has their own credential. It stays valid when those of other users
// change, also after hours. Another user's credential grants nothing and raises no alarm.
func TestUsersOfOneBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		browser := a.Laptop(t)
		var emails []string
		devices := map[string]string{}
		for i := range 8 {
			emails = append(emails, fmt.Sprintf("user%d@corp.test", i))
			a.AddUser(t, emails[i], sallyport.RoleMember)
		}
		for range 2 {
			for _, email := range emails {
				a.Clock.Advance(7 * time.Hour)
				var r signin.Result
				browser, r = enter(t, a, browser, email, nil, true)
				if id, known := devices[email]; known && id != r.Session.DeviceID {
					t.Errorf("%s became a stranger", email)
				}
				devices[email] = r.Session.DeviceID
			}
		}
		if len(browser.Devices) != 8 || a.Count(t)[audit.DeviceCredentialReused] != 0 {
			t.Errorf("%d credentials, events %v", len(browser.Devices), a.Count(t))
		}
		a.Clock.Advance(24 * time.Hour) // eight accounts in a day would be suspicious
		stranger := a.AddUser(t, userEmail, sallyport.RoleMember)
		events, _ := during(t, a, func() {
			r, passed, err := walk(t, a, signin.From{TenantID: stranger.TenantID, Client: browser.Client, Devices: browser.Devices, AsksTrust: true}, userEmail, nil, signin.Step{})
			if err != nil || len(passed) != 2 || deviceOf(t, a, r.Session.DeviceID).UserID != stranger.ID {
				t.Errorf("with the credentials of others: %v %v", passed, err)
			}
		})
		same(t, "with the credentials of others", events, "auth.signed_in device.added")
	})
}

// Invalid credentials, and those above the limit, are ignored.
func TestJunkCredentials(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from, r := enter(t, a, a.Laptop(t), apptest.OwnerEmail, nil, true)
		junk := []string{"", "spd_", "x", r.SessionToken, strings.Repeat("spd_A", 5000), r.DeviceToken + "x", r.DeviceToken[:len(r.DeviceToken)-1]}
		from.Devices, from.Session = append(junk, from.Devices...), ""
		_, again := enter(t, a, from, apptest.OwnerEmail, nil, false)
		same(t, "after seven that are none", again.Session.DeviceID, r.Session.DeviceID)
		ninth, _ := token.New(token.Device)
		from.Devices = append([]string{ninth}, append(junk, again.DeviceToken)...)
		if _, other := enter(t, a, from, apptest.OwnerEmail, nil, false); other.Session.DeviceID == r.Session.DeviceID {
			t.Error("the ninth was looked at")
		}
	})
}

// A device that is marked, suspended, removed or no longer recognised during a sign-in on it
// gets no session, nor its trust back.
func TestBlockedDuringASignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1000 }) // a refusal counts as a failure
		operator := sallyport.Operator(a.TenantID(t))
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for round := range 6 {
			email := fmt.Sprintf("user%d@corp.test", round)
			a.AddUser(t, email, sallyport.RoleMember)
			from, r := enter(t, a, a.Laptop(t), email, nil, true)
			from.Session = ""
			id := r.Session.DeviceID
			block := []func() error{
				func() error { return a.Devices.Flag(t.Context(), operator, id, "stolen from a car") },
				func() error { return a.Devices.Suspend(t.Context(), operator, id) },
				func() error { return a.Devices.RevokeOf(t.Context(), operator, id) },
			}[round%3]
			done := make(chan error, 1)
			all := atOnce(9, func(i int) (signin.Result, error) {
				if i == 4 {
					done <- block()
					return signin.Result{}, nil
				}
				return nodes[i%2].Try(t.Context(), from, email, apptest.Password)
			})
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			for _, o := range all {
				switch code := sallyport.CodeOf(o.err); code {
				case "", sallyport.CodeFlowExpired, sallyport.CodeDeviceNotTrusted:
				default:
					t.Errorf("round %d: %v", round, o.err)
				}
			}
			for _, v := range liveSessions(t, a, r.User.ID) {
				if v.DeviceID == id {
					t.Errorf("round %d: a live session on a blocked device", round)
				}
			}
		}
	})
}
