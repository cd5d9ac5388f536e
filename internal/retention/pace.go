package retention

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

const (
	mostRemoved = 200  // rows in one transaction, which all other writes wait for on SQLite
	mostLooked  = 1000 // rows that are looked at in one read
	fewest      = 50   // rows of a batch that is only slow: fewer of them would never get on

	// slow is a batch after which the next one is half as large, so that nobody waits for long: where the
	// disk is slow, or others work too. A sign-in writes several times, and can wait for a batch each time.
	slow = 20 * time.Millisecond
	fast = slow / 4 // after which the next one is twice as large
)

// pace keeps batches small, and pauses between them.
type pace struct {
	most int // rows of a batch
	size int // rows of the next one; 0 for most
}

// try does one batch of up to size rows, and pauses as long as that took. A batch that the database
// did not finish in time is tried again with a quarter of the rows, down to one. Slow batches make the
// next ones smaller, and fast ones larger again.
func (p *pace) try(ctx context.Context, batch func(size int) error) error {
	if p.size == 0 {
		p.size = p.most
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
			p.size = max(p.size/2, min(p.size, fewest))
		case took < fast:
			p.size = min(p.size*2, p.most)
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
