package doctor

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

// install makes a healthy installation with an owner and one session, and closes its
// database.
func install(t *testing.T, database string) sallyport.User {
	t.Helper()
	db, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	passwords, err := factor.NewPasswords(factor.Argon2{MemoryKiB: 64, Iterations: 1, Lanes: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := uses.New(uses.Config{DB: db, Hasher: passwords})
	owner, err := all.Accounts.Claim(t.Context(), "Example", account.NewUser{Email: "owner@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	err = all.Acts.Run(t.Context(), sallyport.System(owner.TenantID), act.User(owner.ID), act.Need{}, func(a *act.Act) error {
		_, _, err := session.Begin(t.Context(), a, session.Start{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

// home returns the settings of a healthy installation on SQLite.
func home(t *testing.T) *Config {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	c := &Config{Data: data, Database: filepath.Join(data, "sallyport.db"), Listen: "127.0.0.1:0", SMTP: "smtp://mail.example.com", MailFrom: "accounts@example.com", SMS: "off", BreachList: data + "/breached"}
	write(t, c.BreachList, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n")
	if err := os.WriteFile(c.Database, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	install(t, c.Database)
	return c
}

func execute(t *testing.T, driver, dsn string, statements ...string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// examine runs the doctor and returns the checks by name.
func examine(t *testing.T, c Config) (map[string]Check, error) {
	t.Helper()
	found := map[string]Check{}
	failed := false
	err := Run(t.Context(), c, func(c Check) {
		if _, twice := found[c.Name]; twice || c.Name == "" || c.Sentence == "" || (c.Status != OK) != (c.Remedy != "") {
			t.Errorf("report %+v", c)
		}
		if !strings.HasSuffix(c.Sentence, ".") && c.Name != "settings" {
			t.Errorf("%s: no sentence: %s", c.Name, c.Sentence)
		}
		failed = failed || c.Status == Fail
		found[c.Name] = c
	})
	if (err != nil) != failed {
		t.Errorf("error %v, failed %v", err, failed)
	}
	return found, err
}

// Each case damages a healthy installation.
func TestBrokenInstallations(t *testing.T) {
	for _, c := range []struct {
		name  string
		harm  func(*testing.T, *Config)
		check string // the check that must report it
		want  Status
		says  string
		left  string // a check that must be left out, "" for none
	}{
		{"settings", func(_ *testing.T, c *Config) { c.Settings = errors.New("--listen must be host:port") }, "settings", Fail, "--listen must be host:port", ""},
		{"folder missing", func(_ *testing.T, c *Config) { c.Data += "-not" }, "data folder", Fail, "is not there", ""},
		{"folder is a file", func(_ *testing.T, c *Config) { c.Data = c.Database }, "data folder", Fail, "is a file", ""},
		{"folder open", func(t *testing.T, c *Config) { chmod(t, c.Data, 0o755) }, "data folder", Warn, "mode 0755", ""},
		{"set back", func(t *testing.T, c *Config) {
			if err := position.Write(c.Data, store.Position{Events: 1 << 40}); err != nil {
				t.Fatal(err)
			}
		}, "position", Fail, "was set back", ""},
		{"position unreadable", func(t *testing.T, c *Config) {
			if err := os.WriteFile(filepath.Join(c.Data, position.File), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "position", Fail, "cannot be told", ""},
		{"file missing", func(_ *testing.T, c *Config) { c.Database += "-not" }, "database file", Fail, "is not there", "database"},
		{"file is a folder", func(_ *testing.T, c *Config) { c.Database = c.Data }, "database file", Fail, "is not a file", "database"},
		{"file empty", func(t *testing.T, c *Config) { write(t, c.Database, "") }, "database file", Fail, "is empty", "database"},
		{"file foreign", func(t *testing.T, c *Config) { write(t, c.Database, "a letter to a friend") }, "database file", Fail, "something else", "database"},
		{"file short", func(t *testing.T, c *Config) { write(t, c.Database, "SQLite") }, "database file", Fail, "something else", "database"},
		{"file damaged", func(t *testing.T, c *Config) { write(t, c.Database, magic+strings.Repeat("x", 4096)) }, "database", Fail, "does not answer", "schema"},
		{"file open", func(t *testing.T, c *Config) { chmod(t, c.Database, 0o644) }, "database file", Fail, "mode 0644", ""},
		{"no breach list", func(_ *testing.T, c *Config) { c.BreachList = "" }, "breach list", Warn, "no list of passwords", ""},
		{"breach list missing", func(_ *testing.T, c *Config) { c.BreachList += "-not" }, "breach list", Fail, "cannot be used", ""},
		{"city file", func(t *testing.T, c *Config) { c.CityFile = write(t, c.Data+"/city.mmdb", "no cities") }, "city file", Fail, "cannot be used", ""},
		{"city file missing", func(_ *testing.T, c *Config) { c.CityFile = c.Data + "/city.mmdb" }, "city file", Fail, "cannot be used", ""},
		{"country file", func(_ *testing.T, c *Config) { c.CityFile = "../geo/data/geo-whois-asn-country.mmdb" }, "city file", Warn, "knows no city", ""},
		{"no tables", func(t *testing.T, c *Config) {
			c.Database += "-other"
			execute(t, "sqlite", c.Database, "CREATE TABLE notes (text TEXT)")
			chmod(t, c.Database, 0o600)
		}, "schema", Fail, "no tables", "writing"},
		{"newer schema", func(t *testing.T, c *Config) {
			execute(t, "sqlite", c.Database, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		}, "schema", Fail, "a newer program", "writing"},
		{"older schema", func(t *testing.T, c *Config) {
			execute(t, "sqlite", c.Database, "DELETE FROM goose_db_version WHERE version_id > 0")
		}, "schema", Fail, "needs", "writing"},
		{"held by another", hold, "writing", Fail, "cannot be written", ""},
		{"unclaimed", func(t *testing.T, c *Config) { execute(t, "sqlite", c.Database, "DELETE FROM installation") }, "set-up", Warn, "Nobody owns", ""},
		{"log cut short", func(t *testing.T, c *Config) {
			execute(t, "sqlite", c.Database, "DELETE FROM events WHERE seq = (SELECT seq FROM audit_leaves WHERE position = 2)")
		}, "audit log", Fail, "ends before event 2", ""},
		{"log longer", func(t *testing.T, c *Config) { execute(t, "sqlite", c.Database, "UPDATE audit_heads SET size = 2") }, "audit log", Fail, "goes on after event 1", ""},
		{"head missing", func(t *testing.T, c *Config) { execute(t, "sqlite", c.Database, "DELETE FROM audit_heads") }, "audit log", Fail, "cannot be read", ""},
		{"clock set back", func(_ *testing.T, c *Config) { c.Now = func() time.Time { return time.Now().Add(-time.Hour) } }, "order of time", Fail, "in the future", ""},
		{"jobs do not run", func(_ *testing.T, c *Config) { c.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) } }, "overdue sessions", Warn, "expired: 1 session.", ""},
		{"mail to files by name", func(_ *testing.T, c *Config) { c.SMTP, c.MailFrom = "files", "" }, "mail", Warn, "written to", ""},
		{"no mail server", func(_ *testing.T, c *Config) { c.SMTP, c.MailFrom = "", "" }, "mail", Warn, "written to", ""},
		{"mail without sender", func(_ *testing.T, c *Config) { c.MailFrom = "" }, "mail", Fail, "--smtp is given without --mail-from", ""},
		{"mail contradictory", func(_ *testing.T, c *Config) { c.SMTP = "smtp://user@mail.example.com" }, "mail", Fail, "a user without a password", ""},
		{"keys open", func(t *testing.T, c *Config) { chmod(t, lockUp(t, c), 0o644) }, "keys", Fail, "mode 0644", ""},
		{"keys lost", func(t *testing.T, c *Config) { remove(t, lockUp(t, c)) }, "keys", Fail, "are not there", ""},
		{"keys damaged", func(t *testing.T, c *Config) { write(t, lockUp(t, c), "{}") }, "keys", Fail, "cannot be used", ""},
		{"other keys", func(t *testing.T, c *Config) {
			remove(t, lockUp(t, c))
			newKeys(t, c)
		}, "keys", Fail, "do not belong", ""},
		{"other keys given", func(t *testing.T, c *Config) {
			path := lockUp(t, c)
			remove(t, path)
			newKeys(t, c)
			c.Keys = read(t, path)
			remove(t, path)
		}, "keys", Fail, "do not belong", ""},
		{"no gateway", func(_ *testing.T, c *Config) { c.SMS = "" }, "text messages", Warn, "written to", ""},
		{"gateway", func(_ *testing.T, c *Config) { c.SMS = "twilio://AC1:token@api.twilio.com?from=Quayside" }, "text messages", OK, "through the gateway", ""},
		{"gateway without sender", func(_ *testing.T, c *Config) { c.SMS = "twilio://AC1:token@api.twilio.com" }, "text messages", Fail, "--sms needs a sender", ""},
		{"text given up", func(t *testing.T, c *Config) { postTo(t, c, "sms", 1, "dead", time.Hour) }, "outbox of texts", Warn, "1 text message.", ""},
		{"push given up", func(t *testing.T, c *Config) { postTo(t, c, "push", 3, "dead", time.Hour) }, "outbox of push", Warn, "3 push messages.", ""},
		{"texts late", func(t *testing.T, c *Config) { postTo(t, c, "sms", 2, "pending", 20*time.Minute) }, "outbox of texts", Warn, "2 text messages, the oldest for 20m", ""},
		{"mail given up", func(t *testing.T, c *Config) { post(t, c, 1, "dead", time.Hour) }, "outbox", Warn, "Given up after many tries: 1 mail.", ""},
		{"mail late", func(t *testing.T, c *Config) { post(t, c, 2, "pending", 20*time.Minute) }, "outbox", Warn, "2 mails, the oldest for 20m", ""},
		{"mail late while running", func(t *testing.T, c *Config) {
			post(t, c, 1, "pending", 20*time.Minute)
			c.Listen = service(t, false)
		}, "outbox", Warn, "1 mail, the oldest for 20m", ""},
		{"address in use", func(t *testing.T, c *Config) { c.Listen = occupied(t) }, "listen address", Fail, "could not listen", ""},
		{"address wrong", func(_ *testing.T, c *Config) { c.Listen = "nowhere" }, "listen address", Fail, "could not listen", ""},
		{"metrics address in use", func(t *testing.T, c *Config) { c.MetricsListen = occupied(t) }, "metrics address", Fail, "could not listen", ""},
		{"metrics in the clear", func(_ *testing.T, c *Config) { c.MetricsListen = "0.0.0.0:0" }, "metrics address", Warn, "in the clear", ""},
		{"behind a proxy", func(_ *testing.T, c *Config) { c.Proxies = []string{"10.0.0.2"} }, "proxies", OK, "10.0.0.2 and nobody else", ""},
		{"metrics not served", func(t *testing.T, c *Config) { c.Listen, c.MetricsListen = service(t, false), "127.0.0.1:0" }, "metrics address", Warn, "not its metrics", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := home(t)
			c.harm(t, config)
			found, _ := examine(t, *config)
			if got := found[c.check]; got.Status != c.want || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("%s: %+v, want %s with %q", c.check, got, c.want, c.says)
			}
			for name, got := range found {
				if name != c.check && name != "disk space" && got.Status != OK {
					t.Errorf("%s: %+v, want ok", name, got)
				}
			}
			if _, there := found[c.left]; there {
				t.Errorf("%s was checked", c.left)
			}
		})
	}
}

// newKeys makes keys in the data folder.
func newKeys(t *testing.T, c *Config) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(filepath.Join(c.Data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// lockUp makes keys, stores their check value in the database, and returns their file.
func lockUp(t *testing.T, c *Config) string {
	t.Helper()
	db, err := store.Open(t.Context(), c.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := newKeys(t, c).CheckInstallation(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(c.Data, "keys.json")
}

// post adds n mails of this age to the outbox.
func post(t *testing.T, c *Config, n int, state string, age time.Duration) {
	t.Helper()
	postTo(t, c, "email", n, state, age)
}

// postTo adds n messages of a channel to the outbox.
func postTo(t *testing.T, c *Config, channel string, n int, state string, age time.Duration) {
	t.Helper()
	at := time.Now().Add(-age)
	db, err := store.Open(t.Context(), c.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tenants, err := db.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AddOutboxRow(t.Context(), store.OutboxRow{
				TenantID: tenants[0].ID, ID: token.NewID(), Channel: channel, Kind: "verify_email", NextAttemptAt: at, CreatedAt: at, Payload: []byte("x"),
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, "sqlite", c.Database, "UPDATE outbox SET state = '"+state+"'")
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// write writes text to a file and removes the files that SQLite keeps beside it.
func write(t *testing.T, path, text string) string {
	t.Helper()
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.RemoveAll(path + beside); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hold keeps a write transaction open, so that nothing else can write.
func hold(t *testing.T, c *Config) {
	c.Store.Timeout = 200 * time.Millisecond
	db, err := sql.Open("sqlite", "file:"+c.Database+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
}

// occupied returns an address on which something else listens.
func occupied(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return l.Addr().String()
}

// service returns the address of a server that answers like the service.
func service(t *testing.T, withTLS bool) string {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/livez" {
			w.Write([]byte("ok\n"))
		}
	}))
	t.Cleanup(s.Close)
	if withTLS {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s.Listener.Addr().String()
}

func TestHealthy(t *testing.T) {
	c := home(t)
	c.MetricsListen = "127.0.0.1:0"
	found, err := examine(t, *c)
	if err != nil || len(found) != 27 {
		t.Errorf("%d checks, %v", len(found), err)
	}
	for name, got := range found {
		if got.Status != OK && name != "disk space" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	again, err := examine(t, *c)
	if err != nil || again["set-up"].Status != OK {
		t.Errorf("a second look: %v", err)
	}
}

func TestRunningService(t *testing.T) {
	c := home(t)
	c.Listen, c.MetricsListen = service(t, false), occupied(t)
	found, err := examine(t, *c)
	if err != nil || !strings.Contains(found["listen address"].Sentence, "is running") || found["metrics address"].Status != OK {
		t.Errorf("%v: %+v", err, found)
	}
}

// The row that tests writing is gone afterwards.
func TestNothingIsLeft(t *testing.T) {
	c := home(t)
	execute(t, "sqlite", c.Database, "DELETE FROM installation")
	if _, err := examine(t, *c); err != nil {
		t.Error(err)
	}
	execute(t, "sqlite", c.Database, "CREATE TABLE proof (n INTEGER CHECK (n = 0))", "INSERT INTO proof SELECT COUNT(*) FROM setup_links")
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	found, err := examine(t, Config{Database: dsn})
	if err == nil || found["schema"].Status != Fail || !strings.Contains(found["schema"].Sentence, "no tables") {
		t.Errorf("before migrating: %+v, %v", found["schema"], err)
	}
	install(t, dsn)
	found, _ = examine(t, Config{Database: dsn})
	for _, name := range []string{"database", "engine", "clock", "schema", "writing", "set-up", "audit log", "order of time", "overdue sessions"} {
		if got := found[name]; got.Status != OK {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, name := range []string{"database file", "disk space", "data folder"} {
		if _, there := found[name]; there {
			t.Errorf("%s was checked", name)
		}
	}
	execute(t, "pgx", dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	found, _ = examine(t, Config{Database: dsn})
	if got := found["schema"]; got.Status != Fail || !strings.Contains(got.Sentence, "a newer program") {
		t.Errorf("newer schema: %+v", got)
	}
}

// No check shows the password in the database's URL.
func TestPostgresDoesNotAnswer(t *testing.T) {
	t.Parallel()
	const secret = "Sh0uldNotShow"
	running, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	running.User = url.UserPassword("nobody_here", secret)
	for _, dsn := range []string{
		"postgres://sallyport:" + secret + "@127.0.0.1:1/sallyport",
		"postgres://sallyport:" + secret + "@127.0.0.1:port/sallyport",
		running.String(),
	} {
		found, err := examine(t, Config{Database: dsn})
		if got := found["database"]; err == nil || got.Status != Fail || strings.Contains(got.Sentence+got.Remedy, secret) {
			t.Errorf("%s: %+v, %v", dsn, got, err)
		}
		if _, there := found["engine"]; there {
			t.Error("the engine was checked")
		}
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, Config{}, func(c Check) { t.Errorf("reported %+v", c) }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
