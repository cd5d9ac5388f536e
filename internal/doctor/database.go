package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"time"

	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/store"
)

func (p *patient) connect(ctx context.Context) Check {
	if p.unfit {
		return Check{} // reported already; SQLite would create the file, or change another program's
	}
	var err error
	if p.db, err = store.Open(ctx, p.Database, existing(p.Store)); err == nil {
		p.before = p.Now()
		p.health, err = p.db.Health(ctx)
		p.after = p.Now()
	}
	switch {
	case err != nil && p.postgres():
		return fail("Start PostgreSQL, or correct the address, name and password in --database.", "The database does not answer: %v.", err)
	case err != nil:
		return fail("If the file is damaged, restore a backup.", "The database does not answer: %v.", err)
	}
	p.known = reachable
	return good("The database answers.")
}

// existing returns o for a file that has to be there.
func existing(o store.Options) store.Options {
	o.Existing = true
	return o
}

// way checks that what crosses the network to the database cannot be read or changed there.
func (p *patient) way(context.Context) Check {
	if !p.postgres() {
		return Check{}
	}
	if mode := store.Unverified(p.Database); mode != "" {
		return fail("Remove sslmode from --database, or make it verify-full; sslrootcert=FILE names the authority of a private certificate.",
			"The database is on another machine and its address says sslmode=%s: whoever is on the way can read or change everything.", mode)
	}
	return good("The database is on this machine, or its certificate and name are verified.")
}

// oldest is the oldest PostgreSQL version that is tested. Older versions get no more
// security updates.
const oldest = 140000

func (p *patient) engine(context.Context) Check {
	if p.db.Engine == store.SQLite {
		return good("The engine is SQLite %s, part of the program.", p.health.Version)
	}
	if p.health.Number < oldest {
		return fail("Upgrade PostgreSQL to version 14 or later.", "The engine is PostgreSQL %s, which is too old.", p.health.Version)
	}
	return good("The engine is PostgreSQL %s.", p.health.Version)
}

// durability checks that an acknowledged write, such as a revocation, survives a power cut.
func (p *patient) durability(context.Context) Check {
	s := p.health.Settings
	if p.db.Engine == store.SQLite {
		if s["journal_mode"] != "wal" || s["synchronous"] != "full" {
			return fail("Put the database on a local disk: network file systems allow no write-ahead log.",
				"SQLite runs with journal_mode=%s and synchronous=%s instead of wal and full.", s["journal_mode"], s["synchronous"])
		}
		return good("What is acknowledged survives a power cut: SQLite runs with journal_mode=wal and synchronous=full.")
	}
	const lost = "A power cut can undo a revocation that was acknowledged: PostgreSQL runs with %s=%s."
	for _, name := range []string{"fsync", "synchronous_commit"} {
		if s[name] == "off" {
			return fail("Set "+name+" = on in postgresql.conf and reload.", lost, name, s[name])
		}
	}
	if s["full_page_writes"] == "off" {
		return warn("Set full_page_writes = on in postgresql.conf, unless the file system never writes half a page.",
			"PostgreSQL runs with full_page_writes=off: a power cut can damage its files.")
	}
	return good("What is acknowledged survives a power cut: PostgreSQL runs with fsync=%s and synchronous_commit=%s.", s["fsync"], s["synchronous_commit"])
}

// maxSkew is how far two clocks may differ.
const maxSkew = 2 * time.Second

func (p *patient) clock(context.Context) Check {
	if p.health.Time.IsZero() {
		return Check{} // the database uses the clock of this machine
	}
	return judgeClock(p.health.Time, p.before, p.after)
}

// judgeClock compares a time of the database with our times before and after the query.
func judgeClock(theirs, before, after time.Time) Check {
	var apart time.Duration
	switch {
	case theirs.Before(before):
		apart = before.Sub(theirs)
	case theirs.After(after):
		apart = theirs.Sub(after)
	}
	if apart > maxSkew {
		return fail("Let both machines follow a time server (NTP).", "The clocks of this machine and the database's are %v apart.", apart.Round(time.Second/10))
	}
	return good("The clocks of this machine and the database's agree.")
}

func (p *patient) schema(ctx context.Context) Check {
	const migrate = "Start serve, or run migrate: both bring it up to date."
	if !p.health.Migrated {
		return fail(migrate, "The database has no tables yet.")
	}
	applied, known, err := p.db.SchemaVersion(ctx)
	switch {
	case err != nil:
		return fail("If another program's tables are in this database, give the service one of its own.", "The schema version cannot be read: %v.", err)
	case applied < known:
		return fail(migrate, "The schema has version %d, this program needs %d.", applied, known)
	case applied > known:
		return fail("Run the newer program that migrated it, or restore the backup from before.",
			"The schema has version %d, this program knows %d only: a newer program has been here.", applied, known)
	}
	p.known = current
	return good("The schema has version %d, as this program needs.", applied)
}

// pages checks that the pages of a SQLite file agree with each other. PostgreSQL checks its own.
func (p *patient) pages(ctx context.Context) Check {
	if p.postgres() {
		return Check{}
	}
	if err := p.db.CheckPages(ctx); err != nil {
		return fail("Restore a backup: sallyport restore.", "The database file cannot be trusted: %v.", err)
	}
	return good("The pages of the database file agree with each other.")
}

// position checks that the database was not set back to a backup without what follows from that.
func (p *patient) position(ctx context.Context) Check {
	if info, err := os.Stat(p.Data); err != nil || !info.IsDir() {
		return Check{} // reported already
	}
	switch err := position.Check(ctx, p.db, p.Data); {
	case errors.Is(err, position.ErrSetBack):
		return fail("Run sallyport restored: until then serve refuses the database, since what was revoked would be good again.", "The database was set back: %v.", err)
	case err != nil:
		return fail("Look at "+position.File+" in the data folder.", "Whether the database was set back cannot be told: %v.", err)
	}
	return good("The database is not behind what this node has seen of it.")
}

// writing writes a row in a transaction and rolls it back.
func (p *patient) writing(ctx context.Context) Check {
	probe := []byte("doctor " + rand.Text())
	start := time.Now()
	err := p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.AddSetUpLink(ctx, probe, p.Now().UnixMicro()); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		return fail("See that the disk has room, the database is not read-only, and its account may write.", "The database cannot be written: %v.", err)
	}
	p.known = writable
	if took := time.Since(start); took > time.Second {
		return warn("Look for a program that holds the database, or a slow disk.", "The database can be written, but it took %v.", took.Round(time.Millisecond))
	}
	return good("The database can be written.")
}
