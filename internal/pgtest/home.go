package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Home is a temporary folder with the programs that run in it, as the account that PostgreSQL runs as: for
// programs such as Patroni, which start PostgreSQL themselves. Its data are to be in DataDir.
type Home struct {
	Dir      string
	Programs string // where those of PostgreSQL are

	who     *credential
	guard   *guard
	running []*process
}

// NewHome makes one. It is removed by Close, or when this process ends in any way.
func NewHome(opts Options) (*Home, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := opts.makeDir(who)
	if err != nil {
		return nil, err
	}
	h := &Home{Dir: dir, Programs: bin, who: who}
	if h.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return h, nil
}

// DataDir is where PostgreSQL is to keep its data.
func (h *Home) DataDir() string { return filepath.Join(h.Dir, "data") }

// LogOf is the file that a program writes to.
func (h *Home) LogOf(program string) string {
	return filepath.Join(h.Dir, filepath.Base(program)+".log")
}

// Write writes a file that only the account may read, and returns its path.
func (h *Home) Write(name string, text []byte) (string, error) {
	path := filepath.Join(h.Dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", err
	}
	return path, h.who.own(path)
}

// Run starts a program.
func (h *Home) Run(program string, args ...string) error {
	log, err := os.OpenFile(h.LogOf(program), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the program has its own copy
	cmd := exec.Command(program, args...)
	h.who.prepare(cmd, h.Dir)
	cmd.Stdout, cmd.Stderr = log, log
	dieWithParent(cmd)
	p, err := startProcess(cmd)
	if err != nil {
		return err
	}
	h.running = append(h.running, p)
	return nil
}

// Kill ends all programs and all processes of PostgreSQL at once, as a power cut would.
func (h *Home) Kill() error {
	first, err := postmaster(h.DataDir())
	if err != nil {
		return err
	}
	pids, err := family(first)
	if err != nil {
		return err
	}
	for _, p := range h.running { // before PostgreSQL, which they would start again
		p.end(syscall.SIGKILL, 0)
	}
	h.running = nil
	if err := kill(first, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	for _, pid := range pids[1:] {
		_ = kill(pid, syscall.SIGKILL) // it may have ended with the first one
	}
	return nil
}

// Close ends everything and removes the folder.
func (h *Home) Close() {
	for _, p := range h.running {
		p.end(syscall.SIGQUIT, 2*time.Second)
	}
	h.guard.release() // which ends PostgreSQL
}

// postmaster returns the id of the first process of the PostgreSQL that works on data.
func postmaster(data string) (pid int, err error) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(string(text), &pid)
	return pid, err
}

// FreePort returns a loopback port on which nothing listens now.
func FreePort() (string, error) {
	port, err := freePort(context.Background())
	return strconv.Itoa(port), err
}
