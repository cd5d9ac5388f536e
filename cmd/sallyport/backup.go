package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/backup"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type backupCommand struct {
	databaseFlags
	File string `arg:"" type:"path" help:"Where the backup is written. It must not be there yet."`
}

func (c backupCommand) Run(ctx context.Context) error {
	dsn, err := c.dsn()
	if err != nil {
		return err
	}
	show := bar()
	if err := backup.Make(ctx, dsn, c.File, show); err != nil {
		return explainFile(err)
	}
	show(1, 1, "done")
	fmt.Printf("The backup is in %s. It does not have the keys, without which its secrets cannot be opened: keep %s in another place.\n", c.File, filepath.Join(c.Data, keyFile))
	return nil
}

// restoredFlags say what becomes of passwords.
type restoredFlags struct {
	Passwords string `default:"renew" enum:"renew,withdraw" help:"What becomes of passwords, since nobody knows who changed theirs after the backup. renew: the next sign-in asks for a new one. withdraw: they are useless, and a new one is set by a mailed link."`
}

type restoreCommand struct {
	databaseFlags
	publicFlags
	keyFlags
	restoredFlags
	Replace bool   `help:"Replace the present database although it is newer than the backup or, on PostgreSQL, not empty. It is kept beside the restored one."`
	File    string `arg:"" type:"existingfile" help:"The backup."`
}

// Run puts a backup back, and does what follows from that.
func (c restoreCommand) Run(ctx context.Context) error {
	if err := checkURL(c.url()); err != nil {
		return err
	}
	dsn, err := c.dsn()
	if err != nil {
		return err
	}
	show := bar()
	aside, err := backup.Restore(ctx, backup.Restoring{
		File: c.File, Database: dsn, Replace: c.Replace, Now: time.Now(), Show: show,
		Fits: func(ctx context.Context, db *store.Store) error {
			_, err := c.open(ctx, db, c.Data)
			return err
		},
	})
	if err != nil {
		return explainFile(err)
	}
	show(1, 1, "done")
	fmt.Printf("The database is that of %s.\n", c.File)
	if aside != "" {
		fmt.Printf("The former one is kept as %s: remove it when nobody needs it.\n", aside)
	}
	return restoredCommand{c.databaseFlags, c.publicFlags, c.keyFlags, c.restoredFlags}.Run(ctx)
}

type restoredCommand struct {
	databaseFlags
	publicFlags
	keyFlags
	restoredFlags
}

// Run does what follows when a database was set back, by restore or by other means.
func (c restoredCommand) Run(ctx context.Context) error {
	if err := checkURL(c.url()); err != nil {
		return err
	}
	return c.withStore(ctx, func(db *store.Store) error {
		keys, err := c.open(ctx, db, c.Data)
		if err != nil {
			return err
		}
		hasher, err := factor.NewPasswords(factor.DefaultArgon2, 1)
		if err != nil {
			return err
		}
		all := uses.New(uses.Config{DB: db, Keys: keys, Outbox: notify.NewOutbox(keys, time.Now), Base: peopleFlags{publicFlags: c.publicFlags}.base(), Hasher: hasher})
		before, unread := position.Read(c.Data)
		show := bar()
		did, err := all.Accounts.Restored(ctx, account.Restoring{
			Passwords: c.Passwords, After: before.Generation, Progress: func(done, total int) { show(done, total, "accounts") },
		})
		if err != nil {
			return fmt.Errorf("not finished, run sallyport restored again to go on: %w", explain(err))
		}
		if unread != nil {
			fmt.Println("The file that says how far the database had come could not be read, and was written anew.")
		}
		fmt.Printf(restoredSaid, did.Users, did.Sessions, did.Devices, did.Keys, did.Codes, did.Passwords, map[string]string{
			account.RenewPasswords: "have to be renewed at the next sign-in", account.WithdrawPasswords: "are useless until their owners get a new one by mail",
		}[c.Passwords])
		return c.mark(ctx, db)
	})
}

// mark stores that this node has seen the database as it is now.
func (c restoredCommand) mark(ctx context.Context, db *store.Store) error {
	now, err := db.Position(ctx)
	if err != nil {
		return err
	}
	return position.Write(c.Data, now)
}

// restoredSaid says what was done, and what nobody can know.
const restoredSaid = `%d accounts: %d sessions, the recognition of %d devices, %d API keys and %d sets of backup codes ended, and all mailed links. %d passwords %s.
Nodes serve this database again.

What was done after the backup is not in it. Look at the log that was taken elsewhere since then (audit follow, exports), and do again by hand:
  - who was disabled or got another role, or left a group
  - second factors, devices and linked accounts that were removed or suspended
  - changes of policies, identity providers, alert channels, and secrets of services that ask about tokens
Somebody whose password was changed because it leaked can be attacked with the former one: withdraw it with user disable, or run restored --passwords withdraw.
`

// explainFile says what to do about a database file.
func explainFile(err error) error {
	if errors.Is(err, store.ErrDamaged) {
		return fmt.Errorf("%w. Restore a backup with sallyport restore", err)
	}
	return err
}
