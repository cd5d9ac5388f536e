package api

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

var update = flag.Bool("update", false, "write golden files")

const (
	ownerEmail    = "amara@example.com"
	memberEmail   = "jonas@example.com"
	adminEmail    = "mei@example.com"
	goodPassword  = "Correct-Horse-75 Pylon"
	otherPassword = "Battery-Staple-86 Kite"
	baseURL       = "https://accounts.example.test"
)

// app is the API on a real database, with a clock that only the test moves.
type app struct {
	db      *store.Store
	raw     *sql.DB // the same database, past the store
	t       testing.TB
	deps    Deps
	handler http.Handler
	owner   sallyport.User
	member  sallyport.User
	admin   sallyport.User
	policy  sallyport.Policy
	outbox  *notify.Outbox
	keys    *seal.Keys
	logged  bytes.Buffer
	clock   atomic.Int64 // microseconds
	beyond  atomic.Int64 // nanoseconds that the clock is beyond that
}

func (a *app) now() time.Time {
	return time.UnixMicro(a.clock.Load()).UTC().Add(time.Duration(a.beyond.Load()))
}
func (a *app) advance(d time.Duration) { a.clock.Add(d.Microseconds()) }

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, f func(*testing.T, *app)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newApp(t, "")) })
	t.Run("postgres", func(t *testing.T) { f(t, newApp(t, dbtest.Migrated(t, store.Postgres))) })
}

// metadataOfTests is that of an identity provider which speaks SAML, and is nowhere.
//
//go:embed testdata/metadata.xml
var metadataOfTests []byte

// everywhere is a DNS where every name has the record of a domain in tests.
type everywhere struct{}

func (everywhere) LookupTXT(context.Context, string) ([]string, error) {
	return []string{"record"}, nil
}

// newApp returns the API with an owner, an admin and a member. dsn "" means a new SQLite file.
func newApp(t testing.TB, dsn string) *app {
	t.Helper()
	if dsn == "" {
		dsn = dbtest.Migrated(t, store.SQLite)
	}
	ctx := t.Context()
	a := &app{t: t, policy: policy.Default()}
	a.policy.LockoutProgressive = false // the clock of these tests does not move by itself
	a.clock.Store(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixMicro())
	db := must(store.Open(ctx, dsn, store.Options{Timeout: time.Minute}))(t)
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	places := must(geo.Open(""))(t)
	t.Cleanup(func() { places.Close() })
	passwords := must(factor.NewPasswords(factor.Argon2{MemoryKiB: 64, Iterations: 1, Lanes: 1}, 0))(t)
	policyOf := func(context.Context, store.Queries, string) (sallyport.Policy, error) { return a.policy, nil }
	keys := must(seal.Open(filepath.Join(t.TempDir(), "keys.json")))(t)
	a.keys, a.outbox = keys, notify.NewOutbox(keys, a.now)
	must(0, a.outbox.EnablePush(keys.PushKey()))(t)
	all := uses.New(uses.Config{DB: db, Now: a.now, Policy: policyOf, Keys: keys, Outbox: a.outbox, Base: baseURL, Hasher: passwords,
		Alerts:   notify.NewAlerter(notify.AlertConfig{DB: db, Outbox: a.outbox, Now: a.now}),
		Resolver: everywhere{}, Fetch: func(context.Context, string) ([]byte, error) { return metadataOfTests, nil }})
	a.db, a.raw = db, dbtest.Raw(t, dsn)
	a.deps = Deps{
		All: all, Read: request.NewReader(db, all.Sessions, places, nil, a.now), Now: a.now, Version: "0.0.0-test", Address: baseURL, Contact: "accounts@example.test",
		Log:  slog.New(slog.NewTextHandler(&a.logged, nil)),
		Feed: Feed{Memory: recall.New(1<<20, func() int64 { return 1 }), Hears: func() bool { return true }, Settled: store.Settled},
	}
	a.deps.Read.Keys = all.APIKeys
	a.handler = New(a.deps)
	a.owner = must(all.Accounts.Claim(ctx, "Northwind", account.NewUser{Email: ownerEmail, FirstName: "Amara", LastName: "Okafor", Password: goodPassword}))(t)
	add := func(address, first, last string, role sallyport.Role) sallyport.User {
		return must(all.Accounts.Add(ctx, sallyport.Operator(a.owner.TenantID),
			account.NewUser{Email: address, FirstName: first, LastName: last, Role: role, Password: goodPassword}))(t)
	}
	a.admin = add(adminEmail, "Mei", "Tanaka", sallyport.RoleAdmin)
	a.member = add(memberEmail, "Jonas", "Weber", sallyport.RoleMember)
	return a
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// client is one browser or program.
type client struct {
	app     *app
	cookies map[string]string
	headers map[string]string
	remote  string
	host    string // "" for example.com
	refresh string // refresh token of a native client; "" for none
	answers bool   // "Trust this device?" itself; for others the answer is no
}

func (a *app) client() *client {
	return &client{app: a, cookies: map[string]string{}, headers: map[string]string{
		"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	}, remote: "203.0.113.42:50000"}
}

// answer is the response to a request.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// do sends a request; body is JSON text, "" for none.
func (c *client) do(method, path, body string) answer {
	c.app.t.Helper()
	r := httptest.NewRequestWithContext(c.app.t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = c.remote
	if c.host != "" {
		r.Host = c.host
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.app.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.SameSite == http.SameSiteNoneMode {
			c.app.t.Errorf("%s %s: weak cookie %s", method, path, cookie.Name)
		}
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		} else {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
	got := answer{c.app.t, w.Code, w.Header(), w.Body.String()}
	got.asDescribed(method, path)
	if got.status == http.StatusUnauthorized && c.refresh != "" && strings.Contains(got.body, string(sallyport.CodeTokenExpired)) {
		next := must(c.app.deps.Sessions.Refresh(c.app.t.Context(), c.app.owner.TenantID, c.refresh, sallyport.Client{}))(c.app.t)
		c.holds(showTokens(next.Tokens))
		return c.do(method, path, body)
	}
	return got
}

// holds keeps the tokens of a native client.
func (c *client) holds(t NativeTokens) {
	c.headers["Authorization"], c.refresh = "Bearer "+t.AccessToken, t.RefreshToken
}

func (c *client) get(path string) answer { c.app.t.Helper(); return c.do("GET", prefix+path, "") }
func (c *client) post(path, body string) answer {
	c.app.t.Helper()
	got := c.do("POST", prefix+path, body)
	var s signInStep
	if c.answers || got.status != 200 || json.Unmarshal([]byte(got.body), &s) != nil || s.Next != signin.Device {
		return got
	}
	if s.FlowToken != "" {
		c.headers[flowHeader] = s.FlowToken
	}
	return c.do("POST", prefix+"/sign-in/"+s.FlowID+"/device", object("trust", false))
}

// is fails the test unless the answer has this status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused fails the test unless the answer is a problem document of this code.
func (a answer) refused(status int, code sallyport.Code) answer {
	a.t.Helper()
	p := into[problem](a.is(status))
	if p.Code != code || p.Status != status || a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Fatalf("%s %s, want code %s", a.header.Get("Content-Type"), a.body, code)
	}
	return a
}

// into decodes an answer.
func into[T any](a answer) (v T) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

func object(pairs ...any) string {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// open begins a sign-in.
func (c *client) open(kind, address string) signInStep {
	c.app.t.Helper()
	return into[signInStep](c.post("/sign-in", object("email", address, "client", kind)).is(200))
}

// browse returns a browser in which address is signed in.
func (a *app) browse(address string) *client {
	a.t.Helper()
	c := a.client()
	flow := c.open("web", address)
	c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).is(200)
	return c
}

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not fresh (go test -update writes it), -want +got:\n%s", path, diff)
	}
}
