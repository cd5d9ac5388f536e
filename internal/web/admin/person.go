package admin

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// personPattern is the page of somebody; the addresses of acts on them begin with it.
const personPattern = teamPath + "/{id}"

// person is what there is to know of somebody. Parts that its reader may not see are empty.
type person struct {
	account.Person
	reader   viewer
	policy   sallyport.Policy
	stricter []tenant.Stricter // what groups make stricter of it; nil also for who may not see that
	factors  mfa.Factors
	sessions []sallyport.Session
	more     bool // there are more sessions than shown
	devices  []device.Device
	attempts []sallyport.Attempt // newest first
}

// viewer is who looks at a person.
type viewer struct {
	actor sallyport.Actor
	self  bool // it is their own page
}

// sees reports whether the reader may see what a permission opens.
func (r viewer) sees(p access.Permission) bool { return has(r.actor, p) }

// does reports whether an act is offered: the reader may do it to this person. What more it
// takes is asked for when they do it.
func (p person) does(n act.Need) bool {
	return (!p.reader.self || n.Self) && access.Allowed(p.reader.actor, n.Permission, access.Of(p.User)) == nil
}

// How much of each the page shows.
const (
	sessionsShown = 25
	devicesShown  = 10
	attemptsShown = 10
)

// person gathers what the page of somebody shows.
func (p *Pages) person(v *kit.Visit) (out person, err error) {
	ctx, actor, id := v.R.Context(), p.Actor(v), v.R.PathValue("id")
	if out.Person, err = p.Accounts.Person(ctx, actor, id); err != nil {
		return out, err
	}
	out.reader = viewer{actor, id == actor.UserID}
	if out.policy, err = p.Tenants.PolicyOf(ctx, actor.TenantID, id); err != nil {
		return out, err
	}
	if out.reader.sees(access.PoliciesView) {
		if _, out.stricter, err = p.Tenants.Of(ctx, actor, id); err != nil {
			return out, err
		}
	}
	if out.reader.sees(access.MFAView) {
		if out.factors, err = p.Factors.Of(ctx, actor, id); err != nil {
			return out, err
		}
	}
	return out, errors.Join(p.addSessions(v, &out), p.addDevices(v, &out))
}

// addSessions adds somebody's sessions and attempts to sign in.
func (p *Pages) addSessions(v *kit.Visit, out *person) error {
	if !out.reader.sees(access.SessionsView) {
		return nil
	}
	q := list.OwnSessions.First()
	q.Limit = sessionsShown
	sessions, err := p.Sessions.ListOf(v.R.Context(), out.reader.actor, out.ID, q)
	if err != nil {
		return err
	}
	out.sessions, out.more = sessions.Rows, sessions.Next != ""
	attempts, err := p.Accounts.ListAttempts(v.R.Context(), out.reader.actor, of(list.Attempts, out.ID, attemptsShown))
	out.attempts = attempts.Rows
	return err
}

// addDevices adds somebody's devices, but for those that were used once without trust.
func (p *Pages) addDevices(v *kit.Visit, out *person) error {
	if !out.reader.sees(access.DevicesView) {
		return nil
	}
	found, err := p.Devices.List(v.R.Context(), out.reader.actor, of(list.Devices, out.ID, devicesShown))
	out.devices = found.Rows
	return err
}

// of is the query for the rows of one user in a list.
func of(t *list.Table, userID string, rows int) list.Query {
	q, err := t.Parse(map[string][]string{"userId": {userID}})
	if err != nil {
		q, _ = t.Parse(map[string][]string{"userId": {"none"}}) // the id of nobody
	}
	q.Limit = rows
	return q
}
