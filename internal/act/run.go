package act

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/trace"
)

// PolicyOf returns the policy of a tenant as read through db, which is the store or
// a transaction. A policy that cannot be read is an error, never the default.
type PolicyOf func(ctx context.Context, db store.Queries, tenantID string) (sallyport.Policy, error)

// Config is what a runner needs.
type Config struct {
	DB     *store.Store
	Outbox *notify.Outbox // nil when acts mail nobody
	Base   link.Base      // what links in mails start with
	Policy PolicyOf       // of organisations; nil for those that are stored
	Now    func() time.Time
}

// Runner runs acts for all tenants. Its queries read outside of any transaction.
type Runner struct {
	store.Queries
	Now func() time.Time

	db     *store.Store
	outbox *notify.Outbox
	base   link.Base
	policy PolicyOf
	ended  []func(sessionID string)
	seen   []func(sallyport.Event)
}

// New returns a runner. Without Config.Policy it uses the stored policies.
func New(c Config) *Runner {
	return &Runner{Queries: c.DB.Queries, Now: inMicroseconds(c.Now), db: c.DB, outbox: c.Outbox, base: c.Base, policy: c.Policy}
}

// inMicroseconds returns a clock that is as exact as the database: what an act answers is
// then the same as what is read again.
func inMicroseconds(now func() time.Time) func() time.Time {
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// Policy returns the policy of a tenant as it is now.
func (r *Runner) Policy(ctx context.Context, tenantID string) (sallyport.Policy, error) {
	return r.PolicyOf(ctx, tenantID, "")
}

// PolicyOf returns the policy of a user as it is now: the strictest of the tenant and of their groups.
func (r *Runner) PolicyOf(ctx context.Context, tenantID, userID string) (sallyport.Policy, error) {
	p, err := r.policies(ctx, r.Queries, tenantID, userID)
	return p.Of(userID), err
}

// PoliciesOf returns the policies of some users as they are now.
func (r *Runner) PoliciesOf(ctx context.Context, tenantID string, userIDs []string) (Policies, error) {
	return r.policies(ctx, r.Queries, tenantID, userIDs...)
}

// May returns nil when the actor could now do what n asks for, and otherwise the
// error of Run. Forms ask it before they are shown, and acts before slow work; the
// act checks again in its transaction.
func (r *Runner) May(ctx context.Context, actor sallyport.Actor, on On, n Need) error {
	a := r.prepare(&store.Tx{Queries: r.Queries}, actor)
	owner, err := on.owner(ctx, r.Queries, actor.TenantID)
	if err != nil {
		return err
	}
	if owner != "" {
		if a.User, err = r.User(ctx, actor.TenantID, owner); err != nil {
			return err
		}
	}
	if a.policies, err = r.policies(ctx, r.Queries, actor.TenantID, actor.UserID); err != nil {
		return err
	}
	return a.may(ctx, on, n)
}

// Run does one act. It locks, always in this order, the organisation (for acts in
// changesOwners), then by id the user whom the act concerns and the actor. It checks n, calls
// do, and appends what do noted. The engine may have the transaction tried again, so do
// can run more than once and must keep nothing from a run that failed.
//
// Besides the errors of do it returns: ErrNotFound for what does not exist, is not
// the actor's, or is of another tenant; ErrForbidden; CodeNotSignedIn when the actor's
// session ended after the edge checked it; CodeStepUp with what has to be proven.
func (r *Runner) Run(ctx context.Context, actor sallyport.Actor, on On, n Need, do func(*Act) error) error {
	return r.Each(ctx, actor, []On{on}, n, func(a *Act, _ string) error { return do(a) })
}

// Each does an act on each item of a batch in one transaction: all of them or none.
// do gets the id of the item.
func (r *Runner) Each(ctx context.Context, actor sallyport.Actor, batch []On, n Need, do func(a *Act, id string) error) error {
	return r.write(ctx, span{"act.run", n, len(batch)}, func(ctx context.Context, tx *store.Tx) error {
		a := r.prepare(tx, actor)
		users, err := a.lock(ctx, batch, changesOwners[n.Permission])
		if err != nil {
			return err
		}
		if err := r.readPolicies(ctx, a, users); err != nil {
			return err
		}
		for i, on := range batch {
			item := *a
			item.User, item.Policy = users[i], a.policies.Of(users[i].ID)
			if err := item.may(ctx, on, n); err != nil {
				return err
			}
			if err := do(&item, on.id); err != nil {
				return err
			}
		}
		return r.append(ctx, a)
	})
}

// Across does one act on things of many users in one transaction. It locks those users and the
// actor as Run does, by one statement, and checks n once. do gets the act, which has no user, and
// may: nil for a user whom the actor may act on; otherwise ErrForbidden, or ErrNotFound for one
// who is not there. So do can leave out what is theirs.
func (r *Runner) Across(ctx context.Context, actor sallyport.Actor, userIDs []string, n Need, do func(a *Act, may func(userID string) error) error) error {
	return r.write(ctx, span{"act.across", n, len(userIDs)}, func(ctx context.Context, tx *store.Tx) error {
		a := r.prepare(tx, actor)
		if changesOwners[n.Permission] {
			if err := a.LockTenant(ctx, actor.TenantID); err != nil {
				return err
			}
		}
		users, err := a.lockAll(ctx, userIDs)
		if err != nil {
			return err
		}
		if err := r.readPolicies(ctx, a, slices.Collect(maps.Values(users))); err != nil {
			return err
		}
		if err := a.may(ctx, Nobody, n); err != nil {
			return err
		}
		err = do(a, func(userID string) error {
			u, ok := users[userID]
			if !ok {
				return sallyport.ErrNotFound
			}
			item := *a
			item.User = u
			return item.allowed(ctx, User(userID), n)
		})
		if err != nil {
			return err
		}
		return r.append(ctx, a)
	})
}

// ByLink does an act through a mailed link, and uses the link up. link.ErrExpired when
// the link is unknown, used, replaced or too old, or its user cannot use it at present.
func (r *Runner) ByLink(ctx context.Context, m link.Mailed, do func(*Act, link.Link) error) error {
	found, _, err := r.Linked(ctx, m)
	if err != nil {
		return err
	}
	return r.write(ctx, span{"act.link", Need{}, 1}, func(ctx context.Context, tx *store.Tx) error {
		a := r.prepare(tx, sallyport.Actor{Type: sallyport.ActorUser, TenantID: m.TenantID, UserID: found.UserID, Client: m.Client})
		users, err := a.lock(ctx, []On{User(found.UserID)}, false)
		if err != nil {
			return err
		}
		if a.User = users[0]; !m.Kind.Opens(a.User.Status) {
			return link.ErrExpired
		}
		if err := r.readPolicies(ctx, a, users); err != nil {
			return err
		}
		a.Policy = a.policies.Of(a.User.ID)
		if err := link.Take(ctx, tx, found); err != nil {
			return err
		}
		if err := do(a, found); err != nil {
			return err
		}
		return r.append(ctx, a)
	})
}

// Linked returns an unused mailed link, without using it up, and the user it was mailed
// to. Errors are those of ByLink.
func (r *Runner) Linked(ctx context.Context, m link.Mailed) (link.Link, sallyport.User, error) {
	found, err := link.Find(ctx, r.Queries, m, r.Now())
	if err != nil {
		return found, sallyport.User{}, err
	}
	u, err := r.User(ctx, m.TenantID, found.UserID)
	if err == nil && !m.Kind.Opens(u.Status) {
		err = link.ErrExpired
	}
	return found, u, err
}

// Keep makes changes that have no actor and leave no event: what a job records or
// deletes, spent tries, flows.
func (r *Runner) Keep(ctx context.Context, do func(*store.Tx) error) error {
	return r.db.Write(ctx, do)
}

// span is what a trace says of an act.
type span struct {
	name  string
	need  Need
	items int
}

// write does an act in one transaction, as a part of the trace that ctx is in.
func (r *Runner) write(ctx context.Context, s span, do func(context.Context, *store.Tx) error) error {
	ctx, part := trace.Start(ctx, s.name)
	part.Set(trace.Permission, string(s.need.Permission))
	part.Set(trace.StepUp, string(s.need.StepUp))
	part.SetCount(trace.Items, s.items)
	err := r.db.Write(ctx, func(tx *store.Tx) error { return do(ctx, tx) })
	part.End(err)
	return err
}

// showKinds tells the trace of an act which kinds of events it appends.
func showKinds(ctx context.Context, events []sallyport.Event) {
	part := trace.In(ctx)
	if !part.Recording() {
		return
	}
	kinds := make([]string, len(events))
	for i, e := range events {
		kinds[i] = e.Kind
	}
	part.SetAll(trace.Events, kinds)
}

func (r *Runner) prepare(tx *store.Tx, actor sallyport.Actor) *Act {
	return &Act{Tx: tx, Actor: actor, Now: r.Now(), outbox: r.outbox, base: r.base, did: &deeds{}}
}

// readPolicies reads the policies of the users whom an act concerns and of its actor.
func (r *Runner) readPolicies(ctx context.Context, a *Act, users []sallyport.User) (err error) {
	ids := []string{a.Actor.UserID}
	for _, u := range users {
		if !slices.Contains(ids, u.ID) {
			ids = append(ids, u.ID)
		}
	}
	a.policies, err = r.policies(ctx, a.Queries, a.Actor.TenantID, ids...)
	a.Policy = a.policies.Of("")
	return err
}

// lock locks the users whom a batch concerns and the actor, and returns the user of
// each item. After it the actor has the role that is stored now.
func (a *Act) lock(ctx context.Context, batch []On, lockTenant bool) ([]sallyport.User, error) {
	owners := make([]string, len(batch))
	for i, on := range batch {
		var err error
		if owners[i], err = on.owner(ctx, a.Queries, a.Actor.TenantID); err != nil {
			return nil, err
		}
	}
	if lockTenant {
		if err := a.LockTenant(ctx, a.Actor.TenantID); err != nil {
			return nil, err
		}
	}
	ids := slices.Clone(owners)
	if a.Actor.Type == sallyport.ActorUser {
		ids = append(ids, a.Actor.UserID)
	}
	slices.Sort(ids)
	locked := map[string]sallyport.User{"": {}}
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		u, err := a.LockUser(ctx, a.Actor.TenantID, id)
		if errors.Is(err, sallyport.ErrNotFound) && id == a.Actor.UserID {
			err = sallyport.ErrNotSignedIn
		}
		if err != nil {
			return nil, err
		}
		locked[id] = u
	}
	if err := a.readRole(ctx, locked[a.Actor.UserID]); err != nil {
		return nil, err
	}
	users := make([]sallyport.User, len(owners))
	for i, id := range owners {
		users[i] = locked[id]
	}
	return users, nil
}

// lockAll locks many users and the actor, and returns those that there are, by id.
func (a *Act) lockAll(ctx context.Context, userIDs []string) (map[string]sallyport.User, error) {
	ids := slices.Clone(userIDs)
	if a.Actor.Type == sallyport.ActorUser {
		ids = append(ids, a.Actor.UserID)
	}
	slices.Sort(ids)
	found, err := a.LockUsers(ctx, a.Actor.TenantID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	locked := make(map[string]sallyport.User, len(found))
	for _, u := range found {
		locked[u.ID] = u
	}
	me, here := locked[a.Actor.UserID]
	if !here && a.Actor.Type == sallyport.ActorUser {
		return nil, sallyport.ErrNotSignedIn
	}
	return locked, a.readRole(ctx, me)
}

// readRole gives the actor the role that is stored now, and keeps what it allows as it is until
// the act ends.
func (a *Act) readRole(ctx context.Context, me sallyport.User) error {
	if a.Actor.Type != sallyport.ActorUser {
		return nil
	}
	a.Actor.Role, a.Actor.Granted = me.Role, ""
	if me.Role.BuiltIn() || me.ID == "" {
		return nil
	}
	r, err := a.HoldRole(ctx, me.TenantID, string(me.Role))
	if _, err = Ignore(err); err != nil { // a role that is gone allows nothing
		return err
	}
	a.Actor.Granted = r.Permissions
	return nil
}

// append ends the API keys, and removes the links, flows and push subscriptions, that the act makes invalid, writes messages to chats, and writes the notes as
// events, in the last statements of the transaction. What follows from an act for other
// parts is derived from its notes here and nowhere else, so that no new way of ending a
// session can forget it.
func (r *Runner) append(ctx context.Context, a *Act) error {
	if err := a.voidKeys(ctx); err != nil {
		return err
	}
	for _, e := range a.did.events {
		if endings[audit.Kind(e.Kind)] {
			a.AfterCommit(func() {
				for _, forget := range r.ended {
					forget(e.SessionID)
				}
			})
		}
	}
	if events := a.did.events; len(r.seen) > 0 && len(events) > 0 {
		a.AfterCommit(func() {
			for _, e := range events {
				for _, see := range r.seen {
					see(e)
				}
			}
		})
	}
	if err := a.void(ctx); err != nil {
		return err
	}
	if err := a.voidPush(ctx); err != nil {
		return err
	}
	if err := a.alert(ctx); err != nil {
		return err
	}
	showKinds(ctx, a.did.events)
	return audit.Append(ctx, a.Tx, a.did.events...)
}

// endings are the kinds of event after which the named session gives no access.
var endings = map[audit.Kind]bool{
	audit.SignedOut: true, audit.SessionRevoked: true, audit.SessionTerminated: true, audit.SessionSuspended: true, audit.SessionExpired: true,
	audit.RefreshReused: true,
}

// OnEnd registers what this node forgets of a session that gives no access any more.
// It is called after the commit.
func (r *Runner) OnEnd(forget func(sessionID string)) { r.ended = append(r.ended, forget) }

// OnEvent registers what counts events. It is called after the commit, on the node that did the
// act.
func (r *Runner) OnEvent(see func(sallyport.Event)) { r.seen = append(r.seen, see) }

// By names an actor as in TerminatedBy: a user by id, others by their type.
func By(actor sallyport.Actor) string {
	if actor.Type == sallyport.ActorUser {
		return actor.UserID
	}
	return string(actor.Type)
}
