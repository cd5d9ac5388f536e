//go:build unix

package webhook_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
)

// The environment of a child of TestKilled: the database that it works on, whom it trusts, and which child it is.
const (
	crashDSN   = "SALLYPORT_TEST_CRASH_DSN"
	crashRoots = "SALLYPORT_TEST_CRASH_ROOTS"
	crashRound = "SALLYPORT_TEST_CRASH_ROUND"
)

// TestKilled kills a process while it sends, again and again: the next one goes on, and in the end each event was
// taken at least once, in order. The process is this test again, with a database in its environment.
func TestKilled(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		a := apptest.Open(t, dsn)
		round, err := strconv.Atoi(os.Getenv(crashRound))
		apptest.Must(t, err)
		a.Clock.Advance(time.Duration(round) * time.Minute) // the lease of the one before is over
		a.SetHooks(client([]byte(os.Getenv(crashRoots)), true, 2*time.Second))
		apptest.Must(t, a.Webhooks.Work(t.Context()))
		return
	}
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			for range apptest.Rounds(1) {
				killed(t, apptest.Migrated(t, engine))
			}
		})
	}
}

// happened are the events of TestKilled.
const happened = 3000

func killed(t *testing.T, dsn string) {
	t.Helper()
	a := apptest.Open(t, dsn)
	w := newWorld(t, a)
	m := w.add(t, w.to)
	w.happens(t, happened)
	kills := 0
	for ; kills < 3; kills++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
		c.Env, c.Stderr = append(os.Environ(), crashDSN+"="+dsn, crashRoots+"="+string(w.to.roots()), crashRound+"="+strconv.Itoa(kills+1)), os.Stderr
		apptest.Must(t, c.Start())
		w.to.wait(t, len(w.to.all())+100)
		_ = c.Process.Kill() // it may have ended by itself
		_ = c.Wait()         // it says that it was killed
		cancel()
	}
	if n := len(w.to.all()); n >= happened {
		t.Errorf("the kills came too late: %d messages", n)
	}
	a.Clock.Advance(10 * time.Minute)
	w.work(t)
	got := w.to.all()
	inOrder(t, positions(got), m.Position, w.size(t))
	if again := len(got) - int(w.size(t)-m.Position); again > kills {
		t.Errorf("%d events came again after %d kills", again, kills)
	}
}
