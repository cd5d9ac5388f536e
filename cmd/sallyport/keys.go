package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// keyFile is the name of the key file in the data folder.
const keyFile = "keys.json"

type keyCommands struct {
	Rotate keysRotateCommand `cmd:"" help:"Add a key to keys.json, which seals from then on. Former ones still open."`
	Reseal keysResealCommand `cmd:"" help:"Seal every second factor with the newest key, so that former keys can be removed."`
}

type keysRotateCommand struct {
	databaseFlags
	keyFlags
	Log bool `help:"Add a key that signs checkpoints of the audit log instead. The former ones sign too, for those who know these only, until they are removed from the file."`
}

func (c keysRotateCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		keys, err := c.open(ctx, db, c.Data)
		if err != nil {
			return err
		}
		if c.Log {
			return c.rotateLog(keys)
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

// rotateLog adds a key for the audit log. serve stores its public half, and says so in the log.
func (c keysRotateCommand) rotateLog(keys *seal.Keys) error {
	if err := keys.RotateLog(); err != nil {
		return err
	}
	fmt.Printf("A new key in %s signs checkpoints from the next start of serve on, beside the former ones. Copy the file to every other node and into the backup, restart them all, "+
		"and give the new public key (sallyport audit key) to those who verify, before a former one is removed.\n", filepath.Join(c.Data, keyFile))
	return nil
}

type keysResealCommand struct {
	databaseFlags
	keyFlags
}

func (c keysResealCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		keys, err := c.open(ctx, db, c.Data)
		if err != nil {
			return err
		}
		all := uses.New(uses.Config{DB: db, Keys: keys})
		n, err := all.Factors.Reseal(ctx)
		if err != nil {
			return err
		}
		signing, err := all.OAuth.Reseal(ctx)
		if err != nil {
			return err
		}
		addresses, err := all.Alerts.Reseal(ctx)
		if err != nil {
			return err
		}
		hooks, err := all.Webhooks.Reseal(ctx)
		if err != nil {
			return err
		}
		providers, err := all.SSO.Reseal(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("Key %s seals %d second factors, %d keys that sign tokens, %d addresses of chats, the secrets of %d webhooks and those of %d identity providers now. Every node needs this keys.json, and a restart with it, before a former key is removed from it.\n", keys.Primary(), n, signing, addresses, hooks, providers)
		return nil
	})
}

// open returns the keys of the installation.
func (f keyFlags) open(ctx context.Context, db *store.Store, data string) (*seal.Keys, error) {
	return seal.OpenFor(ctx, db, f.Keys, filepath.Join(data, keyFile))
}
