package apptest

import (
	"context"
	"crypto/sha1" //nolint:gosec // breach lists have SHA-1 hashes
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// Weak are parameters that make hashing a password very fast.
var Weak = factor.Argon2{MemoryKiB: 64, Iterations: 1, Lanes: 1}

// App is one node of the application, without its HTTP edges.
type App struct {
	uses.All
	DSN    string
	DB     *store.Store
	Outbox *notify.Outbox
	Clock  *Clock
	// Alerter sends messages to chats.
	Alerter *notify.Alerter

	*installation
}

// installation is what all nodes on one database share.
type installation struct {
	mu        sync.Mutex
	policy    sallyport.Policy
	owner     sallyport.User
	tampered  bool
	passwords password.Hasher
	breach    *factor.Breach
	hooks     *http.Client // as chats
	chats     *http.Client // nil for one that reaches the public internet alone
	providers *openid.Client
	names     sso.Resolver
	fetch     sso.Fetch // nil for one that reaches the public internet alone
	stored    bool      // whether each organisation uses its stored policy
	data      string    // folder of keys.json
	keys      *seal.Keys
	codes     map[string]string // the newest code sent to each address and number
}

// BaseURL is the beginning of links in mails.
const BaseURL = "https://accounts.corp.test"

// Engines are the database engines that every flow must work on.
var Engines = []store.Engine{store.SQLite, store.Postgres}

// Each runs f as two parallel subtests: on a fresh SQLite file and on a fresh
// PostgreSQL database.
func Each(t *testing.T, f func(t *testing.T, a *App)) {
	t.Helper()
	t.Parallel()
	for _, engine := range Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			f(t, New(t, engine, store.Options{}))
		})
	}
}

// New returns the application on a fresh database without an owner.
func New(t testing.TB, engine store.Engine, o store.Options) *App {
	t.Helper()
	return open(t, Migrated(t, engine), o)
}

// keysOfTests are those of all nodes in tests, whatever process they are in: a node with other keys
// would not go on after what another one signed.
//
//go:embed testdata/keys.json
var keysOfTests []byte

// Open returns the application on an existing database, such as one that
// another process has written to.
func Open(t testing.TB, dsn string) *App {
	t.Helper()
	return open(t, dsn, store.Options{})
}

func open(t testing.TB, dsn string, o store.Options) *App {
	t.Helper()
	passwords, err := factor.NewPasswords(Weak, 2)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	data := t.TempDir()
	path := filepath.Join(data, "keys.json")
	if err := os.WriteFile(path, keysOfTests, 0o600); err != nil {
		t.Fatalf("apptest: %v", err)
	}
	keys, err := seal.Open(path)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	p := policy.Default()
	p.LockoutProgressive = false // tests fail several times in a row; tests of the delay turn it on
	a := &App{DSN: dsn, Clock: NewClock(), installation: &installation{policy: p, passwords: passwords, data: data, keys: keys}}
	a.start(t, o)
	t.Cleanup(func() { a.checkLogs(t) })
	t.Cleanup(func() { a.checkColumns(t) })
	t.Cleanup(func() { a.checkFigures(t) })
	return a
}

// Node returns another node on the same database, with the same clock and
// policy, as if it ran on a second machine.
func (a *App) Node(t testing.TB, o store.Options) *App {
	t.Helper()
	b := &App{DSN: a.DSN, Clock: a.Clock, installation: a.installation}
	b.start(t, o)
	return b
}

// patience is how long the database may take to answer. It is long, since only a few tests
// are about a slow database.
const patience = time.Minute

func (a *App) start(t testing.TB, o store.Options) {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout, o.Patient = patience, true
	}
	db, err := store.Open(t.Context(), a.DSN, o)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatalf("apptest: %v", err)
	}
	a.DB = db
	a.wire()
}

// wire makes the uses that depend on parts a test can replace.
func (a *App) wire() {
	a.Outbox = notify.NewOutbox(a.keys, a.Clock.Now)
	if err := a.Outbox.EnablePush(a.keys.PushKey()); err != nil {
		panic(err) // the keys of tests are good
	}
	a.Alerter = notify.NewAlerter(notify.AlertConfig{DB: a.DB, Outbox: a.Outbox, Now: a.Clock.Now, Client: a.chats})
	a.All = uses.New(uses.Config{
		DB: a.DB, Now: a.Clock.Now, Policy: a.policyOf, Keys: a.keys, Outbox: a.Outbox, Base: BaseURL, Hasher: a.passwords, Breach: a.breach, Alerts: a.Alerter, Hooks: a.hooks,
		OpenID: a.providers, Resolver: a.names, Fetch: a.fetch,
	})
}

func (a *App) policyOf(ctx context.Context, db store.Queries, tenantID string) (sallyport.Policy, error) {
	a.mu.Lock()
	stored := a.stored
	a.mu.Unlock()
	if stored {
		return act.StoredPolicy(ctx, db, tenantID)
	}
	return a.Policy(), nil
}

// StoredPolicies makes each organisation use the policy it saved, as a real
// installation does, instead of that of SetPolicy.
func (a *App) StoredPolicies() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stored = true
}

// SetBreached makes exactly these passwords known from a data breach, for this node and
// for those that start later.
func (a *App) SetBreached(t testing.TB, passwords ...string) {
	t.Helper()
	lines := []string{strings.Repeat("0", 40) + ":1"} // a list must not be empty
	for _, p := range passwords {
		lines = append(lines, fmt.Sprintf("%X:3", sha1.Sum([]byte(factor.NormalizePassword(p))))) //nolint:gosec // breach lists have SHA-1 hashes
	}
	slices.Sort(lines)
	file := filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatalf("apptest: %v", err)
	}
	list, err := factor.OpenBreach(file)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	t.Cleanup(func() { list.Close() })
	a.breach = list
	a.wire()
}

// SetHasher replaces what hashes passwords, for this node and for those that start later.
// replace gets the present hasher.
func (a *App) SetHasher(replace func(password.Hasher) password.Hasher) {
	a.passwords = replace(a.passwords)
	a.wire()
}

// SetChats replaces what reaches chats, for this node and for those that start later.
func (a *App) SetChats(c *http.Client) {
	a.chats = c
	a.wire()
}

// SetHooks replaces what reaches webhooks, for this node and for those that start later.
func (a *App) SetHooks(c *http.Client) {
	a.hooks = c
	a.wire()
}

// SetProviders makes the application reach identity providers by a client, for this node and for those that
// start later.
func (a *App) SetProviders(c openid.Config) {
	a.providers = openid.New(c)
	a.wire()
}

// Names is a DNS of TXT records.
type Names map[string][]string

// LookupTXT is that of [sso.Resolver].
func (n Names) LookupTXT(_ context.Context, name string) ([]string, error) { return n[name], nil }

// SetNames makes the application ask this DNS.
func (a *App) SetNames(n Names) {
	a.names = n
	a.wire()
}

// HashForPeople makes hashing as slow as it is for people.
func (a *App) HashForPeople(t testing.TB) {
	t.Helper()
	hasher, err := factor.NewPasswords(factor.DefaultArgon2, 0)
	Must(t, err)
	a.SetHasher(func(password.Hasher) password.Hasher { return hasher })
}

// Policy returns the policy of all organisations.
func (i *installation) Policy() sallyport.Policy {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.policy
}

// SetPolicy changes the policy of all organisations, on all nodes.
func (i *installation) SetPolicy(change func(*sallyport.Policy)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(&i.policy)
}

// Tampered says that the test changes the audit log directly, so that the log is not
// verified at the end.
func (i *installation) Tampered() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tampered = true
}

// checkLogs verifies every organisation's audit log.
func (a *App) checkLogs(t testing.TB) {
	a.mu.Lock()
	tampered := a.tampered
	a.mu.Unlock()
	if tampered || t.Failed() {
		return
	}
	for _, problem := range a.LogProblems(t) {
		t.Error("at the end of the test the audit log does not verify: " + problem)
	}
}

// checkColumns checks that what is kept of each user, so that lists can filter by it, agrees with
// the rows that it is made from: the best second factor.
func (a *App) checkColumns(t testing.TB) {
	a.mu.Lock()
	tampered := a.tampered
	a.mu.Unlock()
	if tampered || t.Failed() {
		return
	}
	// Of the two words the one for the better comes first in the alphabet.
	const best = `COALESCE((SELECT MIN(CASE WHEN f.method IN ('sms', 'email') THEN 'weak' ELSE 'strong' END) FROM factors f
		WHERE f.tenant_id = users.tenant_id AND f.user_id = users.id AND f.status = 'active' AND f.method <> 'backup_codes'), 'none')`
	var wrong int
	// In a clean-up t.Context() has already ended.
	err := dbtest.Raw(t, a.DSN).QueryRowContext(context.Background(), "SELECT COUNT(*) FROM users WHERE second_factor <> "+best).Scan(&wrong)
	if err != nil || wrong > 0 {
		t.Errorf("at the end of the test the best second factor that is kept of %d users is not the one they have: %v", wrong, err)
	}
}

// Sequence gives all events their places in the logs, and signs these, as a job of each node does. It
// fails for logs that the test has tampered with.
func (a *App) Sequence(t testing.TB) {
	t.Helper()
	a.mu.Lock()
	tampered := a.tampered
	a.mu.Unlock()
	err := a.Sequencer.Run(context.Background())
	for tries := 0; sallyport.CodeOf(err) == sallyport.CodeUnavailable && tries < 10; tries++ { // the test has cut connections
		err = a.Sequencer.Run(context.Background())
	}
	if err != nil && !tampered {
		t.Fatalf("apptest: %v", err)
	}
}

// LogProblems returns what is wrong in the organisations' audit logs, nil when they verify.
func (a *App) LogProblems(t testing.TB) []string {
	t.Helper()
	a.Sequence(t)
	// In a clean-up t.Context() has already ended.
	reports, err := audit.VerifyAll(context.Background(), a.DB, audit.Known{}, nil)
	if err != nil {
		t.Fatalf("apptest: verify the audit log: %v", err)
	}
	var problems []string
	for _, r := range reports {
		problems = append(problems, r.Problems...)
	}
	return problems
}

// Keys returns the contents of keys.json of tests.
func Keys() string { return string(keysOfTests) }
