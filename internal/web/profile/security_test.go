package profile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestRotationReminder(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	owner := a.Owner(t)
	v.Enter(apptest.OwnerEmail)
	age := a.Clock.Now().Sub(owner.PasswordChangedAt)
	for rotation, reminds := range map[time.Duration]bool{0: false, age + 24*time.Hour: false, age - time.Hour: true} {
		a.SetPolicy(func(p *sallyport.Policy) { p.PasswordRotation = rotation })
		if got := strings.Contains(v.Get("/profile/security").Text, "Your password is"); got != reminds {
			t.Errorf("asked for a new one every %v, at %v: reminds %v", rotation, age, got)
		}
	}
}

func TestSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		laptop := webtest.Serve(t, a)
		laptop.Enter(apptest.OwnerEmail)
		alone := laptop.Get("/profile/security")
		laptop.Has(alone, "Chrome on macOS", "Current", "127.0.0.1", "Active just now", "Sign out everywhere")
		if strings.Contains(alone.Text, "Sign out everywhere else") || len(webtest.OtherSessions(alone)) != 0 {
			t.Error("one session offers to end the others")
		}

		phone := laptop.Another()
		phone.Agent = apptest.SafariOnIPhone
		phone.Enter(apptest.OwnerEmail)
		a.Clock.Advance(7 * time.Minute)
		list := laptop.Get("/profile/security")
		laptop.Has(list, "Safari on iPhone", "Active 7 minutes ago", "Sign out everywhere else", "2 sessions")
		ids := webtest.OtherSessions(list)
		if len(ids) != 1 {
			t.Fatalf("%d sessions can be revoked", len(ids))
		}

		// The page that asks, as without scripts, changes nothing by itself.
		path := "/profile/security/sessions/" + ids[0] + "/revoke"
		laptop.Has(laptop.Get(path), "Revoke Safari on iPhone?", "Revoke session", "Cancel")
		phone.At(phone.Get("/profile/security"), http.StatusOK, "/profile/security")

		done := laptop.Post(path)
		laptop.At(done, http.StatusOK, "/profile/security")
		laptop.Has(done, "The session was revoked", "1 session")

		out := phone.Get("/profile/security/activity")
		phone.At(out, http.StatusOK, "/sign-in?next="+webtest.Escape("/profile/security/activity"))
		phone.Has(out, "You have been signed out", "This session was revoked")
		if again := phone.Get("/sign-in"); strings.Contains(again.Text, "This session was revoked") {
			t.Error("said twice")
		}
		if n := a.Count(t)[audit.SessionRevoked]; n != 1 {
			t.Errorf("%d events of a revoked session", n)
		}
		if r := laptop.Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("asking about a session that has ended: %d", r.StatusCode)
		}
	})
}

func TestSessionsOfOthersAreNotFound(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.Enter(apptest.OwnerEmail)
	kim := v.Another()
	kim.Enter("kim@corp.test")
	spare := kim.Another()
	spare.Enter("kim@corp.test")
	id := webtest.OtherSessions(kim.Get("/profile/security"))[0]
	for _, path := range []string{"/profile/security/sessions/" + id + "/revoke", "/profile/security/sessions/nonsense/revoke"} {
		if r := v.Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, r.StatusCode)
		}
		if r := v.Post(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, r.StatusCode)
		}
	}
	spare.At(spare.Get("/profile/security"), http.StatusOK, "/profile/security")
}

func TestSignOutEverywhere(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	var rest []*webtest.Visitor
	for range 2 {
		other := v.Another()
		other.Enter(apptest.OwnerEmail)
		rest = append(rest, other)
	}
	v.Has(v.Get("/profile/security/sessions/revoke-others"), "Sign out 2 other devices?", "Sign out 2 devices")
	v.Has(v.Post("/profile/security/sessions/revoke-others"), "2 other sessions were ended")
	for _, other := range rest {
		other.At(other.Get("/profile/security"), http.StatusOK, "/sign-in")
	}
	v.At(v.Get("/profile/security/sessions/revoke-others"), http.StatusOK, "/profile/security") // nothing left to end

	rest[0].Enter(apptest.OwnerEmail)
	v.Has(v.Get("/profile/security/sessions/revoke-all"), "All 2 sessions are ended, this one included")
	out := v.Post("/profile/security/sessions/revoke-all")
	v.At(out, http.StatusOK, "/sign-in")
	v.Has(out, "You are signed out everywhere")
	rest[0].At(rest[0].Get("/profile/security"), http.StatusOK, "/sign-in")
	v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")
}

// A suspended session says so and goes on when it is resumed: its cookie stays.
func TestSuspendedSession(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.Enter("kim@corp.test")
	spare := v.Another()
	spare.Enter("kim@corp.test")
	id := webtest.OtherSessions(spare.Get("/profile/security"))[0]
	operator := sallyport.Operator(u.TenantID)
	if err := a.Sessions.Suspend(t.Context(), operator, id); err != nil {
		t.Fatal(err)
	}
	v.Has(v.Get("/profile/security"), "This session is suspended")
	spare.Has(spare.Get("/profile/security"), "Suspended")
	if err := a.Sessions.Resume(t.Context(), operator, id); err != nil {
		t.Fatal(err)
	}
	v.At(v.Get("/profile/security"), http.StatusOK, "/profile/security")
}

func TestManySessions(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	for range 60 {
		a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
	}
	first := v.Get("/profile/security")
	v.Has(first, "More than 50 sessions", "Sign out all others", "?cursor=")
	next := first.Text[strings.Index(first.Text, "?cursor="):]
	second := v.Get("/profile/security" + next[:strings.Index(next, `"`)])
	if n := len(webtest.OtherSessions(first)) + len(webtest.OtherSessions(second)); n != 60 {
		t.Errorf("two pages list %d other sessions", n)
	}
}

func TestPasswordChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		other := v.Another()
		other.Enter(apptest.OwnerEmail)
		form := v.Get("/.well-known/change-password")
		v.At(form, http.StatusOK, "/profile/security/password")
		v.Has(form, "<details class=\"sp-disclose\" open>", "Current password", "At least one symbol or space")

		change := func(current, next, confirm string) webtest.Answer {
			return v.Post("/profile/security/password", "currentPassword", current, "newPassword", next, "confirmPassword", confirm)
		}
		wrong := change("Wrong guess 99", "Brave new pillars 43", "Brave new pillars 43")
		v.At(wrong, http.StatusUnprocessableEntity, "/profile/security/password")
		v.Has(wrong, "This is not your current password", "open>", `id="problems"`)
		v.Has(change("Wrong guess 99", "short", "shorter"), "This is not your current password", "New password: At least 15 characters",
			"Repeat the new password: The two passwords differ")
		a.Clock.Advance(time.Minute)
		broken := change(apptest.Password, "short", "shorter")
		v.Has(broken, "New password: At least 15 characters", "Repeat the new password: The two passwords differ")
		if strings.Contains(broken.Text, `value="short`) || strings.Contains(broken.Text, apptest.Password) {
			t.Error("a password comes back")
		}
		v.Has(change(apptest.Password, apptest.Password, apptest.Password), "last 5 passwords")

		done := change(apptest.Password, "Brave new pillars 43", "Brave new pillars 43")
		v.At(done, http.StatusOK, "/profile/security")
		v.Has(done, "Password changed. 1 other session was ended.", "Changed just now")
		other.At(other.Get("/profile/security"), http.StatusOK, "/sign-in")
		v.At(other.Another().SignIn(apptest.OwnerEmail, apptest.Password), http.StatusUnauthorized, "/sign-in")
	})
}

func TestPasswordChangeLocks(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	for range a.Policy().LockoutFailures {
		v.Post("/profile/security/password", "currentPassword", "Wrong guess 99", "newPassword", "x", "confirmPassword", "x")
	}
	locked := v.Post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
	v.At(locked, http.StatusTooManyRequests, "/profile/security/password")
	v.Has(locked, "locked for a while", "Try again at")
}

func TestPasswordWithSSO(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = true })
	if r := v.Get("/profile/security/password"); strings.Contains(r.Text, "Current password") {
		t.Error("the password section shows")
	}
}

func TestMaskedAddresses(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	a.SetPolicy(func(p *sallyport.Policy) { p.SessionMaskIP = true })
	for _, path := range []string{"/profile/security", "/profile/security/activity"} {
		r := v.Get(path)
		v.Has(r, "127.0.0.x")
		if strings.Contains(r.Text, "127.0.0.1") {
			t.Errorf("%s shows the whole address", path)
		}
	}
}

func TestActivity(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		stranger := v.Another()
		stranger.SignIn(apptest.OwnerEmail, "Wrong guess 99")
		stranger.SignIn("kim@corp.test", "Wrong guess 99")
		v.Enter(apptest.OwnerEmail)
		feed := v.Get("/profile/security/activity")
		v.Has(feed, "Signed in", "A sign-in on Chrome on macOS failed, because the password was wrong", "Device used for the first time", "Today", "Chrome on macOS")
		if n := strings.Count(feed.Text, "because the password was wrong"); n != 1 {
			t.Errorf("%d failed sign-ins: somebody else's show", n)
		}

		for range 2 * 13 {
			other := v.Another()
			other.Enter(apptest.OwnerEmail)
			other.Post("/sign-out")
		}
		first := v.Get("/profile/security/activity")
		link := func(a webtest.Answer, rel string) string {
			i := strings.Index(a.Text, `rel="`+rel+`"`)
			if i < 0 {
				return ""
			}
			href := a.Text[strings.LastIndex(a.Text[:i], `href="`)+len(`href="`):]
			return href[:strings.Index(href, `"`)]
		}
		if link(first, "prev") != "" || link(first, "next") == "" {
			t.Fatalf("first page: previous %q, next %q", link(first, "prev"), link(first, "next"))
		}
		second := v.Get(link(first, "next"))
		third := v.Get(link(second, "next"))
		if back := v.Get(link(third, "prev")); back.Path() != second.Path() {
			t.Errorf("back from the third page leads to %s", back.Path())
		}
		if link(second, "prev") != "/profile/security/activity" {
			t.Errorf("back from the second page leads to %s", link(second, "prev"))
		}
		if r := v.Get("/profile/security/activity?cursor=nonsense"); r.StatusCode != http.StatusOK {
			t.Errorf("a mangled address: %d", r.StatusCode)
		}
	})
}

// A filter is an address: it can be shared, it stays while one pages, and each
// of its parts can be taken away.
func TestActivityFilter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Another().SignIn(apptest.OwnerEmail, "Wrong guess 99")
		v.Enter(apptest.OwnerEmail)
		for range 30 {
			other := v.Another()
			other.Enter(apptest.OwnerEmail)
		}
		devices := v.Get("/profile/security/activity?show=devices")
		v.Has(devices, "Device used for the first time", "Devices: remove this filter", "Show everything",
			`href="/profile/security/activity?show=sign_ins&amp;show=devices"`)
		if strings.Contains(webtest.Plain(devices.Text), "Signed in") || strings.Contains(devices.Text, "A sign-in on") {
			t.Error("the filter lets others through")
		}
		v.Has(devices, "cursor=", "show=devices")
		next := devices.Text[strings.LastIndex(devices.Text, "cursor="):]
		second := v.Get("/profile/security/activity?" + strings.ReplaceAll(next[:strings.Index(next, `"`)], "&amp;", "&"))
		if n := strings.Count(devices.Text+second.Text, "Device used for the first time"); n != 31 {
			t.Errorf("two pages list %d of 31 events", n)
		}
		if strings.Contains(webtest.Plain(second.Text), "Signed in") {
			t.Error("the second page forgets the filter")
		}
		v.Has(v.Get("/profile/security/activity?show=secrets"), "Nothing of this kind", "Show everything")
		v.Has(v.Get("/profile/security/activity?show=nonsense"), "Signed in", "Sign-ins: show these")
	})
}

// What an administrator did is told, and not from where.
func TestActivityKeepsAdministratorsPlace(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.Enter("kim@corp.test")
	theirs := a.SignInAs(t, a.Laptop(t), "kim@corp.test")
	admin := apptest.Actor(a.SignInAs(t, a.From(t, apptest.Client("198.51.100.99", apptest.FirefoxOnLinux)), apptest.OwnerEmail))
	if err := a.Sessions.Terminate(t.Context(), admin, theirs.Session.ID); err != nil {
		t.Fatal(err)
	}
	feed := v.Get("/profile/security/activity")
	v.Has(feed, "Session ended, by an administrator")
	if strings.Contains(feed.Text, "198.51.100.99") || strings.Contains(feed.Text, "Firefox") {
		t.Error("it tells from where the administrator acted")
	}
}
