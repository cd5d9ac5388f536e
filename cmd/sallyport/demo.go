package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/demo"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type demoCommand struct {
	Data   string `default:"demo-data" type:"path" help:"Folder to fill: a new one, an empty one, or one that the demo made."`
	Listen string `default:"127.0.0.1:8090" help:"Address to serve on: not that of serve, so that both can run."`
	Users  int    `default:"300" help:"How many people to invent, from 40 to 5000."`
	Days   int    `default:"30" help:"How many days they live through, from 14 to 400."`
	Seed   uint64 `default:"0" help:"Another number makes another organisation."`
	Fresh  bool   `help:"Delete the database of a former demo in the folder first. To keep it, give another --data."`
	NoRun  bool   `name:"no-run" help:"Fill the folder and stop."`
}

func (c demoCommand) Run(ctx context.Context) error {
	serve := serveCommand{
		databaseFlags: databaseFlags{Data: c.Data, Connections: 10}, CheckMemory: 16,
		listenFlags: listenFlags{publicFlags: publicFlags{Listen: c.Listen}},
		hashFlags:   hashFlags{Argon2Memory: factor.DefaultArgon2.MemoryKiB, Argon2Iterations: factor.DefaultArgon2.Iterations},
		LogFormat:   "text", LogLevel: "info",
	}
	if err := c.free(ctx); err != nil {
		return err
	}
	if err := c.ownFolder(); err != nil {
		return err
	}
	if c.Fresh {
		if err := c.empty(ctx); err != nil {
			return err
		}
	}
	// Nothing is lost that could not be made again.
	if err := serve.withStoreAs(ctx, store.Options{Connections: serve.Connections, Unsafe: true, Existing: position.Begun(c.Data)}, func(db *store.Store) error { return c.fill(ctx, db) }); err != nil {
		return err
	}
	if c.NoRun {
		return nil
	}
	return serve.Run(ctx)
}

// free returns an error when something else listens on the address, before anything is made
// or deleted.
func (c demoCommand) free(ctx context.Context) error {
	if c.NoRun {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w: choose another address, or end what uses this one", err)
	}
	return l.Close()
}

// demoFile marks a folder that the demo made. Its database has a mark of its own.
const demoFile = "demo.txt"

// ownFolder makes the folder, or refuses one that holds something and has no mark.
func (c demoCommand) ownFolder() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	files, err := os.ReadDir(c.Data)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	mark := filepath.Join(c.Data, demoFile)
	info, err := os.Lstat(mark)
	switch {
	case err == nil && info.Mode().IsRegular():
		return nil
	case len(files) > 0:
		return fmt.Errorf("--data %s holds something that the demo did not make, and nothing in it was changed: choose an empty folder, or a new one", c.Data)
	}
	return os.WriteFile(mark, []byte("sallyport demo made this folder, and deletes its database with --fresh.\n"), 0o600)
}

// empty deletes the database of a folder that the demo made, unless that is somebody
// else's.
func (c demoCommand) empty(ctx context.Context) error {
	path := filepath.Join(c.Data, databaseFile)
	if _, err := os.Lstat(path); err == nil {
		if err := c.ownDatabase(ctx, path); err != nil {
			return err
		}
	}
	// The keys go too: beside them a database is put back and not begun.
	gone := []string{path, filepath.Join(c.Data, keyFile), filepath.Join(c.Data, position.File)}
	for _, end := range store.Companions {
		gone = append(gone, path+end)
	}
	for _, name := range gone {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// ownDatabase refuses a database with an organisation that is not the demo's. One without
// a mark and an organisation is left of a demo that was interrupted.
func (c demoCommand) ownDatabase(ctx context.Context, path string) (err error) {
	db, err := store.Open(ctx, path, store.Options{Patient: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if demo, err := db.IsDemo(ctx); err == nil && demo {
		return nil
	}
	if h, err := db.Health(ctx); err == nil && !h.Migrated {
		return nil
	}
	if claimed, err := db.Claimed(ctx); err != nil || claimed {
		return fmt.Errorf("%s holds an organisation that the demo did not make, and nothing was deleted: choose another folder with --data", path)
	}
	return nil
}

func (c demoCommand) fill(ctx context.Context, db *store.Store) error {
	claimed, err := db.Claimed(ctx)
	if err != nil {
		return err
	}
	if claimed {
		return fmt.Errorf("%s already has an organisation. To see it again: sallyport serve --data %[1]s. To make another one beside it: choose another folder with --data. To start over: --fresh, which deletes it", c.Data)
	}
	if err := markDemo(ctx, db); err != nil {
		return err
	}
	passwords, err := factor.NewPasswords(factor.DefaultArgon2, 1)
	if err != nil {
		return err
	}
	keys, err := keyFlags{}.open(ctx, db, c.Data)
	if err != nil {
		return err
	}
	made, err := demo.Fill(ctx, uses.Config{DB: db, Keys: keys, Hasher: passwords}, demo.Options{Seed: c.Seed, Users: c.Users, Days: c.Days, Now: time.Now(), Progress: bar()})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d people (%d with a second factor), %d devices, %d sessions, %d sign-in attempts from %d countries, %d events in the audit log.\n\nSign in as\n\n",
		made.Organisation, made.Users, made.Protected, made.Devices, made.Sessions, made.Attempts, made.Countries, made.Events)
	for _, p := range made.Credentials {
		fmt.Printf("    %-7s %-40s %s\n", p.Role, p.Email, p.Password)
	}
	fmt.Println()
	for _, p := range made.Credentials {
		if p.Secret == "" {
			continue
		}
		fmt.Printf(`The %s has an authenticator app, so that their sign-in asks for a code too. Add this to an app of yours, or ask oathtool:

    %s
    oathtool --totp -b %s

Two of their %d backup codes:

    %s   %s

`, p.Role, p.URI, p.Secret, len(p.BackupCodes), p.BackupCodes[0], p.BackupCodes[1])
	}
	return nil
}

// markDemo marks the database before anything of the demo is in it.
func markDemo(ctx context.Context, db *store.Store) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		if marked, err := tx.IsDemo(ctx); err != nil || marked {
			return err
		}
		return tx.MarkDemo(ctx, time.Now().UnixMicro())
	})
}

// bar shows progress: one changing line on a terminal, elsewhere one line for each part.
func bar() func(done, total int, what string) {
	const width = 32
	terminal := isTerminal(os.Stderr)
	last := ""
	return func(done, total int, what string) {
		switch {
		case terminal:
			full := width * done / max(total, 1)
			fmt.Fprintf(os.Stderr, "\r[%s%s] %3d %%  %-30s", strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done/max(total, 1), what)
			if done >= total {
				fmt.Fprint(os.Stderr, "\r\033[K")
			}
		case what != last:
			fmt.Fprintln(os.Stderr, what)
		}
		last = what
	}
}
