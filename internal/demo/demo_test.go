package demo

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/agent"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// saturday is when the stories of the tests end.
var saturday = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

type filled struct {
	*store.Store
	sql       *sql.DB // for counting what no page counts
	passwords *factor.Passwords
	keys      *seal.Keys
	summary   Summary
}

func opened(t *testing.T, driver, dsn string) filled {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	passwords, err := factor.NewPasswords(factor.Argon2{MemoryKiB: 256, Iterations: 1, Lanes: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return filled{Store: db, sql: raw, passwords: passwords, keys: keys}
}

// config is what the command hands to Fill.
func (f filled) config() uses.Config {
	return uses.Config{DB: f.Store, Keys: f.keys, Hasher: f.passwords}
}

func fill(t *testing.T, f filled, o Options) filled {
	t.Helper()
	start := time.Now()
	var err error
	if f.summary, err = Fill(t.Context(), f.config(), o); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %.1f s, %+v", f.Engine, time.Since(start).Seconds(), f.summary)
	return f
}

func sqlite(t *testing.T) filled {
	return opened(t, "sqlite", filepath.Join(t.TempDir(), "demo.db"))
}

// count returns the one number that a query gives.
func (f filled) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := f.sql.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (f filled) lines(t *testing.T, query string, args ...any) []string {
	t.Helper()
	rows, err := f.sql.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFill(t *testing.T) {
	t.Parallel()
	calls := 0
	f := fill(t, sqlite(t), Options{Now: saturday, Progress: func(done, total int, what string) {
		if calls++; done > total || what == "" {
			t.Errorf("progress %d of %d %q", done, total, what)
		}
	}})
	if calls < 10 {
		t.Errorf("progress was told %d times", calls)
	}
	t.Run("counts", f.testCounts)
	t.Run("variety", f.testVariety)
	t.Run("log", f.testLog)
	t.Run("times", f.testTimes)
	t.Run("order", f.testOrder)
	t.Run("owner", f.testOwner)
	t.Run("trust", f.testTrust)
	t.Run("protection", f.testProtection)
	t.Run("factors", f.testFactors)
	t.Run("member", f.testMember)
	t.Run("mails", f.testMails)
	t.Run("credentials", f.testCredentials)
	t.Run("sign in", f.testSignIn)
	t.Run("locks", f.testLocks)
	t.Run("again", func(t *testing.T) {
		if _, err := Fill(t.Context(), f.config(), Options{}); sallyport.CodeOf(err) != sallyport.CodeConflict {
			t.Errorf("a second time: %v, want conflict", err)
		}
	})
}

// The other engine tells the same kind of story.
func TestFillOnPostgres(t *testing.T) {
	t.Parallel()
	f := fill(t, opened(t, "pgx", pgtest.Database(t)), Options{Users: 40, Days: 14, Now: saturday})
	t.Run("counts", f.testCounts)
	t.Run("log", f.testLog)
	t.Run("times", f.testTimes)
	t.Run("order", f.testOrder)
	t.Run("trust", f.testTrust)
	t.Run("sign in", f.testSignIn)
	t.Run("locks", f.testLocks)
}

// story is what rows say, without what must not be guessable.
func (f filled) story(t *testing.T) (out []string) {
	for _, query := range []string{
		"SELECT email, first_name, last_name, CASE WHEN role IN ('owner', 'admin', 'member') THEN role ELSE 'made' END, status, created_at, password_changed_at, disabled_at, email_verified_at, mfa_required FROM users ORDER BY id",
		`SELECT name, info, last_used_at, last_ip, last_location, created_at, fingerprint, trust_level, trust_reason, verified_at, is_primary,
			status, ended_at, compromised_at, compromised_by, quiet FROM devices ORDER BY id`,
		`SELECT method, status, name, phone_number, email, created_at, verified_at, last_used_at, ended_at, ended_reason FROM factors ORDER BY id`,
		`SELECT email, s.status, user_agent, ip_address, location, s.created_at, last_activity_at, terminated_at,
			termination_reason, mfa_method, mfa_verified_at, stepped_up_at, assessment FROM sessions s JOIN users u ON u.id = s.user_id ORDER BY s.id`,
		"SELECT email, ip_address, user_agent, location, failure_reason, assessment, answer, created_at FROM attempts ORDER BY id",
		"SELECT e.seq, kind, COALESCE(email, ''), e.created_at FROM events e LEFT JOIN users u ON u.id = e.user_id ORDER BY e.seq",
	} {
		out = append(out, f.lines(t, query)...)
	}
	return out
}

// One seed and one time give the same story.
func TestFillIsDeterministic(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 7, Users: 40, Days: 14, Now: saturday}
	first, second := fill(t, sqlite(t), o).story(t), fill(t, sqlite(t), o).story(t)
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("%d lines and %d", len(first), len(second))
	}
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("line %d of %d differs:\n%s\n%s", i, len(first), first[i], second[i])
		}
	}
	o.Seed = 8
	if slices.Equal(first, fill(t, sqlite(t), o).story(t)) {
		t.Error("another seed gives the same story")
	}
}

// Short and long stories, at other hours of the week, come out whole.
func TestFillAtAnyTime(t *testing.T) {
	t.Parallel()
	for i, o := range []Options{{Users: 47, Days: 60, Seed: 3}, {Users: 40, Days: 21, Seed: 5}} {
		o.Now = saturday.Add(time.Duration(1+i) * 29 * time.Hour)
		f := fill(t, sqlite(t), o)
		if f.summary.Users != o.Users || len(f.summary.Locked) != 2 {
			t.Errorf("%+v: %+v", o, f.summary)
		}
		f.testLog(t)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Users: 3}, {Users: 5001}, {Days: 1}, {Days: 401}} {
		if _, err := o.complete(); err == nil || !strings.Contains(err.Error(), "choose from") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// The networks are where they are said to be, and nobody has a real address.
func TestMaterial(t *testing.T) {
	o, err := Options{Now: saturday, Users: 3000}.complete()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(o)
	places, err := geo.Open("")
	if err != nil {
		t.Fatal(err)
	}
	networks := append(slices.Clone(abroad), hosting, botnet, thiefNet, farNet)
	for _, s := range sites {
		for _, prefix := range append([]string{s.office}, s.homes...) {
			networks = append(networks, s.at(prefix))
		}
	}
	for _, n := range networks {
		right := 0
		for range 50 {
			if places.Lookup(netip.MustParseAddr(w.address(n.prefix))).Country == n.place.Country {
				right++
			}
		}
		if right < 45 {
			t.Errorf("%s: %d of 50 addresses are in %s", n.prefix, right, n.place.Country)
		}
	}
	w.populate()
	scripts := map[string]bool{}
	for _, p := range w.people {
		parsed, err := line.ParseEmail("email", p.user.Email)
		if err != nil || parsed != p.user.Email {
			t.Errorf("%q: %v", p.user.Email, err)
		}
		if !strings.HasSuffix(p.user.Email, ".example") && !strings.HasSuffix(p.user.Email, ".example.net") {
			t.Errorf("%q is not at a reserved domain", p.user.Email)
		}
		local, _, _ := strings.Cut(p.user.Email, "@")
		if strings.Trim(local, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
			t.Errorf("%q is not plain", p.user.Email)
		}
		for _, r := range p.user.Name() {
			switch {
			case r >= 0x0590 && r <= 0x05ff:
				scripts["hebrew"] = true
			case r >= 0x0600 && r <= 0x06ff:
				scripts["arabic"] = true
			case r >= 0x4e00 && r <= 0x9fff:
				scripts["han"] = true
			case r >= 0x1f300:
				scripts["emoji"] = true
			}
		}
	}
	if len(scripts) != 4 {
		t.Errorf("scripts %v", scripts)
	}
	for kind, models := range map[sallyport.DeviceType][]model{
		sallyport.DeviceDesktop: desktops, sallyport.DeviceMobile: phones, sallyport.DeviceTablet: tablets, sallyport.DeviceUnknown: terminals,
	} {
		for _, m := range models {
			if got := agent.Parse(m.userAgent); got.Type != kind || got.Browser == "" || got.OS == "" {
				t.Errorf("%s: %+v, want a %s", m.userAgent, got, kind)
			}
		}
	}
}

func TestFillStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := sqlite(t)
	_, err := Fill(ctx, f.config(), Options{Now: saturday, Progress: func(done, _ int, _ string) {
		if done > 100 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("it went on")
	}
	if err := audit.NewSequencer(f.Store, time.Now).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	reports, err := audit.VerifyAll(t.Context(), f.Store, audit.Known{}, nil)
	if err != nil || len(reports) != 1 || len(reports[0].Problems) > 0 {
		t.Errorf("the log: %+v, %v", reports, err)
	}
}
