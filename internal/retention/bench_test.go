package retention_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// rowsOf names how many old sessions, and as many attempts, BenchmarkRemove removes: 1000000 for the
// figures of the documentation.
const rowsOf = "SALLYPORT_OLD_ROWS"

// durable returns an empty database on disk that survives a power cut.
func durable(b *testing.B, engine store.Engine) string {
	b.Helper()
	if engine == store.SQLite {
		return filepath.Join(b.TempDir(), "sallyport.db")
	}
	server, err := pgtest.Start(b.Context(), pgtest.Options{Durable: true})
	apptest.Must(b, err)
	b.Cleanup(server.Stop)
	apptest.Must(b, server.CreateDatabase(b.Context(), "retention"))
	return server.URL("retention")
}

// signIns signs in again and again until done, and returns how long each took, sorted.
func signIns(b *testing.B, a *apptest.App, done func() bool) (took []time.Duration) {
	b.Helper()
	visitor := a.Visitor(a.TenantID(b), apptest.Client("192.0.2.77", apptest.ChromeOnMac))
	for !done() {
		at := time.Now()
		if _, err := a.Try(b.Context(), visitor, apptest.OwnerEmail, apptest.Password); err != nil {
			b.Error(err)
			return nil
		}
		took = append(took, time.Since(at))
		time.Sleep(50 * time.Millisecond)
	}
	slices.Sort(took)
	return took
}

// report reports the median of some sign-ins in milliseconds, and what 99 of 100 take at most.
func report(b *testing.B, when string, took []time.Duration) {
	b.Helper()
	for name, share := range map[string]float64{"p50": .5, "p99": .99} {
		b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds())/1000, "ms-"+when+"-"+name)
	}
}

// BenchmarkRemove removes old sessions and attempts while somebody signs in again and again. It reports
// how many go in a second, counting and pauses included, and what a sign-in takes before and meanwhile.
func BenchmarkRemove(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(rowsOf))
	if err != nil {
		n = 5000
	}
	people := max(1, n/100)
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				a := apptest.Open(b, durable(b, engine))
				a.HashForPeople(b) // sign-ins take as long as those of people
				a.Owner(b)
				a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1_000_000 })
				fill(b, a, peopleText, people, people, today(a))
				fill(b, a, sessionsText, n, people, today(a).Add(-2*kept))
				fill(b, a, attemptsText, n, people, today(a).Add(-2*kept))
				tries := 0
				before := signIns(b, a, func() bool { tries++; return tries > 200 })
				var wg sync.WaitGroup
				var meanwhile []time.Duration
				over, began := make(chan struct{}), time.Now()
				b.StartTimer()
				wg.Go(func() {
					meanwhile = signIns(b, a, func() bool {
						select {
						case <-over:
							return true
						default:
							return false
						}
					})
				})
				apptest.Must(b, a.Retention.Apply(b.Context()))
				took := time.Since(began)
				b.StopTimer()
				close(over)
				wg.Wait()
				stay := number(b, a, "SELECT COUNT(*) FROM sessions WHERE id LIKE 's%'") + number(b, a, "SELECT COUNT(*) FROM attempts WHERE id LIKE 'a%'")
				if stay != 10*people || len(meanwhile) == 0 {
					b.Fatalf("%d old rows are left, %d sign-ins", stay, len(meanwhile))
				}
				b.ReportMetric(float64(2*n-stay)/took.Seconds(), "rows/s")
				report(b, "before", before)
				report(b, "meanwhile", meanwhile)
			}
		})
	}
}
