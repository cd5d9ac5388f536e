package archtest

import "slices"

// module is the root package, which every package may import.
const module = "github.com/sallyport/sallyport"

// Groups of packages, by the name of their directory under internal, or by
// their path where they are not under it.
var (
	// leaves know nothing of the product but its nouns: addresses, short texts, random
	// tokens, sealed values, the message catalogue, what can be asked of a list.
	leaves = []string{"email", "line", "token", "message", "seal", "list"}

	// rules decide from their arguments alone.
	rules = []string{"policy", "risk", "factor", "agent", "geo"}

	// bottom is what the uses stand on.
	bottom = join([]string{"store", "audit", "access"}, rules, leaves)

	// services are what acts are made of, below the nouns.
	services = []string{"throttle", "notify", "link", "assurance", "act"}

	// nouns each hold the acts on one noun, or serve those that do.
	nouns = []string{"password", "session", "device", "mfa"}

	// uses do acts; the edges see them and what they speak of.
	uses = join([]string{"uses", "signin", "account", "tenant"}, services, nouns, []string{"audit", "access"}, rules, leaves)

	// players are what made-up people need who live by the same uses as real ones:
	// neither store nor act, so that nothing of theirs is written past the uses.
	players = []string{"uses", "account", "signin", "device", "mfa", "link", "notify", "job"}

	// edges are what the world speaks to, and the work that nobody asked for.
	edges = []string{"request", "api", "web", "job"}

	// aids are what tests, of any package, may import besides their row.
	aids = []string{"pgtest", "dbtest", "browsertest", "apptest", "web/webtest", "web/kit/kittest", "store", "session", "signin", "mfa", "act", "uses"}
)

// rooms are the packages inside another one, and what each may import of the others there,
// tests aside: the pages stand on what they are made of, and know nothing of each other.
var rooms = map[string][]string{
	"web":         {"web/kit", "web/entry", "web/profile"},
	"web/entry":   {"web/kit"},
	"web/profile": {"web/kit"},
	"web/kit":     nil,
}

// allowed is THE table: what each package may import of the project, besides
// the root package, its own subpackages and, in its tests, the aids. A package
// without a row fails the test. Subpackages share the row of their parent, unless they
// have one of their own, as those for tests do; the table of rooms says what they may
// import of each other.
var allowed = map[string][]string{
	".": nil, // the nouns: standard library only, which check sees to

	"email":   nil,
	"line":    nil,
	"token":   nil,
	"message": nil,
	"seal":    nil,
	"list":    nil,

	"policy": nil,
	"risk":   nil,
	"factor": nil,
	"agent":  nil,
	"geo":    nil,

	"outbound": nil, // calls out, for those who may

	"store":  leaves,
	"access": leaves, // pure like a rule; below audit, whose queries ask it
	"audit":  join([]string{"store", "access", "policy"}, leaves),

	// What acts are made of, each on those above it.
	"throttle":  bottom,
	"notify":    join(bottom, []string{"outbound"}),
	"link":      bottom,
	"assurance": bottom,
	"act":       join(bottom, []string{"throttle", "link", "notify", "assurance"}),

	// The nouns, in the same way.
	"password": join(bottom, []string{"act"}),
	"session":  join(bottom, []string{"act"}),
	"device":   join(bottom, services),
	"mfa":      join(bottom, services),

	"signin":  join(bottom, services, nouns),
	"account": join(bottom, services, nouns),
	"tenant":  join(bottom, []string{"act"}),

	// Puts all of them together.
	"uses": join(bottom, services, nouns, []string{"signin", "account", "tenant"}),

	// The edges translate and never decide; SQL is below the uses.
	"request": uses,
	"api":     join(uses, []string{"request"}),
	"web":     join(uses, []string{"request"}),
	"job":     join(uses, []string{"store"}),

	// Only what puts the parts together sees the edges.
	"server":  join(uses, edges, []string{"store"}),
	"demo":    join(players, []string{"audit", "throttle"}, rules, leaves), // the two for its tests
	"doctor":  join(uses, []string{"store", "server"}),
	"cmd":     join(uses, edges, []string{"store", "server", "demo", "doctor"}),
	"apptest": join(uses, edges, []string{"store", "server", "pgtest", "dbtest", "browsertest"}),
	// For the tests of pages.
	"web/kit/kittest": join(uses, []string{"web", "browsertest"}),
	"web/webtest":     join(uses, edges, []string{"store", "apptest", "browsertest"}),
	"bench":           join(uses, []string{"store", "request", "server", "demo", "pgtest", "apptest"}),

	"rules": uses, // writes docs/rules.md from the tables of the others

	"pgtest":      nil,
	"dbtest":      {"store", "pgtest"},
	"browsertest": nil,
	"archtest":    nil,

	// Other people's services import it, so it drags nothing internal along.
	"client": nil,
}

// ban keeps imports from outside the project out of packages.
type ban struct {
	imports []string // a path, and everything below it
	except  []string // the packages that may
	only    []string // the packages that may not; nil means all but except
	why     string
}

var bans = []ban{
	{
		imports: []string{"database/sql", "github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose"},
		except:  []string{"store", "pgtest", "dbtest"},
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
		imports: []string{"github.com/chromedp"},
		except:  []string{"browsertest"},
		why:     "browsertest is how tests speak to a browser",
	},
}

func join(groups ...[]string) []string { return slices.Concat(groups...) }
