package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// deed collects what one act changes and the events that tell of it.
type deed struct {
	rows   []func(context.Context, *store.Tx) error
	events []sallyport.Event
}

func (d *deed) row(change func(context.Context, *store.Tx) error) { d.rows = append(d.rows, change) }

// tell adds an event about a person and, unless it is "", one thing of theirs.
// The data are names and values in turn.
func (d *deed) tell(actor sallyport.Actor, kind audit.Kind, p *person, target string, at time.Time, data ...string) {
	e := audit.New(actor, kind, at)
	e.UserID, e.TargetID = p.user.ID, target
	for i := 0; i < len(data); i += 2 {
		if data[i+1] == "" {
			continue
		}
		if e.Data == nil {
			e.Data = map[string]string{}
		}
		e.Data[data[i]] = data[i+1]
	}
	d.events = append(d.events, e)
}

// finish records what has been done.
func (w *world) finish(d *deed, at time.Time) {
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		for _, change := range d.rows {
			if err := change(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	}, d.events...)
}

// as returns the actor that a person is without a session.
func (w *world) as(p *person, c sallyport.Client) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: w.tenantID, UserID: p.user.ID, Role: p.user.Role, Client: c}
}
