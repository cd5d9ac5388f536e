package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
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
	p.user, err = w.uses.Accounts.Add(ctx, sallyport.Operator(w.tenantID), n)
	p.joined = true
	return err
}

// invite sends an invitation, which the last one to be hired has not answered yet.
func (w *world) invite(ctx context.Context, p *person, n account.NewUser) error {
	letters, err := w.letters(ctx, func() error {
		return w.byAdmin(ctx, func(a sallyport.Actor) (err error) {
			p.user, err = w.uses.Accounts.Invite(ctx, a, n)
			return err
		})
	})
	if err != nil || p == w.people[len(w.people)-1] {
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
	if _, err := w.uses.Sessions.Check(ctx, w.tenantID, m.from.Session); err != nil || !signOut {
		return err
	}
	actor := w.actor(m)
	m.from.Session, m.session = "", ""
	return w.uses.Sessions.SignOut(ctx, actor)
}

// habits are what people do now and then, and how many of them.
var habits = []struct {
	share float64
	do    func(*world, context.Context, *person) error
}{
	{0.20, (*world).nameDevice}, {0.22, (*world).choosePrimary}, {0.06, (*world).confirmByMail}, {0.15, (*world).trustOther},
	{0.07, (*world).changePassword}, {0.06, (*world).endSession}, {0.03, (*world).removeDevice}, {0.03, (*world).newCodes},
	{0.05, (*world).removeFactor}, {0.03, (*world).forgetPassword},
}

func (w *world) planHabits(p *person) {
	for _, h := range habits {
		if w.chance(h.share) {
			w.will(w.hour(p, p.joins, w.rng.Float64()), w.ofThose(p, h.do))
		}
	}
	if !w.chance(p.department.protected) {
		return
	}
	first, second := choose(w, methods), choose(w, methods)
	at := w.hour(p, p.joins, w.rng.Float64()*w.rng.Float64())
	w.will(at, w.ofThose(p, func(w *world, ctx context.Context, p *person) error {
		return w.enrol(ctx, p.laptop(), w.newFactor(first))
	}))
	if second != first && w.chance(0.45) {
		w.will(w.hour(p, at, w.rng.Float64()), w.ofThose(p, func(w *world, ctx context.Context, p *person) error {
			return w.enrol(ctx, p.laptop(), w.newFactor(second))
		}))
	}
}

// ofThose is something that somebody does who has an account and a machine.
func (w *world) ofThose(p *person, do func(*world, context.Context, *person) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !p.joined || p.leaving || p.laptop().away {
			return nil
		}
		return do(w, ctx, p)
	}
}

var deviceNames = map[sallyport.DeviceType][]string{
	sallyport.DeviceDesktop: {"Work laptop", "Office desktop", "Laptop", "The fast one"},
	sallyport.DeviceMobile:  {"My phone", "Work phone", "Phone with the cracked screen"},
	sallyport.DeviceTablet:  {"Tablet", "Kitchen tablet"},
	sallyport.DeviceUnknown: {"Build server", "Terminal"},
}

func (w *world) nameDevice(ctx context.Context, p *person) error {
	m := choose(w, p.machines)
	return w.rename(ctx, m, choose(w, deviceNames[m.from.Client.Info.Type]))
}

func (w *world) rename(ctx context.Context, m *machine, name string) error {
	return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.Rename(ctx, a, m.device, name) })
}

func (w *world) choosePrimary(ctx context.Context, p *person) error {
	m := p.laptop()
	return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.SetPrimary(ctx, a, m.device) })
}

// confirmByMail is the way to more trust without a second factor: a link that is mailed
// to the owner.
func (w *world) confirmByMail(ctx context.Context, p *person) error {
	m := p.laptop()
	letters, err := w.letters(ctx, func() error {
		return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.Confirm(ctx, a) })
	})
	if err != nil {
		return err
	}
	w.wait(w.between(20*time.Second, 2*time.Minute))
	return w.uses.Devices.ConfirmByLink(ctx, w.mailed(letters, m, "/trust-device/"))
}

// trustOther trusts another device from one that is verified itself.
func (w *world) trustOther(ctx context.Context, p *person) error {
	other := p.machines[len(p.machines)-1]
	if other.device == "" {
		return nil
	}
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Devices.Trust(ctx, a, other.device) })
}

func (w *world) changePassword(ctx context.Context, p *person) error {
	c := account.PasswordChange{Current: p.password, New: newPassword()}
	c.Confirm = c.New
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		if w.chance(0.3) { // after one that was typed badly
			slip := c
			slip.Current += "?"
			if _, err := w.uses.Accounts.ChangePassword(ctx, a, slip); sallyport.CodeOf(err) != sallyport.CodeInvalid {
				return err
			}
			w.wait(w.between(20*time.Second, 40*time.Second))
		}
		_, err := w.uses.Accounts.ChangePassword(ctx, a, c)
		if err == nil {
			p.password = c.New
		}
		return err
	})
}

// endSession ends the oldest of the other sessions.
func (w *world) endSession(ctx context.Context, p *person) error {
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		live, _, err := w.uses.Sessions.ListOwn(ctx, a, "", 100)
		if err != nil || live[0].ID == a.SessionID {
			return err
		}
		return w.uses.Sessions.RevokeOwn(ctx, a, live[0].ID)
	})
}

func (w *world) removeDevice(ctx context.Context, p *person) error {
	if len(p.machines) == 1 || p.machines[1].device == "" {
		return nil
	}
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Devices.Revoke(ctx, a, p.machines[1].device) })
}

func (w *world) newCodes(ctx context.Context, p *person) error {
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		codes, err := w.uses.Factors.NewBackupCodes(ctx, a)
		if err == nil {
			p.codes = codes
		}
		return err
	})
}

func (w *world) removeFactor(ctx context.Context, p *person) error { return w.remove(ctx, p.laptop()) }

// forgetPassword has somebody ask for a new password, and set it through the mailed link.
func (w *world) forgetPassword(ctx context.Context, p *person) error {
	m := w.at(p.laptop(), p.home)
	letters, err := w.letters(ctx, func() error {
		return w.uses.Accounts.RequestReset(ctx, w.tenantID, m.from.Client, "", p.user.Email)
	})
	if err != nil {
		return err
	}
	w.wait(w.between(time.Minute, 4*time.Minute))
	return w.reset(ctx, m, w.mailed(letters, m, "/recovery/"))
}

// reset sets a new password through a mailed link, and signs in with it.
func (w *world) reset(ctx context.Context, m *machine, l link.Mailed) error {
	m.of.password = newPassword()
	if err := w.uses.Accounts.ResetPassword(ctx, l, m.of.password, m.of.password); err != nil {
		return err
	}
	w.wait(15 * time.Second)
	return w.signIn(ctx, m)
}

// mine says that the newest unusual sign-in of a person was theirs.
func (w *world) mine(ctx context.Context, m *machine) error {
	return w.do(ctx, m, func(a sallyport.Actor) error {
		attempts, err := w.uses.Accounts.OwnAttempts(ctx, a, "", 20)
		for _, t := range attempts {
			if t.Successful && t.Assessment.Score >= risk.Unusual && t.Answer == sallyport.AnswerNone {
				return w.uses.Accounts.AnswerMine(ctx, a, t.ID)
			}
		}
		return err
	})
}
