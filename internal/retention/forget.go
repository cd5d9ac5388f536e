package retention

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/internal/pace"
	"github.com/sallyport/sallyport/internal/store"
)

// Forget deletes what has expired, of all organisations. After an error the other kinds follow.
func (s *Service) Forget(ctx context.Context) error {
	var failed error
	for _, of := range Expirings {
		failed = errors.Join(failed, s.forget(ctx, of))
	}
	return failed
}

func (s *Service) forget(ctx context.Context, of Expiring) error {
	removing := pace.Pace{Most: mostRemoved, Fewest: fewest}
	for {
		var more bool
		err := removing.Try(ctx, func(size int) error {
			return s.acts.Keep(ctx, func(tx *store.Tx) error {
				n, err := of.forget(tx, ctx, s.acts.Now().Add(-of.Kept), size)
				more = n == int64(size)
				return err
			})
		})
		if err != nil || !more {
			return err
		}
	}
}
