package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/risk"
)

// planLives plans how accounts are made, what people do every day, and what they do
// now and then.
func (w *world) planLives() {
	for _, p := range w.people[1:] {
		w.scene("moving in", p.joins, func(ctx context.Context) error { return w.employ(ctx, p) })
		w.planDays(p)
		if !p.star && !p.played {
			w.planHabits(p)
		}
	}
}

// employ makes a person's account: from the command line while moving in, by an
// admin's invitation afterwards.
func (w *world) employ(ctx context.Context, p *person) (err error) {
	u := p.user
	n := account.NewUser{Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Password: p.password}
	if p.hired {
		return w.invite(ctx, p, n)
	}
	if p.user, err = w.uses.Accounts.Add(ctx, sallyport.Operator(w.tenantID), n); err != nil {
		return err
	}
	p.joined = true
	return w.assign(ctx, p)
}

// invite sends an invitation, which the last one to be hired has not answered yet.
func (w *world) invite(ctx context.Context, p *person, n account.NewUser) error {
	letters, err := w.letters(ctx, func() error {
		return w.byAdmin(ctx, func(a sallyport.Actor) (err error) {
			p.user, err = w.uses.Accounts.Invite(ctx, a, n)
			return err
		})
	})
	if err != nil {
		return err
	}
	if err := w.assign(ctx, p); err != nil || p == w.people[len(w.people)-1] {
		return err
	}
	m := w.at(p.laptop(), p.site.at(p.site.office))
	accepted := account.Acceptance{FirstName: n.FirstName, LastName: n.LastName, Password: p.password, Confirm: p.password}
	w.will(w.now.Add(w.between(10*time.Minute, 5*time.Hour)), func(ctx context.Context) error {
		p.joined = true
		return w.uses.Accounts.AcceptInvitation(ctx, w.mailed(letters, m, "/invitation/"), accepted)
	})
	return nil
}

// planDays plans the working days of a person: with every machine that they take up, one
// visit in the morning, and for tidy people a sign-out in the evening.
func (w *world) planDays(p *person) {
	for today := p.site.midnight(p.joins); today.Before(w.o.Now); today = today.Add(day) {
		presence := 0.88
		if p.site.isWeekend(today) {
			presence = 0.09
		}
		if !w.chance(presence) {
			continue
		}
		start := today.Add(w.around(9*time.Hour+10*time.Minute, 50*time.Minute))
		end, remote := start.Add(w.around(8*time.Hour, 70*time.Minute)), w.chance(p.department.remote)
		for i, m := range p.machines {
			if w.chance(m.daily) {
				from := start.Add(time.Duration(i) * w.between(-time.Hour, 3*time.Hour))
				w.planVisit(m, w.whereabouts(m, from, remote), from, end.Add(-w.between(0, 40*time.Minute)))
			}
		}
	}
}

// whereabouts returns the network of a machine on a day.
func (w *world) whereabouts(m *machine, at time.Time, remote bool) network {
	p, kind := m.of, m.from.Client.Info.Type
	switch {
	case !at.Before(p.trip.from) && at.Before(p.trip.to):
		return p.trip.network
	case kind == sallyport.DeviceMobile && w.chance(0.6): // a carrier's pool gives another address each time
		return p.site.at(p.site.homes[len(p.site.homes)-1])
	case remote || kind == sallyport.DeviceTablet:
		return p.home
	}
	return p.site.at(p.site.office)
}

func (w *world) planVisit(m *machine, where network, from, until time.Time) {
	w.will(from, func(ctx context.Context) error { return w.visit(ctx, m, where) })
	// What happens before the end of the story is seen in lists of sessions.
	if latest := w.o.Now.Add(-w.between(15*time.Second, 25*time.Minute)); until.After(latest) {
		until = latest
	}
	leaves := m.of.tidy && !m.native && w.chance(0.85)
	if leaves || until.After(from) && w.o.Now.Sub(until) < 2*day {
		w.will(until, func(ctx context.Context) error { return w.leave(ctx, m, leaves) })
	}
}

// visit uses a machine on a day.
func (w *world) visit(ctx context.Context, m *machine, where network) error {
	p := m.of
	calm := p.star || p.played
	if !p.joined || m.away || p.leaving && !w.chance(0.15) {
		return nil
	}
	w.at(m, where)
	switch x := w.rng.Float64(); {
	case calm || m.native:
	case x < 0.015: // cookies cleared: the server knows nothing of it
		m.forget()
	case x < 0.035:
		return w.signIn(ctx, m)
	}
	if m.session == "" && !calm {
		if err := w.slip(ctx, m); err != nil {
			return err
		}
	}
	before := m.session
	if err := w.use(ctx, m); err != nil {
		return err
	}
	if m.session != before && !calm && m.doubt >= risk.Unusual && w.chance(0.6) {
		w.will(w.now.Add(w.between(4*time.Minute, 5*time.Hour)), func(ctx context.Context) error { return w.mine(ctx, m) })
	}
	return nil
}

// leave uses a machine for the last time on a day, and signs out on it.
func (w *world) leave(ctx context.Context, m *machine, signOut bool) error {
	if err := w.check(ctx, m); err != nil || !signOut {
		return err
	}
	actor := w.actor(m)
	m.from.Session, m.session = "", ""
	return w.uses.Sessions.SignOut(ctx, actor)
}
