// Package pace keeps long work from making anybody wait for long. It is done in batches, each in a
// transaction of its own: on SQLite everything else that is written waits for one, on PostgreSQL
// whoever needs the same rows. After each there is a pause as long as the batch took, so at most half of
// the time is used; slow batches make the next ones smaller.
package pace

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

const (
	// slow is a batch after which the next one is half as large, so that nobody waits for long: where the
	// disk is slow, or others work too. A sign-in writes several times, and can wait for a batch each time.
	slow = 20 * time.Millisecond
	fast = slow / 2 // after which the next one is twice as large, and probably not slow
)

// Pace is the pace of one piece of work. It is for one goroutine.
type Pace struct {
	Most   int // rows of a batch; the first one has as many
	Fewest int // rows of a batch that is only slow: fewer of them would never get on

	size int // rows of the next one; 0 for Most
}

// Try does one batch of up to size rows, and pauses as long as that took. A batch that the database
// did not finish in time is tried again with a quarter of the rows, down to one. Slow batches make the
// next ones smaller, and fast ones larger again. It returns the error of the batch, or of ctx when it
// ends in the pause.
func (p *Pace) Try(ctx context.Context, batch func(size int) error) error {
	if p.size == 0 {
		p.size = p.Most
	}
	for {
		began := time.Now()
		err := batch(p.size)
		took := time.Since(began)
		again := sallyport.CodeOf(err) == sallyport.CodeUnavailable && p.size > 1
		switch {
		case again:
			p.size = max(1, p.size/4)
		case err != nil:
			return err
		case took > slow:
			p.size = max(p.size/2, min(p.size, p.Fewest))
		case took < fast:
			p.size = min(p.size*2, p.Most)
		}
		if err := rest(ctx, took); err != nil || !again {
			return err
		}
	}
}

// rest waits for d, or until ctx ends, whose error it returns: also where both are over, and select
// would have taken either.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err()
}
