package webtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/signin"
)

// DevicesPath is the page of one's devices.
const DevicesPath = "/profile/security/devices"

var deviceLink = regexp.MustCompile(DevicesPath + `/([0-9a-f-]{36})/remove`)

// DeviceIDs returns the devices of a page, in its order.
func DeviceIDs(a Answer) []string {
	var ids []string
	for _, m := range deviceLink.FindAllStringSubmatch(a.Text, -1) {
		if !slices.Contains(ids, m[1]) {
			ids = append(ids, m[1])
		}
	}
	return ids
}

// Asked brings a visitor to the question whether to trust the device.
func (v *Visitor) Asked(a *apptest.App, email string) Answer {
	v.t.Helper()
	r := v.Open(a, email)
	if r.State != signin.Device {
		v.t.Fatalf("the next step is %s", r.State)
	}
	return v.Get("/sign-in/device?next=" + Escape("/profile/security/activity"))
}

// Open gives the password and leaves the flow to the browser, which asks about trust.
func (v *Visitor) Open(a *apptest.App, email string) signin.Result {
	v.t.Helper()
	from := a.From(v.t, apptest.Client("127.0.0.1", v.Agent))
	from.AsksTrust = true
	for _, c := range v.Client.Jar.Cookies(MustURL(v.t, v.Base)) {
		if c.Name == "__Host-sallyport-devices" {
			from.Devices = strings.Split(c.Value, ".")
		}
	}
	r, err := a.Try(v.t.Context(), from, email, apptest.Password)
	if err != nil {
		v.t.Fatal(err)
	}
	v.Client.Jar.SetCookies(MustURL(v.t, v.Base), []*http.Cookie{{Name: "__Host-sallyport-flow", Value: r.FlowToken, Path: "/", Secure: true}})
	return r
}

// Trusts signs in and trusts the device.
func (v *Visitor) Trusts(a *apptest.App, email string) {
	v.t.Helper()
	v.Asked(a, email)
	v.At(v.Post("/sign-in/device", "trust", "yes"), http.StatusOK, "/profile/security")
}
