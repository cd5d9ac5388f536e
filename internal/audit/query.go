package audit

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// PolicyOf returns the policy of a tenant as it is now.
type PolicyOf func(ctx context.Context, tenantID string) (sallyport.Policy, error)

// Log reads the logs of all tenants.
type Log struct {
	db     *store.Store
	policy PolicyOf
}

// NewLog returns a reader of the logs in db.
func NewLog(db *store.Store, policy PolicyOf) *Log { return &Log{db, policy} }

// Own returns a page of the events that concern the actor's own account. It hides where
// somebody else acted from.
func (l *Log) Own(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Event], error) {
	none := list.Page[sallyport.Event]{}
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return none, err
	}
	p, err := l.policy(ctx, actor.TenantID)
	if err != nil {
		return none, err
	}
	return l.of(ctx, actor.TenantID, actor.UserID, q, func(e sallyport.Event) sallyport.Event { return policy.OwnEvent(p, actor.UserID, e) })
}

// Of returns a page of the events that concern somebody's account. It needs users.view; whoever
// may not see sessions sees no address, device and place. ErrNotFound when there is no such user.
func (l *Log) Of(ctx context.Context, actor sallyport.Actor, userID string, q list.Query) (list.Page[sallyport.Event], error) {
	none, all := list.Page[sallyport.Event]{}, access.Target{TenantID: actor.TenantID}
	if _, err := l.db.User(ctx, actor.TenantID, userID); err != nil {
		return none, err
	}
	if err := access.Allowed(actor, access.UsersView, all); err != nil {
		return none, err
	}
	return l.of(ctx, actor.TenantID, userID, q, places(actor))
}

// About returns a page of the events of the organisation that a query asks for. It needs
// users.view. Whoever may not see sessions sees no address, device and place, and may not ask for
// one; whoever may not read the log sees only what happened on somebody's account: other events are
// empty but for their time.
func (l *Log) About(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Event], error) {
	none, all := list.Page[sallyport.Event]{}, access.Target{TenantID: actor.TenantID}
	if err := access.Allowed(actor, access.UsersView, all); err != nil {
		return none, err
	}
	if err := access.Allowed(actor, access.SessionsView, all); err != nil && q.Given("ip") != nil {
		return none, err
	}
	rows, err := l.db.ListEvents(ctx, actor.TenantID, q.Mean("show", kindsOf))
	if err != nil {
		return none, err
	}
	found, err := shown(rows, places(actor))
	if access.Allowed(actor, access.AuditView, all) != nil {
		for i, e := range found.Rows {
			if e.UserID == "" {
				found.Rows[i] = sallyport.Event{CreatedAt: e.CreatedAt}
			}
		}
	}
	return found, err
}

// places hides where an event came from from whoever may not see sessions.
func places(actor sallyport.Actor) func(sallyport.Event) sallyport.Event {
	seen := access.Allowed(actor, access.SessionsView, access.Target{TenantID: actor.TenantID}) == nil
	return func(e sallyport.Event) sallyport.Event {
		if !seen {
			e.IPAddress, e.Device, e.Location = "", sallyport.DeviceInfo{}, sallyport.Location{}
		}
		return e
	}
}

// of returns a page of the events that concern a user, as show changes them.
func (l *Log) of(ctx context.Context, tenantID, userID string, q list.Query, show func(sallyport.Event) sallyport.Event) (list.Page[sallyport.Event], error) {
	rows, err := l.db.OwnEvents(ctx, tenantID, userID, q.Mean("show", kindsOf))
	if err != nil {
		return list.Page[sallyport.Event]{}, err
	}
	return shown(rows, show)
}

// shown returns a page of events, as show changes them.
func shown(rows list.Page[store.EventRow], show func(sallyport.Event) sallyport.Event) (list.Page[sallyport.Event], error) {
	page := list.Page[sallyport.Event]{Next: rows.Next, Searched: rows.Searched}
	for _, row := range rows.Rows {
		e, err := decode(row)
		if err != nil {
			return list.Page[sallyport.Event]{}, err
		}
		page.Rows = append(page.Rows, show(e))
	}
	return page, nil
}

// kindsOf returns the kinds of event of a group, by the group's name in lists.
func kindsOf(group string) (kinds []string) {
	for _, row := range Kinds {
		if row.Group == Group(group) {
			kinds = append(kinds, string(row.Kind))
		}
	}
	return kinds
}

// Passed is an event at its place in the log.
type Passed struct {
	Position int64
	sallyport.Event
}

// PassedFrom returns the events at up to limit places of a tenant's log from a position on, in order,
// and the position after them. Events that cannot be read, which verification tells of, are left out.
func PassedFrom(ctx context.Context, db store.Queries, tenantID string, from int64, limit int) (events []Passed, next int64, err error) {
	placed, err := db.PlacedEvents(ctx, tenantID, from, limit)
	if err != nil {
		return nil, from, err
	}
	for _, p := range placed {
		next = p.Position + 1
		if p.Event == nil {
			continue
		}
		if e, err := decode(*p.Event); err == nil {
			events = append(events, Passed{p.Position, e})
		}
	}
	return events, max(next, from), nil
}

// PassedAt returns the event at a place of a tenant's log, nil for one that cannot be read.
func PassedAt(ctx context.Context, db store.Queries, tenantID string, position int64) (*Passed, error) {
	events, _, err := PassedFrom(ctx, db, tenantID, position, 1)
	if err != nil || len(events) == 0 || events[0].Position != position {
		return nil, err
	}
	return &events[0], nil
}

// PassedOf returns an event of a tenant by its id. ErrNotFound when there is none, or it has no place yet.
func PassedOf(ctx context.Context, db store.Queries, tenantID, id string) (Passed, error) {
	p, err := placed(ctx, db, tenantID, id)
	if err == nil && p.Position < 0 {
		err = sallyport.ErrNotFound
	}
	return Passed{p.Position, p.Event}, err
}
