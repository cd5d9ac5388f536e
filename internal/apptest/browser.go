package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Browser is an HTTP client with its own User-Agent, IP address and cookies. It
// follows redirects, unless CheckRedirect of its Client says otherwise.
type Browser struct {
	*http.Client
	IP        string
	UserAgent string

	t    testing.TB
	site *Site
	jar  *jar
}

// Browser returns a new browser with this IP address and User-Agent.
func (s *Site) Browser(t testing.TB, ip, userAgent string) *Browser {
	b := &Browser{IP: ip, UserAgent: userAgent, t: t, site: s, jar: &jar{t: t, clock: s.Clock, all: map[string]*http.Cookie{}}}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	b.Client = &http.Client{Jar: b.jar, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		for name, value := range map[string]string{
			"User-Agent": b.UserAgent, "X-Forwarded-For": b.IP, "Sec-Fetch-Site": "same-origin",
		} {
			if r.Header.Get(name) == "" {
				r.Header.Set(name, value)
			}
		}
		return transport.RoundTrip(r)
	})}
	return b
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip makes a function an http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Cookie returns the value of a cookie, "" when the browser has none of that name.
func (b *Browser) Cookie(name string) string {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	if c := b.jar.all[name]; c != nil {
		return c.Value
	}
	return ""
}

// SetCookie gives the browser a cookie, such as a stolen one.
func (b *Browser) SetCookie(name, value string) {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	b.jar.all[name] = &http.Cookie{Name: name, Value: value}
}

// Answer is a response with its body read.
type Answer struct {
	*http.Response
	Body string
}

// Into decodes the body as JSON.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("apptest: %s %s answered %d, which is not the JSON expected: %v\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, err, a.Body)
	}
}

// API sends a request to the JSON API, with a path below /api/v1. body is nil or is encoded
// as JSON.
func (b *Browser) API(method, path string, body any) Answer {
	b.t.Helper()
	if body == nil {
		return b.send(method, "/api/v1"+path, "", nil)
	}
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatalf("apptest: %v", err)
	}
	return b.send(method, "/api/v1"+path, "application/json", bytes.NewReader(text))
}

// SignIn signs in through the API with Password. It fails the test unless the answer has
// a session.
func (b *Browser) SignIn(email string) {
	b.t.Helper()
	var step struct{ FlowID, Next string }
	b.API(http.MethodPost, "/sign-in", map[string]string{"email": email}).Into(b.t, &step)
	b.API(http.MethodPost, "/sign-in/"+step.FlowID+"/password", map[string]string{"password": Password}).Into(b.t, &step)
	if step.Next == "device" {
		b.API(http.MethodPost, "/sign-in/"+step.FlowID+"/device", map[string]bool{"trust": false}).Into(b.t, &step)
	}
	if step.Next != "done" {
		b.t.Fatalf("apptest: sign in as %s: the next step is %q", email, step.Next)
	}
}

func (b *Browser) send(method, path, contentType string, body io.Reader) Answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site.URL+path, body)
	if err != nil {
		b.t.Fatalf("apptest: %v", err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w, err := b.Do(r)
	if err != nil {
		b.t.Fatalf("apptest: %v", err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatalf("apptest: %s %s: %v", method, path, err)
	}
	return Answer{w, string(text)}
}

// jar keeps cookies like a browser that treats loopback as secure, and expires them by the
// test's clock. It fails the test for a cookie that a browser would refuse.
type jar struct {
	t     testing.TB
	clock *Clock
	mu    sync.Mutex
	all   map[string]*http.Cookie
}

// SetCookies stores the cookies of a response.
func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if strings.HasPrefix(c.Name, "__Host-") && (!c.Secure || c.Path != "/" || c.Domain != "") {
			j.t.Errorf("apptest: a browser refuses this cookie: %s", c.Raw)
			continue
		}
		if c.MaxAge < 0 || !c.Expires.IsZero() && !c.Expires.After(j.clock.Now()) {
			delete(j.all, c.Name)
			continue
		}
		j.all[c.Name] = c
	}
}

// Cookies returns the cookies that a request sends.
func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []*http.Cookie
	for name, c := range j.all {
		if !c.Expires.IsZero() && !c.Expires.After(j.clock.Now()) {
			delete(j.all, name)
			continue
		}
		out = append(out, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	return out
}
