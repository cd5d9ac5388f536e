package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/signin"
)

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

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
