//go:build unix

package session_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/pgtest"
)

// crashDSN names the database that a child of TestKilled works on.
const crashDSN = "SALLYPORT_TEST_CRASH_DSN"

// TestKilled kills a process during many sign-ins and revocations and checks the database:
// every acknowledged revocation holds, and the log verifies. The process is this test again,
// with a database in its environment.
func TestKilled(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		storm(t, dsn)
		return
	}
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			dsn := apptest.Migrated(t, engine)
			claim(t, dsn)
			for range apptest.Rounds(4) {
				c := startStorm(t, dsn)
				c.acknowledged(20 + rand.IntN(120))
				c.kill()
				c.holds(t, dsn)
			}
		})
	}
}

// TestDatabaseServerKilled kills a process of the database server while the child works. The
// server then drops all connections and recovers from its log on disk.
func TestDatabaseServerKilled(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(t.Context(), pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	if err := server.CreateDatabase(t.Context(), "storm"); err != nil {
		t.Fatal(err)
	}
	dsn := server.URL("storm")
	claim(t, dsn)
	c := startStorm(t, dsn)
	c.acknowledged(60)

	db, err := sql.Open("pgx", server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var pid int
	if err := db.QueryRowContext(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = 'storm' AND backend_type = 'client backend' LIMIT 1").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for gone := 1; gone > 0; { // until the server has recovered, which forgets that process
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1", pid).Scan(&gone); err != nil {
			gone = 1
		}
	}
	// The node survives: once the server is back, the sign-ins go on.
	c.acknowledged(40)
	c.kill()
	c.holds(t, dsn)
}

// claim prepares a database for the child.
func claim(t *testing.T, dsn string) {
	t.Helper()
	apptest.Open(t, dsn).Owner(t)
}

// storm signs in and revokes until it is killed, and prints what was acknowledged: "in ID
// TOKEN" and "out ID TOKEN".
func storm(t *testing.T, dsn string) {
	a := apptest.Open(t, dsn)
	a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1_000_000 })
	tenants, err := a.DB.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	from := a.Visitor(tenants[0].ID, apptest.Client("192.0.2.10", apptest.ChromeOnMac))
	var mu sync.Mutex
	say := func(what, id, secret string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, "%s %s %s\n", what, id, secret)
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for {
				first, err := a.Try(t.Context(), from, apptest.OwnerEmail, apptest.Password)
				if err != nil {
					continue // the database does not answer: try until killed
				}
				say("in", first.Session.ID, first.SessionToken)
				second, err := a.Try(t.Context(), from, apptest.OwnerEmail, apptest.Password)
				if err != nil {
					continue
				}
				say("in", second.Session.ID, second.SessionToken)
				actor := apptest.Actor(first)
				switch i % 3 {
				case 0:
					err = a.Sessions.RevokeOwn(t.Context(), actor, second.Session.ID)
				case 1:
					err = a.Sessions.Terminate(t.Context(), sallyport.Operator(tenants[0].ID), second.Session.ID)
				case 2:
					err = a.Sessions.SignOut(t.Context(), apptest.Actor(second))
				}
				if err == nil {
					say("out", second.Session.ID, second.SessionToken)
				}
			}
		})
	}
	wg.Wait()
}

// child is a process that runs storm.
type child struct {
	t       *testing.T
	cmd     *exec.Cmd
	lines   chan []string
	in, out map[string]string // acknowledged, token by session id
}

func startStorm(t *testing.T, dsn string) *child {
	t.Helper()
	return startChild(t, "TestKilled", crashDSN+"="+dsn)
}

// startChild starts a test of this package in a process of its own, with something in its environment.
func startChild(t *testing.T, test, env string) *child {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a child that nobody kills
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: cmd, lines: make(chan []string), in: map[string]string{}, out: map[string]string{}}
	go func() {
		defer close(c.lines)
		r := bufio.NewReader(output)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return // an incomplete line does not count
			}
			c.lines <- strings.Fields(line)
		}
	}()
	return c
}

// acknowledged waits for n more acknowledgements.
func (c *child) acknowledged(n int) {
	c.t.Helper()
	for range n {
		line, ok := <-c.lines
		if !ok {
			c.t.Fatal("the child ended by itself")
		}
		c.note(line)
	}
}

func (c *child) note(line []string) {
	switch {
	case len(line) == 3 && line[0] == "in":
		c.in[line[1]] = line[2]
	case len(line) == 3 && line[0] == "out":
		c.out[line[1]] = line[2]
	default:
		c.t.Errorf("the child says %q", line)
	}
}

// kill ends the process at once, as a power cut would, and keeps what it had printed.
func (c *child) kill() {
	c.t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	for line := range c.lines {
		c.note(line)
	}
	c.cmd.Wait()
	if status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		c.t.Errorf("the child was not killed: %v", c.cmd.ProcessState)
	}
}

// holds checks the database as the next process finds it.
func (c *child) holds(t *testing.T, dsn string) {
	t.Helper()
	a := apptest.Open(t, dsn)
	tenants, err := a.DB.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	if len(c.out) == 0 {
		t.Error("nothing was revoked")
	}
	for id, secret := range c.in {
		_, err := a.Sessions.Check(t.Context(), tenants[0].ID, secret)
		code := sallyport.CodeOf(err)
		_, out := c.out[id]
		ended := code == sallyport.CodeSessionRevoked || code == sallyport.CodeSessionTerminated
		if out && !ended {
			t.Errorf("an acknowledged revocation is undone: the check says %q", code)
		}
		if !out && !ended && code != "" { // one may have ended before it could be printed
			t.Errorf("an acknowledged session is gone: %s", code)
		}
	}
	for _, problem := range a.LogProblems(t) {
		t.Error(problem)
	}
	// The log agrees with what happened.
	db := dbtest.Raw(t, a.DSN)
	for what, query := range map[string]string{
		"ended sessions without event": `SELECT COUNT(*) FROM sessions s WHERE s.status IN ('revoked', 'terminated') AND NOT EXISTS (SELECT 1 FROM events e
			WHERE e.tenant_id = s.tenant_id AND e.kind IN ('auth.session_revoked', 'session.terminated', 'auth.signed_out') AND e.body LIKE '%' || s.id || '%')`,
		"live sessions with an event of their end": `SELECT COUNT(*) FROM sessions s WHERE s.status = 'active' AND EXISTS (SELECT 1 FROM events e
			WHERE e.tenant_id = s.tenant_id AND e.kind IN ('auth.session_revoked', 'session.terminated', 'auth.signed_out') AND e.body LIKE '%"sessionId":"' || s.id || '"%')`,
		"sessions more or less than events of sign-ins": `SELECT ABS((SELECT COUNT(*) FROM sessions) - (SELECT COUNT(*) FROM events WHERE kind = 'auth.signed_in'))`,
		"successful attempts more or less than those":   `SELECT ABS((SELECT COUNT(*) FROM attempts WHERE successful) - (SELECT COUNT(*) FROM events WHERE kind = 'auth.signed_in'))`,
	} {
		var n int
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}
