package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// keyFile is the name of the file of keys in the data folder.
const keyFile = "keys.json"

type keyCommands struct {
	Rotate keysRotateCommand `cmd:"" help:"Add a key to keys.json, which seals from then on. Former ones still open."`
}

type keysRotateCommand struct {
	databaseFlags
	keyFlags
}

func (c keysRotateCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		keys, err := c.open(ctx, db, c.Data)
		if err != nil {
			return err
		}
		if err := keys.Rotate(); err != nil {
			return err
		}
		if err := keys.CheckInstallation(ctx, db); err != nil {
			return err
		}
		fmt.Printf("Key %s in %s seals from the next start of serve on. Copy the file to every other node and into the backup, then restart them all.\n",
			keys.Primary(), filepath.Join(c.Data, keyFile))
		return nil
	})
}

// open returns the keys of the installation, and never makes other ones for a
// database that has some.
func (f keyFlags) open(ctx context.Context, db *store.Store, data string) (*seal.Keys, error) {
	var keys *seal.Keys
	var err error
	path := filepath.Join(data, keyFile)
	if f.Keys != "" {
		keys, err = seal.Parse([]byte(f.Keys))
	} else {
		if _, missing := os.Stat(path); errors.Is(missing, fs.ErrNotExist) {
			if err := unsealed(ctx, db, path); err != nil {
				return nil, err
			}
		}
		keys, err = seal.Open(path)
	}
	if err != nil {
		return nil, err
	}
	return keys, keys.CheckInstallation(ctx, db)
}

// unsealed is an error when something was sealed in the database.
func unsealed(ctx context.Context, db *store.Store, path string) error {
	found := false
	if err := db.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		found = len(stored) > 0
		return "", nil, nil
	}); err != nil {
		return err
	}
	if found {
		return fmt.Errorf("this installation has keys, but there is no %s: name the data folder of a node with --data, or give --keys", path)
	}
	return nil
}
