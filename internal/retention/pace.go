package retention

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

const (
	mostRemoved = 200  // rows in one transaction, which all other writes wait for on SQLite
	mostLooked  = 1000 // rows that are looked at in one read

	// slow is a batch after which the next one is smaller, so that it keeps nobody waiting: where the
	// disk is slow, or others work on the same.
	slow = 100 * time.Millisecond
)

// pace keeps batches small, and pauses between them.
type pace struct {
	most int // rows of a batch
	size int // rows of the next one; 0 for most
}

// try does one batch of up to size rows, and pauses as long as that took. A batch that the database
// did not finish in time is tried again with a quarter of the rows, as far as one. Batches that are slow
// make the next ones smaller, and others make them grow again.
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
			p.size = max(1, p.size/2)
		default:
			p.size = min(p.most, p.size*2)
		}
		if err := rest(ctx, took); err != nil || !again {
			return err
		}
	}
}

// rest waits, or returns why ctx ended.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
