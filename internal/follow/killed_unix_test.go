//go:build unix

package follow_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/follow"
	"github.com/sallyport/sallyport/internal/store"
)

// The environment of a child of TestKilled: the database, the organisation and the file.
const (
	killDSN    = "SALLYPORT_TEST_FOLLOW_DSN"
	killTenant = "SALLYPORT_TEST_FOLLOW_TENANT"
	killFile   = "SALLYPORT_TEST_FOLLOW_FILE"
)

// A follower is killed again and again while events are written. The file has each event once.
func TestKilled(t *testing.T) {
	if dsn := os.Getenv(killDSN); dsn != "" {
		db, err := store.Open(t.Context(), dsn, store.Options{})
		apptest.Must(t, err)
		file, err := follow.OpenFile(os.Getenv(killFile), os.Getenv(killTenant))
		apptest.Must(t, err)
		f := follow.Follower{DB: db, TenantID: os.Getenv(killTenant), Target: file, Every: time.Millisecond, Warn: func(string) {}}
		apptest.Must(t, f.Run(t.Context()))
		return
	}
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.TenantID(t)
		write(t, a, tenantID, 3000)
		path := filepath.Join(t.TempDir(), "log")
		writers := writing(t, a, tenantID, 400)
		for i := range apptest.Rounds(12) {
			child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
			child.Env = append(os.Environ(), killDSN+"="+a.DSN, killTenant+"="+tenantID, killFile+"="+path)
			apptest.Must(t, child.Start())
			grown(t, path)
			time.Sleep(time.Duration(i) * time.Millisecond)
			apptest.Must(t, child.Process.Signal(syscall.SIGKILL))
			_ = child.Wait() // it was killed
		}
		writers.Wait()
		a.Sequence(t)
		into(t, a, tenantID, path)
		text, err := os.ReadFile(path)
		apptest.Must(t, err)
		equal(t, linesOf(t, text), want(t, a, tenantID))
	})
}

// grown waits until a file becomes longer, or for as long as a program needs that finds nothing to write.
func grown(t *testing.T, path string) {
	t.Helper()
	before, _ := os.Stat(path) // none at first
	for range 300 {
		if now, err := os.Stat(path); err == nil && (before == nil || now.Size() > before.Size()) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
