package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationPatience is how long a starting program waits for another one's migration.
const migrationPatience = 2 * time.Minute

// Migrate updates the schema and prepares the session check. When several programs start
// at once, one migrates and the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	dialect, options, lock := goose.DialectSQLite3, []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler))}, s.lockFile
	if s.Engine == Postgres {
		dialect, lock = goose.DialectPostgres, s.lockPostgres
	}
	unlock, err := lock(ctx)
	if err != nil {
		return fmt.Errorf("migrate: wait for another program that migrates: %w", err)
	}
	defer unlock()
	provider, err := goose.NewProvider(dialect, s.write, files, append(options, s.ownMigrations())...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := s.prepareCheck(ctx); err != nil {
		return fmt.Errorf("prepare session check: %w", err)
	}
	return nil
}

// ownMigrations are those whose text is not the same for both engines.
func (s *Store) ownMigrations() goose.ProviderOption {
	return goose.WithGoMigrations(goose.NewGoMigration(23, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if s.Engine == SQLite {
			return nil // see appendNumbered
		}
		_, err := tx.ExecContext(ctx, "CREATE SEQUENCE event_numbers")
		return err
	}}, nil))
}

// SchemaVersion returns the number of the newest applied migration, and of the newest one
// that this program knows.
func (s *Store) SchemaVersion(ctx context.Context) (applied, known int64, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return 0, 0, err
	}
	dialect := goose.DialectSQLite3
	if s.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, s.write, files, s.ownMigrations())
	if err != nil {
		return 0, 0, err
	}
	applied, known, err = provider.GetVersions(ctx)
	return applied, known, err
}

func (s *Store) lockFile(ctx context.Context) (unlock func(), err error) {
	return lockSQLite(ctx, s.dsn)
}

// lockSQLite keeps other processes from migrating the same file. goose can lock PostgreSQL
// only. So this opens an exclusive transaction in a small second database: that works on
// every platform, and ends with the process.
func lockSQLite(ctx context.Context, path string) (unlock func(), err error) {
	name := "file:" + (&url.URL{Path: filepath.ToSlash(path) + ".migrate"}).EscapedPath()
	db, err := sql.Open("sqlite", fmt.Sprintf("%s?_pragma=busy_timeout(%d)&_txlock=exclusive", name, migrationPatience.Milliseconds()))
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		db.Close()
		return nil, err
	}
	return func() {
		tx.Rollback() //nolint:errcheck // it wrote nothing
		db.Close()
	}, nil
}
