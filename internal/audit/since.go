package audit

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Since returns events of a user, or by them, in order. It decides nothing about who may
// see them.
func Since(ctx context.Context, db store.Queries, which store.EventsOf) ([]sallyport.Event, error) {
	rows, err := db.EventsSince(ctx, which)
	if err != nil {
		return nil, err
	}
	events := make([]sallyport.Event, len(rows))
	for i, row := range rows {
		if events[i], err = decode(row); err != nil {
			return nil, err
		}
	}
	return events, nil
}
