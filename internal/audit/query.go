package audit

import (
	"context"
	"math"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Page is a stretch of a feed, newest first.
type Page struct {
	Events []sallyport.Event
	Next   int64 // pass as before to go on; 0 at the end
}

// maxPage bounds one page of events.
const maxPage = 200

// Log reads the logs of all tenants.
type Log struct{ db *store.Store }

// NewLog returns a reader of the logs in db.
func NewLog(db *store.Store) *Log { return &Log{db} }

// Own returns up to limit events, at most 200, that concern the actor's own
// account, below position before (0 for the newest): those of the given kinds,
// or of all. Of what somebody else did they do not say from where.
func (l *Log) Own(ctx context.Context, actor sallyport.Actor, before int64, limit int, kinds ...Kind) (Page, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return Page{}, err
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	limit = max(1, min(limit, maxPage))
	rows, err := l.db.EventsOfUser(ctx, actor.TenantID, actor.UserID, texts(kinds), before, limit+1)
	if err != nil {
		return Page{}, err
	}
	var p Page
	for i, row := range rows {
		if i == limit {
			p.Next = rows[i-1].Seq
			break
		}
		e, err := decode(row)
		if err != nil {
			return Page{}, err
		}
		p.Events = append(p.Events, policy.OwnEvent(actor.UserID, e))
	}
	return p, nil
}

func texts(kinds []Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}
