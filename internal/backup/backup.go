// Package backup makes backups of a database, and puts them back. Of SQLite a backup is a copy of the file,
// of PostgreSQL an archive of its own pg_dump.
//
//	Make     copy beside ─ flush to disk ─ check ─ rename
//	Restore  check ─ may it? ─ prepare beside ─ set the present one aside ─ rename
//
// After Restore a database is marked: nodes refuse it until what follows was done (see package account,
// Restored).
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// Progress is told how far a long work is: done of total, and what is done.
type Progress func(done, total int, what string)

// Make writes a backup of a database, which may be in use, to a new file.
func Make(ctx context.Context, dsn, path string, show Progress) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists: a backup is never written over another file", path)
	}
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: another backup to this file is running or was interrupted; if none is running, remove it", part)
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	defer removeAll(part)
	if store.IsPostgres(dsn) {
		err = makePostgres(ctx, dsn, part, show)
	} else {
		err = makeSQLite(ctx, dsn, part, show)
	}
	if err != nil {
		return err
	}
	return settle(part, path)
}

func makeSQLite(ctx context.Context, path, part string, show Progress) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", store.ErrMissing, path)
	}
	size, err := store.FileSize(ctx, path)
	if err != nil {
		return err
	}
	stop := watch(part, size, "copying", show)
	err = store.CopyFile(ctx, path, part)
	stop()
	if err != nil {
		return err
	}
	show(0, 1, "checking")
	if err := store.CheckFile(ctx, part, true); err != nil {
		return fmt.Errorf("the copy is not whole, and was thrown away: %w", err)
	}
	_, err = store.FileFacts(ctx, part)
	return err
}

// watch shows how a file grows until stop is called.
func watch(path string, size int64, what string, show Progress) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if info, err := os.Stat(path); err == nil {
				show(int(min(info.Size(), size-1)/1024), int(size/1024), what)
			}
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-ended }
}

// settle flushes a file to the disk and gives it its name.
func settle(part, path string) error {
	file, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder makes the names of files durable. Windows cannot sync a folder and does not need to.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// removeAll removes a database file that is not needed, with what is kept beside it.
func removeAll(path string) {
	os.Remove(path) //nolint:errcheck // after a rename there is none
	for _, end := range store.Companions {
		os.Remove(path + end) //nolint:errcheck // most are not there
	}
}
