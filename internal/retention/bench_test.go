package retention_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
)

// rowsOf names how many old sessions, and as many attempts, BenchmarkRemove removes: 1000000 for the
// figures of the documentation.
const rowsOf = "SALLYPORT_OLD_ROWS"

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
				a := apptest.Durable(b, engine)
				fill(b, a, peopleText, people, people, today(a))
				fill(b, a, sessionsText, n, people, today(a).Add(-2*kept))
				fill(b, a, attemptsText, n, people, today(a).Add(-2*kept))
				took := a.Beside(b, func() error { return a.Retention.Apply(b.Context()) })
				stay := number(b, a, "SELECT COUNT(*) FROM sessions WHERE id LIKE 's%'") + number(b, a, "SELECT COUNT(*) FROM attempts WHERE id LIKE 'a%'")
				if stay != 10*people {
					b.Fatalf("%d old rows are left", stay)
				}
				b.ReportMetric(float64(2*n-stay)/took.Seconds(), "rows/s")
			}
		})
	}
}
