package store

import (
	"context"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// Health describes the database, for operators.
type Health struct {
	Version  string // of the engine, for example "3.53.1" or "17.6"
	Number   int    // the same as one number: 3053001 on SQLite, 170006 on PostgreSQL
	Migrated bool   // it has been migrated at least once
	// Settings are the engine's settings that decide whether an acknowledged change
	// survives a power cut.
	Settings map[string]string
	Time     time.Time // clock of the database's machine; zero on SQLite, which has our clock
}

// Health reads the state of the database. It changes nothing.
func (s *Store) Health(ctx context.Context) (Health, error) {
	if s.Engine == SQLite {
		return s.healthSQLite(ctx)
	}
	return s.healthPostgres(ctx)
}

func (s *Store) healthPostgres(ctx context.Context) (Health, error) {
	h := Health{Settings: map[string]string{}}
	var fsync, commit, pages string
	var now int64
	_, err := get(ctx, s.Queries, func(scan func(...any) error) (none struct{}, err error) {
		return none, scan(&h.Version, &h.Number, &h.Migrated, &fsync, &commit, &pages, &now)
	}, `SELECT current_setting('server_version'), CAST(current_setting('server_version_num') AS BIGINT),
		to_regclass('goose_db_version') IS NOT NULL, current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes'), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`)
	h.Settings["fsync"], h.Settings["synchronous_commit"], h.Settings["full_page_writes"] = fsync, commit, pages
	h.Time = fromMicros(now)
	return h, err
}

// healthSQLite asks the writing connection, because synchronous is a setting of each
// connection and not of the file.
func (s *Store) healthSQLite(ctx context.Context) (Health, error) {
	q := s.Queries
	q.q = s.write
	h := Health{Settings: map[string]string{}}
	text := func(query string) (string, error) {
		return get(ctx, q, func(scan func(...any) error) (v string, err error) { return v, scan(&v) }, query)
	}
	var err error
	if h.Version, err = text("SELECT sqlite_version()"); err != nil {
		return h, err
	}
	h.Number = sqlite3.SQLITE_VERSION_NUMBER
	tables, err := count(ctx, q, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'")
	if err != nil {
		return h, err
	}
	h.Migrated = tables > 0
	if h.Settings["journal_mode"], err = text("PRAGMA journal_mode"); err != nil {
		return h, err
	}
	level, err := text("PRAGMA synchronous")
	if err != nil {
		return h, err
	}
	names := map[string]string{"0": "off", "1": "normal", "2": "full", "3": "extra"}
	h.Settings["synchronous"] = names[level]
	return h, nil
}
