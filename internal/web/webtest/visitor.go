package webtest

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

// Visitor is a browser without scripts: it keeps cookies and follows redirects.
type Visitor struct {
	t      *testing.T
	Base   string
	Client *http.Client
	Agent  string
	Accept string // languages that the browser asks for
	asks   bool   // shows the question whether to trust the device, which is answered otherwise
}

// Escape writes a value as an address has it.
func Escape(s string) string { return url.QueryEscape(s) }

// Another is another browser of the same site.
func (v *Visitor) Another() *Visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return &Visitor{t: v.t, Base: v.Base, Agent: v.Agent, Client: &http.Client{
		Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}}
}

// Answer is a page as it came.
type Answer struct {
	*http.Response
	Text string
}

// Path is the address that the answer came from, after all redirects.
func (a Answer) Path() string { return a.Request.URL.RequestURI() }

// Has fails the test unless the page contains each text.
func (v *Visitor) Has(a Answer, texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text, text) {
			v.t.Errorf("%s (%d) does not say %q:\n%s", a.Path(), a.StatusCode, text, Plain(a.Text))
		}
	}
}

// At fails the test unless the page is the one with this path and status. A link stands for the
// page that it leads to.
func (v *Visitor) At(a Answer, status int, path string) {
	v.t.Helper()
	there := a.Path() == path
	if kind := linkPath.FindStringSubmatch(path); kind != nil {
		there = strings.HasPrefix(a.Path(), "/"+kind[1]+"/link/")
	}
	if a.StatusCode != status || !there {
		v.t.Fatalf("came to %s with status %d, want %s with %d:\n%s", a.Path(), a.StatusCode, path, status, Plain(a.Text))
	}
}

// SentBack fails the test unless the answer is the page at the path, shown again with this status
// after a redirect, whatever choice its address keeps.
func (v *Visitor) SentBack(a Answer, status int, path string) {
	v.t.Helper()
	if a.Request.Method != http.MethodGet {
		v.t.Fatalf("%s answers a form with a page", a.Path())
	}
	if a.StatusCode != status || a.Request.URL.Path != path {
		v.t.Fatalf("sent back to %s with status %d, want %s with %d:\n%s", a.Path(), a.StatusCode, path, status, Plain(a.Text))
	}
}

var markup = regexp.MustCompile(`(?s)<(script|svg|title)\b.*?</(script|svg|title)>|<[^>]*>|\s+`)

// Plain is the text of a page.
func Plain(body string) string {
	return strings.Join(strings.Fields(markup.ReplaceAllString(body, " ")), " ")
}

// Get visits a page.
func (v *Visitor) Get(path string) Answer {
	v.t.Helper()
	return v.Send(http.MethodGet, path, nil)
}

// linkPath is the address in a mail, or on the console.
var linkPath = regexp.MustCompile(`^/(recovery|verify-email|invitation|unlock|not-me|reopen|trust-device|it-was-me|setup)/[^/]{20,}$`)

// Opened is the page that a mailed link leads to, which has no secret in its address.
func (v *Visitor) Opened(link string) string {
	v.t.Helper()
	a := v.Stay().Get(link)
	to := a.Header.Get("Location")
	if to == "" {
		v.t.Fatalf("%s leads nowhere: %d", link, a.StatusCode)
	}
	return to
}

// Post sends a form of names and values. That of a link is opened first.
func (v *Visitor) Post(path string, pairs ...string) Answer {
	v.t.Helper()
	if linkPath.MatchString(path) {
		path = v.Opened(path)
	}
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	a := v.Send(http.MethodPost, path, strings.NewReader(form.Encode()))
	if path == "/sign-in/device" || v.asks {
		return a
	}
	return v.Once(a)
}

// Send sends a request with more headers, in pairs.
func (v *Visitor) Send(method, path string, body io.Reader, headers ...string) Answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.Base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("User-Agent", v.Agent)
	r.Header.Set("Accept-Language", v.Accept)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := v.Client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return Answer{response, string(text)}
}

// Stay makes the visitor show redirects instead of following them.
func (v *Visitor) Stay() *Visitor {
	client := *v.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Visitor{t: v.t, Base: v.Base, Agent: v.Agent, Client: &client}
}

// SignIn gives a password, and says "not now" where the device is asked about.
func (v *Visitor) SignIn(email, password string) Answer {
	v.t.Helper()
	return v.Post("/sign-in", "email", email, "password", password)
}

// Past is where a sign-in leads, behind the question whether to trust the device.
func Past(a Answer) string {
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Path != "/sign-in/device" {
		return a.Header.Get("Location")
	}
	if next := to.Query().Get("next"); next != "" {
		return next
	}
	return "/profile/security"
}

// Once answers the question whether to trust the device, where it is asked: not now.
func (v *Visitor) Once(a Answer) Answer {
	v.t.Helper()
	if a.Request.URL.Path != "/sign-in/device" {
		return a
	}
	return v.Post("/sign-in/device", "trust", "no", "next", a.Request.URL.Query().Get("next"))
}

// Enter signs in and fails the test when that does not work.
func (v *Visitor) Enter(email string) {
	v.t.Helper()
	v.At(v.SignIn(email, apptest.Password), http.StatusOK, "/profile/security")
}

var revokeLink = regexp.MustCompile(`/profile/security/sessions/([0-9a-f-]{36})/revoke`)

// OtherSessions returns the ids of the sessions that the page offers to revoke.
func OtherSessions(a Answer) []string {
	var ids []string
	seen := map[string]bool{}
	for _, m := range revokeLink.FindAllStringSubmatch(a.Text, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			ids = append(ids, m[1])
		}
	}
	return ids
}

// MustURL reads an address.
func MustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
