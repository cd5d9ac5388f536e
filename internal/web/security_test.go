package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
)

func TestSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		laptop := serve(t, a)
		laptop.enter(apptest.OwnerEmail)
		alone := laptop.get("/profile/security")
		laptop.has(alone, "Chrome on macOS", "Current", "127.0.0.1", "Active just now", "Sign out everywhere")
		if strings.Contains(alone.body, "Sign out everywhere else") || len(others(alone)) != 0 {
			t.Error("one session offers to end the others")
		}

		phone := laptop.another()
		phone.agent = apptest.SafariOnIPhone
		phone.enter(apptest.OwnerEmail)
		a.Clock.Advance(7 * time.Minute)
		list := laptop.get("/profile/security")
		laptop.has(list, "Safari on iPhone", "Active 7 minutes ago", "Sign out everywhere else", "2 sessions")
		ids := others(list)
		if len(ids) != 1 {
			t.Fatalf("%d sessions can be revoked", len(ids))
		}

		// The page that asks, as without scripts, changes nothing by itself.
		path := "/profile/security/sessions/" + ids[0] + "/revoke"
		laptop.has(laptop.get(path), "Revoke Safari on iPhone?", "Revoke session", "Cancel")
		phone.at(phone.get("/profile/security"), http.StatusOK, "/profile/security")

		done := laptop.post(path)
		laptop.at(done, http.StatusOK, "/profile/security")
		laptop.has(done, "The session was revoked", "1 session")

		out := phone.get("/profile/security/activity")
		phone.at(out, http.StatusOK, "/sign-in?next="+escape("/profile/security/activity"))
		phone.has(out, "You have been signed out", "This session was revoked")
		if again := phone.get("/sign-in"); strings.Contains(again.body, "This session was revoked") {
			t.Error("said twice")
		}
		if n := a.Count(t)[audit.SessionRevoked]; n != 1 {
			t.Errorf("%d events of a revoked session", n)
		}
		if r := laptop.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("asking about a session that has ended: %d", r.StatusCode)
		}
	})
}

func TestSessionsOfOthersAreNotFound(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.enter(apptest.OwnerEmail)
	kim := v.another()
	kim.enter("kim@corp.test")
	spare := kim.another()
	spare.enter("kim@corp.test")
	id := others(kim.get("/profile/security"))[0]
	for _, path := range []string{"/profile/security/sessions/" + id + "/revoke", "/profile/security/sessions/nonsense/revoke"} {
		if r := v.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, r.StatusCode)
		}
		if r := v.post(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, r.StatusCode)
		}
	}
	spare.at(spare.get("/profile/security"), http.StatusOK, "/profile/security")
}

func TestSignOutEverywhere(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	var rest []*visitor
	for range 2 {
		other := v.another()
		other.enter(apptest.OwnerEmail)
		rest = append(rest, other)
	}
	v.has(v.get("/profile/security/sessions/revoke-others"), "Sign out 2 other devices?", "Sign out 2 devices")
	v.has(v.post("/profile/security/sessions/revoke-others"), "2 other sessions were ended")
	for _, other := range rest {
		other.at(other.get("/profile/security"), http.StatusOK, "/sign-in")
	}
	v.at(v.get("/profile/security/sessions/revoke-others"), http.StatusOK, "/profile/security") // nothing left to end

	rest[0].enter(apptest.OwnerEmail)
	v.has(v.get("/profile/security/sessions/revoke-all"), "All 2 sessions are ended, this one included")
	out := v.post("/profile/security/sessions/revoke-all")
	v.at(out, http.StatusOK, "/sign-in")
	v.has(out, "You are signed out everywhere")
	rest[0].at(rest[0].get("/profile/security"), http.StatusOK, "/sign-in")
	v.at(v.get("/profile/security"), http.StatusOK, "/sign-in")
}

// A suspended session says so and goes on when it is resumed: its cookie stays.
func TestSuspendedSession(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.enter("kim@corp.test")
	spare := v.another()
	spare.enter("kim@corp.test")
	id := others(spare.get("/profile/security"))[0]
	operator := sallyport.Operator(u.TenantID)
	if err := a.Sessions.Suspend(t.Context(), operator, id); err != nil {
		t.Fatal(err)
	}
	v.has(v.get("/profile/security"), "This session is suspended")
	spare.has(spare.get("/profile/security"), "Suspended")
	if err := a.Sessions.Resume(t.Context(), operator, id); err != nil {
		t.Fatal(err)
	}
	v.at(v.get("/profile/security"), http.StatusOK, "/profile/security")
}

func TestManySessions(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	for range 60 {
		a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
	}
	first := v.get("/profile/security")
	v.has(first, "More than 50 sessions", "Sign out all others", "?cursor=")
	next := first.body[strings.Index(first.body, "?cursor="):]
	second := v.get("/profile/security" + next[:strings.Index(next, `"`)])
	if n := len(others(first)) + len(others(second)); n != 60 {
		t.Errorf("two pages list %d other sessions", n)
	}
}

func TestPasswordChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.enter(apptest.OwnerEmail)
		other := v.another()
		other.enter(apptest.OwnerEmail)
		form := v.get("/.well-known/change-password")
		v.at(form, http.StatusOK, "/profile/security/password")
		v.has(form, "<details class=\"sp-disclose\" open>", "Current password", "At least one symbol or space")

		change := func(current, next, confirm string) answer {
			return v.post("/profile/security/password", "currentPassword", current, "newPassword", next, "confirmPassword", confirm)
		}
		wrong := change("Wrong guess 99", "Brave new pillars 43", "Brave new pillars 43")
		v.at(wrong, http.StatusUnprocessableEntity, "/profile/security/password")
		v.has(wrong, "This is not your current password", "open>", `id="problems"`)
		broken := change(apptest.Password, "short", "shorter")
		v.has(broken, "New password: At least 12 characters", "Repeat the new password: The two passwords differ")
		if strings.Contains(broken.body, `value="short`) || strings.Contains(broken.body, apptest.Password) {
			t.Error("a password comes back")
		}
		v.has(change(apptest.Password, apptest.Password, apptest.Password), "last 5 passwords")

		done := change(apptest.Password, "Brave new pillars 43", "Brave new pillars 43")
		v.at(done, http.StatusOK, "/profile/security")
		v.has(done, "Password changed. 1 other session was ended.", "Changed just now")
		other.at(other.get("/profile/security"), http.StatusOK, "/sign-in")
		v.at(other.another().signIn(apptest.OwnerEmail, apptest.Password), http.StatusUnauthorized, "/sign-in")
	})
}

func TestPasswordChangeLocks(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	for range a.Policy().LockoutFailures {
		v.post("/profile/security/password", "currentPassword", "Wrong guess 99", "newPassword", "x", "confirmPassword", "x")
	}
	locked := v.post("/profile/security/password", "currentPassword", apptest.Password, "newPassword", "Brave new pillars 43", "confirmPassword", "Brave new pillars 43")
	v.at(locked, http.StatusTooManyRequests, "/profile/security/password")
	v.has(locked, "locked for a while", "Try again at")
}

func TestPasswordWithSSO(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	a.SetPolicy(func(p *sallyport.Policy) { p.SSORequired = true })
	if r := v.get("/profile/security/password"); strings.Contains(r.body, "Current password") {
		t.Error("the password section shows")
	}
}

func TestMaskedAddresses(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	a.SetPolicy(func(p *sallyport.Policy) { p.SessionMaskIP = true })
	for _, path := range []string{"/profile/security", "/profile/security/activity"} {
		r := v.get(path)
		v.has(r, "127.0.0.x")
		if strings.Contains(r.body, "127.0.0.1") {
			t.Errorf("%s shows the whole address", path)
		}
	}
}

func TestActivity(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		stranger := v.another()
		stranger.signIn(apptest.OwnerEmail, "Wrong guess 99")
		stranger.signIn("kim@corp.test", "Wrong guess 99")
		v.enter(apptest.OwnerEmail)
		feed := v.get("/profile/security/activity")
		v.has(feed, "Signed in", "Sign-in failed: wrong password", "Device used for the first time", "Today", "Chrome on macOS")
		if n := strings.Count(feed.body, "Sign-in failed"); n != 1 {
			t.Errorf("%d failed sign-ins: somebody else's show", n)
		}

		for range 2 * 13 {
			other := v.another()
			other.enter(apptest.OwnerEmail)
			other.post("/sign-out")
		}
		first := v.get("/profile/security/activity")
		link := func(a answer, rel string) string {
			i := strings.Index(a.body, `rel="`+rel+`"`)
			if i < 0 {
				return ""
			}
			href := a.body[strings.LastIndex(a.body[:i], `href="`)+len(`href="`):]
			return href[:strings.Index(href, `"`)]
		}
		if link(first, "prev") != "" || link(first, "next") == "" {
			t.Fatalf("first page: previous %q, next %q", link(first, "prev"), link(first, "next"))
		}
		second := v.get(link(first, "next"))
		third := v.get(link(second, "next"))
		if back := v.get(link(third, "prev")); back.path() != second.path() {
			t.Errorf("back from the third page leads to %s", back.path())
		}
		if link(second, "prev") != "/profile/security/activity" {
			t.Errorf("back from the second page leads to %s", link(second, "prev"))
		}
		if r := v.get("/profile/security/activity?cursor=nonsense"); r.StatusCode != http.StatusOK {
			t.Errorf("a mangled address: %d", r.StatusCode)
		}
	})
}

// A filter is an address: it can be shared, it stays while one pages, and each
// of its parts can be taken away.
func TestActivityFilter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.another().signIn(apptest.OwnerEmail, "Wrong guess 99")
		v.enter(apptest.OwnerEmail)
		for range 30 {
			other := v.another()
			other.enter(apptest.OwnerEmail)
		}
		devices := v.get("/profile/security/activity?show=devices")
		v.has(devices, "Device used for the first time", "Devices: remove this filter", "Show everything",
			`href="/profile/security/activity?show=sign-ins&amp;show=devices"`)
		if strings.Contains(plain(devices.body), "Signed in") || strings.Contains(devices.body, "Sign-in failed") {
			t.Error("the filter lets others through")
		}
		v.has(devices, "cursor=", "show=devices")
		next := devices.body[strings.LastIndex(devices.body, "cursor="):]
		second := v.get("/profile/security/activity?" + strings.ReplaceAll(next[:strings.Index(next, `"`)], "&amp;", "&"))
		if n := strings.Count(devices.body+second.body, "Device used for the first time"); n != 31 {
			t.Errorf("two pages list %d of 31 events", n)
		}
		if strings.Contains(plain(second.body), "Signed in") {
			t.Error("the second page forgets the filter")
		}
		v.has(v.get("/profile/security/activity?show=secrets"), "Nothing of this kind", "Show everything")
		v.has(v.get("/profile/security/activity?show=nonsense"), "Signed in", "Sign-ins: show these")
	})
}

// What an administrator did is told, and not from where.
func TestActivityKeepsAdministratorsPlace(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.enter("kim@corp.test")
	theirs := a.SignInAs(t, a.Laptop(t), "kim@corp.test")
	admin := apptest.Actor(a.SignInAs(t, a.From(t, apptest.Client("198.51.100.99", apptest.FirefoxOnLinux)), apptest.OwnerEmail))
	if err := a.Sessions.Terminate(t.Context(), admin, theirs.Session.ID); err != nil {
		t.Fatal(err)
	}
	feed := v.get("/profile/security/activity")
	v.has(feed, "Session ended, by an administrator")
	if strings.Contains(feed.body, "198.51.100.99") || strings.Contains(feed.body, "Firefox") {
		t.Error("it tells from where the administrator acted")
	}
}
