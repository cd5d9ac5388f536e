package web_test

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
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

const devices = "/profile/security/devices"

var deviceLink = regexp.MustCompile(devices + `/([0-9a-f-]{36})/remove`)

// deviceIDs returns the devices of a page, in its order.
func deviceIDs(a answer) []string {
	var ids []string
	for _, m := range deviceLink.FindAllStringSubmatch(a.body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// asked brings a visitor to the question whether to trust the device.
func (v *visitor) asked(a *apptest.App, email string) answer {
	v.t.Helper()
	r := v.open(a, email)
	if r.State != signin.Device {
		v.t.Fatalf("the next step is %s", r.State)
	}
	return v.get("/sign-in/device?next=" + escape("/profile/security/activity"))
}

// open gives the password and leaves the flow to the browser, which asks about trust.
func (v *visitor) open(a *apptest.App, email string) signin.Result {
	v.t.Helper()
	from := a.From(v.t, apptest.Client("127.0.0.1", v.agent))
	from.AsksTrust = true
	for _, c := range v.client.Jar.Cookies(mustURL(v.t, v.base)) {
		if c.Name == "__Host-sallyport-devices" {
			from.Devices = strings.Split(c.Value, ".")
		}
	}
	r, err := a.Try(v.t.Context(), from, email, apptest.Password)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar.SetCookies(mustURL(v.t, v.base), []*http.Cookie{{Name: "__Host-sallyport-flow", Value: r.FlowToken, Path: "/", Secure: true}})
	return r
}

// trusts signs in and trusts the device.
func (v *visitor) trusts(a *apptest.App, email string) {
	v.t.Helper()
	v.asked(a, email)
	v.at(v.post("/sign-in/device", "trust", "yes"), http.StatusOK, "/profile/security")
}

func TestDeviceStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		page := v.asked(a, apptest.OwnerEmail)
		v.has(page, "Trust this device?", "Chrome on macOS", "It is listed under your devices", "Only this time", "Do not trust a shared or public computer")
		done := v.post("/sign-in/device", "trust", "no", "next", "/profile/security/activity")
		v.at(done, http.StatusOK, "/profile/security/activity")
		list := v.get(devices)
		v.has(list, "Chrome on macOS", "Current", "Not trusted", "You will be asked again")
		v.at(v.get("/sign-in/device"), http.StatusOK, "/profile/security") // no flow any more, and signed in

		// Who comes again on it is asked again, and may trust it.
		v.post("/sign-out")
		v.trusts(a, apptest.OwnerEmail)
		list = v.get(devices)
		v.has(list, "Current", "Low", "You chose to trust it when you signed in on it.", "Verify")
		if n := a.Count(t)[audit.DeviceTrusted]; n != 1 {
			t.Errorf("%d events of trust", n)
		}
		v.post("/sign-out")
		if r := v.open(a, apptest.OwnerEmail); r.State != signin.Done {
			t.Errorf("on a trusted device the next step is %s", r.State)
		}
	})
}

func TestDeviceStepWithoutFlow(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.at(v.get("/sign-in/device"), http.StatusOK, "/sign-in")
	gone := v.post("/sign-in/device", "trust", "yes")
	v.at(gone, http.StatusOK, "/sign-in")
	v.has(gone, "That took too long")
	v.asked(a, apptest.OwnerEmail)
	a.Clock.Advance(11 * time.Minute)
	v.has(v.post("/sign-in/device", "trust", "yes"), "That took too long")
}

func TestDeviceStepMeans(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceSkipMFA = true })
	v.has(v.asked(a, apptest.OwnerEmail), "you are not asked for a code on it")
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceRequireTrusted = true })
	page := v.asked(a, apptest.OwnerEmail)
	v.has(page, "lets people in on trusted devices only")
	if strings.Contains(page.body, "Only this time") {
		t.Error("offers what lets nobody in")
	}
	denied := v.post("/sign-in/device", "trust", "no")
	v.at(denied, http.StatusForbidden, "/sign-in/device")
	v.has(denied, "This device cannot be used", "blocked or not trusted")
}

// Who has as many devices as there may be gives one up for this one.
func TestDeviceStepGivesUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 1 })
		phone := v.another()
		phone.agent = apptest.SafariOnIPhone
		phone.trusts(a, apptest.OwnerEmail)
		page := v.asked(a, apptest.OwnerEmail)
		v.has(page, "You can trust 1 device", "Safari on iPhone", "Trust this device instead")
		refused := v.post("/sign-in/device", "trust", "yes")
		v.at(refused, http.StatusUnprocessableEntity, "/sign-in/device")
		v.has(refused, "Choose a device to give up", `id="problems"`)
		id := regexp.MustCompile(`name="giveUp" value="([^"]+)"`).FindStringSubmatch(refused.body)
		if id == nil {
			t.Fatal("nothing to choose from")
		}
		v.at(v.post("/sign-in/device", "trust", "yes", "giveUp", id[1]), http.StatusOK, "/profile/security")
		list := v.get(devices)
		v.has(list, "1 of at most 1 trusted devices", "Removed devices", "Safari on iPhone", "You gave it up for another device")
		phone.at(phone.get("/profile/security"), http.StatusOK, "/sign-in")
		if n := a.Count(t)[audit.DeviceRevoked]; n != 1 {
			t.Errorf("%d devices were given up", n)
		}
	})
}

func TestDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := serve(t, a)
		v.trusts(a, apptest.OwnerEmail)
		phone := v.another()
		phone.agent = apptest.SafariOnIPhone
		phone.trusts(a, apptest.OwnerEmail)
		list := v.get(devices)
		v.has(list, "Chrome on macOS", "Safari on iPhone", "1 session", "Confirm", "Verify")
		ids := deviceIDs(list)
		if len(ids) != 2 {
			t.Fatalf("%d devices", len(ids))
		}
		mine, theirs := devices+"/"+ids[0], devices+"/"+ids[1]

		v.has(v.get(theirs+"/rename"), "Name this device", "Safari on iPhone")
		v.has(v.post(theirs+"/rename", "name", "Amara’s phone 🦊"), "Name changed", "Amara’s phone 🦊", "Safari on iPhone")
		long := v.post(theirs+"/rename", "name", strings.Repeat("x", 101))
		v.at(long, http.StatusUnprocessableEntity, theirs+"/rename")
		v.has(long, "At most 100 characters")

		v.has(v.get(mine+"/primary"), "Make Chrome on macOS your primary device?")
		v.has(v.post(mine+"/primary"), "Primary device changed", "Primary")
		v.at(v.get(mine+"/primary"), http.StatusOK, devices)
		v.has(v.get(theirs+"/primary"), "It takes the place of Chrome on macOS")

		// Another device is confirmed from one that is verified.
		first := v.get(theirs + "/trust")
		v.has(first, "Verify the device you are on first", mine+"/trust")
		conflict := v.post(theirs + "/trust")
		v.at(conflict, http.StatusConflict, theirs+"/trust")
		v.has(conflict, "Verify the device you are on first")

		// Without a second factor, a mailed link verifies the one in use.
		v.has(v.get(mine+"/trust"), "We mail you a link")
		if r := v.get(theirs + "/confirm"); r.StatusCode != http.StatusNotFound {
			t.Errorf("a link for another device: %d", r.StatusCode)
		}
		v.has(v.post(mine+"/confirm"), "We have sent you a link")
		path := mailed(t, a, notify.DeviceConfirm, "/trust-device/")
		elsewhere := v.another()
		for range 2 {
			v.has(elsewhere.get(path), "Verify your device", "Trust this device")
		}
		v.has(elsewhere.post(path), "Device verified", "Go back to that device")
		used := elsewhere.get(path)
		v.at(used, http.StatusNotFound, path)
		v.has(used, "This link does not work any more", "See your devices")
		v.has(v.get(devices), "Medium", "You confirmed it through a mailed link.")
		v.at(v.get(mine+"/trust"), http.StatusOK, devices) // nothing more to gain

		v.has(v.get(theirs+"/trust"), "Confirm Amara’s phone 🦊?", "in your hands")
		v.has(v.post(theirs+"/trust"), "Device verified", "You confirmed it from another device of yours.")

		// Lost: signed out, blocked, and said so.
		v.has(v.get(theirs+"/lost"), "Signs out 1 session on it", "nobody can sign in on it", "Quayside")
		v.has(v.post(theirs+"/lost"), "The device is blocked and signed out", "Compromised", "You reported it lost or stolen")
		phone.at(phone.get("/profile/security"), http.StatusOK, "/sign-in")
		v.at(v.get(theirs+"/lost"), http.StatusOK, devices)
		v.has(v.post(theirs+"/trust"), "That device is blocked")

		v.has(v.get(theirs+"/remove"), "Remove Amara’s phone 🦊?", "Nobody is signed in on it")
		v.has(v.post(theirs+"/remove"), "Device removed", "Removed devices", "You removed it")
		if r := v.get(theirs + "/remove"); r.StatusCode != http.StatusNotFound {
			t.Errorf("a removed device: %d", r.StatusCode)
		}

		// The one in use goes with its session, and comes back as a new one.
		v.has(v.get(mine+"/remove"), "it signs you out here")
		v.has(v.post(mine+"/remove"), "Device removed")
		v.at(v.get("/profile/security"), http.StatusOK, "/sign-in")
		v.asked(a, apptest.OwnerEmail)
		v.at(v.post("/sign-in/device", "trust", "no"), http.StatusOK, "/profile/security")
		for kind, want := range map[audit.Kind]int{
			audit.DeviceRenamed: 1, audit.DevicePrimary: 1, audit.DeviceFlagged: 1, audit.DeviceRevoked: 2, audit.DeviceConfirmationMailed: 1,
		} {
			if n := a.Count(t)[kind]; n != want {
				t.Errorf("%d events %s, want %d", n, kind, want)
			}
		}
		v.has(v.get("/profile/security/activity?show=devices"), "Device removed", "Device blocked as compromised: reported lost or stolen, 1 session ended", "Device trusted: now Medium, by mailed link", "Device renamed, “Amara’s phone 🦊”")
	})
}

// A device is somebody's own: another one's cannot be found, whatever is done to it.
func TestDevicesOfOthersAreNotFound(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
	v.trusts(a, apptest.OwnerEmail)
	kim := v.another()
	kim.trusts(a, "kim@corp.test")
	id := deviceIDs(kim.get(devices))[0]
	for _, act := range []string{"trust", "confirm", "rename", "primary", "lost", "remove"} {
		for _, id := range []string{id, "nonsense"} {
			path := devices + "/" + id + "/" + act
			if r := v.get(path); r.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, r.StatusCode)
			}
			if r := v.post(path, "name", "x"); r.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, r.StatusCode)
			}
		}
	}
	kim.has(kim.get(devices), "Current", "Low")
}

// With a second factor, the device in use is verified by a step-up with it.
func TestDeviceVerifiedByFactor(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.trusts(a, apptest.OwnerEmail)
	actor := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
	app := a.AddTOTP(t, actor)
	a.Clock.Advance(time.Minute)
	mine := devices + "/" + deviceIDs(v.get(devices))[0]
	v.has(v.get(mine+"/trust"), "You confirm with your second factor", "Mail me a link instead")
	asks := v.post(mine + "/trust")
	if !strings.HasPrefix(asks.path(), "/step-up?") {
		t.Fatalf("came to %s:\n%s", asks.path(), plain(asks.body))
	}
	v.has(asks, "You are about to change how your devices are trusted")
	back := v.post("/step-up", "act", "manage_devices", "next", mine+"/trust", "password", apptest.Password, "method", "totp", "code", app.Code(t))
	if strings.HasPrefix(back.path(), "/step-up/factor") {
		back = v.post("/step-up/factor", "act", "manage_devices", "next", mine+"/trust", "method", "totp", "code", app.Code(t))
	}
	v.at(back, http.StatusOK, devices)
	v.has(back, "Device verified", "Medium", "A second factor was passed on it.")
}

// As many as there may be: the page says so and leads to where one can go.
func TestTooManyDevices(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.asked(a, apptest.OwnerEmail)
	v.at(v.post("/sign-in/device", "trust", "no"), http.StatusOK, "/profile/security")
	phone := v.another()
	phone.trusts(a, apptest.OwnerEmail)
	v.post(devices + "/" + deviceIDs(v.get(devices))[0] + "/confirm")
	link := mailed(t, a, notify.DeviceConfirm, "/trust-device/")
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMaxPerUser = 1 })
	mine := devices + "/" + deviceIDs(v.get(devices))[0]
	v.has(v.get(mine+"/trust"), "Trust this device?")
	full := v.post(mine + "/trust")
	v.at(full, http.StatusUnprocessableEntity, mine+"/trust")
	v.has(full, "You have 1 trusted device", "See your devices")
	mailedFull := v.post(link)
	v.at(mailedFull, http.StatusUnprocessableEntity, link)
	v.has(mailedFull, "open the link again")
	v.post(devices + "/" + deviceIDs(v.get(devices))[1] + "/remove")
	v.has(v.post(link), "Device verified")
}

// Somebody removed the browser they are on, and makes a new device of it.
func TestForgetDevice(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.trusts(a, apptest.OwnerEmail)
	phone := v.another()
	phone.agent = apptest.SafariOnIPhone
	phone.trusts(a, apptest.OwnerEmail)
	v.post(devices + "/" + deviceIDs(v.get(devices))[1] + "/remove")
	denied := phone.signIn(apptest.OwnerEmail, apptest.Password)
	v.at(denied, http.StatusForbidden, "/sign-in")
	v.has(denied, "This device cannot be used", "You removed this device from your account", "Use this browser as a new device")
	again := phone.post("/sign-in/forget-device", "next", "/profile/security/activity")
	v.at(again, http.StatusOK, "/sign-in?next="+escape("/profile/security/activity"))
	v.has(again, "This browser is a new device now")
	phone.asked(a, apptest.OwnerEmail)
	v.at(phone.post("/sign-in/device", "trust", "yes"), http.StatusOK, "/profile/security")

	// One that is blocked for another reason is not offered that.
	v.post(devices + "/" + deviceIDs(v.get(devices))[1] + "/lost")
	blocked := phone.signIn(apptest.OwnerEmail, apptest.Password)
	v.at(blocked, http.StatusForbidden, "/sign-in")
	v.has(blocked, "This device cannot be used")
	if strings.Contains(blocked.body, "as a new device") {
		t.Error("a compromised device is offered to come back")
	}
}

// The section shows the first few and leads to all.
func TestDeviceSection(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.trusts(a, apptest.OwnerEmail)
	for range 6 {
		v.another().trusts(a, apptest.OwnerEmail)
	}
	page := v.get("/profile/security")
	v.has(page, "All devices (7)")
	if n := len(deviceIDs(page)); n != 5 {
		t.Errorf("the section lists %d", n)
	}
	if n := len(deviceIDs(v.get(devices))); n != 7 {
		t.Errorf("the page lists %d", n)
	}
}

// What a browser says of itself is kept with its device, and nonsense is as good as
// nothing.
func TestFingerprintIsKept(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	for _, said := range []string{`{"language":"de","screenResolution":"1280x800","hardwareConcurrency":8}`, `{"language":`, ""} {
		v.at(v.post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "fingerprint", said), http.StatusOK, "/profile/security")
		if v.open(a, apptest.OwnerEmail).State == signin.Device {
			v.post("/sign-in/device", "trust", "yes")
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
