//go:build unix

package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The environment of a child of TestGroupKilled: the file that it writes to, and the first number
// it may use.
const (
	crashFile  = "SALLYPORT_TEST_CRASH_FILE"
	crashFirst = "SALLYPORT_TEST_CRASH_FIRST"
)

// TestGroupKilled kills a process in which many write at once: what was acknowledged is stored,
// what is stored is whole, and what was refused is not there. The process is this test again.
func TestGroupKilled(t *testing.T) {
	if file := os.Getenv(crashFile); file != "" {
		writeUntilKilled(t, file)
		return
	}
	t.Parallel()
	rounds := 4
	if times, err := strconv.Atoi(os.Getenv("SALLYPORT_SOAK")); err == nil && times > 0 {
		rounds *= times
	}
	file := filepath.Join(t.TempDir(), "a.db")
	acknowledged := map[int]bool{}
	for round := range rounds {
		killWriter(t, file, round, acknowledged)
		s, err := Open(t.Context(), file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		there := map[int]bool{}
		for _, i := range stored(t, s) {
			there[i] = true
		}
		for i := range acknowledged {
			if !there[i] {
				t.Errorf("round %d: %d was acknowledged and is lost", round, i)
			}
		}
		for i := range there {
			if i%10 == 7 {
				t.Errorf("round %d: %d was refused and is stored", round, i)
			}
		}
		halves, err := count(t.Context(), s.Queries, "SELECT (SELECT COUNT(*) FROM n) - (SELECT COUNT(*) FROM child c JOIN n ON n.i = c.parent)")
		if err != nil || halves != 0 {
			t.Errorf("round %d: half of %d changes is stored, %v", round, halves, err)
		}
		s.Close()
	}
}

// killWriter runs a child and kills it after some acknowledgements, which it adds to those before.
func killWriter(t *testing.T, file string, round int, acknowledged map[int]bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a child that does nothing
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestGroupKilled$")
	c.Env = append(os.Environ(), crashFile+"="+file, crashFirst+"="+strconv.Itoa(round*10_000_000))
	c.Stderr = os.Stderr
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	enough := len(acknowledged) + 200 + rand.IntN(500)
	for r := bufio.NewReader(output); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break // an incomplete line does not count
		}
		i, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("the child says %q", line)
		}
		if acknowledged[i] = true; len(acknowledged) == enough {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.Wait() == nil || len(acknowledged) < enough {
		t.Fatalf("the child ended by itself after %d numbers", len(acknowledged))
	}
}

// writeUntilKilled prints each number that was acknowledged.
func writeUntilKilled(t *testing.T, file string) {
	first, err := strconv.Atoi(os.Getenv(crashFirst))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first == 0 {
		if _, err := s.write.ExecContext(t.Context(), groupTables); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for k := range 10_000 {
				i := first + k*320 + w*10 + rand.IntN(10)
				err := s.Write(t.Context(), func(tx *Tx) error {
					if err := add(t.Context(), i)(tx); err != nil {
						return err
					}
					if _, err := tx.exec(t.Context(), "INSERT INTO child (parent) VALUES ($1)", i); err != nil {
						return err
					}
					if i%10 == 7 {
						return os.ErrInvalid
					}
					return nil
				})
				if err == nil {
					fmt.Fprintf(os.Stdout, "%d\n", i) // one write, which is whole or not there
				}
			}
		})
	}
	wg.Wait()
}
