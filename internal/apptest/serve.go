package apptest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// Site is a whole server that listens on localhost. Its App uses the same database without
// HTTP. The server's policy is the one in the database, see SavePolicy; SetPolicy changes
// that of the App only.
type Site struct {
	*App
	Server *server.Server
	URL    string // without a slash at its end
	stop   func()
}

// Stop ends the server before the end of the test: SQLite has one at a time.
func (s *Site) Stop() { s.stop() }

// EachSite runs f as Each does, with a whole server.
func EachSite(t *testing.T, f func(t *testing.T, s *Site)) {
	t.Helper()
	t.Parallel()
	for _, engine := range Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			f(t, Serve(t, New(t, engine, store.Options{})))
		})
	}
}

// Serve starts a server, another node, on the database of a. It serves until the end of the
// test. change, if any, edits its settings before it starts.
//
// Its address is on localhost, where browsers allow secure cookies and passkeys without TLS.
func Serve(t testing.TB, a *App, change ...func(*server.Config)) *Site {
	t.Helper()
	for tries := 0; ; tries++ {
		s, err := serve(t, a, change)
		if err == nil {
			return s
		}
		// Another process has taken the port since freePort found it.
		if !errors.Is(err, syscall.EADDRINUSE) || tries == 9 {
			t.Fatalf("apptest: the server ended at its start: %v", err)
		}
	}
}

func serve(t testing.TB, a *App, change []func(*server.Config)) (*Site, error) {
	t.Helper()
	port := freePort(t)
	address := (&url.URL{Scheme: "http", Host: net.JoinHostPort("localhost", port)}).String()
	c := server.Config{
		Database: a.DSN, Data: a.data, PublicURL: address, Listen: net.JoinHostPort("127.0.0.1", port), Argon2: Weak, HashSlots: 2,
		// Browsers send their address in X-Forwarded-For, as a proxy would.
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Store:   store.Options{Timeout: patience, Patient: true},
		Version: "test", Now: a.Clock.Now,
	}
	for _, f := range change {
		f(&c)
	}
	srv, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	listening, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, func(addr net.Addr) { listening <- addr }) }()
	select {
	case <-listening:
	case err := <-ended:
		stop()
		srv.Close()
		return nil, err
	}
	end := sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("apptest: the server ended with %v", err)
		}
		if err := srv.Close(); err != nil {
			t.Errorf("apptest: %v", err)
		}
	})
	t.Cleanup(end)
	return &Site{App: a, Server: srv, URL: address, stop: end}, nil
}

// freePort returns a port on which nothing listens. The server must know its address
// before it listens.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return port
}

// SavePolicy changes fields of the default organisation's policy in the database. The
// names are those of the API.
func (s *Site) SavePolicy(t testing.TB, fields map[string]any) {
	t.Helper()
	actor := sallyport.Operator(s.TenantID(t))
	current, err := s.Server.Tenants.Read(t.Context(), actor)
	if err == nil {
		_, err = s.Server.Tenants.Save(t.Context(), actor, tenant.Edit{Version: current.Version, Fields: fields})
	}
	if err != nil {
		t.Fatalf("apptest: save the policy: %v", err)
	}
}
