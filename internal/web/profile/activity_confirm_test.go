package profile_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// doubtful signs in from so far away and so soon that it is unusual, on a device that
// is new, and returns the actor.
func doubtful(t *testing.T, a *apptest.App, email string) sallyport.Actor {
	t.Helper()
	return apptest.Actor(a.SignInAs(t, a.From(t, visits(t, a, email)), email))
}

// visits signs in near for some days, and returns a client that is far away and new.
func visits(t *testing.T, a *apptest.App, email string) sallyport.Client {
	t.Helper()
	near := apptest.Client("192.0.2.10", apptest.ChromeOnMac)
	near.Location = sallyport.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4}
	from := a.From(t, near)
	for range 3 {
		from = apptest.After(from, a.SignInAs(t, from, email))
		a.Clock.Advance(24 * time.Hour)
	}
	a.SignInAs(t, from, email)
	a.Clock.Advance(40 * time.Minute)
	far := apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)
	far.Location = sallyport.Location{Country: "NG", City: "Lagos", Latitude: 6.45, Longitude: 3.4}
	return far
}

var mineLink = regexp.MustCompile(`/profile/security/sessions/[0-9a-f-]{36}/mine`)

func TestDoubtfulSession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		doubtful(t, a, apptest.OwnerEmail)
		v.Enter(apptest.OwnerEmail)
		page := v.Get("/profile/security")
		v.Has(page, "This sign-in was unusual", "km from a sign-in in Berlin 40 minutes earlier", "It was me", "Not me")
		path := mineLink.FindString(page.Text)
		v.At(v.Get(path), http.StatusOK, "/profile/security")
		done := v.Post(path)
		v.Has(done, "It is not asked again")
		if strings.Contains(done.Text, "This sign-in was unusual") {
			t.Error("it is asked again")
		}
		v.At(v.Post(path), http.StatusOK, "/profile/security") // said before
		v.Has(v.Get("/profile/security/activity?show=sign_ins"), "Unusual sign-in: impossible travel", "Answer about a sign-in: you said that it was you")
		if n := a.Count(t)[audit.SignInAnswered]; n != 1 {
			t.Errorf("%d answers", n)
		}
	})
}

func TestNotMine(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		doubtful(t, a, apptest.OwnerEmail)
		v.Enter(apptest.OwnerEmail)
		path := strings.Replace(mineLink.FindString(v.Get("/profile/security").Text), "/mine", "/not-mine", 1)
		v.Has(v.Get(path), "Was this not you?", "Firefox on Linux", "Its device is blocked", "Next you choose a new password")
		done := v.Post(path)
		v.At(done, http.StatusOK, "/profile/security/password")
		v.Has(done, "That session is ended", "somebody may know the one you have")
		if strings.Contains(done.Text, "Firefox on Linux") && strings.Contains(done.Text, "This sign-in was unusual") {
			t.Error("the session is still there")
		}
		count := a.Count(t)
		if count[audit.SessionRevoked] != 1 || count[audit.DeviceFlagged] != 1 {
			t.Errorf("%v", count)
		}
		for _, p := range []string{path, strings.Replace(path, "/not-mine", "x/not-mine", 1)} {
			if r := v.Post(p); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %d", p, r.StatusCode)
			}
		}
	})
}

func TestMineByLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		doubtful(t, a, apptest.OwnerEmail)
		path := webtest.MailedLink(t, a, notify.NewSignIn, "/it-was-me/")
		for range 2 {
			v.Has(v.Get(path), "Was it you?", "It was me")
		}
		if n := a.Count(t)[audit.SignInAnswered]; n != 0 {
			t.Error("looking answers")
		}
		v.Has(v.Post(path), "Thank you", "We know that it was you")
		used := v.Get(path)
		v.At(used, http.StatusNotFound, path)
		v.Has(used, "This link does not work any more", "Go to your security page")
		if n := a.Count(t)[audit.SignInAnswered]; n != 1 {
			t.Errorf("%d answers", n)
		}
	})
}

// Sessions of others are not found.
func TestAnswersOfOthers(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	session := doubtful(t, a, "kim@corp.test").SessionID
	v.Enter(apptest.OwnerEmail)
	for _, act := range []string{"mine", "not-mine"} {
		if r := v.Post("/profile/security/sessions/" + session + "/" + act); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", act, r.StatusCode)
		}
	}
}
