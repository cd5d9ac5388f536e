package pace

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport/sallyport"
)

// Each batch is followed by a pause as long as it took. The next one is as large as the database can
// bear.
func TestPace(t *testing.T) {
	slowDatabase := &sallyport.Error{Code: sallyport.CodeUnavailable}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		took  time.Duration // for each row
		most  int           // rows that the database does in time
		fails error         // beyond that
		sizes string        // of the batches
		tries int           // batches that are asked for
	}{
		"fast":             {time.Microsecond, 200, slowDatabase, "[200 200 200]", 3},
		"slow":             {300 * time.Microsecond, 200, slowDatabase, "[200 100 50 50]", 4},
		"very slow":        {3 * time.Millisecond, 200, slowDatabase, "[200 100 50 50]", 4},
		"fails when large": {time.Microsecond, 20, slowDatabase, "[200 50 12 24 6 12 24 6 12]", 5},
		"fails whatever":   {time.Microsecond, 0, slowDatabase, "[200 50 12 3 1]", 1},
		"our mistake":      {time.Microsecond, 0, broken, "[200]", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := Pace{Most: 200, Fewest: 50}
				var sizes []int
				var busy time.Duration
				began := time.Now()
				var err error
				for range c.tries {
					err = p.Try(t.Context(), func(size int) error {
						sizes = append(sizes, size)
						took := time.Duration(size) * c.took
						busy += took
						time.Sleep(took)
						if size > c.most {
							return c.fails
						}
						return nil
					})
				}
				if fmt.Sprint(sizes) != c.sizes {
					t.Errorf("%v, want %s", sizes, c.sizes)
				}
				if c.most > 0 && (err != nil || time.Since(began) != 2*busy) {
					t.Errorf("%v of %v are busy, %v", busy, time.Since(began), err)
				}
				if c.most == 0 && !errors.Is(err, c.fails) {
					t.Errorf("%v, want %v", err, c.fails)
				}
			})
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p := Pace{Most: 200, Fewest: 50}
	if err := p.Try(ended, func(int) error { return slowDatabase }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
