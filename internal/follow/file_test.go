package follow_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/follow"
)

// into follows a log into a file, up to its end.
func into(t *testing.T, a *apptest.App, tenantID, path string) {
	t.Helper()
	file, err := follow.OpenFile(path, tenantID)
	apptest.Must(t, err)
	apptest.Must(t, follower(t, a, tenantID, file).Run(t.Context()))
	apptest.Must(t, file.Close())
}

// A file is cut at every byte of its last lines, with and without zeros behind, as a crash leaves it.
func TestFileAfterCrash(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		write(t, a, tenantID, 4)
		path := filepath.Join(t.TempDir(), "log")
		into(t, a, tenantID, path)
		whole, err := os.ReadFile(path)
		apptest.Must(t, err)
		equal(t, linesOf(t, whole), want(t, a, tenantID))
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		last := bytes.LastIndexByte(whole[:len(whole)-1], '\n')
		first := bytes.IndexByte(whole, '\n')
		for _, cut := range append(span(0, first+2), span(last, len(whole))...) {
			for _, zeros := range []int{0, 700} {
				apptest.Must(t, os.WriteFile(path, append(bytes.Clone(whole[:cut]), make([]byte, zeros)...), 0o600))
				into(t, a, tenantID, path)
				if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, whole) {
					t.Fatalf("cut at %d, %d zeros: %v\n%q", cut, zeros, err, got)
				}
			}
		}
		// A line in the middle that did not get to the disk.
		hole := bytes.Clone(whole)
		clear(hole[first+2 : last-2])
		apptest.Must(t, os.WriteFile(path, hole, 0o600))
		into(t, a, tenantID, path)
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, whole) {
			t.Fatalf("a hole: %v\n%q", err, got)
		}
	})
}

// Processes that are started meanwhile keep no lock of a file that was closed.
func TestFileIsFree(t *testing.T) {
	over := make(chan struct{})
	var starters sync.WaitGroup
	for range 4 {
		starters.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				if err := exec.Command(os.Args[0], "-test.list", "^$").Run(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer starters.Wait()
	defer close(over)
	path := filepath.Join(t.TempDir(), "log")
	for range 10000 {
		file, err := follow.OpenFile(path, "tenant")
		apptest.Must(t, err)
		apptest.Must(t, file.Close())
	}
}

func span(from, before int) (all []int) {
	for i := from; i < before; i++ {
		all = append(all, i)
	}
	return all
}

// A file that is larger than what is read of it goes on.
func TestLargeFile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		write(t, a, tenantID, 15000)
		path := filepath.Join(t.TempDir(), "log")
		into(t, a, tenantID, path)
		info, err := os.Stat(path)
		apptest.Must(t, err)
		if info.Size() < 4<<20+1000 {
			t.Fatalf("%d bytes", info.Size())
		}
		apptest.Must(t, os.Truncate(path, info.Size()-100))
		write(t, a, tenantID, 10)
		into(t, a, tenantID, path)
		text, err := os.ReadFile(path)
		apptest.Must(t, err)
		equal(t, linesOf(t, text), want(t, a, tenantID))
	})
}

// Nothing of somebody else is appended to or cut.
func TestForeignFile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		folder := t.TempDir()
		path := filepath.Join(folder, "log")
		other := `{"position":3,"leaf":{"tenantId":"other"}}` + "\n"
		for _, text := range []string{"hello", "hello\n", "{}\n", `{"position"` + "\n", other, strings.Repeat("x\n", 3<<20), "\x00\x00x"} {
			apptest.Must(t, os.WriteFile(path, []byte(text), 0o600))
			if _, err := follow.OpenFile(path, tenantID); err == nil || !strings.Contains(err.Error(), "name another file") {
				t.Errorf("%.20q: %v", text, err)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != text {
				t.Errorf("%.20q was changed: %v", text, err)
			}
		}
		for _, bad := range []string{folder, filepath.Join(folder, "no", "log")} {
			if _, err := follow.OpenFile(bad, tenantID); err == nil {
				t.Errorf("%s is opened", bad)
			}
		}
	})
}

func TestTwoFollowersOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	one, err := follow.OpenFile(path, "t")
	apptest.Must(t, err)
	if _, err := follow.OpenFile(path, "t"); err == nil || !strings.Contains(err.Error(), "another sallyport audit follow") {
		t.Errorf("two followers: %v", err)
	}
	apptest.Must(t, one.Close())
	two, err := follow.OpenFile(path, "t")
	apptest.Must(t, err)
	apptest.Must(t, two.Close())
}

// Events are written while followers come and go.
func TestFileMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		path := filepath.Join(t.TempDir(), "log")
		writers := writing(t, a, tenantID, 200)
		for range 5 {
			file, err := follow.OpenFile(path, tenantID)
			apptest.Must(t, err)
			f := follower(t, a, tenantID, file)
			f.Once = false
			ctx, cancel := context.WithTimeout(t.Context(), f.Every*20)
			if err := f.Run(ctx); err != nil {
				t.Error(err)
			}
			cancel()
			apptest.Must(t, file.Close())
		}
		writers.Wait()
		a.Sequence(t)
		into(t, a, tenantID, path)
		text, err := os.ReadFile(path)
		apptest.Must(t, err)
		equal(t, linesOf(t, text), want(t, a, tenantID))
	})
}
