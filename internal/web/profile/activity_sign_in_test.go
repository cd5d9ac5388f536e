package profile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// part is the row of the activity page that says text.
func part(t *testing.T, page webtest.Answer, text string) string {
	t.Helper()
	for _, row := range strings.Split(page.Text, `<li class="sp-event">`)[1:] {
		if strings.Contains(row, text) {
			return row
		}
	}
	t.Fatalf("no row says %q:\n%s", text, webtest.Plain(page.Text))
	return ""
}

// A sign-in is a sentence with what can be done about it.
func TestActivitySignIns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		app := a.AddTOTP(t, webtest.Owner(t, a))
		in := func(v *webtest.Visitor, agent string) {
			v.Agent = agent
			v.Challenged(t)
			v.At(v.Post("/sign-in/factor", "method", "totp", "code", app.Code(t)), http.StatusOK, webtest.SecurityPath)
			a.Clock.Advance(30 * time.Second)
		}
		phone, tablet, stranger := v.Another(), v.Another(), v.Another()
		in(phone, apptest.SafariOnIPhone)
		in(tablet, apptest.FirefoxOnLinux)
		tablet.Post("/sign-out")
		stranger.Challenged(t)
		stranger.Post("/sign-in/factor", "method", "totp", "code", app.WrongCode(t))
		in(v, apptest.ChromeOnMac)
		page := v.Get(webtest.SecurityPath + "/activity?show=sign_ins")

		live := part(t, page, "Signed in on a new device, Safari on iPhone, which is not trusted")
		for _, want := range []string{"IP address", "127.0.0.1", "Authenticator app", ">Active<", "/not-mine", `<dialog class="sp-dialog" id="not-mine-`, "Its device is blocked"} {
			if !strings.Contains(live, want) {
				t.Errorf("a sign-in whose session goes on does not say %q: %s", want, live)
			}
		}
		over := part(t, page, "Signed in on a new device, Firefox on Linux, which is not trusted")
		if !strings.Contains(over, ">Ended<") || !strings.Contains(over, `href="/profile/security/lockdown"`) || strings.Contains(over, "<dialog") {
			t.Errorf("a sign-in whose session is over: %s", over)
		}
		refused := part(t, page, "A sign-in on Chrome on macOS failed, because the second factor was wrong")
		if !strings.Contains(refused, "Nobody got in, but the password was right") || !strings.Contains(refused, `href="/profile/security/password"`) {
			t.Errorf("a sign-in that was refused after the password: %s", refused)
		}
		if mine := part(t, page, "The one you are using"); strings.Contains(mine, "Not me") {
			t.Errorf("the session in use is doubted: %s", mine)
		}

		a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = "alert" })
		path := live[strings.Index(live, "/profile/security/sessions/"):]
		v.At(v.Post(path[:strings.Index(path, `"`)]), http.StatusOK, "/profile/security/password")
		if row := part(t, v.Get(webtest.SecurityPath+"/activity?show=sign_ins"), "Safari on iPhone, which is not trusted"); !strings.Contains(row, ">Ended<") {
			t.Errorf("its device is blocked: %s", row)
		}
	})
}

// A row opens, and "Not me" asks in a dialog.
func TestBrowserActivity(t *testing.T) {
	base, _ := webtest.Browse(t)
	here, there := browsertest.Open(t), browsertest.Open(t)
	webtest.SignIn(there, base)
	webtest.SignIn(here, base)
	for _, width := range []int{1280, 390, 320} {
		here.Emulate(width, 800, width == 390)
		here.Navigate(base + "/profile/security/activity?show=sign_ins")
		here.Click("li:last-child > .sp-sign-in summary")
		here.WaitText("IP address")
		here.Axe()
		here.Snap("activity-open-" + map[int]string{1280: "1280", 390: "390", 320: "320"}[width])
		if wide := browsertest.Eval[int](here, "document.documentElement.scrollWidth"); wide > width {
			t.Errorf("at %d pixels the page is %d wide", width, wide)
		}
	}
	here.Click(".sp-event a[data-dialog^=not-mine]")
	here.WaitVisible("dialog[open]")
	here.Axe()
	here.Click("dialog[open] button")
	here.WaitText("That session is ended")
	here.AssertQuiet()
}
