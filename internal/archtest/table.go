package archtest

import "slices"

// module is the root package, which every package may import.
const module = "github.com/sallyport/sallyport"

// Groups of packages, by the name of their directory under internal or, outside of it, by
// their path.
var (
	// leaves import only the root package: addresses, short texts, random
	// tokens, sealed values, the message catalogue, the tables of lists, proofs of a log, spans, pictures, colours, TLS.
	leaves = []string{"email", "line", "token", "message", "seal", "list", "proof", "trace", "picture", "look", "handshake", "recall"}

	// rules decide from their arguments alone.
	rules = []string{"policy", "risk", "factor", "agent", "geo", "gate"}

	// bottom are the packages below the uses.
	bottom = join([]string{"store", "audit", "access"}, rules, leaves)

	// services are the parts that acts are made of, below the nouns.
	services = []string{"throttle", "notify", "link", "assurance", "act"}

	// nouns are packages with the acts on one noun, or with parts of such acts.
	nouns = []string{"password", "session", "device", "mfa", "contact", "sso"}

	// federation are the protocols of single sign-on.
	federation = []string{"federate", "openid", "saml"}

	// uses make the changes. The edges import them and the packages of their arguments.
	uses = join([]string{"uses", "signin", "account", "bulk", "role", "group", "tenant", "apikey", "push", "oauth", "apps", "alert", "webhook", "notice", "search", "retention", "owndata", "preview", "export", "dashboard"}, services, nouns, federation, []string{"audit", "access"}, rules, leaves)

	// players is what the demo imports: the uses, but neither store nor act, so that it
	// writes nothing past the uses.
	players = []string{"uses", "account", "apps", "alert", "webhook", "sso", "openid", "apikey", "role", "signin", "device", "mfa", "link", "notify", "job"}

	// edges serve requests; job runs the recurring work.
	edges = []string{"request", "api", "web", "forward", "job"}

	// aids may be imported by the tests of any package, besides those of its row.
	aids = []string{"pgtest", "dbtest", "browsertest", "peertest", "apptest", "web/webtest", "web/kit/kittest", "outbound", "store", "client", "session", "apikey", "push", "signin", "mfa", "account", "role", "tenant", "act", "uses"}
)

// rooms are the packages inside another one, and what each may import of the others there,
// except in tests. The rooms of pages import kit and never each other.
var rooms = map[string][]string{
	"web":         {"web/kit", "web/entry", "web/profile", "web/admin"},
	"web/entry":   {"web/kit"},
	"web/profile": {"web/kit"},
	"web/admin":   {"web/kit"},
	"web/kit":     nil,
}

// allowed is THE table: the project's packages that each package may import, besides
// the root package, its own subpackages and, in tests, the aids. A package
// without a row fails the test. Subpackages share the row of their parent, unless they
// have their own, as packages for tests do; the table rooms says what they may
// import of each other.
var allowed = map[string][]string{
	".": nil, // the nouns import only the standard library, which check tests

	"email":   nil,
	"line":    {"email"},
	"token":   nil,
	"message": nil,
	"seal":    nil,
	"proof":   nil,
	"list":    nil,
	"trace":   nil,
	"look":    nil,
	"picture": nil,

	"recall": nil, // what session checks remember

	"handshake": nil, // how connections over TLS are agreed on

	"policy": nil,
	"risk":   nil,
	"factor": nil,
	"agent":  nil,
	"geo":    nil,
	"gate":   nil,

	"outbound": {"handshake"}, // the HTTP client for configured addresses
	"pace":     nil,           // of long work
	"otlp":     {"trace"},

	"federate": nil, // what protocols of single sign-on have in common
	"openid":   {"federate", "outbound"},
	"saml":     {"federate"},

	"store":  leaves,
	"access": leaves, // pure like a rule; audit, which is above it, uses it for its queries
	"audit":  join([]string{"store", "access", "policy"}, leaves),

	// The parts of acts. Each may import those above it.
	"throttle":  bottom,
	"notify":    join(bottom, []string{"outbound"}),
	"link":      bottom,
	"assurance": bottom,
	"act":       join(bottom, []string{"throttle", "link", "notify", "assurance"}),

	"position": {"store"}, // notices a database that was set back
	"backup":   {"store"}, // makes backups and puts them back

	"follow":  {"store", "audit", "handshake"},          // takes the events of a log elsewhere
	"deposit": {"store", "notify", "outbound", "email"}, // takes the checkpoints of logs elsewhere

	// The nouns. Each may import those above it.
	"password": join(bottom, []string{"act"}),
	"session":  join(bottom, []string{"act", "link", "notify"}),
	"device":   join(bottom, services),
	"mfa":      join(bottom, services),
	"contact":  join(bottom, services),
	"sso":      join(bottom, services, federation, []string{"outbound"}),

	"signin":  join(bottom, services, nouns),
	"account": join(bottom, services, nouns),
	"export":  join(bottom, []string{"act"}),
	"bulk":    join(bottom, []string{"act", "session", "pace"}),
	"tenant":  join(bottom, []string{"act", "sso"}),
	"role":    join(bottom, []string{"act"}),
	"group":   join(bottom, []string{"act"}),
	"apikey":  join(bottom, []string{"act", "notify"}),
	"notice":  join(bottom, []string{"act", "notify"}),
	"push":    join(bottom, []string{"act", "notify", "outbound"}),
	"alert":   join(bottom, []string{"act", "link", "notify", "outbound"}),
	"webhook": join(bottom, []string{"act", "notify", "outbound"}),
	"oauth":   join(bottom, []string{"act", "link", "session", "apikey"}),

	"apps": join(bottom, []string{"act", "link"}),

	"retention": join(bottom, []string{"act", "pace"}),
	"owndata":   join(bottom, []string{"act", "throttle", "notify", "link", "account", "pace"}),

	// Counts what happened.
	"dashboard": join(bottom, []string{"act", "throttle", "notify"}),

	// Asks the others what they know.
	"search": join(bottom, []string{"act", "account", "session", "device"}),

	// Decides sign-ins again that signin decided.
	"preview": join(bottom, []string{"act", "throttle", "mfa", "signin", "tenant", "notify"}), // the last one for its tests

	// Builds all uses.
	"uses": join(bottom, services, nouns, federation, []string{"signin", "account", "bulk", "role", "group", "tenant", "apikey", "push", "oauth", "apps", "alert", "webhook", "notice", "search", "retention", "owndata", "preview", "export", "dashboard"}),

	// The edges translate and never decide; only the uses reach SQL.
	"request": uses,
	"api":     join(uses, []string{"request"}),
	"web":     join(uses, []string{"request", "docs"}),
	"forward": join(uses, []string{"request"}),
	"job":     join(uses, []string{"store"}),

	"docs": nil, // the user guide, which is embedded

	// Only these packages import the edges.
	"server":  join(uses, edges, []string{"store", "deposit", "otlp", "position"}),
	"demo":    join(players, []string{"tenant", "audit", "throttle"}, rules, leaves), // the last two for its tests
	"doctor":  join(uses, []string{"store", "server", "position"}),
	"cmd":     join(uses, edges, []string{"store", "server", "demo", "doctor", "follow", "deposit", "position", "backup"}),
	"apptest": join(uses, edges, []string{"store", "server", "pgtest", "dbtest", "browsertest"}),
	// For the tests of pages.
	"web/kit/kittest": join(uses, []string{"web", "browsertest", "docs"}),
	"web/webtest":     join(uses, edges, []string{"store", "apptest", "browsertest"}),
	"bench":           join(uses, []string{"store", "request", "server", "demo", "pgtest", "apptest"}),

	"fault": {"server", "store", "tenant", "apptest", "dbtest", "pgtest"}, // breaks what a server stands on

	"rules": join(uses, []string{"server"}), // writes docs/rules.md from the tables of the others
	"sbom":  nil,                            // completes the bill of materials of a binary

	"pgtest":      nil,
	"dbtest":      {"store", "pgtest"},
	"browsertest": nil,
	"peertest":    {"outbound"}, // identity providers that others wrote
	"archtest":    nil,

	// The programs of other services import it, so it imports the standard library only, which check tests.
	"client":   nil,
	"examples": {"client"}, // programs as others write them
}

// ban forbids imports from outside the project.
type ban struct {
	imports []string // a path, including everything below it
	except  []string // packages that may import them
	only    []string // packages that may not import them; nil means all but except
	why     string
}

var bans = []ban{
	{
		imports: []string{"database/sql", "github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose"},
		except:  []string{"store", "pgtest", "dbtest", "bench"},
		why:     "store is the only package that speaks SQL",
	},
	{
		imports: []string{"os", "os/exec", "net/http", "io/ioutil"},
		only:    []string{"policy", "risk", "agent"},
		why:     "a rule gets its facts as arguments and does no I/O",
	},
	{
		imports: []string{"net/http", "html/template"},
		only:    join([]string{"store", "audit", "signin", "account", "tenant", "access", "throttle", "session", "device"}, leaves),
		why:     "the edges speak HTTP, the uses do not",
	},
	{
		imports: []string{"go.opentelemetry.io"},
		except:  []string{"trace", "otlp"},
		why:     "what works starts spans with package trace; only otlp sends them",
	},
	{
		imports: []string{"github.com/crewjam/saml", "github.com/russellhaering/goxmldsig", "github.com/beevik/etree"},
		except:  []string{"saml"},
		why:     "saml checks what the library leaves open, and sets limits of the process that it has",
	},
	{
		imports: []string{"github.com/chromedp"},
		except:  []string{"browsertest"},
		why:     "browsertest is how tests speak to a browser",
	},
}

func join(groups ...[]string) []string { return slices.Concat(groups...) }
