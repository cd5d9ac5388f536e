package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
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
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithSlog(slog.New(slog.DiscardHandler))}
	if s.Engine == Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrationPatience.Seconds())))
		if err != nil {
			return err
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	} else {
		if err := s.hold(ctx); err != nil {
			return err
		}
		unlock, err := lockFile(ctx, s.dsn+".migrate", true, migrationPatience)
		if err != nil {
			return fmt.Errorf("migrate: wait for another program that migrates: %w", err)
		}
		defer unlock()
	}
	provider, err := goose.NewProvider(dialect, s.write, files, append(options, s.ownMigrations())...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
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

// ErrNewer is the error of a database that a newer program has migrated.
var ErrNewer = errors.New("a newer program has migrated this database")

// refuseNewer returns ErrNewer for a schema that this program does not know: it would misread what the
// newer one wrote.
func refuseNewer(ctx context.Context, p *goose.Provider) error {
	applied, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return Newer(applied, known)
}

// Newer returns ErrNewer, with what to do, when the version of a schema is not known.
func Newer(applied, known int64) error {
	if applied <= known {
		return nil
	}
	return fmt.Errorf("%w: its schema has version %d, this program knows %d. Run the newer program, or restore a backup from before", ErrNewer, applied, known)
}

// KnownSchema returns the number of the newest migration.
func KnownSchema() (newest int64) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // cannot happen: the pattern is right
	}
	for _, name := range files {
		if n, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
