package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/client"
)

func readAll(t *testing.T, a *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stay makes the browser follow no redirect.
func (s *site) stay() {
	s.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
}

// A browser without a session is sent to Sallyport, comes back and sees the page that it asked for.
func TestSignIn(t *testing.T) {
	s := newSite(t)
	status, text, _ := s.visit(t, http.MethodGet, "/page?a=1&b=%2F")
	if status != 200 || text != "hello Ada at /page?a=1&b=%2F" {
		t.Errorf("%d %q", status, text)
	}
	if s.wanted.Get("app") != "wiki" || s.wanted.Get("to") != s.app.URL+"/page?a=1&b=%2F" || len(s.wanted.Get("state")) != 43 {
		t.Errorf("asked for %v", s.wanted)
	}
	kept := s.browser.Jar.(jar)
	if c := kept["sallyport_app"]; c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge < 3000 || kept["sallyport_state"] != nil {
		t.Errorf("the browser keeps %v", kept)
	}
}

// Cookies of an app at https are of its host alone.
func TestCookiesOfHTTPS(t *testing.T) {
	s := newSite(t, func(c *client.Config) { c.Address = "https://wiki.example.com" })
	s.stay()
	status, _, to := s.visit(t, http.MethodGet, "/")
	state := s.browser.Jar.(jar)["__Host-sallyport_state"]
	if status != 302 || state == nil || !state.Secure || !strings.Contains(to, url.QueryEscape("https://wiki.example.com/")) {
		t.Errorf("%d %s %v", status, to, state)
	}
}

// Who is not sent to sign in is told so by a status and a problem document.
func TestPrograms(t *testing.T) {
	s := newSite(t)
	s.stay()
	for name, header := range map[string][]string{
		"a script": {"Sec-Fetch-Mode", "cors"}, "an old script": {"X-Requested-With", "XMLHttpRequest"}, "a program": {"Accept", "application/json"},
		"a WebSocket": {"Upgrade", "websocket", "Connection", "Upgrade"}, "a bad token": {"Authorization", "Bearer spa_none"}, "no token at all": {"Authorization", "Bearer \x7f"},
	} {
		if name == "no token at all" {
			header[1] = "Bearer ä"
		}
		status, text, to := s.visit(t, http.MethodGet, "/", header...)
		var problem client.Refusal
		if err := json.Unmarshal([]byte(text), &problem); err != nil || status != 401 || to != "" || problem.Code != client.CodeNotSignedIn || problem.Status != 401 {
			t.Errorf("%s: %d %q to %q", name, status, text, to)
		}
	}
	s.admit("spk_key", map[string]any{"session": nil, "apiKey": map[string]any{"id": "k", "name": "Nightly", "permissions": []string{"users.view"}}})
	for path, want := range map[string]int{"/": 200, "/may": 200, "/permission": 403, "/mfa": 403, "/fresh": 403} {
		if status, text, _ := s.visit(t, http.MethodGet, path, "Authorization", "bearer spk_key"); status != want {
			t.Errorf("%s with a key: %d %q", path, status, text)
		}
	}
	s.admit("spa_other", map[string]any{"app": map[string]any{"id": "another app"}})
	if status, _, _ := s.visit(t, http.MethodGet, "/", "Authorization", "Bearer spa_other"); status != 401 {
		t.Errorf("the token of another app: %d", status)
	}
}

// A form without a session leads to its page, and is not sent again.
func TestForms(t *testing.T) {
	s := newSite(t)
	s.stay()
	for _, c := range []struct{ referer, want string }{
		{s.app.URL + "/edit?id=7", "/edit?id=7"}, {"https://evil.example/edit", "/save"}, {s.app.URL + ".evil.example/x", "/save"}, {"", "/save"},
	} {
		status, _, to := s.visit(t, http.MethodPost, "/save", "Referer", c.referer)
		u, err := url.Parse(to)
		if err != nil || status != 303 || u.Query().Get("to") != s.app.URL+c.want {
			t.Errorf("from %q: %d to %s", c.referer, status, to)
		}
	}
}

// What a page demands is asked for at Sallyport; who comes back without it is not sent again at once.
func TestStepUp(t *testing.T) {
	s := newSite(t)
	if status, _, _ := s.visit(t, http.MethodGet, "/"); status != 200 {
		t.Fatal(status)
	}
	for path, want := range map[string]string{"/fresh": " 10", "/mfa": " 1440", "/level": "2 "} {
		s.admit("spa_weak", nil)
		s.browser.Jar.(jar)["sallyport_app"].Value = "spa_weak"
		s.next = map[string]any{}
		status, text, _ := s.visit(t, http.MethodGet, path)
		if got := s.wanted.Get("level") + " " + s.wanted.Get("fresh"); got != want {
			t.Errorf("%s asks for %q", path, got)
		}
		if status != 403 || !strings.Contains(text, "Try again") {
			t.Errorf("%s, proven too little: %d %q", path, status, text)
		}
		s.next = map[string]any{"assurance": map[string]any{"authenticatedAt": time.Now(), "mfaVerifiedAt": time.Now()}, "device": map[string]any{"id": "d", "trustLevel": 2}}
		if status, text, _ = s.visit(t, http.MethodGet, path); status != 200 {
			t.Errorf("%s, proven: %d %q", path, status, text)
		}
	}
	s.admit("spa_weak", nil)
	s.browser.Jar.(jar)["sallyport_app"].Value = "spa_weak"
	status, text, _ := s.visit(t, http.MethodGet, "/fresh", "Accept", "application/json")
	var problem client.Refusal
	if err := json.Unmarshal([]byte(text), &problem); err != nil || status != 403 || problem.Code != client.CodeStepUp || problem.StepUp == nil || problem.StepUp.FreshMinutes != 10 {
		t.Errorf("a program: %d %q", status, text)
	}
	for path, want := range map[string]int{"/permission": 403, "/role": 403, "/group": 403, "/may": 200} {
		if status, text, _ := s.visit(t, http.MethodGet, path); status != want {
			t.Errorf("%s: %d %q", path, status, text)
		}
	}
}

// A proof that is too old is none.
func TestFreshIsByTheClockOfSallyport(t *testing.T) {
	s := newSite(t)
	for minutes, want := range map[int]int{9: 200, 11: 403} {
		told := time.Now().Add(-48 * time.Hour) // its clock is another one
		s.admit("spa_a", map[string]any{
			"session":   map[string]any{"id": "s", "expiresAt": told.Add(time.Hour), "lastActivityAt": told},
			"assurance": map[string]any{"mfaVerifiedAt": told.Add(-time.Duration(minutes) * time.Minute)}, "expiresAt": told.Add(time.Hour),
		})
		if status, text, _ := s.visit(t, http.MethodGet, "/fresh", "Authorization", "Bearer spa_a"); status != want {
			t.Errorf("after %d minutes: %d %q", minutes, status, text)
		}
	}
}

// Nobody enters with what another browser was given, twice, or goes to another place.
func TestEnter(t *testing.T) {
	s := newSite(t)
	s.stay()
	_, _, to := s.visit(t, http.MethodGet, "/")
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	state := u.Query().Get("state")
	s.mu.Lock()
	for _, code := range []string{"a", "b", "c"} {
		s.codes[code] = state
	}
	s.codes["other"] = "another state"
	s.mu.Unlock()
	enter := func(code, state, to string) (int, string, string) {
		return s.visit(t, http.MethodGet, client.EnterPath+"?"+url.Values{"code": {code}, "state": {state}, "to": {to}}.Encode())
	}
	for _, c := range []struct{ code, state string }{{"none", state}, {"other", state}, {"a", "wrong"}, {"a", ""}} {
		if status, text, _ := enter(c.code, c.state, "/"); status != 400 || !strings.Contains(text, "did not work") {
			t.Errorf("%v: %d %q", c, status, text)
		}
	}
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	if status, _, _ := enter("a", state, "/"); status != 503 {
		t.Errorf("without Sallyport: %d", status)
	}
	s.mu.Lock()
	s.down = false
	s.mu.Unlock()
	secret := s.browser.Jar.(jar)["sallyport_state"]
	if status, _, to := enter("a", state, "//evil.example"); status != 303 || to != "/" {
		t.Errorf("%d to %q", status, to)
	}
	if status, _, to := enter("a", state, "/next"); status != 303 || to != "/next" { // another tab, without a code of its own
		t.Errorf("with a session: %d to %q", status, to)
	}
	s.browser.Jar = jar{"sallyport_state": secret}
	if status, _, _ := enter("a", state, "/"); status != 400 {
		t.Errorf("a code again: %d", status)
	}
}

// A browser that Sallyport sends back with what is not good is not sent there for ever.
func TestNoCircles(t *testing.T) {
	s := newSite(t)
	s.next = map[string]any{"app": map[string]any{"id": "another app"}}
	if status, text, _ := s.visit(t, http.MethodGet, "/"); status != 401 || !strings.Contains(text, "Try again") {
		t.Errorf("%d %q", status, text)
	}
	s.next = map[string]any{}
	if status, _, _ := s.visit(t, http.MethodGet, "/"); status != 200 {
		t.Errorf("the next time: %d", status)
	}
}

// Signing out takes a POST from the app's own pages.
func TestSignOut(t *testing.T) {
	s := newSite(t)
	if status, _, _ := s.visit(t, http.MethodGet, "/"); status != 200 {
		t.Fatal(status)
	}
	s.stay()
	if status, _, _ := s.visit(t, http.MethodPost, client.LeavePath, "Sec-Fetch-Site", "cross-site"); status != 403 || s.browser.Jar.(jar)["sallyport_app"] == nil {
		t.Errorf("from another site: %d", status)
	}
	if status, _, to := s.visit(t, http.MethodPost, client.LeavePath, "Sec-Fetch-Site", "same-origin"); status != 303 || to != s.URL+"/" || s.browser.Jar.(jar)["sallyport_app"] != nil {
		t.Errorf("%d to %q", status, to)
	}
}

// Where Sallyport cannot be asked, nobody is let in, and those who need no session are nobody.
func TestUnavailable(t *testing.T) {
	s := newSite(t)
	if status, _, _ := s.visit(t, http.MethodGet, "/"); status != 200 {
		t.Fatal(status)
	}
	if _, text, _ := s.visit(t, http.MethodGet, "/public/"); text != "hello Ada at /public/" {
		t.Errorf("%q", text)
	}
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	if status, _, _ := s.visit(t, http.MethodGet, "/"); status != 503 {
		t.Errorf("%d", status)
	}
	if _, text, _ := s.visit(t, http.MethodGet, "/public/"); text != "hello nobody at /public/" {
		t.Errorf("%q", text)
	}
}

// An app answers refusals itself where it wants to.
func TestOwnRefusals(t *testing.T) {
	s := newSite(t, func(c *client.Config) {
		c.Refused = func(w http.ResponseWriter, _ *http.Request, v client.Refusal) {
			w.WriteHeader(v.Status)
			_, _ = io.WriteString(w, "our page: "+v.Code)
		}
	})
	if status, text, _ := s.visit(t, http.MethodGet, "/role"); status != 403 || text != "our page: "+client.CodeForbidden {
		t.Errorf("%d %q", status, text)
	}
}

// Settings that are wrong are named.
func TestConfig(t *testing.T) {
	good := client.Config{Sallyport: "https://accounts.example.com/", App: "wiki", Address: "https://wiki.example.com"}
	for want, change := range map[string]func(*client.Config){
		"": func(*client.Config) {}, "Sallyport": func(c *client.Config) { c.Sallyport = "http://accounts.example.com" }, "Sallyport is": func(c *client.Config) { c.Sallyport = "https://a.example/path" },
		"Address": func(c *client.Config) { c.Address = "wiki.example.com" }, "App and": func(c *client.Config) { c.App = "" }, "Key": func(c *client.Config) { c.Key = "a key" },
		"MaxAge": func(c *client.Config) { c.MaxAge = -1 },
	} {
		c := good
		change(&c)
		v, err := client.New(c)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
		if v != nil {
			v.Close()
		}
	}
}
