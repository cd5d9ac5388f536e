package entry_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestDeviceStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		page := v.Asked(a, apptest.OwnerEmail)
		v.Has(page, "Trust this device?", "Chrome on macOS", "It is listed under your devices", "Only this time", "Do not trust a shared or public computer")
		done := v.Post("/sign-in/device", "trust", "no", "next", "/profile/security/activity")
		v.At(done, http.StatusOK, "/profile/security/activity")
		list := v.Get(webtest.DevicesPath)
		v.Has(list, "Chrome on macOS", "Current", "Not trusted", "You will be asked again")
		v.At(v.Get("/sign-in/device"), http.StatusOK, "/profile/security") // no flow any more, and signed in

		// Who comes again on it is asked again, and may trust it.
		v.Post("/sign-out")
		v.Trusts(a, apptest.OwnerEmail)
		list = v.Get(webtest.DevicesPath)
		v.Has(list, "Current", "Low", "You chose to trust it when you signed in on it.", "not verified yet")
		if n := a.Count(t)[audit.DeviceTrusted]; n != 1 {
			t.Errorf("%d events of trust", n)
		}
		v.Post("/sign-out")
		if r := v.Open(a, apptest.OwnerEmail); r.State != signin.Done {
			t.Errorf("on a trusted device the next step is %s", r.State)
		}
	})
}

func TestDeviceStepWithoutFlow(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.At(v.Get("/sign-in/device"), http.StatusOK, "/sign-in")
	gone := v.Post("/sign-in/device", "trust", "yes")
	v.At(gone, http.StatusOK, "/sign-in")
	v.Has(gone, "That took too long")
	v.Asked(a, apptest.OwnerEmail)
	a.Clock.Advance(11 * time.Minute)
	v.Has(v.Post("/sign-in/device", "trust", "yes"), "That took too long")
}

func TestDeviceStepMeans(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceSkipMFA = true })
	v.Has(v.Asked(a, apptest.OwnerEmail), "you are not asked for a code on it")
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceRequireTrusted = true })
	page := v.Asked(a, apptest.OwnerEmail)
	v.Has(page, "lets people in on trusted devices only")
	if strings.Contains(page.Text, "Only this time") {
		t.Error("offers what lets nobody in")
	}
	denied := v.Post("/sign-in/device", "trust", "no")
	v.SentBack(denied, http.StatusForbidden, "/sign-in")
	v.Has(denied, "This device cannot be used", "blocked or not trusted")
}

// Who has as many devices as there may be gives one up for this one.
func TestDeviceStepGivesUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 1 })
		phone := v.Another()
		phone.Agent = apptest.SafariOnIPhone
		phone.Trusts(a, apptest.OwnerEmail)
		page := v.Asked(a, apptest.OwnerEmail)
		v.Has(page, "You can trust 1 device", "Safari on iPhone", "Trust this device instead",
			`sp-crowd-what sp-facts"><span class="sp-place">`, "Used just now") // place, last use and name tell them apart
		refused := v.Post("/sign-in/device", "trust", "yes")
		v.At(refused, http.StatusUnprocessableEntity, "/sign-in/device")
		v.Has(refused, "Choose a device to give up", `id="problems"`)
		id := regexp.MustCompile(`name="giveUp" value="([^"]+)"`).FindStringSubmatch(refused.Text)
		if id == nil {
			t.Fatal("nothing to choose from")
		}
		v.At(v.Post("/sign-in/device", "trust", "yes", "giveUp", id[1]), http.StatusOK, "/profile/security")
		list := v.Get(webtest.DevicesPath)
		v.Has(list, "1 of at most 1 trusted devices", "Removed devices", "Safari on iPhone", "You gave it up for another device")
		phone.At(phone.Get("/profile/security"), http.StatusOK, "/sign-in")
		if n := a.Count(t)[audit.DeviceRevoked]; n != 1 {
			t.Errorf("%d devices were given up", n)
		}
	})
}

// Somebody removed the browser they are on, and makes a new device of it.
func TestForgetDevice(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Trusts(a, apptest.OwnerEmail)
	phone := v.Another()
	phone.Agent = apptest.SafariOnIPhone
	phone.Trusts(a, apptest.OwnerEmail)
	v.Post(webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[1] + "/remove")
	denied := phone.SignIn(apptest.OwnerEmail, apptest.Password)
	v.At(denied, http.StatusForbidden, "/sign-in")
	v.Has(denied, "This device cannot be used", "You removed this device from your account", "Use this browser as a new device")
	again := phone.Post("/sign-in/forget-device", "next", "/profile/security/activity")
	v.At(again, http.StatusOK, "/sign-in?next="+webtest.Escape("/profile/security/activity"))
	v.Has(again, "This browser is a new device now")
	phone.Asked(a, apptest.OwnerEmail)
	v.At(phone.Post("/sign-in/device", "trust", "yes"), http.StatusOK, "/profile/security")

	// One that is blocked for another reason is not offered that.
	v.Post(webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[1] + "/lost")
	blocked := phone.SignIn(apptest.OwnerEmail, apptest.Password)
	v.At(blocked, http.StatusForbidden, "/sign-in")
	v.Has(blocked, "This device cannot be used")
	if strings.Contains(blocked.Text, "as a new device") {
		t.Error("a compromised device is offered to come back")
	}
}

// What a browser says of itself is kept with its device, and nonsense is as good as
// nothing.
func TestFingerprintIsKept(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	for _, said := range []string{`{"language":"de","screenResolution":"1280x800","hardwareConcurrency":8}`, `{"language":`, ""} {
		v.At(v.Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "fingerprint", said), http.StatusOK, "/profile/security")
		if v.Open(a, apptest.OwnerEmail).State == signin.Device {
			v.Post("/sign-in/device", "trust", "yes")
		}
		found, err := a.Devices.ListOwn(t.Context(), apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)), list.OwnDevices.First())
		if err != nil {
			t.Fatal(err)
		}
		trusted := 0
		for _, d := range found.Rows {
			if d.Trust == sallyport.TrustNone {
				continue
			}
			trusted++
			if d.Fingerprint.Language != "de" || d.Fingerprint.HardwareConcurrency != 8 {
				t.Errorf("after %q: %+v", said, d.Fingerprint)
			}
		}
		if trusted != 1 {
			t.Errorf("after %q: %d trusted devices", said, trusted)
		}
	}
}
