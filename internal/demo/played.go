package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/mfa"
)

// planPlayed gives the three people whom a visitor plays something to see.
func (w *world) planPlayed() {
	w.planOwner()
	w.planManager()
	w.planMember()
	// From the last sign-in, or the last change, on their passwords are hashed as the
	// installation hashes all.
	for i, p := range []*person{w.owner, w.member} {
		w.scene("played", w.o.Now.Add(-time.Duration(96-55*i)*time.Minute), func(ctx context.Context) error {
			return w.signInBy(ctx, w.real.SignIn, w.at(p.laptop(), p.site.at(p.site.office)))
		})
	}
	w.scene("played", w.o.Now.Add(-71*time.Minute), func(ctx context.Context) error {
		p := w.manager
		c := account.PasswordChange{Current: p.password, New: newPassword()}
		c.Confirm = c.New
		return w.do(ctx, w.at(p.laptop(), p.site.at(p.site.office)), func(a sallyport.Actor) error {
			_, err := w.real.Accounts.ChangePassword(ctx, a, c)
			p.password = c.New
			return err
		})
	})
}

// signInOn plans a sign-in on a machine in a network.
func (w *world) signInOn(at time.Time, m *machine, n network) {
	w.scene("played", at, func(ctx context.Context) error { return w.signIn(ctx, w.at(m, n)) })
}

// useOn plans the last use of a machine.
func (w *world) useOn(at time.Time, m *machine) {
	w.scene("played", at, func(ctx context.Context) error { return w.use(ctx, m) })
}

// travels are where the owner signed in besides the office, and how long before the end
// they did it and used the session for the last time.
var travels = []struct {
	model     model
	site      int // index of sites
	ago, last time.Duration
}{
	{iPhoneApp, 0, 26 * day, 52 * time.Minute},
	{linuxPC, 7, 6*day + 5*time.Hour, 5*day + 9*time.Hour},
	{windowsPC, 1, 4*day + 2*time.Hour, 3*day + 22*time.Hour},
	{iPad, 0, 30 * time.Hour, 20 * time.Hour},
}

// planOwner gives the owner sessions at several places, of which two were left behind
// on the way, besides those that have ended, and a former second factor.
func (w *world) planOwner() {
	p := w.owner
	laptop, office := w.machine(p, macBook), p.site.at(p.site.office)
	p.machines = []*machine{laptop}
	for _, v := range travels {
		m, s, ago := w.machine(p, v.model), sites[v.site], min(v.ago, time.Duration(w.o.Days-1)*day)
		w.signInOn(w.o.Now.Add(-ago), m, s.at(s.office))
		w.useOn(w.o.Now.Add(-v.last), m)
	}
	for today := p.site.midnight(w.founded).Add(day); today.Before(w.o.Now.Add(-day)); today = today.Add(day) {
		if p.site.isWeekend(today) || w.ownerTravels(today) {
			continue
		}
		w.signInOn(today.Add(w.around(8*time.Hour+40*time.Minute, 15*time.Minute)), laptop, office)
		w.will(today.Add(w.around(17*time.Hour, 15*time.Minute)), func(ctx context.Context) error { return w.leave(ctx, laptop, true) })
	}
	w.useOn(w.o.Now.Add(-2*time.Minute), laptop)
	w.scene("played", w.hour(p, w.begin, 0.2), func(ctx context.Context) error {
		return w.enrol(ctx, laptop, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Old phone"})
	})
	w.scene("played", w.hour(p, w.begin, 0.27), func(ctx context.Context) error { return w.remove(ctx, laptop) })
	w.scene("played", w.hour(p, w.begin, 0.34), func(ctx context.Context) error { return w.settle(ctx, p, "Office laptop") })
	w.scene("played", w.hour(p, w.begin, 0.38), func(ctx context.Context) error { return w.confirmByMail(ctx, p) })
}

// ownerTravels reports whether the owner is too far away to come to the office on a day.
func (w *world) ownerTravels(today time.Time) bool {
	for _, v := range travels {
		if far := w.o.Now.Add(-v.ago).Sub(today.Add(9 * time.Hour)); v.site != 0 && far.Abs() < 30*time.Hour {
			return true
		}
	}
	return false
}

// settle names the laptop of a person and makes it the primary device.
func (w *world) settle(ctx context.Context, p *person, name string) error {
	if err := w.rename(ctx, p.laptop(), name); err != nil {
		return err
	}
	return w.choosePrimary(ctx, p)
}

// planManager gives the admin an authenticator app and backup codes, some of them used.
func (w *world) planManager() {
	p := w.manager
	w.scene("played", p.joins.Add(40*time.Minute), func(ctx context.Context) error {
		return w.enrol(ctx, p.laptop(), mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
	})
	for _, when := range []float64{0.12, 0.3, 0.47} {
		w.scene("played", w.part(when), func(ctx context.Context) error {
			p.lost = true // for once
			return w.signIn(ctx, w.at(p.laptop(), p.home))
		})
	}
	w.scene("played", w.part(0.52), func(ctx context.Context) error { return w.settle(ctx, p, "Work laptop") })
}

// planMember gives the member trusted devices and an unusual sign-in to answer.
func (w *world) planMember() {
	p := w.member
	p.machines = []*machine{w.machine(p, desktops[3]), w.machine(p, iPhoneApp)}
	for _, when := range []float64{0.16, 0.3, 0.62} { // so that none comes by itself shortly before those abroad
		w.signInOn(w.part(when), p.laptop(), p.home)
		w.signInOn(w.part(when), p.machines[1], p.home)
	}
	w.scene("played", w.part(0.2), func(ctx context.Context) error { return w.settle(ctx, p, "Laboratory laptop") })
	w.scene("played", w.part(0.25), func(ctx context.Context) error { return w.confirmByMail(ctx, p) })
	w.scene("played", w.part(0.33), func(ctx context.Context) error { return w.trustOther(ctx, p) })
	hotel, borrowed := w.machine(p, android), w.machine(p, iPad)
	w.signInOn(w.part(0.5), hotel, abroad[0])
	w.scene("played", w.part(0.5).Add(6*time.Minute), func(ctx context.Context) error { return w.mine(ctx, hotel) })
	w.signInOn(w.o.Now.Add(-19*time.Hour), borrowed, abroad[2])
	w.useOn(w.o.Now.Add(-18*time.Hour), borrowed)
}
