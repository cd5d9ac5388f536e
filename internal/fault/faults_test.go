package fault

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// fault is something that is done to what the nodes stand on.
type fault struct {
	name    string
	engines []store.Engine
	times   int  // in make test
	nodes   int  // 0 is one; a SQLite file has one
	fresh   bool // each time on another ground, since the fault cannot be taken back
	ground  func(t *testing.T, engine store.Engine) *ground
	inject  func(t *testing.T, r *round)
}

// ground is what the nodes stand on.
type ground struct {
	dsn             string          // of the nodes
	first           string          // where the accounts are made, when that is another one
	judged          string          // the DSN to judge, when it is another one
	server, standby *pgtest.Server  // of our own
	gateways        *gateways       // of mails and text messages
	with            func(*settings) // what the nodes need besides
}

var (
	both     = []store.Engine{store.SQLite, store.Postgres}
	sqlite   = []store.Engine{store.SQLite}
	postgres = []store.Engine{store.Postgres}
)

// faults is THE table of what is injected.
var faults = []fault{
	{name: "node killed", engines: both, times: 4, ground: plain, inject: killNode},
	{name: "one of three nodes killed", engines: postgres, times: 1, nodes: 3, ground: plain, inject: killNode},
	{name: "clocks ahead and back", engines: both, times: 1, nodes: 3, ground: plain, inject: moveClocks},
	{name: "disk does not sync", engines: sqlite, times: 1, ground: plain, inject: failing("fsync,fdatasync", "EIO")},
	{name: "disk full", engines: sqlite, times: 1, ground: plain, inject: failing("pwrite64", "ENOSPC")},
	{name: "disk does not sync", engines: postgres, times: 1, ground: breakable, inject: failing("fsync,fdatasync", "EIO")},
	{name: "disk full", engines: postgres, times: 1, ground: breakable, inject: failing("pwrite64,pwritev", "ENOSPC")},
	{name: "PostgreSQL killed", engines: postgres, times: 1, ground: breakable, inject: killPostgres},
	{name: "PostgreSQL frozen", engines: postgres, times: 1, ground: breakable, inject: freezePostgres},
	{name: "primary killed, standby promoted", engines: postgres, times: 1, nodes: 3, fresh: true, ground: pair, inject: promote},
	{name: "primary frozen, standby promoted", engines: postgres, times: 1, nodes: 2, fresh: true, ground: pair, inject: promoteBesideFrozen},
	{name: "gateways hang", engines: both, times: 1, fresh: true, ground: reachable, inject: hangGateways},
}

// round is one injection.
type round struct {
	*storm
	g    *ground
	rand *rand.Rand

	texting *account // whose second factor are text messages
	nodes   []*node
	back    time.Duration // until sign-ins worked again
	slow    time.Duration // how long an answer took meanwhile, once the fault was noticed
}

// TestKillsAndFaults injects each fault in the middle of a storm, and judges.
func TestKillsAndFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		for _, engine := range f.engines {
			t.Run(f.name+"/"+string(engine), func(t *testing.T) {
				t.Parallel()
				f.run(t, engine)
			})
		}
	}
}

func (f fault) run(t *testing.T, engine store.Engine) {
	rounds := apptest.Rounds(f.times)
	if !f.fresh {
		f.on(t, engine, rounds)
		return
	}
	for range rounds {
		t.Run("once", func(t *testing.T) { f.on(t, engine, 1) })
	}
}

// on injects the fault a number of times on one ground.
func (f fault) on(t *testing.T, engine store.Engine, rounds int) {
	g := f.ground(t, engine)
	judged := cmp.Or(g.judged, g.dsn)
	all := prepare(t, cmp.Or(g.first, g.dsn), rounds)
	nodes := 1
	if engine == store.Postgres {
		nodes = max(1, f.nodes)
	}
	r := &round{g: g, nodes: g.nodes(t, nodes)}
	s := newSite()
	for i, these := range all {
		seed := rand.Uint64()
		r = &round{g: g, nodes: r.nodes, texting: these.texting, rand: rand.New(rand.NewPCG(seed, workers))}
		s.move(r.urls()...)
		r.storm = begin(s, these.accounts, seed)
		r.wait(t, 30+r.rand.IntN(60))
		f.inject(t, r)
		r.end()
		report.add(f.name, string(engine), r, judge(t, r.history, s, judged, these.accounts))
		if t.Failed() {
			t.Fatalf("round %d of seed %d", i, seed)
		}
	}
}

// plain is a database of tests.
func plain(t *testing.T, engine store.Engine) *ground {
	return &ground{dsn: apptest.Migrated(t, engine)}
}

func (g *ground) settings(t *testing.T) settings {
	s := settings{Database: g.dsn, Data: t.TempDir()}
	if g.with != nil {
		g.with(&s)
	}
	return s
}

func (g *ground) nodes(t *testing.T, n int) (nodes []*node) {
	for range n {
		nodes = append(nodes, start(t, g.settings(t)))
	}
	return nodes
}

func (r *round) urls() (urls []string) {
	for _, n := range r.nodes {
		urls = append(urls, n.url)
	}
	return urls
}

// killNode kills one node, and starts it again.
func killNode(t *testing.T, r *round) {
	i := r.rand.IntN(len(r.nodes))
	r.nodes[i].kill()
	if len(r.nodes) > 1 {
		r.wait(t, 30) // the others go on
	}
	r.end()
	r.nodes[i] = start(t, r.g.settings(t))
	r.site.move(r.urls()...)
	r.back = until(t, r.site, 20*time.Second)
}

// tallies is the table that is printed at the end.
type tallies struct {
	mu   sync.Mutex
	rows map[[2]string]*row
}

type row struct {
	injected, acknowledged, refused, unknown, raced int
	judged
	back, slow time.Duration
}

var report = tallies{rows: map[[2]string]*row{}}

func (x *tallies) add(fault, engine string, r *round, j judged) {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := [2]string{fault, engine}
	if x.rows[key] == nil {
		x.rows[key] = &row{}
	}
	n := x.rows[key]
	n.injected++
	n.acknowledged += r.counts[acknowledged]
	n.refused += r.counts[refused]
	n.unknown += r.counts[unknown]
	n.raced += r.raced
	n.judged = judged{n.kept + j.kept, n.ended + j.ended, n.codes + j.codes, n.changes + j.changes}
	n.back, n.slow = max(n.back, r.back), max(n.slow, r.slow)
}

func (x *tallies) print() {
	if len(x.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "fault\tengine\tinjected\tacknowledged\trefused\tunknown\tchecks in races\tkept\trevoked, refused\tcodes once\tpasswords\tmeanwhile at most\tback after")
	keys := make([][2]string, 0, len(x.rows))
	for key := range x.rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, key := range keys {
		n := x.rows[key]
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%v\n", key[0], key[1], n.injected, n.acknowledged, n.refused, n.unknown, n.raced,
			n.kept, n.ended, n.codes, n.changes, n.slow.Round(time.Millisecond), n.back.Round(10*time.Millisecond))
	}
}
