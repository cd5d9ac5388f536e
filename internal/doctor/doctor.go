// Package doctor examines an installation: settings, files, database, clock and
// what is left undone. It says of each thing in a sentence how it is, and where
// something is wrong, what to do.
//
//	settings, files, addresses ─ open the database ─ engine, schema ─ contents
//
// A check that needs what an earlier one found broken is left out: its answer
// would be about that again. Nothing is changed; the one thing that is written
// is taken back.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// Config is the installation to examine.
type Config struct {
	// Settings is what is contradictory in the settings, as the service itself
	// would refuse them; one line each. Nil when all is well.
	Settings error

	Data          string        // folder of what the service keeps; "" when there is none
	Database      string        // postgres:// URL, or the path of a SQLite file
	Store         store.Options // sizes; the zero value is fine
	Listen        string        // address the service listens on
	MetricsListen string        // "" for none
	PublicHost    string        // host that people's browsers ask for; "" skips its comparison with the certificate
	TLSCert       string        // file, "" without TLS
	TLSKey        string        // file
	CityFile      string        // "" for none
	Keys          string        // contents of keys.json; "" when the data folder holds it
	SMTP          string        // address of the mail server; "" when mails become files
	MailFrom      string        // sender of mails
	SMS           string        // gateway for text messages; "" when they become files
	Now           func() time.Time
}

// Status is how a thing is.
type Status string

// Statuses.
const (
	OK   Status = "ok"
	Warn Status = "warn" // works, but should be looked at
	Fail Status = "fail" // does not work, or is not safe
)

// Check is the outcome of one check.
type Check struct {
	Name     string
	Status   Status
	Sentence string // how it is
	Remedy   string // what to do; "" when nothing has to be done
}

func good(format string, args ...any) Check {
	return Check{Status: OK, Sentence: fmt.Sprintf(format, args...)}
}

func warn(remedy, format string, args ...any) Check {
	return Check{Status: Warn, Sentence: fmt.Sprintf(format, args...), Remedy: remedy}
}

func fail(remedy, format string, args ...any) Check {
	return Check{Status: Fail, Sentence: fmt.Sprintf(format, args...), Remedy: remedy}
}

// need is what a check builds on.
type need int

const (
	nothing   need = iota
	reachable      // the database is open
	current        // and its schema is the one this program knows
	writable       // and it can be written
)

// checks is THE table of checks, in the order they run and are told.
var checks = []struct {
	name  string
	needs need
	run   func(*patient, context.Context) Check
}{
	{"settings", nothing, (*patient).settings},
	{"data folder", nothing, (*patient).folder},
	{"database file", nothing, (*patient).file},
	{"disk space", nothing, (*patient).space},
	{"city file", nothing, (*patient).cities},
	{"certificate", nothing, (*patient).certificate},
	{"mail", nothing, (*patient).mail},
	{"text messages", nothing, (*patient).texts},
	{"listen address", nothing, (*patient).listen},
	{"metrics address", nothing, (*patient).metrics},
	{"database", nothing, (*patient).connect},
	{"engine", reachable, (*patient).engine},
	{"durability", reachable, (*patient).durability},
	{"clock", reachable, (*patient).clock},
	{"schema", reachable, (*patient).schema},
	{"writing", current, (*patient).writing},
	{"set-up", current, (*patient).setUp},
	{"audit log", current, (*patient).audit},
	{"order of time", current, (*patient).past},
	{"overdue sessions", current, (*patient).overdue},
	{"keys", writable, (*patient).keys},
	{"outbox", current, (*patient).outbox},
	{"outbox of texts", current, (*patient).textOutbox},
}

// patient is an installation under examination, with what is known of it so far.
type patient struct {
	Config
	known   need // how far the checks have come
	running bool // the service answers on its address
	unfit   bool // the database file is not one to open
	db      *store.Store
	health  store.Health
	before  time.Time // our clock, around the moment of health
	after   time.Time
	newest  time.Time // of the events in the audit logs
}

// Run examines an installation and reports every check as it is done. The error
// says how many failed, and is nil when none did.
func Run(ctx context.Context, c Config, report func(Check)) error {
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &patient{Config: c}
	defer p.close()
	failed, done := 0, 0
	for _, check := range checks {
		if check.needs > p.known {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		outcome := check.run(p, ctx)
		if outcome.Status == "" {
			continue // does not apply to this installation
		}
		outcome.Name = check.name
		report(outcome)
		if done++; outcome.Status == Fail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, done)
	}
	return nil
}

func (p *patient) close() {
	if p.db != nil {
		p.db.Close()
	}
}

func (p *patient) postgres() bool { return store.IsPostgres(p.Database) }

func (p *patient) settings(context.Context) Check {
	if p.Settings == nil {
		return good("The settings agree with each other.")
	}
	return fail("Change what is named; serve refuses to start with the same words.", "%v", p.Settings)
}

// errUndo takes a transaction back.
var errUndo = errors.New("taken back on purpose")
