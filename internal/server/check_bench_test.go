package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apikey"
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

// BenchmarkCheck measures, without the network, whole answers to who holds a credential: of the session
// check for each kind that it accepts, and of introspection. Beside them is one password hash, which none
// of them may cost.
func BenchmarkCheck(b *testing.B) {
	ctx := context.Background()
	s, err := New(ctx, Config{Database: filepath.Join(b.TempDir(), "bench.db"), Data: b.TempDir(), PublicURL: "http://localhost", Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const password = "correct-Horse 75 battery"
	u, err := s.Accounts.Claim(ctx, "Bench", account.NewUser{Email: "a@example.com", Password: password})
	if err != nil {
		b.Fatal(err)
	}
	signIn := func(native bool) string {
		from := signin.From{TenantID: u.TenantID, Native: native}
		r, err := s.SignIn.Open(ctx, from, "a@example.com")
		if err == nil {
			r, err = s.SignIn.Advance(ctx, from, r.FlowToken, signin.Step{State: signin.Password, Password: password})
		}
		if err != nil {
			b.Fatal(err)
		}
		return r.SessionToken
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
	form := "token=" + access
	ask := httptest.NewRequest(http.MethodPost, "http://localhost/oauth2/introspect", nil)
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ask.SetBasicAuth(asker.ID, asker.Secret)
	for _, kind := range []struct {
		name    string
		request func() *http.Request
	}{
		{"session", check(signIn(false))}, {"access token", check(access)}, {"API key", check(key.Secret)},
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
