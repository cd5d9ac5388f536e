//go:build unix

package audit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// The environment of a child of TestKilled: the database, the organisation, before which statement
// it dies, and the file that it writes what was acknowledged to.
const (
	crashDSN    = "SALLYPORT_TEST_CRASH_DSN"
	crashTenant = "SALLYPORT_TEST_CRASH_TENANT"
	crashStep   = "SALLYPORT_TEST_CRASH_STEP"
	crashFile   = "SALLYPORT_TEST_CRASH_FILE"
)

// TestKilled kills a process before each statement that it runs to write an event and to give it
// its place, and after the last one. What was acknowledged is in the log, once. The process is this
// test again, with a database in its environment.
func TestKilled(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		dies(t, dsn)
		return
	}
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			for range apptest.Rounds(1) {
				killedEverywhere(t, engine)
			}
		})
	}
}

// dies writes five events and gives them their places, and kills itself at the step.
func dies(t *testing.T, dsn string) {
	step, err := strconv.Atoi(os.Getenv(crashStep))
	apptest.Must(t, err)
	db, err := store.Open(t.Context(), dsn, store.Options{Trace: func(string) {
		if step--; step < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	apptest.Must(t, err)
	events := some(os.Getenv(crashTenant), 5)
	apptest.Must(t, db.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }))
	apptest.Must(t, os.WriteFile(os.Getenv(crashFile), []byte("acknowledged"), 0o600))
	apptest.Must(t, audit.NewSequencer(db, time.Now).Run(t.Context()))
	apptest.Must(t, os.WriteFile(os.Getenv(crashFile), []byte("survived"), 0o600))
}

func killedEverywhere(t *testing.T, engine store.Engine) {
	t.Helper()
	a := apptest.New(t, engine, store.Options{})
	tenantID := a.AddTenant(t, "killed.test").ID
	said := filepath.Join(t.TempDir(), "said")
	sizes := int64(1)
	for step := 0; ; step++ {
		apptest.Must(t, os.WriteFile(said, nil, 0o600))
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		c.Env = append(os.Environ(), crashDSN+"="+a.DSN, crashTenant+"="+tenantID, crashStep+"="+strconv.Itoa(step), crashFile+"="+said)
		out, err := c.CombinedOutput()
		text, readErr := os.ReadFile(said)
		apptest.Must(t, readErr)
		r := verify(t, a, tenantID) // another node goes on with what waits
		for r.Waiting > 0 {         // until the database knows that the process is gone, which had the head
			r = verify(t, a, tenantID)
		}
		grown := r.Size - sizes
		sizes = r.Size
		if len(r.Problems) > 0 || r.Waiting != 0 || grown != 0 && grown != 5 || len(text) > 0 && grown != 5 {
			t.Errorf("killed at step %d after it said %q: %d more events, %+v", step, text, grown, r)
		}
		if err == nil {
			if string(text) != "survived" || step < 6 {
				t.Errorf("it survived step %d and said %q", step, text)
			}
			return
		}
		if !strings.Contains(err.Error(), "killed") {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
	}
}
