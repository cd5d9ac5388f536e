package apptest

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// Durable returns the application as an installation has it, for benchmarks of work that others wait for:
// on an empty database that survives a power cut, and with hashes as slow as those of people. A
// database file is in the directory for temporary ones (TMPDIR), which should be on a disk.
func Durable(b *testing.B, engine store.Engine) *App {
	b.Helper()
	dsn := filepath.Join(b.TempDir(), "sallyport.db")
	if engine == store.Postgres {
		server, err := pgtest.Start(b.Context(), pgtest.Options{Durable: true})
		Must(b, err)
		b.Cleanup(server.Stop)
		Must(b, server.CreateDatabase(b.Context(), "durable"))
		dsn = server.URL("durable")
	}
	a := Open(b, dsn)
	a.HashForPeople(b)
	a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1_000_000 }) // one device signs in all the time
	a.Owner(b)
	return a
}

// Beside does some work while the owner signs in again and again, and returns how long the work took.
// It reports what a sign-in takes before and meanwhile, in milliseconds: the median, and what 99 of 100
// take at most. The benchmark's timer runs during the work only.
func (a *App) Beside(b *testing.B, work func() error) time.Duration {
	b.Helper()
	b.StopTimer()
	tries := 0
	before := a.signIns(b, func() bool { tries++; return tries > 200 })
	over, all := make(chan struct{}), make(chan []time.Duration)
	go func() {
		all <- a.signIns(b, func() bool {
			select {
			case <-over:
				return true
			default:
				return false
			}
		})
	}()
	b.StartTimer()
	began := time.Now()
	err := work()
	took := time.Since(began)
	b.StopTimer()
	close(over)
	meanwhile := <-all
	Must(b, err)
	for when, took := range map[string][]time.Duration{"before": before, "meanwhile": meanwhile} {
		if len(took) == 0 {
			b.Fatalf("nobody signed in %s", when)
		}
		for name, share := range map[string]float64{"p50": .5, "p99": .99} {
			b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds())/1000, "ms-"+when+"-"+name)
		}
	}
	return took
}

// signIns signs in until done, with pauses, and returns how long each sign-in took, sorted.
func (a *App) signIns(b *testing.B, done func() bool) (took []time.Duration) {
	visitor := a.Visitor(a.TenantID(b), Client("192.0.2.77", ChromeOnMac))
	for !done() {
		at := time.Now()
		if _, err := a.Try(b.Context(), visitor, OwnerEmail, Password); err != nil {
			b.Error(err)
			return nil
		}
		took = append(took, time.Since(at))
		time.Sleep(50 * time.Millisecond)
	}
	slices.Sort(took)
	return took
}
