package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const (
	sessionsAt = "/foundation/security/sessions"
	devicesAt  = "/foundation/security/devices"
)

// main is what a page says, without its shell.
func main(a webtest.Answer) string { return a.Text[strings.Index(a.Text, "<main"):] }

// The lists have what the filters of the address let through, and name who is in it.
func TestSessionsAndDevicesAreFiltered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		ada := a.AddUser(t, "ada@corp.test", sallyport.RoleMember)
		in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
		a.SignInAs(t, a.From(t, apptest.Client("203.0.113.77", apptest.SafariOnIPhone)), ada.Email)
		drivers, err := a.Groups.Add(t.Context(), sallyport.Operator(a.TenantID(t)), "Drivers", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Groups.AddMembers(t.Context(), sallyport.Operator(a.TenantID(t)), drivers.ID, []string{ada.ID}); err != nil {
			t.Fatal(err)
		}
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		for address, want := range map[string]string{
			sessionsAt: "max ada", sessionsAt + "?sort=used": "max ada", devicesAt: "max ada",
			sessionsAt + "?deviceType=mobile": "ada", sessionsAt + "?ip=198.51.100.0%2F24": "max", devicesAt + "?ip=203.0.113.77": "ada",
			sessionsAt + "?userId=" + max.ID: "max", devicesAt + "?userId=" + ada.ID: "ada", sessionsAt + "?groupId=" + drivers.ID: "ada",
			sessionsAt + "?deviceId=" + in.Session.DeviceID: "max", sessionsAt + "?status=revoked": "", devicesAt + "?compromised=yes": "",
			sessionsAt + "?from=2000-01-01": "max ada", sessionsAt + "?to=2000-01-01": "", devicesAt + "?trustLevel=3": "",
			sessionsAt + "?userId=nobody%40corp.test": "", sessionsAt + "?status=nonsense": "max ada",
		} {
			page := v.Get(address)
			v.At(page, 200, address)
			rows, _, _ := strings.Cut(main(page), "</table>")
			_, rows, _ = strings.Cut(rows, "<tbody")
			var got []string
			for _, name := range []string{"max", "ada"} {
				if strings.Contains(rows, name+"@corp.test") {
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s shows %v, want %s", address, got, want)
			}
		}
		// The address of somebody, as it is typed, leads to the list of what is theirs.
		v.At(v.Get(sessionsAt+"?userId=MAX%40corp.test&status=active"), 200, sessionsAt+"?status=active&userId="+max.ID)
		// Where nothing is found, it says which filter to drop.
		v.Has(v.Get(sessionsAt+"?status=revoked&userId="+max.ID), "No session matches all of these filters", "Without “Status: Revoked”")
	})
}

// The drawer stands beside the list as it was, and says how a session ended.
func TestSessionDrawer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
		query := "?ip=198.51.100.0%2F24&status=active"
		v.Has(v.Get(sessionsAt+query), `href="`+sessionsAt+"/"+in.Session.ID+"?ip=198.51.100.0%2F24&amp;status=active")
		drawer := sessionsAt + "/" + in.Session.ID + query
		page := v.Get(drawer)
		v.Has(page, "Firefox on Linux", "max@corp.test", "198.51.100.7", "Last activity", "Not asked for", "Signed in", "Sessions from 198.51.100.7",
			`href="`+sessionsAt+"?ip=198.51.100.0%2F24&amp;status=active#row-"+in.Session.ID, "/settings/team/"+max.ID, devicesAt+"/"+in.Session.DeviceID)
		act := "/terminate?" + url.Values{"back": {drawer}}.Encode()
		v.Has(page, strings.ReplaceAll(act, "&", "&amp;"))
		v.Has(v.Get(sessionsAt+"/"+in.Session.ID+act), "Terminate the session on Firefox on Linux?")
		done := v.Post(sessionsAt + "/" + in.Session.ID + act)
		v.At(done, 200, drawer)
		v.Has(done, "The session was terminated.", "ended it.")
		// It leads nowhere else.
		again := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email).Session.ID
		v.At(v.Post(sessionsAt+"/"+again+"/suspend?back=https%3A%2F%2Fevil.test"), 200, "/profile/security")
		// Whoever proved who they are long ago does so first, and comes back; for many sessions at once, too.
		a.Clock.Advance(10 * time.Minute)
		for _, path := range []string{sessionsAt + "/" + again + "/terminate", sessionsAt + "/bulk?action=revoke&id=" + again} {
			for _, asked := range []webtest.Answer{v.Get(path), v.Post(path)} {
				v.At(asked, 200, "/step-up?act=terminate_sessions&next="+webtest.Escape(path))
				v.Has(asked, "You are about to end or suspend other people’s sessions.")
			}
		}
		back := v.Post("/step-up", "act", "terminate_sessions", "next", sessionsAt+"/"+again+"/terminate", "password", apptest.Password)
		v.Has(back, "Terminate the session on Firefox on Linux?")
		// One that ran out says so before a job has marked it.
		a.Clock.Advance(400 * 24 * time.Hour)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		v.Has(v.Get(sessionsAt+"/"+again), "Expired", "Nobody used it for longer than the policy allows.")
	})
}

// Whoever may see sessions only sees whose they are, and is told what is not shown.
func TestSessionsWithANarrowRole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
		for _, tt := range []struct {
			may, at, other string
			hidden         []string
			said           []string
		}{
			{"sessions.view", sessionsAt, devicesAt, []string{"Authenticator app", "Trust", "/terminate", "/settings/team/" + max.ID, "Not asked for", ">Group<"},
				[]string{"See who has which second factors", "See devices", "See people and groups"}},
			{"devices.view", devicesAt, sessionsAt, []string{"/suspend", "/settings/team/" + max.ID, "Signed in on it", ">Group<"}, []string{"See sessions and sign-ins", "See people and groups"}},
		} {
			r, err := a.Roles.Add(t.Context(), sallyport.Operator(a.TenantID(t)), role.Input{Name: tt.may, Permissions: []string{tt.may}})
			if err != nil {
				t.Fatal(err)
			}
			email := strings.ReplaceAll(tt.may, ".", "-") + "@corp.test"
			a.AddUser(t, email, sallyport.Role(r.ID))
			v := webtest.Serve(t, a)
			v.SignIn(email, apptest.Password)
			id := map[string]string{sessionsAt: in.Session.ID, devicesAt: in.Session.DeviceID}[tt.at]
			page := v.Get(tt.at + "/" + id + "?groupId=0193")
			v.At(page, 200, tt.at+"/"+id+"?groupId=0193")
			v.Has(page, append(tt.said, "max@corp.test", "198.51.100.7", "The filter by group was left out")...)
			for _, hidden := range tt.hidden {
				if strings.Contains(main(page), hidden) {
					t.Errorf("%s: the page has %q", tt.may, hidden)
				}
			}
			v.At(v.Get(tt.other), 403, tt.other)
		}
	})
}

// Each act on a device is done and said, and leads back to where it was offered.
func TestActsOnADevice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		max := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), max.Email)
		drawer := devicesAt + "/" + in.Session.DeviceID
		back := drawer + "?userId=" + max.ID
		for _, tt := range []struct {
			act, said string
			form      []string
			shows     []string
		}{
			{"trust", "The device is trusted.", nil, []string{"High", "An administrator set its level."}},
			{"level", "The level is set.", []string{"level", "2"}, []string{"Medium"}},
			{"suspend", "The device is suspended.", nil, []string{"An administrator suspended it"}},
			{"resume", "The device can be used again.", nil, []string{"Active"}},
			{"flag", "The device is marked as compromised.", []string{"reason", "Seen at the flea market"}, []string{"Compromised", "Seen at the flea market"}},
			{"clear", "The device is cleared.", nil, []string{"Low", "An administrator cleared it"}},
			{"revoke", "The device was removed.", nil, []string{"Removed", "An administrator removed it."}},
		} {
			path := drawer + "/" + tt.act + "?" + url.Values{"back": {back}}.Encode()
			v.At(v.Get(path), 200, path)
			done := v.Post(path, tt.form...)
			v.At(done, 200, back)
			v.Has(done, append(tt.shows, tt.said)...)
		}
		// A form that is refused is shown again, and still leads back.
		other := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.8", apptest.SafariOnIPhone)), max.Email).Session.DeviceID
		path := devicesAt + "/" + other + "/flag?" + url.Values{"back": {back}}.Encode()
		refused := v.Post(path, "reason", " ")
		v.SentBack(refused, 422, devicesAt+"/"+other+"/flag")
		if refused.Path() != path {
			t.Errorf("sent back to %s, want %s", refused.Path(), path)
		}
	})
}
