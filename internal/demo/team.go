package demo

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/role"
)

// helpDesk is a role that the organisation made.
var helpDesk = role.Input{
	Name: "Help desk", Description: "Looks people up and ends their sessions",
	Permissions: []string{"devices.view", "mfa.view", "sessions.terminate", "sessions.view", "users.view"},
}

// organise makes a group of each department, and the role of the help desk.
func (w *world) organise(ctx context.Context) error {
	by := sallyport.Operator(w.tenantID)
	w.groups = map[*department]string{}
	for _, d := range append(departments, administration) {
		g, err := w.uses.Groups.Add(ctx, by, d.name, "")
		if err != nil {
			return err
		}
		w.groups[d] = g.ID
	}
	r, err := w.uses.Roles.Add(ctx, by, helpDesk)
	w.helpDesk = sallyport.Role(r.ID)
	if err != nil {
		return err
	}
	return w.assign(ctx, w.owner)
}

// assign puts a person into the group of their department.
func (w *world) assign(ctx context.Context, p *person) error {
	_, err := w.uses.Groups.AddMembers(ctx, sallyport.Operator(w.tenantID), w.groups[p.department], []string{p.user.ID})
	return err
}

// planHelper gives somebody the role of the help desk.
func (w *world) planHelper(p *person, _ int) {
	w.chore(w.part(0.1+0.3*w.rng.Float64()), func(ctx context.Context, a sallyport.Actor) error {
		_, err := w.uses.Accounts.ChangeRole(ctx, a, p.user.ID, w.helpDesk)
		return err
	})
}

// planExemption exempts somebody who waits for a new phone.
func (w *world) planExemption(p *person, _ int) {
	w.chore(w.part(0.9+0.08*w.rng.Float64()), func(ctx context.Context, a sallyport.Actor) error {
		return w.uses.Factors.Exempt(ctx, a, p.user.ID, w.now.Add(20*day), "Waits for a new phone")
	})
}
