//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport/sallyport/internal/pgtest"
)

// build compiles the command, since go run hides exit codes.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "withpg")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

func TestWithPG(t *testing.T) {
	bin := build(t)
	t.Setenv(pgtest.EnvURL, "") // as on a machine where nothing runs yet

	t.Run("runs with a server and forwards the exit code", func(t *testing.T) {
		cmd := exec.Command(bin, "--", "sh", "-c", `echo "$`+pgtest.EnvURL+`"; exit 3`)
		out, err := cmd.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("err = %v, want exit code 3", err)
		}
		if !strings.HasPrefix(string(out), "postgres://") {
			t.Errorf("%s = %q", pgtest.EnvURL, out)
		}
	})

	t.Run("forwards signals and then cleans up", func(t *testing.T) {
		cmd := exec.Command(bin, "--", "sh", "-c",
			`trap 'echo got it; exit 0' TERM; echo "$`+pgtest.EnvURL+`"; while :; do sleep 0.05; done`)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan()
		dsn := lines.Text()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		lines.Scan()
		if got := lines.Text(); got != "got it" {
			t.Errorf("the command said %q after SIGTERM", got)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("exit: %v", err)
		}
		if dir := socketDir(t, dsn); exists(dir) {
			t.Errorf("%s is still there", dir)
		}
	})

	t.Run("takes a server that runs", func(t *testing.T) {
		cmd := exec.Command(bin, "sh", "-c", `echo "$`+pgtest.EnvURL+`"`)
		cmd.Env = append(os.Environ(), pgtest.EnvURL+"=postgres://elsewhere/db")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(bytes.TrimSpace(out)); got != "postgres://elsewhere/db" {
			t.Errorf("%s = %q", pgtest.EnvURL, got)
		}
	})

	t.Run("needs a command", func(t *testing.T) {
		if code := run([]string{"--"}); code != exitUsage {
			t.Errorf("exit code %d, want %d", code, exitUsage)
		}
	})
}

func socketDir(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
