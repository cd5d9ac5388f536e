package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ErrForeign is the error of a database that is not one of Sallyport.
var ErrForeign = errors.New("this is not a database of Sallyport")

// Facts are what can be read of a database without this program's schema.
type Facts struct {
	Schema int64 // its version
	Events int64 // in the logs of all organisations
}

const factsSQL = `SELECT (SELECT MAX(version_id) FROM goose_db_version), (SELECT COALESCE(CAST(SUM(size) AS BIGINT), 0) FROM audit_heads)`

// FileFacts returns the facts of a SQLite file. ErrForeign for another program's.
func FileFacts(ctx context.Context, path string) (f Facts, err error) {
	db, err := single(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('goose_db_version', 'audit_heads', 'tenants')").Scan(&tables); err != nil {
		return f, damaged(err)
	}
	if tables != 3 {
		return f, ErrForeign
	}
	return f, damaged(db.QueryRowContext(ctx, factsSQL).Scan(&f.Schema, &f.Events))
}

// Aside begins the names of schemas in which a replaced PostgreSQL database is kept.
const Aside = "sallyport_replaced_"

// Target is a PostgreSQL database that a backup is made of or put into.
type Target struct {
	db     *sql.DB
	config *pgx.ConnConfig
	dsn    string
	schema string // the one in which tables are made
}

// OpenTarget connects to a PostgreSQL database by one connection.
func OpenTarget(ctx context.Context, dsn string) (*Target, error) {
	config, err := parsePostgres(dsn)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "restore"
	t := &Target{db: stdlib.OpenDB(*config), config: config, dsn: dsn}
	t.db.SetMaxOpenConns(1)
	var schema sql.NullString
	if err := t.db.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), t.db.Close())
	}
	if t.schema = schema.String; t.schema == "" {
		t.schema = "public"
	}
	return t, nil
}

// Close ends the connection.
func (t *Target) Close() error { return t.db.Close() }

// Name returns the name of the database.
func (t *Target) Name() string { return t.config.Database }

// Major returns the major version of the server.
func (t *Target) Major(ctx context.Context) (int, error) {
	var number int
	err := t.db.QueryRowContext(ctx, "SELECT CAST(current_setting('server_version_num') AS INTEGER)").Scan(&number)
	return number / 10000, err
}

// Tables returns how many tables the database has where it makes new ones.
func (t *Target) Tables(ctx context.Context) (n int, err error) {
	return n, t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_tables WHERE schemaname = $1", t.schema).Scan(&n)
}

// Facts returns the facts of the database. ErrForeign for another program's.
func (t *Target) Facts(ctx context.Context) (f Facts, err error) {
	var ours bool
	if err := t.db.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version') IS NOT NULL AND to_regclass('audit_heads') IS NOT NULL").Scan(&ours); err != nil {
		return f, err
	}
	if !ours {
		return f, ErrForeign
	}
	return f, t.db.QueryRowContext(ctx, factsSQL).Scan(&f.Schema, &f.Events)
}

// Users returns how many connections other programs of Sallyport have to the database.
func (t *Target) Users(ctx context.Context) (n int, err error) {
	return n, t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE $1",
		Application+"%").Scan(&n)
}

// SetAside keeps all tables in a schema of this name, and makes an empty one in its place.
func (t *Target) SetAside(ctx context.Context, name string) error {
	return t.move(ctx, "ALTER SCHEMA "+identifier(t.schema)+" RENAME TO "+identifier(name), "CREATE SCHEMA "+identifier(t.schema))
}

// PutBack undoes SetAside.
func (t *Target) PutBack(ctx context.Context, name string) error {
	return t.move(ctx, "DROP SCHEMA "+identifier(t.schema)+" CASCADE", "ALTER SCHEMA "+identifier(name)+" RENAME TO "+identifier(t.schema))
}

func (t *Target) move(ctx context.Context, statements ...string) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit this does nothing
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

// settings are the parts of a PostgreSQL address that its own programs read from the environment.
var settings = map[string]string{
	"sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "target_session_attrs": "PGTARGETSESSIONATTRS", "options": "PGOPTIONS",
	"passfile": "PGPASSFILE", "service": "PGSERVICE", "sslmode": "PGSSLMODE",
}

// Environment returns the environment in which PostgreSQL's own programs reach the database. The password
// is in it, since every account of the machine can read a command line.
func (t *Target) Environment() []string {
	c := t.config
	hosts, ports := []string{c.Host}, []string{strconv.Itoa(int(c.Port))}
	for _, f := range c.Fallbacks {
		if port := strconv.Itoa(int(f.Port)); f.Host != hosts[len(hosts)-1] || port != ports[len(ports)-1] {
			hosts, ports = append(hosts, f.Host), append(ports, port)
		}
	}
	set := map[string]string{
		"PGHOST": strings.Join(hosts, ","), "PGPORT": strings.Join(ports, ","), "PGUSER": c.User, "PGPASSWORD": c.Password, "PGDATABASE": c.Database,
		"PGAPPNAME": "restore",
	}
	_, query, ok := splitPostgres(t.dsn)
	if !ok {
		query = url.Values{}
	}
	for name, variable := range settings {
		if v := query.Get(name); v != "" {
			set[variable] = v
		}
	}
	if query.Get("sslmode") == "" && elsewhere(c) {
		set["PGSSLMODE"] = verified
	}
	if set["PGSSLMODE"] == verified && query.Get("sslrootcert") == "" && os.Getenv("PGSSLROOTCERT") == "" {
		set["PGSSLROOTCERT"] = "system"
	}
	env := slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		_, ours := set[name]
		return ours
	})
	for name, v := range set {
		env = append(env, name+"="+v)
	}
	return env
}
