package fault

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
)

// lastingFault is how long a disk fails.
const lastingFault = 700 * time.Millisecond

// failing makes system calls of the processes that write the database fail with an error for a while, by
// strace. In half of the rounds on SQLite the node is killed before its disk works again.
func failing(calls, errno string) func(t *testing.T, r *round) {
	return func(t *testing.T, r *round) {
		before := r.count(unknown)
		mend := inject(t, r.writers(t), calls, errno)
		hold := time.Now()
		for time.Since(hold) < lastingFault || r.count(unknown) == before {
			if time.Since(hold) > 20*time.Second {
				t.Fatalf("%s of %s fails nobody", calls, errno)
			}
			time.Sleep(5 * time.Millisecond)
		}
		killed := r.g.server == nil && r.rand.IntN(2) == 0
		if killed {
			r.nodes[0].kill()
			r.end()
		}
		mend()
		switch {
		case killed:
			r.nodes[0] = start(t, r.g.settings(t))
			r.site.move(r.urls()...)
		case r.g.server != nil:
			defer supervise(t, r.g.server)()
		}
		r.goOn(t)
	}
}

// supervise starts PostgreSQL again as often as it ends, as an init system does: a recovery that failed ends
// it, some seconds later. It does so until it is told to stop.
func supervise(t *testing.T, server *pgtest.Server) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if !server.Running() {
				if err := server.Restart(ctx); err != nil && ctx.Err() == nil {
					t.Errorf("PostgreSQL does not start again: %v", err)
					return
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// writers returns the processes that write the database.
func (r *round) writers(t *testing.T) []int {
	if r.g.server == nil {
		return []int{r.nodes[0].cmd.Process.Pid}
	}
	pids, err := r.g.server.Processes()
	apptest.Must(t, err)
	return pids
}

// inject lets system calls of running processes and their children fail, until mend.
func inject(t *testing.T, pids []int, calls, errno string) (mend func()) {
	t.Helper()
	args := []string{"-f", "-o", os.DevNull, "-e", "trace=" + calls, "-e", "inject=" + calls + ":error=" + errno}
	for _, pid := range pids {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	said := &said{}
	cmd := exec.Command("strace", args...)
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatalf("strace, which lets disks fail, is not here: scripts/setup.sh installs it: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	mend = func() {
		cmd.Process.Signal(syscall.SIGINT)
		<-ended
	}
	t.Cleanup(mend)
	for t0 := time.Now(); strings.Count(said.String(), " attached") == 0; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("strace may not trace a process, which needs the right to ptrace (in a container --cap-add=SYS_PTRACE): %s", bytes.TrimSpace([]byte(said.String())))
		default:
		}
		if time.Since(t0) > 20*time.Second {
			t.Fatalf("strace does not begin: %s", said)
		}
	}
	return mend
}
