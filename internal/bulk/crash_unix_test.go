//go:build unix

package bulk_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/session"
)

// The environment of a child of TestKilled: the database that it works on, and which child it is.
const (
	crashDSN   = "SALLYPORT_TEST_CRASH_DSN"
	crashRound = "SALLYPORT_TEST_CRASH_ROUND"
)

// TestKilled kills a process in the middle of a job, again and again: the next one goes on, and in
// the end each session was changed once, with one event. The process is this test again, with a
// database in its environment.
func TestKilled(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		a := apptest.Open(t, dsn)
		round, err := strconv.Atoi(os.Getenv(crashRound))
		apptest.Must(t, err)
		a.Clock.Advance(time.Duration(round) * time.Minute) // the lease of the one before is over
		apptest.Must(t, a.Bulk.Work(t.Context()))
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

// sessions are those of the job in TestKilled.
const sessions = 1400

func killed(t *testing.T, dsn string) {
	t.Helper()
	a := apptest.Open(t, dsn)
	me := owner(t, a)
	crowd(t, a, sessions, 1)
	j := started(t, a, me, session.Revoke, filter(t, "deviceType=desktop&ip=203.0.113.0/24"), sessions)
	kills, progress := 0, int64(0)
	for ; kills < 3 && progress < sessions; kills++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a child that does nothing
		c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
		c.Env, c.Stderr = append(os.Environ(), crashDSN+"="+dsn, crashRound+"="+strconv.Itoa(kills+1)), os.Stderr
		apptest.Must(t, c.Start())
		for begun := progress; progress == begun && ctx.Err() == nil; { // until it did a step, or more
			now, err := a.DB.BulkJob(ctx, me.TenantID, j.ID)
			if err == nil {
				progress = now.Done
			}
		}
		if ctx.Err() != nil {
			t.Error("the child does nothing")
		}
		_ = c.Process.Kill() // it may have ended by itself
		_ = c.Wait()         // it says that it was killed
		cancel()
		consistent(t, a)
	}
	a.Clock.Advance(10 * time.Minute)
	apptest.Must(t, a.Bulk.Work(t.Context()))
	if got := state(t, a, me, j.ID); got.Status != bulk.Finished || got.Done != sessions || got.Skipped+got.Failed != 0 {
		t.Errorf("after %d kills: %+v", kills, got)
	}
	if n := a.Count(t); n[audit.SessionRevoked] != sessions || n[audit.BulkFinished] != 1 {
		t.Errorf("%d events of sessions, %d of the end", n[audit.SessionRevoked], n[audit.BulkFinished])
	}
	consistent(t, a)
}
