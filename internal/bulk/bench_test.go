package bulk_test

import (
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// sizeOf names how many sessions BenchmarkBulkRevoke revokes: 100000 for the figures of the
// documentation.
const sizeOf = "SALLYPORT_BULK_SESSIONS"

// durable returns an empty database that survives a power cut.
func durable(b *testing.B, engine store.Engine) string {
	b.Helper()
	if engine == store.SQLite {
		return apptest.Migrated(b, engine)
	}
	server, err := pgtest.Start(b.Context(), pgtest.Options{Durable: true})
	apptest.Must(b, err)
	b.Cleanup(server.Stop)
	apptest.Must(b, server.CreateDatabase(b.Context(), "bulk"))
	return server.URL("bulk")
}

// BenchmarkBulkRevoke revokes many sessions by one job while somebody signs in again and again. It
// reports how many it revokes a second, and what a sign-in takes before and meanwhile: the
// median, and for 99 of 100.
func BenchmarkBulkRevoke(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(sizeOf))
	if err != nil {
		n = 2000
	}
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				a := apptest.Open(b, durable(b, engine))
				a.Tampered() // its log is too long to be verified here
				me := owner(b, a)
				crowd(b, a, n/4, 4)
				visitor := a.Visitor(me.TenantID, apptest.Client("192.0.2.77", apptest.ChromeOnMac))
				a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1_000_000 })
				signIns := func(until func() bool) (took []time.Duration) {
					for !until() {
						at := time.Now()
						if _, err := a.Try(b.Context(), visitor, apptest.OwnerEmail, apptest.Password); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(at))
						time.Sleep(100 * time.Millisecond)
					}
					slices.Sort(took)
					return took
				}
				rounds := 0
				before := signIns(func() bool { rounds++; return rounds > 50 })
				j := started(b, a, me, session.Revoke, filter(b, "ip=203.0.113.0/24"), n/4*4)
				b.StartTimer()
				over, wg, began := make(chan struct{}), sync.WaitGroup{}, time.Now()
				var meanwhile []time.Duration
				wg.Go(func() {
					meanwhile = signIns(func() bool {
						select {
						case <-over:
							return true
						default:
							return false
						}
					})
				})
				apptest.Must(b, a.Bulk.Work(b.Context()))
				took := time.Since(began)
				b.StopTimer()
				close(over)
				wg.Wait()
				if got := state(b, a, me, j.ID); got.Status != bulk.Finished || got.Done != int64(n/4*4) {
					b.Fatalf("%+v", got)
				}
				at := func(d []time.Duration, share float64) float64 {
					return float64(d[int(share*float64(len(d)-1))].Microseconds()) / 1000
				}
				b.ReportMetric(float64(n/4*4)/took.Seconds(), "sessions/s")
				b.ReportMetric(at(before, .5), "ms-before-p50")
				b.ReportMetric(at(before, .99), "ms-before-p99")
				b.ReportMetric(at(meanwhile, .5), "ms-meanwhile-p50")
				b.ReportMetric(at(meanwhile, .99), "ms-meanwhile-p99")
			}
		})
	}
}
