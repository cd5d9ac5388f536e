//go:build unix

package pgtest

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A test process can end by os.Exit, by a panic in a goroutine, by the timeout of go test or
// by kill -9. A deferred Stop runs in none of these cases.
func TestKilledOwnerLeavesNothing(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PGTEST_OWNER=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the owner: %v: %s", err, line)
	}
	dir := strings.TrimSpace(line)
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}

	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // kills the whole process group, as a test runner does
	cmd.Wait()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, statErr := os.Stat(dir)
		gone := errors.Is(statErr, os.ErrNotExist)
		ended := errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid)
		if gone && ended {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after its owner was killed: directory gone: %v, server ended: %v", gone, ended)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// isZombie reports whether the process has ended and waits for its parent to collect it.
// The first process of a container may never do so.
func isZombie(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z")
}
