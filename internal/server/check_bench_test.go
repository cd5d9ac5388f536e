package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/signin"
)

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkStep measures a request with the first step of a sign-in, in which its row is written, without the network:
// with traces off, and on with a collector that takes them.
func BenchmarkStep(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer collector.Close()
	for name, endpoint := range map[string]string{"off": "", "on": collector.URL} {
		b.Run(name, func(b *testing.B) {
			s, err := New(b.Context(), Config{
				Database: filepath.Join(b.TempDir(), "bench.db"), Data: b.TempDir(), PublicURL: "http://localhost", Listen: "127.0.0.1:0", OTLPEndpoint: endpoint,
			})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if _, err = s.Accounts.Claim(b.Context(), "Bench", account.NewUser{Email: "a@example.com", Password: "correct-Horse 75 battery"}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/sign-in", strings.NewReader(`{"email":"a@example.com"}`))
				r.Header.Set("Content-Type", "application/json")
				r.RemoteAddr = fmt.Sprintf("10.%d.%d.9:4000", i>>8&255, i&255) // networks have limits
				w := httptest.NewRecorder()
				if s.Handler.ServeHTTP(w, r); w.Code != http.StatusOK && w.Code != http.StatusTooManyRequests {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

// passOf returns the pass of a browser to an app.
func passOf(b *testing.B, s *Server, u sallyport.User, begin func(bool) (string, string)) string {
	b.Helper()
	v, err := s.Apps.Add(b.Context(), sallyport.Operator(u.TenantID), apps.Input{Name: "Wiki", Address: "https://wiki.example.com", Text: "/admin/* role=owner\n/* everyone"})
	if err != nil {
		b.Fatal(err)
	}
	_, session := begin(false)
	secret := "a secret"
	state := sha256.Sum256([]byte(secret))
	location, err := s.Apps.Enter(b.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID, SessionID: session, Role: u.Role},
		apps.Entering{AppID: v.ID, To: v.Origin + "/", State: base64.RawURLEncoding.EncodeToString(state[:])})
	if err != nil {
		b.Fatal(err)
	}
	to, err := url.Parse(location)
	if err != nil {
		b.Fatal(err)
	}
	given, err := s.Apps.Exchange(b.Context(), u.TenantID, to.Query().Get("code"), secret)
	if err != nil {
		b.Fatal(err)
	}
	return given.Token
}

// BenchmarkCheck measures, without the network, whole answers to who holds a credential: of the session
// check for each kind that it accepts, and of introspection. Beside them is one password hash, which none
// of them may cost.
func BenchmarkCheck(b *testing.B) {
	ctx := context.Background()
	s, err := New(ctx, Config{Database: filepath.Join(b.TempDir(), "bench.db"), Data: b.TempDir(), PublicURL: "http://localhost", Listen: "127.0.0.1:0",
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const password = "correct-Horse 75 battery"
	u, err := s.Accounts.Claim(ctx, "Bench", account.NewUser{Email: "a@example.com", Password: password})
	if err != nil {
		b.Fatal(err)
	}
	begin := func(native bool) (token, id string) {
		from := signin.From{TenantID: u.TenantID, Native: native}
		r, err := s.SignIn.Open(ctx, from, "a@example.com")
		if err == nil {
			r, err = s.SignIn.Advance(ctx, from, r.FlowToken, signin.Step{State: signin.Password, Password: password})
		}
		if err != nil {
			b.Fatal(err)
		}
		return r.SessionToken, r.Session.ID
	}
	signIn := func(native bool) string {
		token, _ := begin(native)
		return token
	}
	key, err := s.APIKeys.Make(ctx, sallyport.Actor{Type: sallyport.ActorUser, TenantID: u.TenantID, UserID: u.ID}, apikey.Input{Name: "Bench"})
	if err != nil {
		b.Fatal(err)
	}
	asker, err := s.OAuth.AddClient(ctx, sallyport.Operator(u.TenantID), "Bench")
	if err != nil {
		b.Fatal(err)
	}
	check := func(secret string) func() *http.Request {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/session", nil)
		r.Header.Set("Authorization", "Bearer "+secret)
		return func() *http.Request { return r }
	}
	access := signIn(true)
	pass := passOf(b, s, u, begin)
	proxy := httptest.NewRequest(http.MethodGet, "http://localhost/forward-auth/caddy", nil)
	proxy.RemoteAddr = "127.0.0.1:4000"
	proxy.Header = http.Header{
		"X-Forwarded-Method": {"GET"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"wiki.example.com"}, "X-Forwarded-Uri": {"/page?a=1"},
		"Cookie": {"__Host-sallyport-app=" + pass},
	}
	form := "token=" + access
	ask := httptest.NewRequest(http.MethodPost, "http://localhost/oauth2/introspect", nil)
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ask.SetBasicAuth(asker.ID, asker.Secret)
	for _, kind := range []struct {
		name    string
		request func() *http.Request
	}{
		{"session", check(signIn(false))}, {"access token", check(access)}, {"API key", check(key.Secret)}, {"pass", check(pass)},
		{"proxy", func() *http.Request { return proxy }},
		{"introspection", func() *http.Request { ask.Body = io.NopCloser(strings.NewReader(form)); return ask }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			first := httptest.NewRecorder()
			if s.Handler.ServeHTTP(first, kind.request()); first.Code != http.StatusOK || strings.Contains(first.Body.String(), `"active":false`) {
				b.Fatal(first.Code, first.Body)
			}
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				s.Handler.ServeHTTP(w, kind.request())
			}
		})
	}
	b.Run("password hash", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.passwords.Hash(ctx, password); err != nil {
				b.Fatal(err)
			}
		}
	})
}
