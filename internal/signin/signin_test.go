package signin_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

const userEmail = "mia@corp.test"

// change edits the database directly, not through the store.
func change(t *testing.T, a *apptest.App, statement string, args ...any) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	if r, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	} else if n, err := r.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("%s: hit nothing, %v", statement, err)
	}
}

func withPassword(p string) signin.Step { return signin.Step{State: signin.Password, Password: p} }

func open(t *testing.T, a *apptest.App, from signin.From, email string) signin.Result {
	t.Helper()
	r, err := a.SignIn.Open(t.Context(), from, email)
	if err != nil {
		t.Fatal(err)
	}
	if r.State != signin.Password || r.FlowToken == "" || r.SessionToken != "" || !r.ExpiresAt.Equal(a.Clock.Now().Add(signin.FlowLifetime)) {
		t.Fatalf("an open flow: %+v", r)
	}
	return r
}

// refused takes a step that must be refused with this code.
func refused(t *testing.T, a *apptest.App, from signin.From, flowToken string, step signin.Step, code sallyport.Code) error {
	t.Helper()
	r, err := a.SignIn.Advance(t.Context(), from, flowToken, step)
	if sallyport.CodeOf(err) != code {
		t.Fatalf("%v, want %s", err, code)
	}
	if !reflect.DeepEqual(r, signin.Result{}) {
		t.Fatalf("a refusal came with %+v", r)
	}
	return err
}

func liveSessions(t *testing.T, a *apptest.App, userID string) []sallyport.Session {
	t.Helper()
	return a.LiveSessions(t, userID)
}

func lastAttempt(t *testing.T, a *apptest.App) sallyport.Attempt {
	t.Helper()
	newest, err := a.DB.ListAttempts(t.Context(), a.TenantID(t), list.Attempts.First())
	if err != nil || len(newest.Rows) == 0 {
		t.Fatalf("%d attempts, %v", len(newest.Rows), err)
	}
	return newest.Rows[0]
}

func TestRightPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		before := a.Count(t)
		from := a.From(t, apptest.Client("2001:db8::5", apptest.FirefoxOnLinux))
		from.Client.Location = sallyport.Location{Country: "NZ", City: "Wellington"}
		r, err := a.Try(t.Context(), from, "  MIA@corp.test ", apptest.Password)
		if err != nil {
			t.Fatal(err)
		}
		now := a.Clock.Now()
		if r.State != signin.Done || r.FlowToken != "" || r.User.ID != u.ID || r.SessionToken == "" || r.DeviceToken == "" {
			t.Errorf("%+v", r)
		}
		want := sallyport.Session{
			ID: r.Session.ID, TenantID: u.TenantID, UserID: u.ID, DeviceID: r.Session.DeviceID, Status: sallyport.SessionActive,
			DeviceInfo: from.Client.Info, IPAddress: "2001:db8::5", UserAgent: apptest.FirefoxOnLinux, Location: from.Client.Location,
			CreatedAt: now, ExpiresAt: now.Add(90 * 24 * time.Hour), IdleTimeout: 7 * 24 * time.Hour, LastActivityAt: now, AuthenticatedAt: now,
		}
		stored, err := a.DB.Session(t.Context(), u.TenantID, r.Session.ID)
		if d := cmp.Diff(want, stored); err != nil || d != "" || r.Session.DeviceID == "" {
			t.Errorf("%v, session -want +stored:\n%s", err, d)
		}
		wantAttempt := []sallyport.Attempt{{
			TenantID: u.TenantID, UserID: u.ID, Email: "MIA@corp.test", IPAddress: "2001:db8::5", UserAgent: apptest.FirefoxOnLinux,
			DeviceInfo: from.Client.Info, Location: from.Client.Location, Successful: true, CreatedAt: now,
			DeviceID: r.Session.DeviceID, SessionID: r.Session.ID,
		}}
		if d := cmp.Diff(wantAttempt, a.Attempts(t), cmpopts.IgnoreFields(sallyport.Attempt{}, "ID")); d != "" {
			t.Errorf("attempt -want +stored:\n%s", d)
		}
		after := a.Count(t)
		for kind, n := range after {
			if kind != audit.SignedIn && kind != audit.DeviceAdded && n != before[kind] {
				t.Errorf("%d more events %s", n-before[kind], kind)
			}
		}
		if after[audit.SignedIn] != 1 || after[audit.DeviceAdded] != 1 {
			t.Errorf("events %v", after)
		}
		page, err := a.Audit.Own(t.Context(), apptest.Actor(r), list.OwnEvents.First())
		if err != nil || len(page.Rows) == 0 {
			t.Fatal(page, err)
		}
		if e := page.Rows[0]; e.Kind != string(audit.SignedIn) || e.ActorID != u.ID || e.UserID != u.ID || e.SessionID != r.Session.ID ||
			e.IPAddress != "2001:db8::5" || e.Location.Country != "NZ" || e.Data["client"] != "web" {
			t.Errorf("%+v", e)
		}
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Errorf("the session is refused: %s", code)
		}
	})
}

func TestNativeClient(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.From(t, apptest.Client("192.0.2.9", apptest.SafariOnIPhone))
		from.Native = true
		r := a.SignInAs(t, from, apptest.OwnerEmail)
		if r.Session.IdleTimeout != 30*24*time.Hour {
			t.Errorf("a phone's client idles %v", r.Session.IdleTimeout)
		}
	})
}

// A wrong password and an unknown address get the same answer and the same records.
func TestWrongPasswordAndUnknownAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, userEmail, sallyport.RoleMember)
		noPassword := a.AddUserWithoutPassword(t, "key@corp.test")
		from := a.Laptop(t)
		failed := a.Count(t)[audit.SignInFailed]
		answers := map[string]error{}
		for i, tt := range []struct{ name, email, userID, password string }{
			{"wrong", userEmail, u.ID, "Nine-tall pillars 43"},
			{"unknown", "nobody@corp.test", "", apptest.Password},
			{"without a password", "key@corp.test", noPassword.ID, apptest.Password},
			{"a space", userEmail, u.ID, " "},
			{"other case", userEmail, u.ID, strings.ToUpper(apptest.Password)},
			{"cut", userEmail, u.ID, apptest.Password[:len(apptest.Password)-1]},
		} {
			a.Clock.Advance(time.Hour)
			f := open(t, a, from, tt.email)
			answers[tt.name] = refused(t, a, from, f.FlowToken, withPassword(tt.password), sallyport.CodeInvalidCredentials)
			if d := cmp.Diff(answers["wrong"], answers[tt.name], cmp.AllowUnexported(sallyport.Error{})); d != "" {
				t.Errorf("%s is answered differently:\n%s", tt.name, d)
			}
			want := sallyport.Attempt{
				TenantID: u.TenantID, UserID: tt.userID, Email: tt.email, IPAddress: from.Client.IPAddress, UserAgent: from.Client.UserAgent,
				DeviceInfo: from.Client.Info, FailureReason: sallyport.CodeInvalidCredentials, CreatedAt: a.Clock.Now(),
			}
			attempts := a.Attempts(t)
			if len(attempts) != i+1 {
				t.Fatalf("%s: %d attempts", tt.name, len(attempts))
			}
			if d := cmp.Diff(want, attempts[0], cmpopts.IgnoreFields(sallyport.Attempt{}, "ID")); d != "" {
				t.Errorf("%s: attempt -want +stored:\n%s", tt.name, d)
			}
			events := a.Events(t)
			last := events[len(events)-1]
			if last.Kind != string(audit.SignInFailed) || last.UserID != tt.userID || last.ActorID != "" || !strings.Contains(last.Body, `"reason":"invalid_credentials"`) {
				t.Errorf("%s: %s", tt.name, last.Body)
			}
			if strings.Contains(last.Body, tt.email) || tt.password != "" && strings.Contains(last.Body, tt.password) {
				t.Errorf("%s: the event repeats what was typed: %s", tt.name, last.Body)
			}
			// The flow keeps its state: the next try can be right.
			if tt.name == "wrong" {
				if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); err != nil || r.State != signin.Done {
					t.Errorf("the right one after a wrong one: %v", err)
				}
				change(t, a, "DELETE FROM attempts WHERE successful")
			}
		}
		if n := a.Count(t)[audit.SignInFailed] - failed; n != 6 {
			t.Errorf("%d events of failure", n)
		}
		if s := a.LiveSessions(t, noPassword.ID); len(s) != 0 {
			t.Errorf("sessions of a user without a password: %v", s)
		}
	})
}

// An address is refused only for its form, and spends no try.
func TestOpenRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for address, rule := range map[string]string{
			"": "required", "   ": "required", "mia": "invalid_email", "mia@corp.test, you@corp.test": "invalid_email",
			"mia\x00@corp.test": "invalid_email", "\xff@corp.test": "invalid_email", strings.Repeat("m", 250) + "@corp.test": "too_long",
		} {
			_, err := a.SignIn.Open(t.Context(), a.Laptop(t), address)
			var e *sallyport.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Code != rule || e.Fields[0].Field != "email" {
				t.Errorf("%q: %v", address, err)
			}
		}
		if n := len(a.Attempts(t)); n != 0 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestFlowExpires(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.Laptop(t)
		f, late := open(t, a, from, apptest.OwnerEmail), open(t, a, from, apptest.OwnerEmail)
		a.Clock.Set(f.ExpiresAt.Add(-time.Microsecond))
		if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); err != nil || r.State != signin.Done {
			t.Fatalf("in the last microsecond: %v", err)
		}
		a.Clock.Set(f.ExpiresAt)
		refused(t, a, from, late.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
		if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeSessionExpired || got.Successful {
			t.Errorf("%+v", got)
		}
		// The cleaning job does not make it usable either when the clock goes back.
		apptest.Must(t, a.Retention.Forget(t.Context()))
		a.Clock.Set(apptest.Start)
		refused(t, a, from, late.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
	})
}

func TestFlowBelongsToItsTenant(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from, other := a.Laptop(t), a.Laptop(t)
		other.TenantID = a.AddTenant(t, "other.test").ID
		a.AddUserOf(t, other.TenantID, apptest.OwnerEmail, sallyport.RoleMember)
		f := open(t, a, from, apptest.OwnerEmail)
		refused(t, a, other, f.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
		r := a.SignInAs(t, from, apptest.OwnerEmail)
		if _, err := a.Sessions.Check(t.Context(), other.TenantID, r.SessionToken); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
			t.Errorf("a session of another organisation: %v", err)
		}
	})
}

func TestFlowSurvivesARestart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.Laptop(t)
		f := open(t, a, from, apptest.OwnerEmail)
		b := a.Node(t, store.Options{})
		refused(t, b, from, f.FlowToken, withPassword("wrong"), sallyport.CodeInvalidCredentials)
		r, err := a.Node(t, store.Options{}).SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password))
		if err != nil || r.State != signin.Done {
			t.Fatalf("%+v, %v", r, err)
		}
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
	})
}

// A step that is not the next one is refused and spends no try.
func TestStepOutOfTurn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from := a.Laptop(t)
		f := open(t, a, from, apptest.OwnerEmail)
		for _, state := range []signin.State{"", signin.Factor, signin.Enrol, signin.Device, signin.ChangePassword, signin.Done, signin.Deny, "nonsense"} {
			for range 6 {
				refused(t, a, from, f.FlowToken, signin.Step{State: state, Password: apptest.Password}, sallyport.CodeFlowMismatch)
			}
		}
		for _, v := range []string{"", "x", "spf_", "spf_" + strings.Repeat("A", token.Size), f.FlowToken[:len(f.FlowToken)-1], f.FlowToken + "A", strings.ToUpper(f.FlowToken), f.FlowID} {
			refused(t, a, from, v, withPassword(apptest.Password), sallyport.CodeFlowExpired)
		}
		if n := len(a.Attempts(t)); n != 0 {
			t.Errorf("%d attempts", n)
		}
		if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); err != nil || r.State != signin.Done {
			t.Errorf("the right step: %v", err)
		}
	})
}

func TestDisabled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, from := a.AddUser(t, userEmail, sallyport.RoleMember), a.Laptop(t)
		inTheMiddle := open(t, a, from, userEmail)
		if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil {
			t.Fatal(err)
		}
		refused(t, a, from, inTheMiddle.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
		f := open(t, a, from, userEmail)
		// Only a client with the password learns that the account is disabled.
		refused(t, a, from, f.FlowToken, withPassword("wrong"), sallyport.CodeInvalidCredentials)
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeAccountDisabled)
		if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeAccountDisabled || got.UserID != u.ID {
			t.Errorf("%+v", got)
		}
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired) // the answer ended the flow
		if n := len(liveSessions(t, a, u.ID)); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestPasswordChangedInMidFlow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		from := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
		f := open(t, a, from, apptest.OwnerEmail)
		const changed = "Eleven-low arches 17"
		if _, err := a.ChangePassword(t.Context(), me, apptest.Password, changed); err != nil {
			t.Fatal(err)
		}
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeFlowExpired)
		refused(t, a, from, f.FlowToken, withPassword(changed), sallyport.CodeFlowExpired)
		f = open(t, a, from, apptest.OwnerEmail)
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeInvalidCredentials)
		if r, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(changed)); err != nil || r.State != signin.Done {
			t.Errorf("the new password: %v", err)
		}
	})
}

// Signing in again ends the browser's former session, whichever user had it.
func TestSigningInAgainReplaces(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		browser := a.Laptop(t)
		first := a.SignInAs(t, browser, apptest.OwnerEmail)
		elsewhere := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		browser = apptest.After(browser, first)
		second := a.SignInAs(t, browser, apptest.OwnerEmail)
		if second.SessionToken == first.SessionToken || second.Session.ID == first.Session.ID {
			t.Error("the session did not change")
		}
		if code := a.Check(t, first.SessionToken); code != sallyport.CodeSessionTerminated {
			t.Errorf("the former session: %q", code)
		}
		if second.DeviceToken == "" || second.FormerDeviceToken != first.DeviceToken || second.Session.DeviceID != first.Session.DeviceID {
			t.Error("the browser became another device")
		}
		browser = apptest.After(browser, second)
		third := a.SignInAs(t, browser, userEmail)
		if code := a.Check(t, second.SessionToken); code != sallyport.CodeSessionTerminated {
			t.Errorf("the session of the user before: %q", code)
		}
		for _, r := range []signin.Result{elsewhere, third} {
			if code := a.Check(t, r.SessionToken); code != "" {
				t.Errorf("refused: %s", code)
			}
		}
		ended, err := a.DB.Session(t.Context(), first.User.TenantID, first.Session.ID)
		if err != nil || ended.TerminationReason != "signed_in_again" || !ended.TerminatedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v, %v", ended, err)
		}
		if n := a.Count(t)[audit.SignedOut]; n != 2 {
			t.Errorf("%d events of signing out", n)
		}
		// A wrong password ends nothing.
		browser = apptest.After(browser, third)
		if _, err := a.Try(t.Context(), browser, apptest.OwnerEmail, "wrong"); err == nil {
			t.Fatal("signed in with a wrong password")
		}
		if code := a.Check(t, third.SessionToken); code != "" {
			t.Errorf("a failed sign-in ended the browser's session: %s", code)
		}
	})
}

func TestTwoUsersOfOneBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, userEmail, sallyport.RoleMember)
		browser := a.Laptop(t)
		devices := map[string]string{}
		for i, email := range []string{apptest.OwnerEmail, userEmail, apptest.OwnerEmail, userEmail} {
			r := a.SignInAs(t, browser, email)
			if r.DeviceToken == "" || (r.FormerDeviceToken == "") != (i < 2) {
				t.Errorf("sign-in %d as %s: new device %v", i+1, email, r.FormerDeviceToken == "")
			}
			if known, ok := devices[email]; ok && known != r.Session.DeviceID {
				t.Errorf("%s has another device than before", email)
			}
			devices[email] = r.Session.DeviceID
			browser = apptest.After(browser, r)
		}
		if devices[apptest.OwnerEmail] == devices[userEmail] {
			t.Error("two users share a device")
		}
		if len(browser.Devices) != 2 {
			t.Errorf("the browser holds %d credentials", len(browser.Devices))
		}
		// Only a limited number of credentials is read.
		var junk []string
		for range 8 {
			c, _ := token.New(token.Device)
			junk = append(junk, c)
		}
		crowded := a.Laptop(t)
		crowded.Devices = append(junk, browser.Devices...)
		if r := a.SignInAs(t, crowded, userEmail); r.Session.DeviceID == devices[userEmail] {
			t.Error("the ninth credential was looked at")
		}
		crowded.Devices = append(junk[:6:6], browser.Devices...)
		for email, id := range devices {
			if r := a.SignInAs(t, crowded, email); r.Session.DeviceID != id {
				t.Errorf("of 8 credentials that of %s was not looked at", email)
			}
		}
	})
}

// A device that may not start sessions starts none, and has no counter of its own for
// further guesses.
func TestBlockedDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, statement := range []string{
			"UPDATE devices SET status = 'suspended' WHERE id = $1",
			"UPDATE devices SET status = 'revoked' WHERE id = $1",
			"UPDATE devices SET compromised_at = 1, compromised_reason = 'reported_lost' WHERE id = $1",
		} {
			a.Clock.Advance(time.Hour)
			r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
			browser := apptest.After(a.Laptop(t), r)
			change(t, a, statement, r.Session.DeviceID)
			before := len(liveSessions(t, a, r.User.ID))
			_, err := a.Try(t.Context(), browser, apptest.OwnerEmail, "wrong")
			if sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
				t.Errorf("%s: the device shows before the password: %v", statement, err)
			}
			_, err = a.Try(t.Context(), browser, apptest.OwnerEmail, apptest.Password)
			if sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
				t.Errorf("%s: %v", statement, err)
			}
			if got := a.Attempts(t)[0]; got.FailureReason != sallyport.CodeDeviceNotTrusted {
				t.Errorf("%s: %+v", statement, got)
			}
			if n := len(liveSessions(t, a, r.User.ID)); n != before {
				t.Errorf("%s: %d sessions, there were %d", statement, n, before)
			}
			for range 4 {
				if _, err = a.Try(t.Context(), a.Laptop(t), apptest.OwnerEmail, "wrong"); err == nil {
					t.Fatal("signed in with a wrong password")
				}
			}
			if _, err = a.Try(t.Context(), browser, apptest.OwnerEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeAccountLocked {
				t.Errorf("%s: while strangers are locked out: %v", statement, err)
			}
		}
	})
}

func TestTrustedDevicesOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		browser := apptest.After(a.Laptop(t), r)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceRequireTrusted = true })
		for _, from := range []signin.From{a.Laptop(t), browser} {
			if _, err := a.Try(t.Context(), from, apptest.OwnerEmail, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeDeviceNotTrusted {
				t.Errorf("%v", err)
			}
		}
		change(t, a, "UPDATE devices SET trust_level = 1 WHERE id = $1", r.Session.DeviceID)
		a.SignInAs(t, browser, apptest.OwnerEmail)
	})
}

// Each kind of token works only for its own purpose, also with another kind's prefix.
func TestTokensInEachOthersPlace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		setUp, err := a.Accounts.OfferSetUp(t.Context())
		if err != nil || a.Accounts.CheckSetUp(t.Context(), setUp) != nil {
			t.Fatal("the set-up secret does not work", err)
		}
		// No other token works as a set-up secret while the installation can be claimed.
		opensSetUp := func(v string) bool { return a.Accounts.CheckSetUp(t.Context(), v) == nil }
		forged := func(v string) (out []string) {
			for _, kind := range []token.Kind{token.Session, token.Flow, token.Device, token.SetUp, token.Link} {
				out = append(out, string(kind)+v[4:])
			}
			return append(out, v[4:], v)
		}
		for _, v := range forged(setUp) {
			if opensSetUp(v) != (v == setUp) {
				t.Errorf("set-up by %.4s…: %v", v, opensSetUp(v))
			}
		}

		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail) // claims
		from := a.Laptop(t)
		flow := open(t, a, from, apptest.OwnerEmail)
		for name, secret := range map[string]string{"session": r.SessionToken, "flow": flow.FlowToken, "device": r.DeviceToken, "set-up": setUp} {
			for _, v := range forged(secret) {
				if opensSetUp(v) {
					t.Errorf("%s token as %.4s… opens the set-up", name, v)
				}
				if _, err := a.Sessions.Check(t.Context(), r.User.TenantID, v); (err == nil) != (v == r.SessionToken) {
					t.Errorf("%s token as %.4s… for a session: %v", name, v, err)
				}
				if v != flow.FlowToken {
					refused(t, a, from, v, withPassword(apptest.Password), sallyport.CodeFlowExpired)
				}
				presented := from
				presented.Devices, presented.Session = []string{v}, v
				if v != r.SessionToken { // which would be replaced
					if got := a.SignInAs(t, presented, apptest.OwnerEmail); (got.Session.DeviceID == r.Session.DeviceID) != (v == r.DeviceToken) {
						t.Errorf("%s token as %.4s… for a device: known %v", name, v, got.Session.DeviceID == r.Session.DeviceID)
					}
				}
			}
		}
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Errorf("a token of another kind replaced the session: %s", code)
		}
		if r, err := a.SignIn.Advance(t.Context(), from, flow.FlowToken, withPassword(apptest.Password)); err != nil || r.State != signin.Done {
			t.Errorf("the flow itself: %v", err)
		}
	})
}

// A hash made with weaker parameters is replaced by the step that proves the password,
// whether or not the sign-in is done with it.
func TestHashIsUpgraded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		careful := equipped(t, a, userEmail, totp).user
		weaker, err := factor.NewPasswords(factor.Argon2{MemoryKiB: 32, Iterations: 1, Lanes: 1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		old, err := weaker.Hash(t.Context(), apptest.Password)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range []sallyport.User{a.Owner(t), careful} {
			change(t, a, "UPDATE users SET password_hash = $1 WHERE id = $2", old, u.ID)
			hash := func() string {
				now, err := a.DB.User(t.Context(), u.TenantID, u.ID)
				if err != nil {
					t.Fatal(err)
				}
				if !now.PasswordChangedAt.Equal(u.PasswordChangedAt) {
					t.Errorf("the password counts as changed")
				}
				return now.PasswordHash
			}
			if _, err := a.Try(t.Context(), a.Laptop(t), u.Email, "wrong"); err == nil || hash() != old {
				t.Fatal("a wrong password changed the hash")
			}
			passed(t, a, u.Email)
			upgraded := hash()
			if upgraded == old || !strings.Contains(upgraded, "m=64,") {
				t.Errorf("hash %s", upgraded)
			}
			passed(t, a, u.Email)
			if hash() != upgraded {
				t.Error("a good hash was replaced")
			}
		}
	})
}

// passed takes the step of the password, and no further one.
func passed(t *testing.T, a *apptest.App, email string) {
	t.Helper()
	from := a.Laptop(t)
	f := open(t, a, from, email)
	if _, err := a.SignIn.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); err != nil {
		t.Fatal(err)
	}
}

// A client with any user agent can sign in, and valid text is stored.
func TestStrangeUserAgents(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, ua := range []string{"", "x", strings.Repeat("a", 511) + "\uFFFD", strings.Repeat("🛂", 300), strings.Repeat("a", 5000)} {
			r := a.SignInAs(t, a.From(t, apptest.Client("192.0.2.1", ua)), apptest.OwnerEmail)
			got, err := a.DB.Session(t.Context(), r.User.TenantID, r.Session.ID)
			if err != nil || len(got.UserAgent) > 512 || !utf8.ValidString(got.UserAgent) || !strings.HasPrefix(ua, got.UserAgent) || len(ua) <= 512 && got.UserAgent != ua {
				t.Errorf("%.20q of %d bytes is kept as %d bytes, %v", ua, len(ua), len(got.UserAgent), err)
			}
		}
	})
}

// It fails closed: what cannot be decided is refused.
func TestFailsClosed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		from, lost := a.Laptop(t), errors.New("the policy cannot be read")
		passwords, err := factor.NewPasswords(apptest.Weak, 1)
		if err != nil {
			t.Fatal(err)
		}
		m := uses.New(uses.Config{
			DB: a.DB, Now: a.Clock.Now, Keys: a.Keys(), Outbox: a.Outbox, Base: apptest.BaseURL, Hasher: passwords,
			Policy: func(context.Context, store.Queries, string) (sallyport.Policy, error) {
				return sallyport.Policy{}, lost
			},
		}).SignIn
		f := open(t, a, from, apptest.OwnerEmail)
		if r, err := m.Advance(t.Context(), from, f.FlowToken, withPassword(apptest.Password)); !errors.Is(err, lost) || r.SessionToken != "" {
			t.Errorf("without a policy: %+v, %v", r, err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if r, err := a.SignIn.Advance(gone, from, f.FlowToken, withPassword(apptest.Password)); err == nil {
			t.Errorf("without a database: %+v", r)
		}
		change(t, a, "UPDATE users SET password_hash = '$argon2id$nonsense' WHERE id = $1", a.Owner(t).ID)
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeInternal)
		change(t, a, "UPDATE flows SET facts = 'x'")
		refused(t, a, from, f.FlowToken, withPassword(apptest.Password), sallyport.CodeInternal)
		// A forged flow does not help either: facts are read again.
		if n := len(liveSessions(t, a, a.Owner(t).ID)); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}
