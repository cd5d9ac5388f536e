// Command bench measures the frequent operations over HTTP on loopback and prints a table.
//
//	go run ./internal/bench          the session check beside an empty handler;
//	                                 sign-ins beside the bare password hash;
//	                                 the check while sign-ins are in flight;
//	go run ./internal/bench -names   whether the time of an answer tells a stranger which
//	                                 accounts there are, at every route
//	go run ./internal/bench -scale   a lock while 100,000 other names are tried;
//	                                 the check and a user's session list with
//	                                 1,000 and with 1,000,000 sessions
//	go run ./internal/bench -writes  changes with their events: on SQLite beside one that does
//	                                 not wait for the disk, on PostgreSQL beside none noted
//	go run ./internal/bench -lists   the lists of an organisation of a million users, beside
//	                                 one of ten thousand
//
// Things that are compared run in turn in the same run, several rounds each, and the
// medians are printed: quote the ratios. Each server is its own process, so that its CPU
// time is separate from that of the load generator on the same cores.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/internal/pgtest"
)

// plan is how much to measure. With the defaults it takes some minutes.
type plan struct {
	rounds       int
	length       time.Duration
	connections  int
	scale, names bool
	lists        bool
	dashboard    bool
	writes       bool
	sessions     int // in the large table
	users        int // of the large organisation
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "node" {
		exit(serveNode(os.Args[2], os.Args[3], os.Args[4]))
	}
	var p plan
	flag.IntVar(&p.rounds, "rounds", 5, "rounds of each measurement")
	flag.DurationVar(&p.length, "length", 2*time.Second, "length of one round")
	flag.IntVar(&p.connections, "connections", 32, "connections of the load generator")
	flag.BoolVar(&p.scale, "scale", false, "compare a small with a large table of sessions")
	flag.BoolVar(&p.names, "names", false, "compare accounts with names that nobody has")
	flag.IntVar(&p.sessions, "sessions", 1_000_000, "sessions in the large table")
	flag.BoolVar(&p.lists, "lists", false, "compare the lists of a small with those of a large organisation")
	flag.BoolVar(&p.dashboard, "dashboard", false, "compare the dashboard of a small with that of a large organisation")
	flag.BoolVar(&p.writes, "writes", false, "measure changes by how many write at once")
	flag.IntVar(&p.users, "users", 1_000_000, "users of the large organisation")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, p))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp("", "sallyport-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pg, err := pgtest.Start(ctx, pgtest.Options{Durable: true})
	if err != nil {
		return err
	}
	defer pg.Stop()
	b := bench{plan: p, dir: dir, pg: pg}
	if p.names {
		return b.compareNames(ctx)
	}
	if p.lists {
		return b.compareLists(ctx)
	}
	if p.dashboard {
		return b.compareDashboards(ctx)
	}
	if p.writes {
		return b.compareWrites(ctx)
	}
	if p.scale {
		if err := b.flood(ctx); err != nil {
			return err
		}
		return b.compareScales(ctx)
	}
	if err := b.compareChecks(ctx); err != nil {
		return err
	}
	if err := b.acknowledgements(ctx); err != nil {
		return err
	}
	if err := b.compareSignIns(ctx); err != nil {
		return err
	}
	return b.checkUnderSignIns(ctx)
}

type bench struct {
	plan
	dir string
	pg  *pgtest.Server
}

// databases returns the addresses of two new databases, one of each engine.
func (b bench) databases(ctx context.Context, name string) (map[string]string, error) {
	if err := b.pg.CreateDatabase(ctx, name); err != nil {
		return nil, err
	}
	return map[string]string{"SQLite": filepath.Join(b.dir, name+".db"), "PostgreSQL": b.pg.URL(name)}, nil
}

// engines has the engines in the order in which they are printed.
var engines = []string{"SQLite", "PostgreSQL"}
