// Package admin is the pages for those who look after an organisation: Settings > Team, Roles and
// Groups.
package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/uses"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Pages are the pages of this room.
type Pages struct {
	*kit.Shell
	uses.All

	tails tails // lines of what happens
}

const (
	teamPath   = kit.TeamPath
	invitePath = teamPath + "/invite"
	rolesPath  = "/settings/roles"
	groupsPath = "/settings/groups"
)

// personPath is the page of somebody, or that of an act on them.
func personPath(id string, act ...string) string { return kit.PersonPath(id, act...) }

// has reports whether a permission is among the actor's, for what a page offers: the use decides.
func has(actor sallyport.Actor, permission access.Permission) bool {
	return access.Allowed(actor, permission, access.Target{TenantID: actor.TenantID}) == nil
}

// may lets go on whoever may do what need asks for on the organisation, and has proven enough.
func (p *Pages) may(v *kit.Visit, need act.Need) error {
	return p.Acts.May(v.R.Context(), p.Actor(v), act.Tenant, need)
}

// mayTo returns somebody whom an act is about, once the reader may do it and has proven enough.
func (p *Pages) mayTo(v *kit.Visit, need act.Need) (sallyport.User, error) {
	actor, id := p.Actor(v), v.R.PathValue("id")
	if err := p.Acts.May(v.R.Context(), actor, act.User(id), need); err != nil {
		return sallyport.User{}, err
	}
	found, err := p.Accounts.Person(v.R.Context(), actor, id)
	return found.User, err
}

// done says what an act did, on the page to go on with.
func done(v *kit.Visit, to, said string, count int) error {
	v.Flash(said, count)
	v.Redirect(to)
	return nil
}
