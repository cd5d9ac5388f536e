package demo

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
)

// byAdmin does an act in the session of an admin at work. One admin is under attack
// and does nothing for others.
func (w *world) byAdmin(ctx context.Context, act func(sallyport.Actor) error) error {
	admins := []*person{w.manager}
	for _, p := range w.people[3:] {
		if p.user.Role == sallyport.RoleAdmin {
			admins = append(admins, p)
		}
	}
	return w.do(ctx, choose(w, admins).laptop(), act)
}

// chores are what admins do about other people, and how often: at least some times, and
// once for so many people.
var chores = []struct {
	least, people int
	plan          func(w *world, p *person, n int)
}{
	{4, 28, (*world).planLeaver}, {5, 40, (*world).planTermination}, {6, 50, (*world).planSuspension}, {2, 60, (*world).planLevel},
	{2, 200, (*world).planHelper}, {2, 150, (*world).planExemption},
}

func (w *world) planChores() {
	for _, c := range chores {
		for n := range max(c.least, len(w.people)/c.people) {
			c.plan(w, w.next(), n)
		}
	}
}

// chore plans something that an admin does about somebody.
func (w *world) chore(at time.Time, act func(context.Context, sallyport.Actor) error) {
	w.will(at, func(ctx context.Context) error {
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return act(ctx, a) })
	})
}

// planLeaver disables somebody, and enables the first one again, who was on leave.
func (w *world) planLeaver(p *person, n int) {
	when := w.part(0.06 + 0.9*w.rng.Float64()*w.rng.Float64())
	w.chore(when, func(ctx context.Context, a sallyport.Actor) error {
		p.leaving = true
		_, err := w.uses.Accounts.Disable(ctx, a, p.user.ID)
		return err
	})
	if n == 0 {
		w.chore(when.Add(3*day), func(ctx context.Context, a sallyport.Actor) error {
			p.leaving = false
			return w.uses.Accounts.Enable(ctx, a, p.user.ID)
		})
	}
}

func (w *world) planTermination(p *person, _ int) {
	w.chore(w.part(w.rng.Float64()), func(ctx context.Context, a sallyport.Actor) error {
		return w.uses.Sessions.Terminate(ctx, a, p.laptop().session)
	})
}

// planSuspension suspends a session: every third one goes on later, the others are not
// decided upon yet.
func (w *world) planSuspension(p *person, n int) {
	when := w.part(0.96 + 0.035*w.rng.Float64())
	if n%3 == 0 {
		when = w.part(0.2 + 0.6*w.rng.Float64())
		w.chore(when.Add(w.between(time.Hour, 20*time.Hour)), func(ctx context.Context, a sallyport.Actor) error {
			return w.uses.Sessions.Resume(ctx, a, p.laptop().session)
		})
	}
	w.will(when.Add(-time.Minute), able(p, func(ctx context.Context) error { return w.use(ctx, p.laptop()) }))
	w.chore(when, func(ctx context.Context, a sallyport.Actor) error {
		return w.uses.Sessions.Suspend(ctx, a, p.laptop().session)
	})
}

func (w *world) planLevel(p *person, _ int) {
	w.chore(w.part(w.rng.Float64()), func(ctx context.Context, a sallyport.Actor) error {
		return w.uses.Devices.SetLevel(ctx, a, p.laptop().device, sallyport.TrustHigh)
	})
}

// Policies of the organisation: what it began with, and what it made of that after the
// password spraying.
var (
	founding = map[string]any{"deviceAutoRevokeDays": idleDays}
	stricter = map[string]any{
		"passwordMinLength": 12, "lockoutFailures": 5, "lockoutDurationMinutes": 30, "sessionLifetimeMinutes": 43200,
		"sessionMaskIp": false, "deviceCompromise": policy.FlagCompromised,
	}
)

// forFinance is what the organisation decides more strictly for those who pay its bills.
var forFinance = map[string]any{"passwordHistory": 10, "deviceReverifyDays": 60}

// idleDays is after how many days without use the organisation removes a device.
const idleDays = 30

// planPolicy has the owner apply a preset on the first day, and tighten it after a while.
func (w *world) planPolicy() {
	change := func(preset policy.Preset, fields map[string]any, reason string) func(context.Context) error {
		return func(ctx context.Context) error {
			return w.do(ctx, w.owner.laptop(), func(a sallyport.Actor) error {
				now, err := w.uses.Tenants.Read(ctx, a)
				if err == nil {
					_, err = w.uses.Tenants.Save(ctx, a, tenant.Edit{Version: now.Version, Preset: preset, Fields: fields, Reason: reason})
				}
				return err
			})
		}
	}
	w.scene("policy", w.founded.Add(25*time.Minute), change(policy.PresetBalanced, founding, "How we begin"))
	w.scene("policy", w.hour(w.owner, w.begin, 0.3), change("", stricter, "Agreed with the security circle"))
	w.scene("policy", w.hour(w.owner, w.begin, 0.32), func(ctx context.Context) error {
		return w.do(ctx, w.owner.laptop(), func(a sallyport.Actor) error {
			id := w.groups[departments[slices.IndexFunc(departments, func(d *department) bool { return d.name == "Finance" })]]
			_, err := w.uses.Tenants.Save(ctx, a, tenant.Edit{GroupID: id, Fields: forFinance, Reason: "The auditors ask for it"})
			return err
		})
	})
}
