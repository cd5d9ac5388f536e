package bulk_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/bulk"
	"github.com/sallyport/sallyport/internal/session"
)

// sizeOf names how many sessions BenchmarkBulkRevoke revokes: 100000 for the figures of the
// documentation.
const sizeOf = "SALLYPORT_BULK_SESSIONS"

// BenchmarkBulkRevoke revokes many sessions by one job while somebody signs in again and again. It
// reports how many it revokes a second, and what a sign-in takes before and meanwhile.
func BenchmarkBulkRevoke(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(sizeOf))
	if err != nil {
		n = 2000
	}
	n = n / 4 * 4
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				a := apptest.Durable(b, engine)
				a.Tampered() // its log is too long to be verified here
				me := owner(b, a)
				crowd(b, a, n/4, 4)
				j := started(b, a, me, session.Revoke, filter(b, "ip=203.0.113.0/24"), n)
				took := a.Beside(b, func() error { return a.Bulk.Work(b.Context()) })
				if got := state(b, a, me, j.ID); got.Status != bulk.Finished || got.Done != int64(n) {
					b.Fatalf("%+v", got)
				}
				b.ReportMetric(float64(n)/took.Seconds(), "sessions/s")
			}
		})
	}
}
