package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// Restoring is a backup that is put back.
type Restoring struct {
	File     string
	Database string // postgres:// URL, or the path of a SQLite file
	Replace  bool   // although the present database is newer or, on PostgreSQL, not empty
	Now      time.Time
	Show     Progress
	// Fits, if set, is asked before anything is replaced where that can be, such as whether the keys are
	// those of the backup.
	Fits func(context.Context, *store.Store) error
}

// ErrNewer is the error of a backup that is older than the database in whose place it would be.
var ErrNewer = errors.New("the present database is newer than the backup: what was done since then would be gone. If that is meant, say --replace; the present one is kept beside it")

// Restore puts a backup in the place of a database. It returns where the former one was kept, "" when there
// was none. It changes nothing when it fails.
func Restore(ctx context.Context, r Restoring) (aside string, err error) {
	if store.IsPostgres(r.Database) {
		return restorePostgres(ctx, r)
	}
	return restoreSQLite(ctx, r)
}

func restoreSQLite(ctx context.Context, r Restoring) (aside string, err error) {
	if err := r.recognise("SQLite format 3\x00", "a backup of a SQLite database"); err != nil {
		return "", err
	}
	release, err := store.Alone(ctx, r.Database)
	if err != nil {
		return "", err
	}
	defer release()
	part := r.Database + ".part"
	defer removeAll(part)
	removeAll(part) // of a run that was interrupted
	if err := r.copy(part); err != nil {
		return "", err
	}
	r.Show(0, 1, "checking")
	if err := store.CheckFile(ctx, part, true); err != nil {
		return "", fmt.Errorf("%s is not a whole backup: %w", r.File, err)
	}
	if err := r.mayReplace(ctx, part); err != nil {
		return "", err
	}
	if err := r.prepare(ctx, part); err != nil {
		return "", err
	}
	if aside, err = r.setAside(); err != nil {
		return aside, err
	}
	if err := syncFolder(r.Database); err != nil {
		return aside, err
	}
	return aside, settle(part, r.Database)
}

// recognise refuses a file that does not begin as a backup does, or that is a part of a running database.
func (r Restoring) recognise(magic, what string) error {
	file, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer file.Close()
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(file, start); err != nil || string(start) != magic {
		return fmt.Errorf("%s is not %s", r.File, what)
	}
	if wal, err := os.Stat(r.File + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("%s is a database in use and no backup, since %[1]s-wal belongs to it: make a backup of it with sallyport backup", r.File)
	}
	return nil
}

// copy copies the backup to a file of this account only.
func (r Restoring) copy(to string) (err error) {
	from, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	defer watch(to, info.Size(), "copying", r.Show)()
	if _, err := io.Copy(file, from); err != nil {
		return err
	}
	return file.Sync()
}

// mayReplace compares the backup with the database in whose place it would be.
func (r Restoring) mayReplace(ctx context.Context, part string) error {
	facts, err := store.FileFacts(ctx, part)
	if err != nil {
		return fmt.Errorf("%s: %w", r.File, err)
	}
	if err := store.Newer(facts.Schema, store.KnownSchema()); err != nil {
		return err
	}
	if info, err := os.Stat(r.Database); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 || r.Replace {
		return nil
	}
	now, err := store.FileFacts(ctx, r.Database)
	if err != nil {
		return fmt.Errorf("the present database cannot be read, so nobody knows whether it is newer than the backup. To replace it anyway say --replace; it is kept: %w", err)
	}
	return judge(now, facts)
}

// judge returns ErrNewer where the present log has more events than that of the backup.
func judge(now, backup store.Facts) error {
	if now.Events > backup.Events {
		return fmt.Errorf("%w (its log has %d events, that of the backup %d)", ErrNewer, now.Events, backup.Events)
	}
	return nil
}

// prepare migrates a database, and marks it as set back.
func (r Restoring) prepare(ctx context.Context, dsn string) (err error) {
	db, err := store.Open(ctx, dsn, store.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if r.Fits != nil {
		if err := r.Fits(ctx, db); err != nil {
			return err
		}
	}
	now, err := db.Position(ctx)
	if err != nil {
		return err
	}
	return db.Write(ctx, func(tx *store.Tx) error {
		return tx.BeginRestoration(ctx, store.Restoration{Generation: max(r.Now.UnixMicro(), now.Generation+1)})
	})
}

// stamp is the end of the name under which what is replaced is kept.
func (r Restoring) stamp() string { return r.Now.UTC().Format("20060102T150405Z") }

// setAside keeps the present file. What SQLite has beside it goes with it, also when the file itself is
// gone: a write-ahead log that stayed would be replayed into the backup.
func (r Restoring) setAside() (aside string, err error) {
	name := r.Database + ".replaced-" + r.stamp()
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		err := os.Rename(r.Database+end, name+end)
		switch {
		case err == nil && end == "":
			aside = name
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return aside, err
		}
	}
	return aside, nil
}
