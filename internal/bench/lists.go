package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// A large organisation, and one of a hundredth of its size. For each user there are five sessions,
// two devices and twenty attempts, over 400 days. On SQLite both are a tenth of this.
const (
	sessionsEach, devicesEach, attemptsEach = 5, 2, 20
	smaller                                 = 100
	largeTenant, smallTenant                = "large", "small"
)

// compareLists measures the first page of each list of an organisation: with each filter alone and
// with status and dates besides.
func (b bench) compareLists(ctx context.Context) error {
	dsns, err := b.databases(ctx, "lists")
	if err != nil {
		return err
	}
	for _, engine := range engines {
		users := b.users
		if engine == "SQLite" {
			users /= 10
		}
		if err := b.compareListsOf(ctx, engine, dsns[engine], users); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) compareListsOf(ctx context.Context, engine, dsn string, users int) error {
	db, err := store.Open(ctx, dsn, store.Options{Timeout: 2 * time.Minute, Patient: true})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := crowd(ctx, db, dsn, users); err != nil {
		return err
	}
	fmt.Printf("\nLists, %s: first page with %d users, %d sessions, %d devices and %d attempts, beside a hundredth of them\n",
		engine, users, users*sessionsEach, users*devicesEach, users*attemptsEach)
	fmt.Printf("%-10s %-52s %9s %9s %9s %9s %6s\n", "list", "asked for", "small p50", "p99", "large p50", "p99", "ratio")
	for _, l := range bigLists(db) {
		for _, values := range askedOf(l.table) {
			if err := b.compareList(ctx, l, values); err != nil {
				return fmt.Errorf("%s?%s: %w", l.table.Name, values.Encode(), err)
			}
		}
	}
	return nil
}

// bigList is a list of an organisation, and how a page of it is read.
type bigList struct {
	table *list.Table
	read  func(ctx context.Context, tenantID string, q list.Query) (rows, searched int, err error)
}

func bigLists(db *store.Store) []bigList {
	return []bigList{
		{list.Users, reading(db.ListUsers)}, {list.Sessions, reading(db.ListSessions)},
		{list.Devices, reading(db.ListDevices)}, {list.Attempts, reading(db.ListAttempts)},
	}
}

func reading[T any](read func(context.Context, string, list.Query) (list.Page[T], error)) func(context.Context, string, list.Query) (int, int, error) {
	return func(ctx context.Context, tenantID string, q list.Query) (int, int, error) {
		p, err := read(ctx, tenantID, q)
		return len(p.Rows), p.Searched, err
	}
}

// bigSamples are values of filters, each for what few and for what many rows pass.
var bigSamples = map[string][]string{
	"q": {"person4", "p"}, "role": {"owner", "member"}, "groupId": {"few", "many"}, "userId": {"u7"}, "deviceId": {"d7"}, "email": {"person7@example.com"},
	"ip": {"10.0.0.7", "10.3.4.0/24", "10.9.0.0/16", "192.0.2.0/24"}, "lastSignInFrom": {"2026-06-01"}, "lastSignInTo": {"2026-01-01"}, "lastUsedFrom": {"2026-06-01"}, "lastUsedTo": {"2026-01-01"},
	"from": {"2026-06-01"}, "to": {"2026-01-01"},
}

// askedOf returns what is asked of a list: nothing, each filter alone, and each with the list's
// first choice and dates.
func askedOf(t *list.Table) []url.Values {
	out := []url.Values{{}}
	var dates, status url.Values
	for _, f := range t.Fields {
		if f.Kind == list.Choice && status == nil {
			status = url.Values{f.Name: {f.Choices[1].Value}}
		}
		if f.Kind == list.Since {
			dates = url.Values{f.Name: {bigSamples[f.Name][0]}}
		}
	}
	for _, o := range t.Orders {
		for _, f := range t.Fields {
			values := bigSamples[f.Name]
			for _, c := range f.Choices {
				values = append(values, c.Value)
			}
			for _, v := range values {
				alone := url.Values{f.Name: {v}, "sort": {o.Name}}
				out = append(out, alone)
				besides := url.Values{}
				for _, more := range []url.Values{dates, status, alone} {
					for name, given := range more {
						besides[name] = given
					}
				}
				if len(besides) > len(alone) && o.Name == t.Orders[0].Name {
					out = append(out, besides)
				}
			}
		}
	}
	return out
}

// compareList asks both organisations in turn, and prints a line.
func (b bench) compareList(ctx context.Context, l bigList, values url.Values) error {
	q, err := l.table.Parse(values)
	if err != nil {
		return err
	}
	took := map[string][]time.Duration{}
	searched := 0
	for i := range 5 + 20*b.rounds {
		for _, tenantID := range []string{smallTenant, largeTenant} {
			began := time.Now()
			_, stopped, err := l.read(ctx, tenantID, q)
			if err != nil {
				return err
			}
			if i >= 5 { // the first ones fill caches
				took[tenantID] = append(took[tenantID], time.Since(began))
			}
			if tenantID == largeTenant {
				searched = stopped
			}
		}
	}
	s, g := took[smallTenant], took[largeTenant]
	slices.Sort(s)
	slices.Sort(g)
	note := ""
	if searched > 0 {
		note = " in steps"
	}
	if d := at(g, 99); d > 100*time.Millisecond {
		note += " SLOW"
	}
	asked, _ := url.QueryUnescape(values.Encode())
	fmt.Printf("%-10s %-52s %9s %9s %9s %9s %6.1f%s\n", l.table.Name, asked, short(at(s, 50)), short(at(s, 99)), short(at(g, 50)), short(at(g, 99)),
		float64(at(g, 50))/float64(at(s, 50)), note)
	return nil
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// crowd fills the tables of both organisations by statements of the engine, and shows how far it
// is. Indexes are made afterwards, which is faster. Some tables stay empty.
func crowd(ctx context.Context, db *store.Store, dsn string, users int, except ...string) error {
	raw, err := rawOf(db, dsn)
	if err != nil {
		return err
	}
	defer raw.Close()
	c := crowded{raw, db.Engine, except}
	indexes, err := c.setUp(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(c.fill(ctx, largeTenant, users), c.fill(ctx, smallTenant, users/smaller)); err != nil {
		return err
	}
	for i, index := range indexes {
		fmt.Fprintf(os.Stderr, "\r\033[Kindex %d of %d", i+1, len(indexes))
		if _, err := raw.ExecContext(ctx, index); err != nil {
			return fmt.Errorf("%s: %w", index, err)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	if c.engine == store.Postgres { // SQLite plans without counting
		_, err = raw.ExecContext(ctx, "VACUUM ANALYZE")
	}
	return err
}

// rawOf opens a database with one connection, since settings belong to one.
func rawOf(db *store.Store, dsn string) (*sql.DB, error) {
	driver := "sqlite"
	if db.Engine == store.Postgres {
		driver = "pgx"
	}
	raw, err := sql.Open(driver, dsn)
	if err == nil {
		raw.SetMaxOpenConns(1)
	}
	return raw, err
}

// crowded is a database that is filled.
type crowded struct {
	*sql.DB
	engine store.Engine
	except []string // tables that stay empty
}

// tables are those that grow.
var tables = []string{"users", "sessions", "devices", "attempts", "group_members", "user_words"}

// setUp drops the indexes of the tables that grow, and returns what makes them.
func (c crowded) setUp(ctx context.Context) (indexes []string, err error) {
	question, quiet := "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1", []string{"PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF", "PRAGMA journal_mode = WAL"}
	if c.engine == store.Postgres {
		question, quiet = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE 'CREATE INDEX%'", []string{"SET session_replication_role = replica", "SET synchronous_commit = off"}
	}
	for _, q := range quiet {
		if _, err := c.ExecContext(ctx, q); err != nil {
			return nil, err
		}
	}
	for _, table := range tables {
		names, texts, err := c.pairs(ctx, question, table)
		if err != nil {
			return nil, err
		}
		indexes = append(indexes, texts...)
		for _, name := range names {
			if _, err := c.ExecContext(ctx, "DROP INDEX "+name); err != nil {
				return nil, err
			}
		}
	}
	return indexes, nil
}

// pairs returns both columns of a question.
func (c crowded) pairs(ctx context.Context, question string, args ...any) (first, second []string, err error) {
	rows, err := c.QueryContext(ctx, question, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return nil, nil, err
		}
		first, second = append(first, a), append(second, b)
	}
	return first, second, rows.Err()
}

// fill adds an organisation of n users with all that they have.
func (c crowded) fill(ctx context.Context, tenantID string, n int) error {
	now := time.Now().UnixMicro()
	if _, err := c.ExecContext(ctx, "INSERT INTO tenants (id, name, host, created_at) VALUES ($1, $1, $1, 0)", tenantID); err != nil {
		return err
	}
	for _, g := range []string{"few", "many"} {
		if _, err := c.ExecContext(ctx, "INSERT INTO user_groups (tenant_id, id, name, name_key, description, created_at) VALUES ($1, $2, $2, $2, '', 0)", tenantID, g); err != nil {
			return err
		}
	}
	parts := slices.DeleteFunc(c.parts(tenantID, now, n), func(p part) bool { return slices.Contains(c.except, p.table) })
	return c.add(ctx, tenantID, parts)
}

// add writes the rows of some parts.
func (c crowded) add(ctx context.Context, tenantID string, parts []part) error {
	for _, part := range parts {
		const chunk = 100_000
		for from := 1; from <= part.rows; from += chunk {
			to := min(from+chunk-1, part.rows)
			series := fmt.Sprintf("(WITH RECURSIVE s(g) AS (SELECT %d UNION ALL SELECT g + 1 FROM s WHERE g < %d) SELECT g FROM s)", from, to)
			if c.engine == store.Postgres {
				series = fmt.Sprintf("(SELECT g FROM generate_series(%d::bigint, %d::bigint) AS g)", from, to)
			}
			if _, err := c.ExecContext(ctx, strings.ReplaceAll(part.text, "SERIES", series)); err != nil {
				return fmt.Errorf("%s: %w", part.table, err)
			}
			fmt.Fprintf(os.Stderr, "\r\033[K%s: %d of %d %s", tenantID, to, part.rows, part.table)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	return nil
}
