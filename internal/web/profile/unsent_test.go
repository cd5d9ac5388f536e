package profile_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// ends are the ways in which a session ends, and what the sign-in says of them.
var ends = map[string]struct {
	end  func(t *testing.T, a *apptest.App, s sallyport.Session)
	says string
}{
	"not used": {func(_ *testing.T, a *apptest.App, s sallyport.Session) { a.Clock.Advance(s.IdleTimeout) }, "was not used for too long"},
	"revoked": {func(t *testing.T, a *apptest.App, s sallyport.Session) {
		apptest.Must(t, a.Sessions.RevokeOwn(t.Context(), webtest.Owner(t, a), s.ID))
	}, "This session was revoked"},
	"terminated": {func(t *testing.T, a *apptest.App, s sallyport.Session) {
		apptest.Must(t, a.Sessions.Terminate(t.Context(), sallyport.Operator(s.TenantID), s.ID))
	}, "An administrator ended this session"},
	"suspended": {func(t *testing.T, a *apptest.App, s sallyport.Session) {
		apptest.Must(t, a.Sessions.Suspend(t.Context(), sallyport.Operator(s.TenantID), s.ID))
	}, "This session is suspended"},
}

// newest is the session that began last.
func newest(t *testing.T, a *apptest.App) sallyport.Session {
	t.Helper()
	all := a.LiveSessions(t, a.Attempts(t)[0].UserID)
	return all[len(all)-1]
}

// A session that ends while somebody types loses nothing: the sign-in says why, and afterwards
// the form stands there as it was, and is not sent.
func TestSessionEndsInAForm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		path := webtest.DevicesPath + "/" + webtest.DeviceIDs(v.Get(webtest.DevicesPath))[0] + "/rename"
		for what, x := range ends {
			v.Enter(apptest.OwnerEmail)
			x.end(t, a, newest(t, a))
			out := v.Post(path, "name", "The one in the kitchen")
			v.At(out, http.StatusOK, "/sign-in?next="+webtest.Escape(path))
			if !strings.Contains(out.Text, x.says) || !strings.Contains(out.Text, "You have been signed out") {
				t.Errorf("%s: %s", what, webtest.Plain(out.Text))
			}
			wrong := v.Post("/sign-in", "email", apptest.OwnerEmail, "password", "Not the right 1", "next", path)
			v.At(wrong, http.StatusUnauthorized, "/sign-in?next="+webtest.Escape(path)) // which loses nothing either
			back := v.Post("/sign-in", "email", apptest.OwnerEmail, "password", apptest.Password, "next", path)
			v.At(back, http.StatusOK, path)
			v.Has(back, "What you typed was kept", `value="The one in the kitchen"`)
			if again := v.Get(path); strings.Contains(again.Text, "kitchen") {
				t.Errorf("%s: it is kept for ever, or was sent by itself", what)
			}
		}
		v.Has(v.Post(path, "name", "The one in the kitchen"), "Name changed")
	})
}

// What one user typed is not for the next.
func TestUnsentIsOfItsUser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		v.Enter(apptest.OwnerEmail)
		v.Confirm("add_factor", webtest.AddFactorPath)
		path := webtest.AddFactorPath + "/sms"
		ends["revoked"].end(t, a, newest(t, a))
		v.At(v.Post(path, "country", "DE", "phoneNumber", "01512 3456767"), http.StatusOK, "/sign-in?next="+webtest.Escape(path))
		v.SignIn("member@corp.test", apptest.Password)
		page := v.Confirm("add_factor", path)
		v.At(page, http.StatusOK, path)
		if strings.Contains(page.Text, "3456767") || strings.Contains(page.Text, "What you typed was kept") {
			t.Errorf("another user sees it: %s", webtest.Plain(page.Text))
		}
		v.Post("/sign-out")
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		v.Has(v.Confirm("add_factor", path), "What you typed was kept", `value="01512 3456767"`, `value="DE" selected`)
	})
}

// Who has to prove more in the middle of a form finds it as it was.
func TestStepUpInAForm(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	path := webtest.AddFactorPath + "/sms"
	asked := v.Post(path, "country", "DE", "phoneNumber", "01512 3456767")
	if asked.Request.URL.Path != "/step-up" {
		t.Fatalf("came to %s", asked.Path())
	}
	v.Has(v.Confirm("add_factor", path), "What you typed was kept", `value="01512 3456767"`)
	if texts := a.Texts(t); len(texts) != 0 {
		t.Errorf("it was sent by itself: %v", texts)
	}
}

func TestBrowserSessionEndsInAForm(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + webtest.DevicesPath)
	path := browsertest.Eval[string](p, `document.querySelector("a[href$='/rename']").getAttribute("href")`)
	p.Navigate(base + path)
	p.Fill("#name", "The one in the kitchen")
	ends["revoked"].end(t, a, newest(t, a))
	p.Press(webtest.KeyEnter)
	p.WaitText("This session was revoked")
	p.Axe()
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	webtest.Arrive(p, path)
	p.WaitText("What you typed was kept")
	p.Axe()
	if name := browsertest.Eval[string](p, `document.querySelector("#name").value`); name != "The one in the kitchen" {
		t.Errorf("the form has %q", name)
	}
	p.Press(webtest.KeyEnter)
	p.WaitText("Name changed")
	p.AssertQuiet()
}
