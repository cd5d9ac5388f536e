package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/account"
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
			if _, err = s.Accounts.Claim(b.Context(), "Bench", account.NewUser{Email: "a@example.com", Password: "correct Horse 7 battery"}); err != nil {
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

// BenchmarkCheck measures a whole session check without the network.
func BenchmarkCheck(b *testing.B) {
	ctx := context.Background()
	s, err := New(ctx, Config{Database: filepath.Join(b.TempDir(), "bench.db"), PublicURL: "http://localhost", Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	u, err := s.Accounts.Claim(ctx, "Bench", account.NewUser{Email: "a@example.com", Password: "correct Horse 7 battery"})
	if err != nil {
		b.Fatal(err)
	}
	from := signin.From{TenantID: u.TenantID}
	r, err := s.SignIn.Open(ctx, from, "a@example.com")
	if err != nil {
		b.Fatal(err)
	}
	if r, err = s.SignIn.Advance(ctx, from, r.FlowToken, signin.Step{State: signin.Password, Password: "correct Horse 7 battery"}); err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/session", nil)
	req.Header.Set("Authorization", "Bearer "+r.SessionToken)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		s.Handler.ServeHTTP(w, req)
	}
}
