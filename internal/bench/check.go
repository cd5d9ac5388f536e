package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// compareChecks compares the session check on both engines with an empty handler.
func (b bench) compareChecks(ctx context.Context) error {
	dsns, err := b.databases(ctx, "checks")
	if err != nil {
		return err
	}
	contest, orgs, err := b.checkers(ctx, dsns)
	if err != nil {
		return err
	}
	rounds, err := b.contest(ctx, contest)
	if err != nil {
		return err
	}
	fmt.Printf("Session check over HTTP on loopback, %d connections, medians of %d rounds of %v\n\n", b.connections, b.rounds, b.length)
	fmt.Printf("%-52s %12s %10s %10s %12s %9s\n", "", "requests/s", "p50", "p99", "CPU/request", "ratio")
	for i, c := range contest {
		m := median(rounds[i])
		fmt.Printf("%-52s %12.0f %10v %10v %12v %9.2f\n", c.name, m.perSecond, m.p50.Round(time.Microsecond), m.p99.Round(time.Microsecond),
			m.cpu.Round(100*time.Nanosecond), ratioOfMedians(rounds[i], rounds[0]))
	}
	fmt.Printf("\nThe check itself, without HTTP\n\n")
	for _, e := range engines {
		r, err := benchmarkCheck(ctx, dsns[e], orgs[e])
		if err != nil {
			return err
		}
		fmt.Printf("%-28s %9d ns/op %6d B/op %4d allocs/op\n", e, r.NsPerOp(), r.AllocedBytesPerOp(), r.AllocsPerOp())
	}
	fmt.Println()
	return nil
}

// checkers fills databases, and returns who is compared: an empty handler, one node of each engine, quiet and while
// people sign in, and three nodes.
func (b bench) checkers(ctx context.Context, dsns map[string]string) (contest []contestant, orgs map[string]organisation, err error) {
	contest = []contestant{{name: "empty handler", kind: "empty", requests: [][]byte{get("/", "")}}}
	orgs = map[string]organisation{}
	for _, e := range engines {
		if orgs[e], err = fill(ctx, dsns[e], 1000); err != nil {
			return nil, nil, err
		}
		one := contestant{name: "session check, " + e, kind: "sallyport", dsn: dsns[e], requests: checks(orgs[e])}
		busy := one
		busy.name, busy.signingIn = one.name+", 10 sign-ins/s", orgs[e].users
		contest = append(contest, one, busy)
	}
	three := contestant{name: "session check, PostgreSQL, 3 nodes, 10 sign-ins/s", kind: "sallyport", beside: 2}
	more, err := b.databases(ctx, "checks_of_three")
	if err != nil {
		return nil, nil, err
	}
	three.dsn = more["PostgreSQL"]
	o, err := fill(ctx, three.dsn, 1000)
	if err != nil {
		return nil, nil, err
	}
	three.requests, three.signingIn = checks(o), o.users
	contest = append(contest, three)
	return contest, orgs, nil
}

func checks(o organisation) [][]byte {
	var out [][]byte
	for _, t := range o.tokens {
		out = append(out, get("/api/v1/session", t))
	}
	return out
}

// contestant is one of the servers that are compared.
type contestant struct {
	name, kind, dsn string
	requests        [][]byte
	beside          int              // further nodes on the same database
	signingIn       []sallyport.User // ten of them a second, meanwhile
}

// contest runs all contestants in turn, round by round.
func (b bench) contest(ctx context.Context, list []contestant) ([][]sample, error) {
	nodes := make([]*node, len(list))
	for i, c := range list {
		if same := slices.IndexFunc(list, func(o contestant) bool { return o.kind == c.kind && o.dsn == c.dsn }); same < i {
			nodes[i] = nodes[same]
			continue
		}
		n, err := b.start(ctx, c.kind, c.dsn)
		if err != nil {
			return nil, err
		}
		defer n.stop()
		nodes[i] = n
		for range c.beside {
			other, err := b.start(ctx, c.kind, c.dsn)
			if err != nil {
				return nil, err
			}
			defer other.stop()
		}
	}
	rounds := make([][]sample, len(list))
	for round := range b.rounds + 1 { // the first round is a warm-up
		for i, c := range list {
			end := c.signIn(ctx, nodes[i])
			s, err := sendLoad(ctx, nodes[i], b.connections, b.length, c.requests)
			end()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				rounds[i] = append(rounds[i], s)
			}
		}
	}
	return rounds, nil
}

// signIn lets ten people a second sign in at a node, until end is called.
func (c contestant) signIn(ctx context.Context, n *node) (end func()) {
	if len(c.signingIn) == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
				wg.Go(func() { signIn(ctx, n, c.signingIn[i%len(c.signingIn)].Email, nil) }) //nolint:errcheck // the end cuts some off
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// ratioOfMedians returns the throughput of a divided by that of limit.
func ratioOfMedians(a, limit []sample) float64 {
	return median(a).perSecond / median(limit).perSecond
}

func benchmarkCheck(ctx context.Context, dsn string, o organisation) (testing.BenchmarkResult, error) {
	db, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return testing.BenchmarkResult{}, err
	}
	if err := db.Remember(ctx, store.DefaultMemory); err != nil {
		return testing.BenchmarkResult{}, err
	}
	sessions := uses.New(uses.Config{DB: db}).Sessions
	return testing.Benchmark(func(tb *testing.B) {
		tb.ReportAllocs()
		for i := 0; tb.Loop(); i++ {
			if _, err = sessions.Check(ctx, o.tenant.ID, o.tokens[i%len(o.tokens)]); err != nil {
				tb.Fatal(err)
			}
		}
	}), err
}

// compareScales compares a small with a large table of sessions.
func (b bench) compareScales(ctx context.Context) error {
	small, err := b.databases(ctx, "small")
	if err != nil {
		return err
	}
	large, err := b.databases(ctx, "large")
	if err != nil {
		return err
	}
	for _, e := range engines {
		var checking, listing []contestant
		for _, size := range []struct {
			dsn string
			n   int
		}{{small[e], 1000}, {large[e], b.sessions}} {
			o, err := fill(ctx, size.dsn, size.n)
			if err != nil {
				return err
			}
			var lists [][]byte
			for _, t := range o.tokens {
				lists = append(lists, get("/api/v1/me/sessions", t))
			}
			name := fmt.Sprintf("%s, %d sessions", e, size.n)
			checking = append(checking, contestant{name: name, kind: "sallyport", dsn: size.dsn, requests: checks(o)})
			listing = append(listing, contestant{name: name, kind: "sallyport", dsn: size.dsn, requests: lists})
		}
		for _, c := range []struct {
			what string
			list []contestant
		}{{"Session check", checking}, {"A user's session list", listing}} {
			rounds, err := b.contest(ctx, c.list)
			if err != nil {
				return err
			}
			fmt.Printf("%s, %d connections, medians of %d rounds of %v\n\n", c.what, b.connections, b.rounds, b.length)
			for i, v := range c.list {
				m := median(rounds[i])
				fmt.Printf("%-36s %12.0f requests/s  p50 %10v  p99 %10v  ratio %.2f\n", v.name, m.perSecond,
					m.p50.Round(time.Microsecond), m.p99.Round(time.Microsecond), ratioOfMedians(rounds[i], rounds[0]))
			}
			fmt.Println()
		}
	}
	return nil
}
