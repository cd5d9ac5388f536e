package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

// How many writers and organisations there are at once. Each writer has a user of its own in each
// organisation.
var (
	writerCounts  = []int{1, 8, 32}
	tenantsOfAll  = []int{1, 10}
	mostWriters   = slices.Max(writerCounts)
	manyTenants   = slices.Max(tenantsOfAll)
	writesColumns = []string{"SQLite", "no fsync", "PostgreSQL", "no events"}
)

// writer is one of the databases that are compared. Its changes leave events, or leave them out.
type writer struct {
	db      *store.Store
	use     uses.All
	silent  bool
	tenants []sallyport.Tenant
	users   [][]sallyport.User // by organisation and writer
}

// compareWrites measures changes: sessions begin and end, each in a transaction of its own.
// It compares SQLite with itself when nothing waits for the disk, and PostgreSQL with itself when
// the same acts note nothing. The files are in the directory for temporary ones (TMPDIR),
// which should be on a disk.
func (b bench) compareWrites(ctx context.Context) error {
	list, err := b.writers(ctx)
	for _, w := range list {
		defer w.db.Close()
	}
	if err != nil {
		return err
	}
	cells := map[[2]int][][]sample{}
	for round := range b.rounds + 1 { // the first round is a warm-up
		for _, tenants := range tenantsOfAll {
			for _, n := range writerCounts {
				cell := [2]int{tenants, n}
				if cells[cell] == nil {
					cells[cell] = make([][]sample, len(list))
				}
				for i, w := range list {
					s, err := w.measure(ctx, tenants, n, b.length)
					if err != nil {
						return fmt.Errorf("%s, %d writers: %w", writesColumns[i], n, err)
					}
					if round > 0 {
						cells[cell][i] = append(cells[cell][i], s)
					}
				}
			}
		}
	}
	b.printWrites(cells)
	return nil
}

func (b bench) printWrites(cells map[[2]int][][]sample) {
	fmt.Printf("\nSessions that begin or end, each with its event, per second; medians of %d rounds of %v\n\n", b.rounds, b.length)
	fmt.Printf("%-8s %-8s", "tenants", "writers")
	for _, name := range writesColumns {
		fmt.Printf(" %10s", name)
	}
	fmt.Printf(" %16s %21s %12s\n", "SQLite/no fsync", "PostgreSQL/no events", "p99, SQLite")
	for _, tenants := range tenantsOfAll {
		for _, n := range writerCounts {
			all := cells[[2]int{tenants, n}]
			fmt.Printf("%-8d %-8d", tenants, n)
			for _, rounds := range all {
				fmt.Printf(" %10.0f", median(rounds).perSecond)
			}
			fmt.Printf(" %16.2f %21.2f %12v\n", ratioOfMedians(all[0], all[1]), ratioOfMedians(all[2], all[3]), median(all[0]).p99.Round(10*time.Microsecond))
		}
	}
	fmt.Println()
}

// writers opens the databases, in the order of writesColumns. What it returns is open, also with
// an error.
func (b bench) writers(ctx context.Context) ([]*writer, error) {
	var list []*writer
	for i, engine := range []string{"SQLite", "SQLite", "PostgreSQL", "PostgreSQL"} {
		dsns, err := b.databases(ctx, "writes"+strconv.Itoa(i))
		if err != nil {
			return list, err
		}
		db, err := store.Open(ctx, dsns[engine], store.Options{Unsafe: i == 1, Connections: 2 * mostWriters, Timeout: time.Minute, Patient: true})
		if err != nil {
			return list, err
		}
		w := &writer{db: db, use: uses.New(uses.Config{DB: db}), silent: i == 3}
		list = append(list, w)
		if err := errors.Join(w.fill(ctx), w.settle(ctx, dsns[engine])); err != nil {
			return list, err
		}
	}
	return list, nil
}

func (w *writer) fill(ctx context.Context) error {
	if err := w.db.Migrate(ctx); err != nil {
		return err
	}
	now := time.Now()
	for i := range manyTenants {
		host := strconv.Itoa(i) + ".example.com"
		if i == 0 {
			host = ""
		}
		t := sallyport.Tenant{ID: token.NewID(), Name: "Bench", Host: host, CreatedAt: now}
		users := make([]sallyport.User, mostWriters)
		err := w.use.Acts.Run(ctx, sallyport.System(t.ID), act.Nobody, act.Need{}, func(a *act.Act) error {
			if err := a.AddTenant(ctx, t); err != nil {
				return err
			}
			for k := range users {
				users[k] = sallyport.User{
					TenantID: t.ID, ID: token.NewID(), Email: "user" + strconv.Itoa(k) + "@example.com",
					Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: now,
				}
				if err := a.AddUser(ctx, users[k]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.tenants, w.users = append(w.tenants, t), append(w.users, users)
	}
	return nil
}

// settle makes changes for a while and then has PostgreSQL look at its tables, which it does by
// itself after some minutes: its plans for empty tables are slow ones for full tables.
func (w *writer) settle(ctx context.Context, dsn string) error {
	if w.db.Engine != store.Postgres {
		return nil
	}
	if _, err := w.measure(ctx, manyTenants, mostWriters, 2*time.Second); err != nil {
		return err
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM ANALYZE")
	return errors.Join(err, db.Close())
}

// measure lets n writers work for a while, spread over the first organisations. It ends when each
// event has its place in the log.
func (w *writer) measure(ctx context.Context, tenants, n int, length time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+length)
	defer cancel()
	took, failed := make([][]time.Duration, n), make([]error, n)
	start, over := time.Now(), make(chan struct{})
	var wg, node sync.WaitGroup
	var late error
	node.Go(func() { late = w.sequence(ctx, over) })
	for i := range n {
		wg.Go(func() { took[i], failed[i] = w.work(ctx, w.users[i%tenants][i], start.Add(length)) })
	}
	wg.Wait()
	close(over)
	node.Wait()
	elapsed, all := time.Since(start), slices.Concat(took...)
	if err := errors.Join(append(failed, late)...); err != nil || len(all) == 0 {
		return sample{}, cmp.Or(err, errors.New("no change was made"))
	}
	slices.Sort(all)
	return sample{perSecond: float64(len(all)) / elapsed.Seconds(), p50: all[len(all)/2], p99: all[len(all)*99/100]}, nil
}

// sequence gives events their places as a node does, and those that are left when it is over.
func (w *writer) sequence(ctx context.Context, over <-chan struct{}) error {
	for {
		select {
		case <-w.use.Sequencer.Woken():
		case <-over:
			return w.use.Sequencer.Run(ctx)
		}
		if err := w.use.Sequencer.Run(ctx); err != nil {
			return err
		}
	}
}

// work begins and ends sessions of a user, and returns how long each change took.
func (w *writer) work(ctx context.Context, u sallyport.User, until time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for time.Now().Before(until) {
		start := time.Now()
		id, err := w.begin(ctx, u)
		if err != nil {
			return took, err
		}
		begun := time.Now()
		if err := w.end(ctx, u.TenantID, id); err != nil {
			return took, err
		}
		took = append(took, begun.Sub(start), time.Since(begun))
	}
	return took, nil
}

func (w *writer) begin(ctx context.Context, u sallyport.User) (id string, err error) {
	err = w.use.Acts.Run(ctx, sallyport.System(u.TenantID), act.User(u.ID), act.Need{}, func(a *act.Act) error {
		v, _, err := session.Begin(ctx, a, session.Start{Client: sallyport.Client{IPAddress: "192.0.2.1"}})
		if id = v.ID; !w.silent {
			a.Note(audit.SignedIn, act.About{Session: v.ID}, "method", "password", "client", "web")
		}
		return err
	})
	return id, err
}

// end is [session.Service.Terminate], or the same change without an event.
func (w *writer) end(ctx context.Context, tenantID, id string) error {
	actor := sallyport.Operator(tenantID)
	if !w.silent {
		return w.use.Sessions.Terminate(ctx, actor, id)
	}
	return w.use.Acts.Run(ctx, actor, act.Session(id), session.NeedTerminate, func(a *act.Act) error {
		if _, err := a.LockSessions(ctx, tenantID, []string{id}); err != nil {
			return err
		}
		return a.EndSessions(ctx, tenantID, []string{id}, store.End{
			Status: sallyport.SessionTerminated, By: act.By(actor), Reason: act.ReasonByAdmin, At: a.Now,
		})
	})
}
