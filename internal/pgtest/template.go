package pgtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"sync"
)

// templates has the names of filled templates, so that only the first call in a process
// asks the server.
var templates struct {
	sync.Mutex
	known map[string]bool
}

// template returns the name of the database that fill has filled, in this process or in
// another one.
func (s *Server) template(ctx context.Context, key string, fill func(dsn string) error) (string, error) {
	sum := sha256.Sum256([]byte(key))
	name := "template_" + hex.EncodeToString(sum[:12])

	templates.Lock()
	defer templates.Unlock()
	id := s.base.String() + " " + name
	if templates.known[id] {
		return name, nil
	}
	lock := int64(binary.BigEndian.Uint64(sum[:8]))
	if err := s.fillOnce(ctx, name, lock, fill); err != nil {
		return "", err
	}
	if templates.known == nil {
		templates.known = map[string]bool{}
	}
	templates.known[id] = true
	return name, nil
}

// fillOnce makes the database name unless it exists. An advisory lock keeps other processes
// from doing so at the same time. The database gets its name after it is filled, so a
// process that dies before that leaves no incomplete template.
func (s *Server) fillOnce(ctx context.Context, name string, lock int64, fill func(dsn string) error) (err error) {
	conn, err := s.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
		return err
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock)
		err = errors.Join(err, unlockErr)
	}()

	var one int
	err = conn.QueryRowContext(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", name).Scan(&one)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	draft := newName()
	if err := s.CreateDatabase(ctx, draft); err != nil {
		return err
	}
	if err := fill(s.URL(draft)); err != nil {
		return errors.Join(err, s.DropDatabase(context.WithoutCancel(ctx), draft))
	}
	// Closing a connection does not wait for the server, and a database with connections can
	// be neither renamed nor copied.
	for _, statement := range []string{
		"ALTER DATABASE " + quote(draft) + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + draft + "'",
		"ALTER DATABASE " + quote(draft) + " RENAME TO " + quote(name),
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
