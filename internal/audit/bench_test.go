package audit_test

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// written is how many events of the benchmark have a place in the log, at most: what an export is made
// of. More than that stand only in the table that pages read.
const written = 1_000_000

// BenchmarkLog fills a log with SALLYPORT_LOG_EVENTS events (20,000 by default; on SQLite a tenth of what
// is more than a million), and tells how long its first page takes with each filter, how long an export
// of everything and of a part takes, and how much memory that needs.
func BenchmarkLog(b *testing.B) {
	n := 20_000
	if text := os.Getenv("SALLYPORT_LOG_EVENTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		b.Run(fmt.Sprint(engine), func(b *testing.B) {
			a := apptest.New(b, engine, store.Options{})
			a.Tampered() // verifying so many events afterwards would take longer than all of this
			tenantID := a.TenantID(b)
			fill(b, a, tenantID, min(n, written))
			if engine == store.SQLite {
				multiply(b, a, tenantID, n/10)
			} else {
				multiply(b, a, tenantID, n)
			}
			for b.Loop() {
				pages(b, a, tenantID)
				exports(b, a, tenantID)
			}
		})
	}
}

// fill adds events: of a thousand people, most of whom sign in.
func fill(b *testing.B, a *apptest.App, tenantID string, n int) {
	b.Helper()
	people := make([]string, 1000)
	for i := range people {
		people[i] = fmt.Sprintf("0193-%d", i)
	}
	for from := 0; from < n; from += 1000 {
		events := make([]sallyport.Event, 0, 1000)
		for i := from; i < min(from+1000, n); i++ {
			id := people[i%len(people)]
			actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, UserID: id, SessionID: fmt.Sprint("s", i), Client: apptest.Client(fmt.Sprintf("198.51.%d.%d", i/250%250, i%250), apptest.ChromeOnMac)}
			kind := audit.SignedIn
			if i%50 == 0 {
				kind = audit.PasswordChanged
			}
			e := audit.New(actor, kind, apptest.Start.Add(time.Duration(i)*time.Second))
			e.UserID = id
			events = append(events, e)
		}
		if err := a.DB.Write(context.Background(), func(tx *store.Tx) error { return audit.Append(context.Background(), tx, events...) }); err != nil {
			b.Fatal(err)
		}
	}
	a.Sequence(b)
}

// multiply copies the events in the table, each million later than the one before, until there are n.
func multiply(b *testing.B, a *apptest.App, tenantID string, n int) {
	b.Helper()
	db := dbtest.Raw(b, a.DSN)
	for copies := 1; copies*written < n; copies++ {
		_, err := db.ExecContext(context.Background(), `INSERT INTO events (tenant_id, seq, id, kind, actor_id, user_id, session_id, target_id, ip_bytes, created_at, body, personal, named)
			SELECT tenant_id, seq + $2, id || '-' || CAST($3 AS TEXT), kind, actor_id, user_id, session_id, target_id, ip_bytes, created_at + $4, body, personal, named
			FROM events WHERE tenant_id = $1 AND seq <= $5`, tenantID, int64(copies)*2*written, strconv.Itoa(copies), int64(copies)*written*1_000_000, 2*written)
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "%d events\n", (copies+1)*written) // it takes minutes
	}
	// Statistics, which a database that is in use has.
	if _, err := db.ExecContext(context.Background(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

// pages reports how long the first page of the log takes, at the 99th percentile.
func pages(b *testing.B, a *apptest.App, tenantID string) {
	b.Helper()
	worst, slowest := time.Duration(0), ""
	for name, filters := range map[string]url.Values{
		"all": {}, "a kind": {"kind": {"auth.password_changed"}}, "a group": {"show": {"sign_ins"}}, "a person": {"userId": {"0193-7"}}, "an actor": {"actorId": {"0193-7"}},
		"an address": {"ip": {"198.51.7.9"}}, "a network": {"ip": {"198.51.7.0/24"}}, "dates": {"from": {"2026-03-02"}, "to": {"2026-03-03"}},
		"most kinds": {"kind": mostKinds()}, "a kind and dates": {"kind": {"auth.password_changed"}, "to": {"2026-03-03"}}, "a name": {"q": {"chrome"}}, "a name that is not there": {"q": {"nowhere"}},
	} {
		q, err := list.Events.Parse(filters)
		if err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		for range 100 {
			began := time.Now()
			if _, err := a.Audit.All(context.Background(), owner(tenantID), q); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		if took[98] > worst {
			worst, slowest = took[98], name
		}
	}
	b.Logf("the first page with %s took the longest", slowest)
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms/worst-page")
}

// mostKinds are as many kinds as the dashboard asks for.
func mostKinds() (names []string) {
	for _, k := range audit.Kinds[:36] {
		names = append(names, string(k.Kind))
	}
	return names
}

// exports reports how long exports take, and the greatest heap meanwhile.
func exports(b *testing.B, a *apptest.App, tenantID string) {
	b.Helper()
	for name, filters := range map[string]url.Values{"all": nil, "some": {"kind": {"auth.password_changed"}}} {
		var peak atomic.Uint64
		done := make(chan struct{})
		go func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(50 * time.Millisecond):
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak.Store(max(peak.Load(), m.HeapInuse))
				}
			}
		}()
		runtime.GC()
		began := time.Now()
		p, err := a.Audit.Prepare(context.Background(), owner(tenantID), audit.Export{After: -1, Format: audit.NDJSON, Filters: filters})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Write(context.Background(), io.Discard, func(int64) {}); err != nil {
			b.Fatal(err)
		}
		close(done)
		b.Logf("export of %s: %d events in %v, heap at most %d MB", name, p.Events, time.Since(began).Round(10*time.Millisecond), peak.Load()>>20)
		b.ReportMetric(time.Since(began).Seconds(), "s/export-"+name)
	}
}
