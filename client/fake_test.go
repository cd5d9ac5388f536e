package client_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/internal/apptest"
)

// fake is a Sallyport where everybody is signed in who comes to enter an app.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	codes  map[string]string         // code -> state
	known  map[string]map[string]any // token -> answer of the check
	next   map[string]any            // what the next token answers beside
	wanted url.Values                // of the last visit
	down   bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{codes: map[string]string{}, known: map[string]map[string]any{}, next: map[string]any{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// person is an answer of the session check.
func person(more map[string]any) map[string]any {
	now := time.Now().UTC()
	out := map[string]any{
		"user":   map[string]any{"id": "u1", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "role": "member"},
		"tenant": map[string]any{"id": "t1", "name": "Northwind"}, "session": map[string]any{"id": "s1", "expiresAt": now.Add(time.Hour), "lastActivityAt": now},
		"assurance": map[string]any{"authenticatedAt": now}, "device": map[string]any{"trustLevel": 1}, "expiresAt": now.Add(time.Hour), "groups": []string{"staff"}, "permissions": []string{"users.view"},
	}
	maps.Copy(out, more)
	return out
}

// admit makes a token good.
func (f *fake) admit(token string, more map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known[token] = person(more)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.down:
		http.Error(w, "down", http.StatusBadGateway)
	case r.URL.Path == "/apps/enter":
		f.wanted = r.URL.Query()
		code := fmt.Sprint("code", len(f.codes))
		f.codes[code] = f.wanted.Get("state")
		to, _ := url.Parse(f.wanted.Get("to"))
		http.Redirect(w, r, to.Scheme+"://"+to.Host+client.EnterPath+"?"+url.Values{"code": {code}, "state": {f.wanted.Get("state")}, "to": {to.RequestURI()}}.Encode(), http.StatusFound)
	case r.URL.Path == "/api/v1/app-sessions":
		var in struct{ Code, State string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		sum := sha256.Sum256([]byte(in.State))
		state, ok := f.codes[in.Code]
		if delete(f.codes, in.Code); !ok || state != base64.RawURLEncoding.EncodeToString(sum[:]) {
			http.Error(w, "{}", http.StatusNotFound)
			return
		}
		token := fmt.Sprint("spa_", len(f.known))
		f.known[token] = person(f.next)
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expiresAt": time.Now().Add(time.Hour)})
	default:
		v, ok := f.known[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if !ok {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}
}

// site is an app behind the fake.
type site struct {
	*fake
	app     *httptest.Server
	browser *http.Client
}

func newSite(t *testing.T, change ...func(*client.Config)) *site {
	t.Helper()
	s := &site{fake: newFake(t)}
	mux := http.NewServeMux()
	s.app = httptest.NewServer(mux)
	t.Cleanup(s.app.Close)
	address := strings.Replace(s.app.URL, "127.0.0.1", "localhost", 1)
	config := client.Config{Sallyport: s.URL, App: "wiki", Address: address}
	for _, f := range change {
		f(&config)
	}
	c := open(t, config)
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if v := client.From(r.Context()); v != nil {
			name = v.User.FirstName
		}
		fmt.Fprintf(w, "hello %s at %s", name, r.URL.RequestURI())
	})
	pages := http.NewServeMux()
	pages.Handle("/", hello)
	for path, demand := range map[string]client.Condition{
		"/fresh": client.Fresh(10 * time.Minute), "/mfa": client.MFA(), "/level": client.Level(2), "/permission": client.Permission("users.manage"),
		"/role": client.Role("owner", "admin"), "/group": client.Group("admins"), "/may": client.Permission("users.view"),
	} {
		pages.Handle(path, c.Require(demand)(hello))
	}
	mux.Handle("/", c.Middleware(pages))
	mux.Handle("/public/", c.Optional(hello))
	jar := jar{}
	s.browser = &http.Client{Jar: jar, Transport: headers{}}
	s.app.URL = address
	return s
}

// jar keeps cookies by name, since both hosts are this machine.
type jar map[string]*http.Cookie

func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if j[c.Name] = c; c.MaxAge < 0 {
			delete(j, c.Name)
		}
	}
}

func (j jar) Cookies(*url.URL) (out []*http.Cookie) {
	for _, c := range j {
		out = append(out, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	return out
}

// headers sends what browsers send that go to a page.
type headers struct{}

func (headers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html,*/*;q=0.8")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// visit returns the status, the text and the Location of an answer.
func (s *site) visit(t *testing.T, method, path string, header ...string) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.app.URL+path, http.NoBody)
	apptest.Must(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := s.browser.Do(r)
	apptest.Must(t, err)
	defer a.Body.Close() //nolint:errcheck // it was read
	text := new(strings.Builder)
	_, err = fmt.Fprint(text, readAll(t, a))
	apptest.Must(t, err)
	return a.StatusCode, text.String(), a.Header.Get("Location")
}
