package entry_test

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

// refusedTries is how often somebody was refused.
func refusedTries(t *testing.T, a *apptest.App) (n int) {
	t.Helper()
	for _, x := range a.Attempts(t) {
		if !x.Successful {
			n++
		}
	}
	return n
}

// A wrong password is one try: its page is looked at again, and no other is sent. The address
// stays, the password does not, and the page is shown once.
func TestRefusedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		next := "/profile/security/activity"
		led := v.Stay().Post("/sign-in", "email", apptest.OwnerEmail, "password", "Not the right 1", "next", next)
		v.At(led, http.StatusSeeOther, "/sign-in")
		to := led.Header.Get("Location")
		page := v.Get(to)
		v.At(page, http.StatusUnauthorized, "/sign-in?next="+webtest.Escape(next))
		v.Has(page, `value="`+apptest.OwnerEmail+`"`, `id="problems"`, `name="next" value="`+next+`"`)
		if strings.Contains(page.Text, "Not the right 1") {
			t.Error("the password comes back")
		}
		for range 3 {
			reloaded := v.Get(to)
			v.At(reloaded, http.StatusOK, page.Path())
			if strings.Contains(reloaded.Text, `id="problems"`) {
				t.Error("it is refused twice")
			}
		}
		if n := refusedTries(t, a); n != 1 {
			t.Errorf("%d tries", n)
		}
	})
}

// A lock counts down to when it ends, on the page that is looked at later.
func TestLockIsCountedFromItsEnd(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	for range a.Policy().LockoutFailures {
		v.SignIn(apptest.OwnerEmail, "Not the right 1")
		a.Clock.Advance(31 * time.Second)
	}
	led := v.Stay().Post("/sign-in", "email", apptest.OwnerEmail, "password", "Not the right 1")
	a.Clock.Advance(2 * time.Minute)
	page := v.Get(led.Header.Get("Location"))
	v.At(page, http.StatusTooManyRequests, "/sign-in")
	after, err := time.ParseDuration(page.Header.Get("Retry-After") + "s")
	if err != nil || after > a.Policy().LockoutDuration-2*time.Minute {
		t.Errorf("%v after two minutes of %v", after, a.Policy().LockoutDuration)
	}
	v.Has(page, `data-wait="`+page.Header.Get("Retry-After")+`"`)
}

// The sign-in says why a session is over: not used, or its time was over.
func TestEndIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		for what, x := range map[string]struct {
			end  func(in sallyport.Session)
			says string
		}{
			"idle": {func(s sallyport.Session) { a.Clock.Advance(s.IdleTimeout) }, "was not used for too long"},
			"over": {func(s sallyport.Session) {
				for at := a.Clock.Now(); at.Before(s.ExpiresAt); at = a.Clock.Advance(s.IdleTimeout / 2) {
					v.Get(webtest.SecurityPath)
					apptest.Must(t, a.Sessions.Flush(t.Context()))
				}
			}, "was as old as a session may get"},
			"revoked": {func(s sallyport.Session) {
				apptest.Must(t, a.Sessions.RevokeOwn(t.Context(), webtest.Owner(t, a), s.ID))
			}, "This session was revoked"},
		} {
			v.Enter(apptest.OwnerEmail)
			in := a.LiveSessions(t, a.Attempts(t)[0].UserID)
			x.end(in[len(in)-1])
			page := v.Get(webtest.SecurityPath)
			v.At(page, http.StatusOK, "/sign-in")
			if !strings.Contains(page.Text, x.says) {
				t.Errorf("%s: %s", what, webtest.Plain(page.Text))
			}
		}
	})
}

// A wrong code, Back, and Reload as often as one likes: one try.
func TestBrowserWrongCodeIsOneTry(t *testing.T) {
	s := webtest.ServeSite(t)
	app := s.AddTOTP(t, webtest.Owner(t, s.App))
	p := browsertest.Open(t)
	webtest.GivePassword(p, s)
	p.WaitURL("/sign-in/factor")
	p.WaitVisible("#code:focus")
	p.Press(app.WrongCode(t))
	p.Press(webtest.KeyEnter)
	p.WaitText("This code is not right")
	p.Axe()
	if said := browsertest.Eval[string](p, `document.querySelector("#code").value`); said != "" {
		t.Errorf("the code comes back: %q", said)
	}
	p.Reload()
	p.WaitVisible("#code:focus")
	p.WaitNoText("This code is not right")
	p.Back()
	p.WaitVisible("#code")
	p.Reload()
	p.WaitVisible("#code")
	if n := refusedTries(t, s.App); n != 1 {
		t.Errorf("%d tries", n)
	}
	s.Clock.Advance(31 * time.Second) // a code of the next step, past the wait after a wrong one
	p.Fill("#code", app.Code(t))
	p.Press(webtest.KeyEnter)
	webtest.Arrive(p, "/profile/security")
}

// Back after a refused sign-in shows the form, and no page that asks to send it again.
func TestBrowserBackAfterRefusal(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	p.Navigate(s.URL + "/recovery")
	p.Navigate(s.URL + "/sign-in")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", "Not the right 1")
	p.Click("Sign in")
	p.JavaScript(true)
	p.WaitText("E-mail or password is wrong")
	p.Reload()
	p.WaitNoText("E-mail or password is wrong")
	p.Back()
	p.WaitVisible("form")
	if n := refusedTries(t, s.App); n != 1 {
		t.Errorf("%d tries", n)
	}
}
