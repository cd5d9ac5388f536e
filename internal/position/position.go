// Package position notices that a database was set back to a backup. Beside the keys, which no backup of
// the database holds, each node keeps how far the database has come. In one that is behind that, what was
// revoked and used since then is good again.
package position

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/sallyport/sallyport/internal/store"
)

// Names of the files in the data folder that say that an installation was begun there.
const (
	File     = "position.json" // how far the database has come
	keysName = "keys.json"
)

// ErrSetBack is the error of a database that was set back, and of which what follows was not done.
var ErrSetBack = errors.New("the database was set back: run sallyport restored with the settings of serve, and start serve again")

// seen is the file.
type seen struct {
	Generation int64 `json:"generation"`
	Events     int64 `json:"events"`
}

// Read returns how far a node has seen the database come: the zero value where it has seen none.
func Read(folder string) (p store.Position, err error) {
	path := filepath.Join(folder, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	var s seen
	if err := json.Unmarshal(text, &s); err != nil {
		return p, fmt.Errorf("%s cannot be read, so nobody can tell whether the database was set back: if it was not, remove that file; otherwise run sallyport restored: %w", path, err)
	}
	return store.Position{Generation: s.Generation, Events: s.Events}, nil
}

// Write replaces what Read returns.
func Write(folder string, p store.Position) (err error) {
	text, err := json.Marshal(seen{p.Generation, p.Events})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".position-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // nothing to remove after the rename
	_, err = file.Write(append(text, '\n'))
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(folder, File))
}

// Judge returns ErrSetBack for a database that is behind what a node has seen, or whose restoration was
// not finished.
func Judge(before, now store.Position) error {
	switch {
	case now.Pending:
		return fmt.Errorf("%w (a backup was restored, and that is not finished)", ErrSetBack)
	case now.Generation > before.Generation:
		return nil
	case now.Generation < before.Generation || now.Events < before.Events:
		return fmt.Errorf("%w (its log has %d events, this node has seen %d)", ErrSetBack, now.Events, before.Events)
	}
	return nil
}

// Check compares the database with what a node has seen.
func Check(ctx context.Context, db *store.Store, folder string) error {
	before, err := Read(folder)
	if err != nil {
		return err
	}
	now, err := db.Position(ctx)
	if err != nil {
		return err
	}
	return Judge(before, now)
}

// Keeper keeps how far the database has come, while a node runs.
type Keeper struct {
	db     *store.Store
	folder string
	mu     sync.Mutex
	last   store.Position
}

// NewKeeper returns a keeper after a look at the database: ErrSetBack when it was set back.
func NewKeeper(ctx context.Context, db *store.Store, folder string) (*Keeper, error) {
	last, err := Read(folder)
	if err != nil {
		return nil, err
	}
	k := &Keeper{db: db, folder: folder, last: last}
	now, err := db.Position(ctx)
	if err == nil {
		err = Judge(last, now)
	}
	if err != nil {
		return nil, err
	}
	return k, k.Keep(ctx)
}

// Keep stores how far the database is now. When it was set back under the running node, that serves it no
// more.
func (k *Keeper) Keep(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, err := k.db.Position(ctx)
	if err != nil {
		return err
	}
	now.Pending = false // somebody ends everything while nodes run, as they may
	if err := Judge(k.last, now); err != nil {
		k.db.Refuse(err.Error())
		return err
	}
	if now == k.last {
		return nil
	}
	if err := Write(k.folder, now); err != nil {
		return fmt.Errorf("store how far the database has come: %w", err)
	}
	k.last = now
	return nil
}

// Begun reports whether an installation was begun in a data folder.
func Begun(folder string) bool {
	for _, name := range []string{keysName, File} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return true
		}
	}
	return false
}

// Missing says what to do where a data folder has the keys of an installation and there is no database.
func Missing(folder string) error {
	return fmt.Errorf("the data folder %s has the keys of an installation, but its database is missing or empty: correct --database, or put a backup back with sallyport restore; "+
		"for a new installation choose another --data", folder)
}

// RefuseEmpty returns an error for a database without tables, where an installation was begun before.
func RefuseEmpty(ctx context.Context, db *store.Store, folder string) error {
	h, err := db.Health(ctx)
	if err == nil && !h.Migrated {
		err = Missing(folder)
	}
	return err
}
