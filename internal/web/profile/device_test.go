package profile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Trusts(a, apptest.OwnerEmail)
		phone := v.Another()
		phone.Agent = apptest.SafariOnIPhone
		phone.Trusts(a, apptest.OwnerEmail)
		list := v.Get(webtest.DevicesPath)
		v.Has(list, "Chrome on macOS", "Safari on iPhone", "1 session", "Trust this device", "not verified yet")
		if strings.Count(list.Text, ">Trust this device<") != 1 {
			t.Error("the other device cannot be trusted before this one is verified")
		}
		ids := webtest.DeviceIDs(list)
		if len(ids) != 2 {
			t.Fatalf("%d devices", len(ids))
		}
		mine, theirs := webtest.DevicesPath+"/"+ids[0], webtest.DevicesPath+"/"+ids[1]

		v.Has(v.Get(theirs+"/rename"), "Name this device", "Safari on iPhone")
		v.Has(v.Post(theirs+"/rename", "name", "Amara’s phone 🦊"), "Name changed", "Amara’s phone 🦊", "Safari on iPhone")
		long := v.Post(theirs+"/rename", "name", strings.Repeat("x", 101))
		v.At(long, http.StatusUnprocessableEntity, theirs+"/rename")
		v.Has(long, "At most 100 characters")

		v.Has(v.Get(mine+"/primary"), "Make Chrome on macOS your primary device?")
		v.Has(v.Post(mine+"/primary"), "Primary device changed", "Primary")
		v.At(v.Get(mine+"/primary"), http.StatusOK, webtest.DevicesPath)
		v.Has(v.Get(theirs+"/primary"), "It takes the place of Chrome on macOS")

		// Another device is confirmed from one that is verified.
		first := v.Get(theirs + "/trust")
		v.Has(first, "Trust the device you are on first", mine+"/trust")
		conflict := v.Post(theirs + "/trust")
		v.At(conflict, http.StatusConflict, theirs+"/trust")
		v.Has(conflict, "Trust the device you are on first")

		// Without a second factor, a mailed link verifies the one in use.
		v.Has(v.Get(mine+"/trust"), "We mail you a link")
		if r := v.Get(theirs + "/confirm"); r.StatusCode != http.StatusNotFound {
			t.Errorf("a link for another device: %d", r.StatusCode)
		}
		v.Has(v.Post(mine+"/confirm"), "We have sent you a link")
		path := webtest.MailedLink(t, a, notify.DeviceConfirm, "/trust-device/")
		elsewhere := v.Another()
		for range 2 {
			v.Has(elsewhere.Get(path), "Verify your device", "Verify this device")
		}
		v.Has(elsewhere.Post(path), "Device verified", "Go back to that device")
		used := elsewhere.Get(path)
		v.At(used, http.StatusNotFound, path)
		v.Has(used, "This link does not work any more", "See your devices")
		v.Has(v.Get(webtest.DevicesPath), "Medium", "verified by mail", "You verified it with a mailed link.", `href="`+theirs+`/trust"`)
		v.At(v.Get(mine+"/trust"), http.StatusOK, webtest.DevicesPath) // nothing more to gain

		v.Has(v.Get(theirs+"/trust"), "Trust Amara’s phone 🦊?", "in your hands")
		v.Has(v.Post(theirs+"/trust"), "Device verified", "You verified it from another device of yours.")

		// Lost: signed out, blocked, and said so.
		v.Has(v.Get(theirs+"/lost"), "Signs out 1 session on it", "nobody can sign in on it", "Quayside")
		v.Has(v.Post(theirs+"/lost"), "The device is blocked and signed out", "Compromised", "You reported it lost or stolen")
		phone.At(phone.Get("/profile/security"), http.StatusOK, "/sign-in")
		v.At(v.Get(theirs+"/lost"), http.StatusOK, webtest.DevicesPath)
		v.Has(v.Post(theirs+"/trust"), "That device is blocked")

		v.Has(v.Get(theirs+"/remove"), "Remove Amara’s phone 🦊?", "Nobody is signed in on it")
		v.Has(v.Post(theirs+"/remove"), "Device removed", "Removed devices", "You removed it")
		if r := v.Get(theirs + "/remove"); r.StatusCode != http.StatusNotFound {
			t.Errorf("a removed device: %d", r.StatusCode)
		}

		// The one in use goes with its session, and comes back as a new one.
		v.Has(v.Get(mine+"/remove"), "it signs you out here")
		v.Has(v.Post(mine+"/remove"), "Device removed")
		v.At(v.Get("/profile/security"), http.StatusOK, "/sign-in")
		v.Asked(a, apptest.OwnerEmail)
		v.At(v.Post("/sign-in/device", "trust", "no"), http.StatusOK, "/profile/security")
		for kind, want := range map[audit.Kind]int{
			audit.DeviceRenamed: 1, audit.DevicePrimary: 1, audit.DeviceFlagged: 1, audit.DeviceRevoked: 2, audit.DeviceConfirmationMailed: 1,
		} {
			if n := a.Count(t)[kind]; n != want {
				t.Errorf("%d events %s, want %d", n, kind, want)
			}
		}
		v.Has(v.Get("/profile/security/activity?show=devices"), "Device removed", "Device blocked as compromised: reported lost or stolen, 1 session ended", "Device trusted: now Medium, verified by a mailed link", "Device renamed, “Amara’s phone 🦊”")
	})
}

// A device is somebody's own: another one's cannot be found, whatever is done to it.
func TestDevicesOfOthersAreNotFound(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.Trusts(a, apptest.OwnerEmail)
	kim := v.Another()
	kim.Trusts(a, "kim@corp.test")
	id := webtest.DeviceIDs(kim.Get(webtest.DevicesPath))[0]
	for _, act := range []string{"trust", "confirm", "rename", "primary", "lost", "remove"} {
		for _, id := range []string{id, "nonsense"} {
			path := webtest.DevicesPath + "/" + id + "/" + act
			if r := v.Get(path); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, r.StatusCode)
			}
			if r := v.Post(path, "name", "x"); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, r.StatusCode)
			}
		}
	}
	kim.Has(kim.Get(webtest.DevicesPath), "Current", "Low")
}

// With a second factor, the device in use is verified by a step-up with it.
func TestDeviceVerifiedByFactor(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Trusts(a, apptest.OwnerEmail)
	actor := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
	app := a.AddTOTP(t, actor)
	a.Clock.Advance(time.Minute)
	mine := webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[0]
	v.Has(v.Get(mine+"/trust"), "You confirm with your second factor", "Mail me a link instead")
	asks := v.Post(mine + "/trust")
	if !strings.HasPrefix(asks.Path(), "/step-up?") {
		t.Fatalf("came to %s:\n%s", asks.Path(), webtest.Plain(asks.Text))
	}
	v.Has(asks, "You are about to change how your devices are trusted")
	back := v.Post("/step-up", "act", "manage_devices", "next", mine+"/trust", "password", apptest.Password, "method", "totp", "code", app.Code(t))
	if strings.HasPrefix(back.Path(), "/step-up/factor") {
		back = v.Post("/step-up/factor", "act", "manage_devices", "next", mine+"/trust", "method", "totp", "code", app.Code(t))
	}
	v.At(back, http.StatusOK, webtest.DevicesPath)
	v.Has(back, "Device verified", "Medium", "You verified it with a second factor.")
}

// As many as there may be: the page says so and leads to where one can go.
func TestTooManyDevices(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Asked(a, apptest.OwnerEmail)
	v.At(v.Post("/sign-in/device", "trust", "no"), http.StatusOK, "/profile/security")
	phone := v.Another()
	phone.Trusts(a, apptest.OwnerEmail)
	v.Post(webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[0] + "/confirm")
	link := webtest.MailedLink(t, a, notify.DeviceConfirm, "/trust-device/")
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 1 })
	mine := webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[0]
	v.Has(v.Get(mine+"/trust"), "Trust this device?")
	full := v.Post(mine + "/trust")
	v.At(full, http.StatusUnprocessableEntity, mine+"/trust")
	v.Has(full, "You have 1 trusted device", "See your devices")
	mailedFull := v.Post(link)
	v.At(mailedFull, http.StatusUnprocessableEntity, link)
	v.Has(mailedFull, "open the link again")
	v.Post(webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[1] + "/remove")
	v.Has(v.Post(link), "Device verified")
}

// A session bears its device's name and trust, and the overview lists no device besides.
func TestSessionNamesItsDevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Trusts(a, apptest.OwnerEmail)
		phone := v.Another()
		phone.Agent = apptest.SafariOnIPhone
		phone.Trusts(a, apptest.OwnerEmail)
		for _, id := range webtest.DeviceIDs(phone.Get(webtest.DevicesPath))[:1] { // the one in use comes first
			phone.Post(webtest.DevicesPath+"/"+id+"/rename", "name", "Pocket")
		}
		page := v.Get("/profile/security")
		v.Has(page, "Pocket", "Safari on iPhone", "Chrome on macOS", "Low")
		if n := len(webtest.DeviceIDs(page)); n != 0 {
			t.Errorf("%d devices are listed besides", n)
		}
		path := "/profile/security/sessions/" + webtest.OtherSessions(page)[0] + "/revoke"
		v.Has(v.Get(path), "Revoke Pocket?")
		v.Confirm("lockdown", "/profile/security/lockdown")
		v.Has(v.Get("/profile/security/lockdown"), "Pocket")
	})
}
