package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// Another site's page cannot make a browser act, whatever cookies it sends.
func TestCrossSite(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	for _, path := range []string{"/sign-out", "/theme", "/profile/security/password", "/profile/security/sessions/revoke-all", "/sign-in"} {
		r := v.Stay().Send(http.MethodPost, path, strings.NewReader(""), "Sec-Fetch-Site", "cross-site")
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		v.Has(r, "This is not open to you", "Quayside", "Error 403, cross_origin")
	}
	v.At(v.Get("/profile/security"), http.StatusOK, "/profile/security")
}

func TestHeaders(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	for _, path := range []string{"/sign-in", "/no/such/page", "/static/none.css"} {
		h := v.Get(path).Header
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: content policy %q lacks %q", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("Cache-Control") != "no-store" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestTheme(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Has(v.Get("/sign-in"), `data-bs-theme="auto"`)
	back := v.Post("/theme", "theme", "dark", "next", "/sign-in")
	v.At(back, http.StatusOK, "/sign-in")
	v.Has(back, `data-bs-theme="dark"`, `<meta name="color-scheme" content="dark">`)
	v.Has(v.Post("/theme", "theme", `"><script>`, "next", "/sign-in"), `data-bs-theme="dark"`)
	if to := v.Stay().Post("/theme", "theme", "light", "next", "https://evil.test").Header.Get("Location"); to != "/profile/security" {
		t.Errorf("the switch leads to %q", to)
	}
}

func TestTimesAreThoseOfThePerson(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	v.Has(v.Get("/profile/security"), `data-zone="UTC"`, " UTC")
	cookies := v.Client.Jar.Cookies(webtest.MustURL(t, v.Base))
	for zone, want := range map[string]string{"Asia/Tokyo": "Asia/Tokyo", "Local": "UTC", "../../etc/passwd": "UTC", "Nowhere/City": "UTC"} {
		header := request.ZoneCookie + "=" + zone
		for _, c := range cookies {
			header += "; " + c.Name + "=" + c.Value
		}
		v.Has(v.Another().Send(http.MethodGet, "/profile/security", nil, "Cookie", header), `data-zone="`+want+`"`)
	}
}

func TestErrorPages(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	missing := v.Get("/no/such/page")
	v.At(missing, http.StatusNotFound, "/no/such/page")
	v.Has(missing, "There is no such page", "Go to your security page", "Quayside")
	if r := v.Send(http.MethodPut, "/sign-in", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("PUT: %d", r.StatusCode)
	}
	big := v.Send(http.MethodPost, "/sign-in", strings.NewReader("email="+strings.Repeat("a", 100_000)))
	if big.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", big.StatusCode)
	}
	if r := v.Send(http.MethodPost, "/sign-in", strings.NewReader("email=%zz")); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a mangled form: %d", r.StatusCode)
	}
}

// A database that cannot answer is a short refusal that ends no session.
func TestUnavailable(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	a.Tampered() // the log cannot be verified at the end
	a.DB.Close()
	for _, path := range []string{"/profile/security", "/sign-in"} {
		r := v.Get(path)
		v.At(r, http.StatusServiceUnavailable, path)
		v.Has(r, "Not available right now", "Try again")
		if len(r.Cookies()) != 0 || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
	if r := v.Post("/sign-out"); r.StatusCode != http.StatusServiceUnavailable || len(r.Cookies()) != 0 {
		t.Errorf("signing out: %d %v", r.StatusCode, r.Cookies())
	}
}

// What the server refuses before a page is reached, and what it caught, reads as
// any other error does, and does not lean on the database.
func TestRefuse(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	p := webtest.PagesOf(t, a, "https://accounts.test")
	a.Tampered() // the log cannot be verified at the end
	a.DB.Close()
	for _, err := range []error{sallyport.Refuse(sallyport.CodeInternal, ""), sallyport.Refuse(sallyport.CodeCrossOrigin, "")} {
		w := httptest.NewRecorder()
		p.Refuse(w, httptest.NewRequest(http.MethodPost, "/sign-in", nil), err)
		if w.Code != request.Status(err) || !strings.Contains(w.Body.String(), string(sallyport.CodeOf(err))) || !strings.HasSuffix(w.Body.String(), "</html>") {
			t.Errorf("%v: %d %s", err, w.Code, webtest.Plain(w.Body.String()))
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %v", err, w.Header())
		}
	}
}

// Who comes too often is told for how long, on the error page too.
func TestTooManyCountsDown(t *testing.T) {
	a := webtest.SQLite(t)
	a.Owner(t)
	p := webtest.PagesOf(t, a, "https://accounts.test")
	for err, counts := range map[*sallyport.Error]bool{
		{Code: sallyport.CodeRateLimited, RetryAfter: 90 * time.Second}:   true,
		{Code: sallyport.CodeAccountLocked, RetryAfter: 90 * time.Second}: true,
		{Code: sallyport.CodeAccountLocked}:                               false, // waiting does not help
		{Code: sallyport.CodeForbidden}:                                   false,
	} {
		w := httptest.NewRecorder()
		p.Refuse(w, httptest.NewRequest(http.MethodPost, "/profile/security/verification", nil), err)
		if counted := strings.Contains(w.Body.String(), `data-wait="90"`); counted != counts {
			t.Errorf("%v: %v\n%s", err, counted, webtest.Plain(w.Body.String()))
		}
	}
}
