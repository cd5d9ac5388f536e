package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/request"
)

func TestHeaders(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	for _, path := range []string{"/sign-in", "/no/such/page", "/static/none.css"} {
		h := v.get(path).Header
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
	a := sqlite(t)
	v := serve(t, a)
	v.has(v.get("/sign-in"), `data-bs-theme="auto"`)
	back := v.post("/theme", "theme", "dark", "next", "/sign-in")
	v.at(back, http.StatusOK, "/sign-in")
	v.has(back, `data-bs-theme="dark"`, `<meta name="color-scheme" content="dark">`)
	v.has(v.post("/theme", "theme", `"><script>`, "next", "/sign-in"), `data-bs-theme="dark"`)
	if to := v.stay().post("/theme", "theme", "light", "next", "https://evil.test").Header.Get("Location"); to != "/profile/security" {
		t.Errorf("the switch leads to %q", to)
	}
}

func TestTimesAreThoseOfThePerson(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	v.has(v.get("/profile/security"), `data-zone="UTC"`, " UTC")
	cookies := v.client.Jar.Cookies(mustURL(t, v.base))
	for zone, want := range map[string]string{"Asia%2FTokyo": "Asia/Tokyo", "Local": "UTC", "..%2F..%2Fetc%2Fpasswd": "UTC", "Nowhere%2FCity": "UTC"} {
		header := "zone=" + zone
		for _, c := range cookies {
			header += "; " + c.Name + "=" + c.Value
		}
		v.has(v.another().do(http.MethodGet, "/profile/security", nil, "Cookie", header), `data-zone="`+want+`"`)
	}
}

func TestErrorPages(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	missing := v.get("/no/such/page")
	v.at(missing, http.StatusNotFound, "/no/such/page")
	v.has(missing, "There is no such page", "Go to your security page", "Quayside")
	if r := v.do(http.MethodPut, "/sign-in", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("PUT: %d", r.StatusCode)
	}
	big := v.do(http.MethodPost, "/sign-in", strings.NewReader("email="+strings.Repeat("a", 100_000)))
	if big.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", big.StatusCode)
	}
	if r := v.do(http.MethodPost, "/sign-in", strings.NewReader("email=%zz")); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a mangled form: %d", r.StatusCode)
	}
}

// A database that cannot answer is a short refusal that ends no session.
func TestUnavailable(t *testing.T) {
	a := sqlite(t)
	v := serve(t, a)
	v.enter(apptest.OwnerEmail)
	a.Tampered() // the log cannot be verified at the end
	a.DB.Close()
	for _, path := range []string{"/profile/security", "/sign-in"} {
		r := v.get(path)
		v.at(r, http.StatusServiceUnavailable, path)
		v.has(r, "Not available right now", "Try again")
		if len(r.Cookies()) != 0 || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
	if r := v.post("/sign-out"); r.StatusCode != http.StatusServiceUnavailable || len(r.Cookies()) != 0 {
		t.Errorf("signing out: %d %v", r.StatusCode, r.Cookies())
	}
}

// What the server refuses before a page is reached, and what it caught, reads as
// any other error does, and does not lean on the database.
func TestRefuse(t *testing.T) {
	a := sqlite(t)
	a.Owner(t)
	p := pages(t, a, "https://accounts.test")
	a.Tampered() // the log cannot be verified at the end
	a.DB.Close()
	for _, err := range []error{sallyport.Refuse(sallyport.CodeInternal, ""), sallyport.Refuse(sallyport.CodeCrossOrigin, "")} {
		w := httptest.NewRecorder()
		p.Refuse(w, httptest.NewRequest(http.MethodPost, "/sign-in", nil), err)
		if w.Code != request.Status(err) || !strings.Contains(w.Body.String(), string(sallyport.CodeOf(err))) || !strings.HasSuffix(w.Body.String(), "</html>") {
			t.Errorf("%v: %d %s", err, w.Code, plain(w.Body.String()))
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %v", err, w.Header())
		}
	}
}
