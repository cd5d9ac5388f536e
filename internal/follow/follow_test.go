package follow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/follow"
	"github.com/sallyport/sallyport/internal/store"
)

// write adds events to a log, half of them with a personal part, and gives them their places.
func write(t *testing.T, a *apptest.App, tenantID string, n int) {
	t.Helper()
	var events []sallyport.Event
	for i := range n {
		actor := sallyport.System(tenantID)
		if i%2 == 0 {
			actor.Client = apptest.Client("2001:db8::7", apptest.SafariOnIPhone)
		}
		e := audit.New(actor, []audit.Kind{audit.SessionRevoked, audit.UserDisabled, audit.SignedIn}[i%3], a.Clock.Now())
		events = append(events, e)
	}
	err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) })
	if err != nil {
		t.Error(err)
		return
	}
	a.Sequence(t)
}

// writing writes n events with 8 goroutines, and gives them their places meanwhile.
func writing(t *testing.T, a *apptest.App, tenantID string, n int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				write(t, a, tenantID, 1)
			}
		})
	}
	return &wg
}

// want returns the lines of a whole log, made without the code under test.
func want(t *testing.T, a *apptest.App, tenantID string) (lines []string) {
	t.Helper()
	a.Sequence(t)
	placed, err := a.DB.PlacedEvents(t.Context(), tenantID, 0, 1<<20)
	apptest.Must(t, err)
	for i, p := range placed {
		line := fmt.Sprintf(`{"position":%d,"leaf":%s`, i, p.Event.Body)
		if p.Event.Personal != "" {
			line += `,"personal":` + p.Event.Personal
		}
		lines = append(lines, line+"}")
	}
	return lines
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("line %d is\n%s\nwant\n%s", i, got[i], want[i])
		}
		if !json.Valid([]byte(got[i])) {
			t.Fatalf("line %d is no JSON", i)
		}
	}
}

func linesOf(t *testing.T, text []byte) []string {
	t.Helper()
	if !bytes.HasSuffix(text, []byte("\n")) {
		t.Fatalf("%q does not end with a line", text[max(0, len(text)-80):])
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func follower(t *testing.T, a *apptest.App, tenantID string, to follow.Target) follow.Follower {
	return follow.Follower{
		DB: a.DB, TenantID: tenantID, Target: to, Once: true, Every: 5 * time.Millisecond,
		Warn: func(s string) { t.Error(s) },
	}
}

func TestWriter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		other := a.AddTenant(t, "other.test")
		write(t, a, other.ID, 5)
		write(t, a, tenantID, 1100)
		all := want(t, a, tenantID)
		var out bytes.Buffer
		f := follower(t, a, tenantID, follow.Writer{W: &out})
		var told []int64
		f.Progress = func(done, size int64) { told = append(told, done, size) }
		apptest.Must(t, f.Run(t.Context()))
		equal(t, linesOf(t, out.Bytes()), all)
		if n := int64(len(all)); len(told) != 4 || told[0] != 500 || told[1] != n || told[2] != 1000 || told[3] != n {
			t.Errorf("progress: %v", told)
		}

		out.Reset()
		f.From = int64(len(all)) - 3
		apptest.Must(t, f.Run(t.Context()))
		equal(t, linesOf(t, out.Bytes()), all[len(all)-3:])

		out.Reset()
		f.From = int64(len(all))
		if err := f.Run(t.Context()); err != nil || out.Len() > 0 {
			t.Errorf("from the end: %v, %s", err, out.String())
		}
		f.From++
		if err := f.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "audit verify") {
			t.Errorf("behind the end: %v", err)
		}
	})
}

// What was removed or broken in the database keeps its position.
func TestTampered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		write(t, a, tenantID, 9)
		all := want(t, a, tenantID)
		n := len(all)
		a.Tampered()
		placed, err := a.DB.PlacedEvents(t.Context(), tenantID, 0, n)
		apptest.Must(t, err)
		db := dbtest.Raw(t, a.DSN)
		run := func(sql string, p store.PlacedEvent) {
			t.Helper()
			if _, err := db.ExecContext(t.Context(), sql, p.Event.ID); err != nil {
				t.Fatal(err)
			}
		}
		run("DELETE FROM events WHERE id = $1", placed[n-8])
		run("UPDATE events SET body = '{' WHERE id = $1", placed[n-7])
		run("UPDATE events SET body = '{\n}' WHERE id = $1", placed[n-6])
		run("UPDATE events SET personal = '}' WHERE id = $1", placed[n-5])
		for _, i := range []int{n - 8, n - 7, n - 6} {
			all[i] = fmt.Sprintf(`{"position":%d,"leaf":null}`, i)
		}
		all[n-5] = fmt.Sprintf(`{"position":%d,"leaf":%s}`, n-5, placed[n-5].Event.Body)
		path := filepath.Join(t.TempDir(), "log")
		file, err := follow.OpenFile(path, tenantID)
		apptest.Must(t, err)
		f := follower(t, a, tenantID, file)
		var said []string
		f.Warn = func(s string) { said = append(said, s) }
		apptest.Must(t, f.Run(t.Context()))
		apptest.Must(t, file.Close())
		text, err := os.ReadFile(path)
		apptest.Must(t, err)
		equal(t, linesOf(t, text), all)
		if len(said) != 4 {
			t.Errorf("%d warnings: %q", len(said), said)
		}
		if _, err := db.ExecContext(t.Context(), "DELETE FROM audit_leaves WHERE tenant_id = $1 AND position = $2", tenantID, n-4); err != nil {
			t.Fatal(err)
		}
		f.Target = follow.Writer{W: new(bytes.Buffer)}
		if err := f.Run(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no position %d", n-4)) {
			t.Errorf("a position is missing: %v", err)
		}
	})
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		in   follow.Settings
		says string
	}{
		{follow.Settings{To: "-"}, ""},
		{follow.Settings{To: "file:log"}, ""},
		{follow.Settings{To: "syslog://[::1]:601", State: "s"}, ""},
		{follow.Settings{To: "syslog+tls://logs.example.com:6514", State: "s", CA: "c"}, ""},
		{follow.Settings{To: ""}, "--to must be"},
		{follow.Settings{To: "file:"}, "--to must be"},
		{follow.Settings{To: "http://host:1", State: "s"}, "--to must be"},
		{follow.Settings{To: "syslog://host", State: "s"}, "--to must be"},
		{follow.Settings{To: "syslog://:601", State: "s"}, "--to must be"},
		{follow.Settings{To: "syslog://host:70000", State: "s"}, "--to must be"},
		{follow.Settings{To: "syslog://u:p@host:601", State: "s"}, "--to must be"},
		{follow.Settings{To: "syslog://host:601"}, "give --state"},
		{follow.Settings{To: "file:log", State: "s"}, "--state is for syslog"},
		{follow.Settings{To: "syslog://host:1", State: "s", CA: "c"}, "--ca is for"},
	} {
		if err := c.in.Check(); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.in, err, c.says)
		}
	}
}
