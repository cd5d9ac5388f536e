package notify

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// Counts returns the delivery counts of a channel, for metrics and doctor.
func Counts(ctx context.Context, db *store.Store, channel string) (store.OutboxCounts, error) {
	return db.OutboxCounts(ctx, channel)
}

// How long rows are kept, for operators who look into a complaint. The content of mails is
// erased when they are sent.
const (
	keepSent = 7 * 24 * time.Hour
	keepDead = 30 * 24 * time.Hour
)

// Forget deletes rows that were sent or given up long ago.
func Forget(ctx context.Context, db *store.Store, now time.Time) error {
	const chunk = 1000 // keeps each transaction short
	for {
		var n int64
		err := db.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.DeleteOutbox(ctx, now.Add(-keepSent), now.Add(-keepDead), chunk)
			return err
		})
		if err != nil || n < chunk {
			return err
		}
	}
}

// Retry makes all rows that were given up due again, and returns how many. Expired codes
// are given up again.
func Retry(ctx context.Context, db *store.Store, now time.Time) (n int64, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		n = 0
		for _, c := range Channels {
			m, err := tx.RetryDeadOutbox(ctx, c, now)
			if err != nil {
				return err
			}
			n += m
		}
		return nil
	})
	return n, err
}

// Discard forgets everything that waits: for an organisation whose past is made up, and
// whose people are not to be told of it now.
func Discard(ctx context.Context, db *store.Store) error {
	return db.Write(ctx, func(tx *store.Tx) error { return tx.DeletePendingOutbox(ctx) })
}
