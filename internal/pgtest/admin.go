package pgtest

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openAdmin opens the connections that create and drop databases.
func (s *Server) openAdmin(ctx context.Context) error {
	config, err := pgx.ParseConfig(s.base.String())
	if err != nil {
		return err
	}
	// Each statement names another database, so preparing it would not help.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	s.admin = stdlib.OpenDB(*config)
	s.admin.SetMaxOpenConns(4) // for each test process; the server allows 200
	s.admin.SetMaxIdleConns(2)

	var version int
	err = s.admin.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version)
	if version >= 150000 {
		// Takes half the time of the default, which writes each page to the log. Older
		// servers always work this way and do not know the clause.
		s.strategy = " STRATEGY file_copy"
	}
	return err
}

// ping reports whether the server at dsn accepts connections now.
func ping(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// CreateDatabase creates an empty database.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	// template0 never has connections, which would make CREATE DATABASE fail.
	return s.createFrom(ctx, name, "template0")
}

func (s *Server) createFrom(ctx context.Context, name, template string) error {
	_, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(template)+s.strategy)
	return err
}

// DropDatabase drops a database and ends its connections. A database that does not exist
// is no error.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	_, err := s.admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// newName returns a random name: other processes may use the same server.
func newName() string { return "test_" + strings.ToLower(rand.Text()[:16]) }
