package account_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

const mia = "mia@corp.test"

// phone is a client that is not signed in.
var phone = apptest.Client("203.0.113.77", apptest.SafariOnIPhone)

// rows returns how many rows each table that a request could touch has.
func rows(t *testing.T, a *apptest.App) map[string]int {
	t.Helper()
	n, db := map[string]int{}, dbtest.Raw(t, a.DSN)
	for _, table := range []string{
		"users", "password_history", "devices", "sessions", "flows", "attempts", "throttle", "events", "outbox", "links", "mail_requests",
	} {
		var c int
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&c); err != nil {
			t.Fatal(err)
		}
		n[table] = c
	}
	return n
}

func added(t *testing.T, a *apptest.App, act func()) map[string]int {
	t.Helper()
	before := rows(t, a)
	act()
	diff := map[string]int{}
	for table, n := range rows(t, a) {
		if d := n - before[table]; d != 0 {
			diff[table] = d
		}
	}
	return diff
}

func askReset(t *testing.T, a *apptest.App, address string) {
	t.Helper()
	apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), phone, address))
}

// resetLink asks for a new password and returns the secret of the mailed link.
func resetLink(t *testing.T, a *apptest.App, address string) string {
	t.Helper()
	askReset(t, a, address)
	return apptest.Secret(t, a.OnlyMail(t, notify.PasswordReset, address), "/recovery/")
}

func reset(t *testing.T, a *apptest.App, secret, to string) error {
	t.Helper()
	return a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret}, to, to)
}

func lock(t *testing.T, a *apptest.App, from apptest.From, address string) {
	t.Helper()
	for range a.Policy().LockoutFailures {
		if _, err := a.Try(t.Context(), from, address, "wrong"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Fatalf("guess: %v", err)
		}
	}
	if _, err := a.Try(t.Context(), from, address, "wrong"); sallyport.CodeOf(err) == sallyport.CodeInvalidCredentials {
		t.Fatal("the account is not locked")
	}
}

func elsewhere(t *testing.T, a *apptest.App) apptest.From {
	t.Helper()
	return a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
}

// Neither the answer nor the work shows whether somebody has the address: the same rows are
// written, and only active accounts get a mail.
func TestResetIsMailedToActiveUsersOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		off := a.AddUser(t, "off@corp.test", sallyport.RoleMember)
		if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(off.TenantID), off.ID); err != nil {
			t.Fatal(err)
		}
		a.AddUserWithoutPassword(t, "guest@corp.test")
		other := a.AddTenant(t, "other.test")
		a.AddUserOf(t, other.ID, "theirs@corp.test", sallyport.RoleMember)
		askReset(t, a, "warm@corp.test") // the network's counter exists from now on
		a.Mails(t)
		for _, v := range []struct {
			address string
			mailed  bool
		}{
			{"nobody@corp.test", false}, {"off@corp.test", false}, {"theirs@corp.test", false},
			{mia, true}, {"guest@corp.test", true}, {"OWNER@corp.test ", true},
		} {
			var mails []*notify.Message
			wrote := added(t, a, func() { askReset(t, a, v.address) })
			if fmt.Sprint(wrote) != "map[mail_requests:1 throttle:1]" {
				t.Errorf("asking for %q wrote %v", v.address, wrote)
			}
			events := a.Happened(t, func() { mails = a.Mails(t) })
			want := ""
			if v.mailed {
				want = string(audit.PasswordResetRequested)
			}
			if (len(mails) == 1) != v.mailed || len(mails) > 1 || events != want {
				t.Errorf("%q: %d mails, events %q", v.address, len(mails), events)
			}
			if v.mailed && len(mails) == 1 && (mails[0].Kind != notify.PasswordReset || !strings.EqualFold(mails[0].To, strings.TrimSpace(v.address))) {
				t.Errorf("%q: %s to %s", v.address, mails[0].Kind, mails[0].To)
			}
		}
		for _, list := range []string{
			mia + ",thief@evil.test", mia + ", thief@evil.test", mia + ";thief@evil.test", "thief@evil.test," + mia, mia + " thief@evil.test",
			mia + "\nBcc: thief@evil.test", "\"" + mia + ",\"thief@evil.test", "<" + mia + ">", mia + "\x00", "", "mia", "@", strings.Repeat("a", 300) + "@corp.test",
		} {
			var err error
			wrote := added(t, a, func() { err = a.Accounts.RequestReset(t.Context(), a.TenantID(t), phone, list) })
			if sallyport.CodeOf(err) != sallyport.CodeInvalid || len(wrote) != 0 {
				t.Errorf("%q: %v, wrote %v", list, err, wrote)
			}
		}
		if m := a.Mails(t); len(m) != 0 {
			t.Errorf("%d mails for lists", len(m))
		}
	})
}

// A user who is disabled between request and answer gets no mail; one who is disabled after
// the mail cannot set a password.
func TestResetOfWhoIsDisabledMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, operator := a.AddUser(t, mia, sallyport.RoleMember), sallyport.Operator(a.TenantID(t))
		secret := resetLink(t, a, mia)
		askReset(t, a, mia)
		_, err := a.Accounts.Disable(t.Context(), operator, u.ID)
		apptest.Must(t, err)
		a.OnlyMail(t, notify.AccountDisabled, mia)
		if err := reset(t, a, secret, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a disabled user resets: %v", err)
		}
		apptest.Must(t, a.Accounts.Enable(t.Context(), operator, u.ID))
		if err := reset(t, a, secret, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("a link from before they were disabled: %v", err)
		}
	})
}

func TestResetLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		other := a.AddTenant(t, "other.test")
		expired := func(what, secret string) {
			t.Helper()
			if err := reset(t, a, secret, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := a.Accounts.CheckLink(t.Context(), link.Mailed{TenantID: a.TenantID(t), Kind: link.Reset, Secret: secret}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("%s, looked at: %v", what, err)
			}
		}
		former := resetLink(t, a, mia)
		newest := resetLink(t, a, mia)
		expired("a link that a newer one replaced", former)
		for _, v := range []string{"", "x", newest[:len(newest)-1], newest + "x", strings.ToUpper(newest)} {
			expired(fmt.Sprintf("%.6q", v), v)
		}
		for _, k := range []link.Kind{link.VerifyEmail, link.Invitation, link.Unlock, link.NotMe} {
			if _, err := a.Accounts.CheckLink(t.Context(), link.Mailed{TenantID: a.TenantID(t), Kind: k, Secret: newest}); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
				t.Errorf("a reset link works as %s: %v", k, err)
			}
		}
		if err := a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: other.ID, Client: phone, Secret: newest}, second, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("in another organisation: %v", err)
		}
		for range 3 { // mail scanners open every link
			if l, err := a.Accounts.CheckLink(t.Context(), link.Mailed{TenantID: a.TenantID(t), Kind: link.Reset, Secret: newest}); err != nil || l.UserID != u.ID {
				t.Fatalf("%+v, %v", l, err)
			}
		}
		a.Clock.Advance(30*time.Minute - time.Microsecond)
		apptest.Must(t, reset(t, a, newest, second))
		expired("a used link", newest)

		a.Mails(t)
		late := resetLink(t, a, mia)
		a.Clock.Advance(30 * time.Minute)
		expired("a link of 30 minutes", late)
	})
}

// Of 64 parallel uses of a link on two nodes, one sets its password.
func TestResetLinkWorksOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		secret := resetLink(t, a, mia)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		var winner atomic.Int64
		var done, late atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for {
					err := reset(t, nodes[i%2], secret, fmt.Sprintf("Eleven-low arches %d", i))
					switch sallyport.CodeOf(err) {
					case "":
						done.Add(1)
						winner.Store(int64(i))
					case sallyport.CodeLinkExpired, sallyport.CodeConflict:
						late.Add(1)
					case sallyport.CodeOverloaded:
						continue // too many hashings wait: nothing was done
					default:
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 || late.Load() != 63 {
			t.Errorf("%d reset, %d refused", done.Load(), late.Load())
		}
		if n := a.Count(t)[audit.PasswordReset]; n != 1 {
			t.Errorf("%d events", n)
		}
		a.OnlyMail(t, notify.PasswordResetDone, mia)
		if r, err := a.Try(t.Context(), a.Laptop(t), mia, fmt.Sprintf("Eleven-low arches %d", winner.Load())); err != nil || r.State != "done" {
			t.Errorf("the password that won: %v", err)
		}
	})
}

// Broken rules leave the link usable; all are listed, history too.
func TestResetRules(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		a.SetBreached(t, "Under-the 7 tall willows")
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia))
		_, err := a.ChangePassword(t.Context(), me, apptest.Password, second)
		apptest.Must(t, err)
		a.Mails(t)
		secret := resetLink(t, a, mia)
		for _, v := range []struct{ value, confirm, want string }{
			{"", "", "newPassword required"},
			{"qwmzx", "other", "confirmPassword mismatch, newPassword needs_number, newPassword needs_symbol, newPassword needs_upper, newPassword too_short"},
			{second, second, "newPassword reused"},
			{apptest.Password, apptest.Password, "newPassword reused"},
			{"Of Quayside 1 forever", "Of Quayside 1 forever", "newPassword context"},
			{"Under-the 7 tall willows", "Under-the 7 tall willows", "newPassword breached"},
			{"A1-kqvw" + strings.Repeat("é", 122), "A1-kqvw" + strings.Repeat("é", 122), "newPassword too_long"},
		} {
			err := a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret}, v.value, v.confirm)
			if got := apptest.Broken(err); got != v.want {
				t.Errorf("%.20q: %s, want %s", v.value, got, v.want)
			}
		}
		if a.Check(t, "") == "" || a.Count(t)[audit.PasswordReset] != 0 {
			t.Error("a refused reset did something")
		}
		apptest.Must(t, reset(t, a, secret, "A1-kqvw"+strings.Repeat("é", 121)))
	})
}

// A reset ends all access through the former password: sessions, flows, the trust of
// devices. It also lifts locks. Each has one event.
func TestResetEndsEverything(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		bystander := a.SignInAs(t, elsewhere(t, a), apptest.OwnerEmail)
		r1 := a.SignInAs(t, a.Laptop(t), mia)
		home := apptest.After(a.Laptop(t), r1)
		home.Session = ""
		r2 := a.SignInAs(t, elsewhere(t, a), mia)
		open, err := a.SignIn.Open(t.Context(), a.Laptop(t), mia)
		apptest.Must(t, err)
		secret := resetLink(t, a, mia)
		lock(t, a, elsewhere(t, a), mia)
		lock(t, a, home, mia)             // the device's own
		if n := len(a.Mails(t)); n != 1 { // the other one would be told at the end of the storm
			t.Errorf("%d mails of two locks", n)
		}

		a.Clock.Advance(time.Minute)
		events := a.Happened(t, func() { apptest.Must(t, reset(t, a, secret, second)) })
		if want := "auth.account_unlocked auth.password_reset auth.session_revoked auth.session_revoked device.trust_ended device.trust_ended user.email_verified"; events != want {
			t.Errorf("events\n%s, want\n%s", events, want)
		}
		log := a.Events(t)
		if e := log[len(log)-1]; e.Kind != string(audit.PasswordReset) {
			t.Errorf("the last event is %s", e.Kind)
		}
		done := a.OnlyMail(t, notify.PasswordResetDone, mia)
		apptest.Secret(t, done, "/not-me/")
		if text := apptest.Text(t, done); !strings.Contains(text, "203.0.113.77") {
			t.Errorf("the mail does not say from where:\n%s", text)
		}
		for _, r := range []apptest.SignedIn{r1, r2} {
			if code := a.Check(t, r.SessionToken); code != sallyport.CodeSessionRevoked {
				t.Errorf("a session after the reset: %q", code)
			}
		}
		if code := a.Check(t, bystander.SessionToken); code != "" {
			t.Errorf("somebody else's session: %q", code)
		}
		if err := withPassword(a, t, open.FlowToken); sallyport.CodeOf(err) != sallyport.CodeFlowExpired {
			t.Errorf("a sign-in that was open: %v", err)
		}
		stored, err := a.DB.User(t.Context(), u.TenantID, u.ID)
		if err != nil || !stored.EmailVerifiedAt.Equal(a.Clock.Now()) || !stored.PasswordChangedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v, %v", stored, err)
		}
		if _, err := a.Try(t.Context(), a.Laptop(t), mia, apptest.Password); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Errorf("the former password: %v", err)
		}
	})
}

// After a reset a former device credential counts as a stranger's.
func TestResetMakesStrangersOfDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		home := apptest.After(a.Laptop(t), a.SignInAs(t, a.Laptop(t), mia))
		apptest.Must(t, reset(t, a, resetLink(t, a, mia), second))
		lock(t, a, elsewhere(t, a), mia)
		_, err := a.Try(t.Context(), home, mia, second)
		var e *sallyport.Error
		if !errors.As(err, &e) || e.Code != sallyport.CodeAccountLocked || e.RetryAfter != 30*time.Minute {
			t.Errorf("the device of before, while strangers are locked out: %v", err)
		}
		a.Clock.Advance(a.Policy().LockoutDuration)
		r, err := a.Try(t.Context(), home, mia, second)
		if err != nil || r.DeviceToken == "" {
			t.Errorf("it is not a new device: %v", err)
		}
	})
}

// An address gets four mails an hour at most, a network asks thirty times.
func TestResetLimits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		a.AddUser(t, "ida@corp.test", sallyport.RoleMember)
		mails := 0
		for i := range 7 {
			c := apptest.Client(fmt.Sprintf("203.0.113.%d", i), apptest.ChromeOnMac)
			apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), c, []string{mia, "MIA@corp.test", " Mia@Corp.Test"}[i%3]))
			mails += len(a.Mails(t))
		}
		if mails != 4 {
			t.Errorf("%d mails within the hour, want 4", mails)
		}
		a.Clock.Advance(time.Hour)
		apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), apptest.Client("203.0.113.9", ""), mia))
		a.OnlyMail(t, notify.PasswordReset, mia)

		// The addresses of one /64 are one network.
		for i := range 31 {
			c := apptest.Client(fmt.Sprintf("2001:db8:1:2::%x", i+1), apptest.ChromeOnMac)
			err := a.Accounts.RequestReset(t.Context(), a.TenantID(t), c, fmt.Sprintf("nobody%d@corp.test", i))
			var e *sallyport.Error
			switch {
			case i < 30 && err != nil:
				t.Fatalf("request %d: %v", i+1, err)
			case i == 30 && (!errors.As(err, &e) || e.Code != sallyport.CodeRateLimited || e.RetryAfter != 15*time.Minute):
				t.Errorf("request %d: %v", i+1, err)
			}
		}
		c := apptest.Client("2001:db8:1:2::ff", apptest.ChromeOnMac)
		wrote := added(t, a, func() {
			if err := a.Accounts.RequestReset(t.Context(), a.TenantID(t), c, "ida@corp.test"); sallyport.CodeOf(err) != sallyport.CodeRateLimited {
				t.Errorf("the network's next request: %v", err)
			}
		})
		if len(wrote) != 0 {
			t.Errorf("a refused request wrote %v", wrote)
		}
		if m := a.Mails(t); len(m) != 0 {
			t.Errorf("%d mails", len(m))
		}
		apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), apptest.Client("2001:db8:1:3::1", ""), "ida@corp.test"))
		a.OnlyMail(t, notify.PasswordReset, "ida@corp.test")
	})
}

// Every link of every mail is below the configured address.
func TestLinksStartWithTheConfiguredAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		askReset(t, a, mia)
		m := a.OnlyMail(t, notify.PasswordReset, mia)
		if len(m.Links) != 1 || !strings.HasPrefix(m.Links[0], apptest.BaseURL+"/recovery/") {
			t.Errorf("links %q", m.Links)
		}
		// An organisation with its own host has links with that host and the configured scheme.
		other := a.AddTenant(t, "other.test")
		a.AddUserOf(t, other.ID, mia, sallyport.RoleMember)
		apptest.Must(t, a.Accounts.RequestReset(t.Context(), other.ID, phone, mia))
		m = a.OnlyMail(t, notify.PasswordReset, mia)
		if u, err := url.Parse(m.Links[0]); err != nil || u.Scheme != "https" || u.Host != "other.test" || !strings.HasPrefix(u.Path, "/recovery/") {
			t.Errorf("links %q", m.Links)
		}
		secret := m.Links[0][strings.LastIndexByte(m.Links[0], '/')+1:]
		if err := reset(t, a, secret, second); sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
			t.Errorf("another organisation's link: %v", err)
		}
		apptest.Must(t, a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: other.ID, Client: phone, Secret: secret}, second, second))
		a.SignInAs(t, a.Laptop(t), mia) // the namesake's password is as it was
	})
}

// An organisation whose policy cannot be read gets no mail, and does not delay the others.
func TestOneUnreadablePolicyHoldsUpNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		other := a.AddTenant(t, "other.test")
		a.AddUserOf(t, other.ID, mia, sallyport.RoleMember)
		a.StoredPolicies()
		for i := range 60 { // more than are read at a time
			apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
				return tx.AddMailRequest(t.Context(), store.MailRequest{
					TenantID: other.ID, ID: fmt.Sprintf("r%d", i), Kind: string(notify.PasswordReset), Email: mia, Client: phone, CreatedAt: a.Clock.Now(),
				})
			}))
		}
		if _, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), `INSERT INTO policies (tenant_id, group_id, mfa_enforced, version, body, updated_at) VALUES ($1, '', '', 1, '{"tomorrow":1}', 1)`, other.ID); err != nil {
			t.Fatal(err)
		}
		a.Clock.Advance(time.Minute)
		askReset(t, a, mia)
		if err := a.Accounts.AnswerRequests(t.Context()); err == nil {
			t.Error("a policy that cannot be read is no error")
		}
		if n := rows(t, a); n["mail_requests"] != 60 || n["links"] != 1 || n["outbox"] != 1 {
			t.Errorf("rows %v", n)
		}
		if _, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), `DELETE FROM policies`); err != nil {
			t.Fatal(err)
		}
		if n := len(a.Mails(t)); n != 61 {
			t.Errorf("%d mails, want 61", n)
		}
	})
}
