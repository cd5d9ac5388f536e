package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/demo"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

type demoCommand struct {
	Data   string `default:"demo-data" type:"path" help:"Folder to fill. It must not hold an organisation yet."`
	Listen string `default:"127.0.0.1:8080" help:"Address to serve on."`
	Users  int    `default:"300" help:"How many people to invent, from 40 to 5000."`
	Seed   uint64 `default:"0" help:"Another number makes another organisation."`
	Fresh  bool   `help:"Delete the database in the folder first."`
	NoRun  bool   `name:"no-run" help:"Fill the folder and stop."`
}

func (c demoCommand) Run(ctx context.Context) error {
	serve := serveCommand{
		databaseFlags: databaseFlags{Data: c.Data, Connections: 10},
		listenFlags:   listenFlags{publicFlags: publicFlags{Listen: c.Listen}},
		hashFlags:     hashFlags{Argon2Memory: factor.DefaultArgon2.MemoryKiB, Argon2Iterations: factor.DefaultArgon2.Iterations},
		LogFormat:     "text", LogLevel: "info",
	}
	path := filepath.Join(c.Data, databaseFile)
	if c.Fresh {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	// Nothing is lost that could not be made again.
	if err := serve.withStoreAs(ctx, store.Options{Connections: serve.Connections, Unsafe: true}, func(db *store.Store) error { return c.fill(ctx, db) }); err != nil {
		return err
	}
	if c.NoRun {
		return nil
	}
	return serve.Run(ctx)
}

func (c demoCommand) fill(ctx context.Context, db *store.Store) error {
	claimed, err := db.Claimed(ctx)
	if err != nil {
		return err
	}
	if claimed {
		return fmt.Errorf("%s already has an organisation: choose another folder with --data, or start over with --fresh", c.Data)
	}
	passwords, err := factor.NewPasswords(factor.DefaultArgon2, 1)
	if err != nil {
		return err
	}
	keys, err := keyFlags{}.open(ctx, db, c.Data)
	if err != nil {
		return err
	}
	made, err := demo.Fill(ctx, uses.Config{DB: db, Keys: keys, Hasher: passwords}, demo.Options{Seed: c.Seed, Users: c.Users, Now: time.Now(), Progress: bar()})
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
