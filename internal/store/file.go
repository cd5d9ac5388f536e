package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sallyport/sallyport"
)

// ErrMissing is the error of a file that has to be there.
var ErrMissing = errors.New("there is no database file")

// ErrInUse is the error of [Alone] for a file that somebody has open.
var ErrInUse = errors.New("a program has the database open: stop serve, and whatever else works on it")

// Companions are what SQLite and this package keep beside a database file, by the end of the name.
var Companions = []string{"-wal", "-shm", "-journal", ".lock", ".migrate"}

// fileURL returns the address of a SQLite file for the driver. The file has to be there: a connection
// that came late would otherwise make an empty one in the place of a file that was deleted.
func fileURL(path string, v url.Values) string {
	v.Set("mode", "rw")
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + v.Encode()
}

// makeFile makes an empty file where there is none, so that only this account can read it.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the path that the operator chose
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// file is what a store knows of its SQLite file, and whether it may still be used.
type file struct {
	path    string
	opened  fs.FileInfo
	unclean bool
	stop    chan struct{}
	release func()
}

// lost is why a database must not be used any more, nil while it may.
type lost struct {
	why  atomic.Pointer[sallyport.Error]
	tell atomic.Pointer[func(error)]
}

func (l *lost) err() error {
	if l == nil {
		return nil
	}
	if why := l.why.Load(); why != nil {
		return why
	}
	return nil
}

// lookEvery is how often a store looks whether its file is still there.
const lookEvery = 300 * time.Millisecond

// prepareFile makes the file, unless it has to be there, and notes what was left of the last program.
func (s *Store) prepareFile(path string, existing bool) error {
	if !existing {
		if err := makeFile(path); err != nil {
			return fmt.Errorf("open database: %w", err)
		}
	}
	info, err := os.Stat(path) //nolint:gosec // the same
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open database: %w: %s", ErrMissing, path)
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	wal, err := os.Stat(path + "-wal") //nolint:gosec // the same
	s.file = file{path: path, opened: info, unclean: err == nil && wal.Size() > 0, stop: make(chan struct{})}
	return nil
}

// Unclean reports whether the last program with the SQLite file did not close it, or another one has
// it open.
func (s *Store) Unclean() bool { return s.file.unclean }

// Refuse makes everything that is asked of the store fail from now on, with this reason.
func (s *Store) Refuse(why string) {
	err := &sallyport.Error{Code: sallyport.CodeUnavailable, Detail: "database", Err: errors.New(why)}
	if !s.lost.why.CompareAndSwap(nil, err) {
		return
	}
	if tell := s.lost.tell.Load(); tell != nil {
		(*tell)(err)
	}
}

// OnRefusal says who is told, once, when Refuse is called.
func (s *Store) OnRefusal(tell func(why error)) { s.lost.tell.Store(&tell) }

// Refused returns why the database is not used any more, nil while it is.
func (s *Store) Refused() error { return s.lost.err() }

// watchFile refuses everything once the file is another one or gone: what was written to it would be
// lost, though it was acknowledged.
func (s *Store) watchFile() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.file.stop:
			return
		case <-tick.C:
			if s.lookAtFile() != nil {
				return
			}
		}
	}
}

// lookAtFile returns why the database is not used any more, after a look at its file.
func (s *Store) lookAtFile() error {
	if err := s.lost.err(); err != nil || s.Engine != SQLite {
		return err
	}
	now, err := os.Stat(s.file.path) //nolint:gosec // the same
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Refuse("the database file " + s.file.path + " was deleted or moved away while it was in use: stop this program, put the file back or restore a backup, and start it again")
	case err == nil && !os.SameFile(now, s.file.opened):
		s.Refuse("the database file " + s.file.path + " was replaced while it was in use: stop this program, and put the backup back with sallyport restore")
	}
	return s.lost.err()
}

// lockFile begins a transaction of a small second database beside a SQLite file, which others wait for:
// that works on every platform, and ends with the process. A shared one excludes only exclusive ones.
func lockFile(ctx context.Context, path string, exclusive bool, patience time.Duration) (unlock func(), err error) {
	how := "deferred"
	if exclusive {
		how = "exclusive"
	}
	name := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	db, err := sql.Open("sqlite", fmt.Sprintf("%s?_pragma=busy_timeout(%d)&_txlock=%s", name, patience.Milliseconds(), how))
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
	if err == nil {
		var n int
		err = tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&n)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return func() {
		tx.Rollback() //nolint:errcheck // it wrote nothing
		db.Close()
	}, nil
}

// hold says that this program has the SQLite file open.
func (s *Store) hold(ctx context.Context) error {
	if s.file.release != nil {
		return nil
	}
	release, err := lockFile(ctx, s.file.path+".lock", false, time.Second)
	if busy(err) {
		return errors.New("a backup is being restored to this database: wait until that is done")
	}
	s.file.release = release
	return err
}

// Alone keeps other programs from a SQLite file until release is called. ErrInUse when one has it open.
func Alone(ctx context.Context, path string) (release func(), err error) {
	release, err = lockFile(ctx, path+".lock", true, 100*time.Millisecond)
	if busy(err) {
		err = ErrInUse
	}
	return release, err
}

func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// single opens one connection to a SQLite file that no store has prepared.
func single(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fileURL(path, url.Values{"_pragma": {"busy_timeout(5000)"}}))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// CopyFile writes a consistent copy of a SQLite database, which may be in use, to an empty file.
func CopyFile(ctx context.Context, path, to string) (err error) {
	db, err := single(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

// FileSize returns how large a copy of a SQLite database will be, about.
func FileSize(ctx context.Context, path string) (size int64, err error) {
	db, err := single(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var pages, free, each int64
	for query, to := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA freelist_count": &free, "PRAGMA page_size": &each} {
		if err := db.QueryRowContext(ctx, query).Scan(to); err != nil {
			return 0, err
		}
	}
	return (pages - free) * each, nil
}

// ErrDamaged is the error of a SQLite file whose pages do not agree with each other.
var ErrDamaged = errors.New("the database is damaged")

// CheckFile returns ErrDamaged, with what is wrong, for a SQLite file whose pages do not agree with each
// other. With references it looks for rows without the row that they belong to as well.
func CheckFile(ctx context.Context, path string, references bool) (err error) {
	db, err := single(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return damaged(err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(strings.Fields(found), " "))
	}
	if !references {
		return nil
	}
	var table string
	err = db.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return damaged(err)
	}
	return fmt.Errorf("%w: the table %s has rows that belong to nothing", ErrDamaged, table)
}

// damaged makes ErrDamaged of what SQLite says of a file that it cannot read.
func damaged(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}

// CheckPages is CheckFile for the open database, without the references. PostgreSQL checks its own pages.
func (s *Store) CheckPages(ctx context.Context) error {
	if s.Engine != SQLite {
		return nil
	}
	return CheckFile(ctx, s.file.path, false)
}
