package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What tests do to a server of their own, one that Start or Standby made.

var errNotOurs = errors.New("this server is not ours to break")

// Processes returns the ids of the server's processes, its first one in front.
func (s *Server) Processes() ([]int, error) {
	if s.process == nil {
		return nil, errNotOurs
	}
	return family(s.process.cmd.Process.Pid)
}

// family returns the ids of a process and of its children, its own in front.
func family(first int) ([]int, error) {
	text, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	pids := []int{first}
	for line := range strings.Lines(string(text)) {
		var pid, parent int
		if n, _ := fmt.Sscan(line, &pid, &parent); n == 2 && parent == first {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Signal sends a signal to all processes of the server: SIGSTOP freezes it, SIGCONT lets it go on.
func (s *Server) Signal(signal syscall.Signal) error {
	if s.process == nil {
		return errNotOurs
	}
	first := s.process.cmd.Process.Pid
	others, before := family(first) // they are nobody's when it is killed
	if err := errors.Join(before, kill(first, signal)); err != nil {
		return err
	}
	late, err := family(first) // those that it began since
	for _, pid := range append(others, late...) {
		if pid != first {
			_ = kill(pid, signal) // it may have ended
		}
	}
	return err
}

// Kill ends all processes of the server at once, as a power cut would.
func (s *Server) Kill() error {
	if err := s.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-s.process.done
	return nil
}

// Running reports whether the first process of the server runs.
func (s *Server) Running() bool {
	select {
	case <-s.process.done:
		return false
	default:
		return true
	}
}

// Restart starts a server that was killed, on its port and with its options, and returns when it accepts
// connections.
func (s *Server) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.run(ctx)
		// Processes that were killed may hold its memory for a moment.
		if err == nil || s.Running() || ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Standby copies the server into another cluster, whose server follows this one. The context limits the
// start only.
func (s *Server) Standby(ctx context.Context) (*Server, error) {
	if s.process == nil {
		return nil, errNotOurs
	}
	dir, err := s.opts.makeDir(s.who)
	if err != nil {
		return nil, err
	}
	copied := &Server{dir: dir, password: s.password, bin: s.bin, who: s.who, opts: s.opts}
	if copied.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_basebackup"), "--pgdata="+copied.data(), "--host="+s.dir, "--port="+strconv.Itoa(s.port),
		"--username="+role, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	s.who.prepare(cmd, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		copied.Stop()
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	for range 5 {
		if err = copied.launch(ctx); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		copied.Stop()
		return nil, err
	}
	return copied, nil
}

// Synchronous makes each commit wait for a standby, and returns once one follows so.
func (s *Server) Synchronous(ctx context.Context) error {
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	for {
		var n int
		if err := s.admin.QueryRowContext(ctx, "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&n); err != nil || n > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Promote makes a standby a server that is written to.
func (s *Server) Promote(ctx context.Context) error {
	var done bool
	err := s.admin.QueryRowContext(ctx, "SELECT pg_promote()").Scan(&done)
	if err == nil && !done {
		err = errors.New("the standby was not promoted in time")
	}
	return err
}

// EitherURL returns the DSN of a database on whichever of two servers is written to.
func (s *Server) EitherURL(other *Server, db string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, s.password), Path: "/" + db}
	u.RawQuery = url.Values{
		"host": {"127.0.0.1,127.0.0.1"}, "port": {strconv.Itoa(s.port) + "," + strconv.Itoa(other.port)},
		"sslmode": {"disable"}, "target_session_attrs": {"read-write"},
	}.Encode()
	return u.String()
}
