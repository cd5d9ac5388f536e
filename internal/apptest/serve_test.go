package apptest_test

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/server"
)

const (
	sessionCookie = "__Host-sallyport"
	flowCookie    = "__Host-sallyport-flow"
	deviceCookie  = "__Host-sallyport-devices"
)

func code(t *testing.T, a apptest.Answer) string {
	t.Helper()
	if a.StatusCode < 400 {
		return ""
	}
	var p struct{ Code string }
	a.Into(t, &p)
	return p.Code
}

// One browser ends the session of another, whose next request is refused.
func TestTwoBrowsers(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		owner := s.Owner(t)
		desk, phone := s.Browser(t, "192.0.2.10", apptest.ChromeOnMac), s.Browser(t, "2001:db8::5", apptest.SafariOnIPhone)
		desk.SignIn(apptest.OwnerEmail)
		phone.SignIn(apptest.OwnerEmail)
		for _, b := range []*apptest.Browser{desk, phone} {
			if a := b.API(http.MethodGet, "/session", nil); a.StatusCode != 200 || !strings.Contains(a.Body, owner.ID) {
				t.Fatalf("%d: %s", a.StatusCode, a.Body)
			}
		}
		page, err := s.Sessions.ListOwn(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: owner.TenantID, UserID: owner.ID}, list.OwnSessions.First())
		sessions := page.Rows
		if err != nil || len(sessions) != 2 || sessions[0].IPAddress != "192.0.2.10" || sessions[0].DeviceInfo.Browser != "Chrome" ||
			sessions[1].IPAddress != "2001:db8::5" || sessions[1].DeviceInfo.Type != sallyport.DeviceMobile {
			t.Fatalf("%+v, %v", sessions, err)
		}
		if a := desk.API(http.MethodPost, "/me/sessions/"+sessions[1].ID+"/revoke", nil); a.StatusCode >= 300 {
			t.Fatalf("%d: %s", a.StatusCode, a.Body)
		}
		a := phone.API(http.MethodGet, "/session", nil)
		if a.StatusCode != 401 || code(t, a) != "session_revoked" {
			t.Errorf("the next request of the other: %d: %s", a.StatusCode, a.Body)
		}
		if a := desk.API(http.MethodGet, "/session", nil); a.StatusCode != 200 {
			t.Errorf("this one: %d: %s", a.StatusCode, a.Body)
		}
		if n := s.Count(t)[audit.SessionRevoked]; n != 1 {
			t.Errorf("%d events", n)
		}
		// Signing in again from the same browser is a sign-in on a known device.
		phone.SignIn(apptest.OwnerEmail)
		if n := s.Count(t)[audit.DeviceAdded]; n != 2 {
			t.Errorf("%d devices", n)
		}
	})
}

// A restarted server has the sessions, flows and locks of the former one.
func TestServerRestarts(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		b := s.Browser(t, "192.0.2.10", apptest.ChromeOnMac)
		b.SignIn(apptest.OwnerEmail)
		half := s.Browser(t, "192.0.2.11", apptest.ChromeOnMac)
		var step struct{ FlowID string }
		half.API(http.MethodPost, "/sign-in", map[string]string{"email": apptest.OwnerEmail}).Into(t, &step)

		s.Stop()
		again := apptest.Serve(t, s.App)
		c := again.Browser(t, b.IP, b.UserAgent)
		c.SetCookie(sessionCookie, b.Cookie(sessionCookie))
		if a := c.API(http.MethodGet, "/session", nil); a.StatusCode != 200 {
			t.Errorf("%d: %s", a.StatusCode, a.Body)
		}
		d := again.Browser(t, half.IP, half.UserAgent)
		d.SetCookie(flowCookie, half.Cookie(flowCookie))
		if a := d.API(http.MethodPost, "/sign-in/"+step.FlowID+"/password", map[string]string{"password": apptest.Password}); a.StatusCode != 200 {
			t.Errorf("%d: %s", a.StatusCode, a.Body)
		}
	})
}

// An unfinished sign-in gives access to nothing, and no kind of token is accepted as
// another, either as a cookie or as a bearer token.
func TestTokensOverHTTP(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		whole, half := s.Browser(t, "192.0.2.10", apptest.ChromeOnMac), s.Browser(t, "192.0.2.11", apptest.ChromeOnMac)
		whole.SignIn(apptest.OwnerEmail)
		half.API(http.MethodPost, "/sign-in", map[string]string{"email": apptest.OwnerEmail})
		flow := half.Cookie(flowCookie)
		if flow == "" || half.Cookie(sessionCookie) != "" || whole.Cookie(flowCookie) != "" {
			t.Fatal("the cookies are not where they belong")
		}
		for name, secret := range map[string]string{"flow": flow, "device": whole.Cookie(deviceCookie), "flow as session": "sps_" + flow[4:]} {
			b := s.Browser(t, "192.0.2.12", apptest.ChromeOnMac)
			b.SetCookie(sessionCookie, secret)
			for _, path := range []string{"/session", "/me", "/me/sessions"} {
				if a := b.API(http.MethodGet, path, nil); a.StatusCode != 401 {
					t.Errorf("%s token as a cookie on %s: %d", name, path, a.StatusCode)
				}
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/v1/session", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+secret)
			w, err := s.Browser(t, "192.0.2.13", "x").Do(r)
			if err != nil {
				t.Fatal(err)
			}
			w.Body.Close()
			if w.StatusCode != 401 {
				t.Errorf("%s token as a bearer: %d", name, w.StatusCode)
			}
		}
	})
}

// The limit holds over HTTP: of 64 guesses at once five are compared.
func TestGuessesOverHTTP(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		s.SavePolicy(t, map[string]any{"lockoutProgressiveDelay": false})
		var mu sync.Mutex
		codes := map[string]int{}
		var wg sync.WaitGroup
		b := s.Browser(t, "192.0.2.10", apptest.ChromeOnMac)
		var step struct{ FlowID string }
		b.API(http.MethodPost, "/sign-in", map[string]string{"email": apptest.OwnerEmail}).Into(t, &step)
		for range 64 {
			wg.Go(func() {
				a := b.API(http.MethodPost, "/sign-in/"+step.FlowID+"/password", map[string]string{"password": "guess"})
				c := code(t, a)
				mu.Lock()
				defer mu.Unlock()
				codes[c]++
			})
		}
		wg.Wait()
		stored := map[sallyport.Code]int{}
		for _, v := range s.Attempts(t) {
			stored[v.FailureReason]++
		}
		// Names that nobody has are locked the same way, so the answer reveals nothing.
		if codes["invalid_credentials"] != 5 || codes["account_locked"] != 59 || stored[sallyport.CodeInvalidCredentials] != 5 || stored[sallyport.CodeAccountLocked] != 1 {
			t.Errorf("answers %v, attempts %v", codes, stored)
		}
	})
}

// A changed setting reaches the server, and a browser's cookies expire by the test's clock.
func TestBrowser(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		b := s.Browser(t, "192.0.2.10", apptest.ChromeOnMac)
		b.SignIn(apptest.OwnerEmail)
		s.Clock.Advance(91 * 24 * time.Hour)
		if a := b.API(http.MethodGet, "/session", nil); a.StatusCode != 401 {
			t.Errorf("%d: %s", a.StatusCode, a.Body)
		}
		if b.Cookie(sessionCookie) != "" || b.Cookie(deviceCookie) == "" {
			t.Error("the cookies do not end when they say")
		}
		// Without a trusted proxy X-Forwarded-For is ignored.
		s.Stop()
		bare := apptest.Serve(t, s.App, func(c *server.Config) { c.Proxies = []netip.Prefix{} })
		bare.Browser(t, "192.0.2.10", apptest.ChromeOnMac).SignIn(apptest.OwnerEmail)
		if got := s.Attempts(t)[0].IPAddress; got != "127.0.0.1" {
			t.Errorf("came from %s", got)
		}
	})
}
