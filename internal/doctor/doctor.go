// Package doctor examines an installation: settings, files, database, clock, and work
// that is overdue. Each check reports the state in a sentence and, where something is
// wrong, what to do.
//
//	settings, files, addresses ─ open the database ─ engine, schema ─ contents
//
// A check is left out when it depends on one that failed. Nothing is changed: the only
// write is rolled back.
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
	// Settings is the error of server.Config.Check, one line for each contradiction; nil
	// when there is none.
	Settings error

	Data          string        // folder of what the service keeps; "" when there is none
	Database      string        // postgres:// URL, or the path of a SQLite file
	Store         store.Options // sizes; the zero value means the defaults
	Listen        string        // address the service listens on
	MetricsListen string        // "" for none
	Proxies       []string      // those that are trusted
	PublicURL     string        // address of the service for its users; "" skips who else answers there
	PublicHost    string        // host that people's browsers ask for; "" skips its comparison with the certificate
	TLSCert       string        // file, "" without TLS
	TLSKey        string        // file
	CityFile      string        // "" for none
	BreachList    string        // of passwords from data breaches, "" for none
	Keys          string        // contents of keys.json; "" when the data folder holds it
	SMTP          string        // address of the mail server; "" or "files" when mails become files
	MailFrom      string        // sender of mails
	SMS           string        // gateway for text messages; "" when they become files
	Now           func() time.Time
}

// Status is the result of a check.
type Status string

// Results of a check.
const (
	OK   Status = "ok"
	Warn Status = "warn" // works, but should be looked at
	Fail Status = "fail" // does not work, or is not safe
)

// Check is the result of one check.
type Check struct {
	Name     string
	Status   Status
	Sentence string // the state of what was checked
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

// need is what must be known before a check can run.
type need int

const (
	nothing   need = iota
	reachable      // the database is open
	current        // the schema is also the one that this program knows
	writable       // the database can also be written
)

// checks is THE table of checks, in the order in which they run and are reported.
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
	{"breach list", nothing, (*patient).breaches},
	{"certificate", nothing, (*patient).certificate},
	{"mail", nothing, (*patient).mail},
	{"text messages", nothing, (*patient).texts},
	{"listen address", nothing, (*patient).listen},
	{"proxies", nothing, (*patient).proxies},
	{"host name", nothing, (*patient).origin},
	{"metrics address", nothing, (*patient).metrics},
	{"database", nothing, (*patient).connect},
	{"way to database", nothing, (*patient).way},
	{"engine", reachable, (*patient).engine},
	{"durability", reachable, (*patient).durability},
	{"clock", reachable, (*patient).clock},
	{"schema", reachable, (*patient).schema},
	{"pages", reachable, (*patient).pages},
	{"position", current, (*patient).position},
	{"writing", current, (*patient).writing},
	{"set-up", current, (*patient).setUp},
	{"audit log", current, (*patient).audit},
	{"order of time", current, (*patient).clockBehind},
	{"overdue sessions", current, (*patient).overdue},
	{"keys", writable, (*patient).keys},
	{"outbox", current, (*patient).outbox},
	{"outbox of texts", current, (*patient).textOutbox},
	{"outbox of push", current, (*patient).pushOutbox},
	{"alerts", current, (*patient).alerts},
	{"webhooks", current, (*patient).webhooks},
}

// patient is the installation and what the checks so far have found.
type patient struct {
	Config
	known   need // what is known so far, see need
	running bool // the service answers at its address
	unfit   bool // the database file must not be opened
	db      *store.Store
	health  store.Health
	before  time.Time // our clock, before and after the query for health
	after   time.Time
	newest  time.Time // the newest event in the audit logs
}

// Run examines an installation and calls report after each check. The error says how
// many checks failed; it is nil when none did.
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

// errUndo rolls a transaction back.
var errUndo = errors.New("rolled back on purpose")
