package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"
)

// EnvURL names the environment variable that holds the URL of a running server,
// whose role may create databases. Unset, each test process starts its own.
const EnvURL = "SALLYPORT_TEST_POSTGRES"

// opTimeout limits one administrative statement of a test. Filling a template may take
// longer.
const opTimeout = time.Minute

// Database returns the DSN of a new empty database. It is dropped at the end of the test,
// even if connections are open.
func Database(t testing.TB) string {
	t.Helper()
	return database(t, func(ctx context.Context, s *Server, name string) error {
		return s.CreateDatabase(ctx, name)
	})
}

// TemplateDatabase is Database with contents: fill is called once per server
// and key with the DSN of an empty database, and each call returns a copy of
// what it made. Test processes that share a server share its templates, so key
// must change with what fill does: put a hash of the migrations into it. fill
// must close its connections before it returns.
func TemplateDatabase(t testing.TB, key string, fill func(dsn string) error) string {
	t.Helper()
	return database(t, func(ctx context.Context, s *Server, name string) error {
		template, err := s.template(ctx, key, fill)
		if err != nil {
			return fmt.Errorf("template %q: %w", key, err)
		}
		return s.createFrom(ctx, name, template)
	})
}

func database(t testing.TB, create func(ctx context.Context, s *Server, name string) error) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := newName()
	// Without opTimeout: another process may be filling the template.
	if err := create(t.Context(), s, name); err != nil {
		t.Fatalf("pgtest: create a database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
		defer cancel()
		if err := s.DropDatabase(ctx, name); err != nil {
			t.Errorf("pgtest: drop the database: %v", err)
		}
	})
	return s.URL(name)
}

// shared returns the server of this test process.
var shared = sync.OnceValues(func() (*Server, error) {
	if base := os.Getenv(EnvURL); base != "" {
		return connect(base)
	}
	return Start(context.Background(), Options{})
})

// connect returns a server that is already running.
func connect(base string) (*Server, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EnvURL, err)
	}
	if err := ping(context.Background(), base); err != nil {
		return nil, fmt.Errorf("the server that %s names does not answer: %w", EnvURL, err)
	}
	s := &Server{base: *u}
	return s, s.openAdmin(context.Background())
}
