package web_test

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web"
)

// handler returns the pages of the application, guarded as the server guards
// them. The clock is the real one's, since browsers judge cookies by theirs.
func handler(t *testing.T, a *apptest.App, publicURL string) http.Handler {
	t.Helper()
	p := pages(t, a, publicURL)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Refuse(w, r, sallyport.Refuse(sallyport.CodeCrossOrigin, ""))
	}))
	return guard.Handler(p)
}

func pages(t *testing.T, a *apptest.App, publicURL string) *web.Pages {
	t.Helper()
	a.Clock.Set(time.Now().UTC().Truncate(time.Microsecond))
	places, err := geo.Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { places.Close() })
	return web.New(web.Deps{
		All: a.All, Read: request.NewReader(a.DB, a.Sessions, places, nil, a.Clock.Now),
		Now: a.Clock.Now, PublicURL: publicURL, Log: slog.New(slog.DiscardHandler),
	})
}

// visitor is a browser without scripts: it keeps cookies and follows redirects.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	agent  string
	asks   bool // shows the question whether to trust the device, which is answered otherwise
}

func escape(s string) string { return url.QueryEscape(s) }

// serve starts the pages of an installation that has an owner.
func serve(t *testing.T, a *apptest.App) *visitor {
	t.Helper()
	a.Owner(t)
	return httpsOn(t, a)
}

// httpsOn starts the pages on https, where cookies are as they will be.
func httpsOn(t *testing.T, a *apptest.App) *visitor {
	t.Helper()
	server := httptest.NewTLSServer(handler(t, a, "https://accounts.test"))
	t.Cleanup(server.Close)
	return (&visitor{t: t, base: server.URL, agent: apptest.ChromeOnMac}).another()
}

// another is another browser of the same site.
func (v *visitor) another() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return &visitor{t: v.t, base: v.base, agent: v.agent, client: &http.Client{
		Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}}
}

// answer is a page as it came.
type answer struct {
	*http.Response
	body string
}

func (a answer) path() string { return a.Request.URL.RequestURI() }

// has fails the test unless the page contains each text.
func (v *visitor) has(a answer, texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			v.t.Errorf("%s (%d) does not say %q:\n%s", a.path(), a.StatusCode, text, plain(a.body))
		}
	}
}

// at fails the test unless the page is the one with this path and status.
func (v *visitor) at(a answer, status int, path string) {
	v.t.Helper()
	if a.StatusCode != status || a.path() != path {
		v.t.Fatalf("came to %s with status %d, want %s with %d:\n%s", a.path(), a.StatusCode, path, status, plain(a.body))
	}
}

var markup = regexp.MustCompile(`(?s)<(script|svg|title)\b.*?</(script|svg|title)>|<[^>]*>|\s+`)

func plain(body string) string {
	return strings.Join(strings.Fields(markup.ReplaceAllString(body, " ")), " ")
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	return v.do(http.MethodGet, path, nil)
}

// post sends a form of names and values.
func (v *visitor) post(path string, pairs ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a := v.do(http.MethodPost, path, strings.NewReader(form.Encode()))
	if path == "/sign-in/device" || v.asks {
		return a
	}
	return v.once(a)
}

func (v *visitor) do(method, path string, body io.Reader, headers ...string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("User-Agent", v.agent)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{response, string(text)}
}

// stay makes the visitor show redirects instead of following them.
func (v *visitor) stay() *visitor {
	client := *v.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: v.t, base: v.base, agent: v.agent, client: &client}
}

func (v *visitor) signIn(email, password string) answer {
	v.t.Helper()
	return v.post("/sign-in", "email", email, "password", password)
}

// past is where a sign-in leads, behind the question whether to trust the device.
func past(a answer) string {
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Path != "/sign-in/device" {
		return a.Header.Get("Location")
	}
	if next := to.Query().Get("next"); next != "" {
		return next
	}
	return "/profile/security"
}

// once answers the question whether to trust the device, where it is asked: not now.
func (v *visitor) once(a answer) answer {
	v.t.Helper()
	if a.Request.URL.Path != "/sign-in/device" {
		return a
	}
	return v.post("/sign-in/device", "trust", "no", "next", a.Request.URL.Query().Get("next"))
}

// enter signs in and fails the test when that does not work.
func (v *visitor) enter(email string) {
	v.t.Helper()
	v.at(v.signIn(email, apptest.Password), http.StatusOK, "/profile/security")
}

var revokeLink = regexp.MustCompile(`/profile/security/sessions/([0-9a-f-]{36})/revoke`)

// others returns the ids of the sessions that the page offers to revoke.
func others(a answer) []string {
	var ids []string
	seen := map[string]bool{}
	for _, m := range revokeLink.FindAllStringSubmatch(a.body, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			ids = append(ids, m[1])
		}
	}
	return ids
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
