package main

import (
	"context"
	"fmt"
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

// open returns the keys of the installation.
func (f keyFlags) open(ctx context.Context, db *store.Store, data string) (*seal.Keys, error) {
	return seal.OpenFor(ctx, db, f.Keys, filepath.Join(data, keyFile))
}
