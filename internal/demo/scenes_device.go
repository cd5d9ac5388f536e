package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
)

// deviceScenes are what happens to the phone of a person who signed in on it at home.
var deviceScenes = []struct {
	name    string
	at      float64 // part of the ordinary days
	after   time.Duration
	byAdmin bool
	act     deviceAct
	undone  time.Duration // after which an admin takes it back; 0 for never
	undo    deviceAct
}{
	{"a lost phone", 0.90, 3 * time.Hour, false, (*device.Service).ReportLost, 0, nil},
	{"a phone that turned up", 0.50, 2 * time.Hour, false, (*device.Service).ReportLost, 26 * time.Hour, (*device.Service).Clear},
	{"a suspect phone", 0.88, 90 * time.Minute, true, suspect, 0, nil},
	{"a phone blocked for a day", 0.60, time.Hour, true, (*device.Service).Suspend, 20 * time.Hour, (*device.Service).Resume},
	{"a blocked phone", 0.94, time.Hour, true, (*device.Service).Suspend, 0, nil},
	{"a removed phone", 0.66, 5 * time.Hour, true, (*device.Service).RevokeOf, 0, nil},
}

type deviceAct func(s *device.Service, ctx context.Context, a sallyport.Actor, id string) error

func suspect(s *device.Service, ctx context.Context, a sallyport.Actor, id string) error {
	return s.Flag(ctx, a, id, "The service desk found remote-control software on it that nobody in the team had installed.")
}

func (w *world) planDeviceScenes() {
	for _, s := range deviceScenes {
		p := w.star()
		m := w.at(p.machines[1], p.home)
		do := func(act deviceAct, byAdmin, away bool) func(context.Context) error {
			return func(ctx context.Context) error {
				m.away = away
				by := w.byAdmin
				if !byAdmin {
					by = func(ctx context.Context, act func(sallyport.Actor) error) error { return w.do(ctx, p.laptop(), act) }
				}
				return by(ctx, func(a sallyport.Actor) error { return act(w.uses.Devices, ctx, a, m.device) })
			}
		}
		w.scene(s.name, w.morning(p, s.at), func(ctx context.Context) error {
			w.after(s.after, do(s.act, s.byAdmin, true))
			if s.undo != nil {
				w.after(s.undone, do(s.undo, true, false))
			}
			return w.signIn(ctx, m)
		})
	}
}

// stolenLaptop is reported from the phone, and the thief, who saw the password, tries to
// sign in on it afterwards.
func (w *world) stolenLaptop(ctx context.Context, p *person) error {
	laptop := p.laptop()
	if err := w.use(ctx, laptop); err != nil {
		return err
	}
	m := w.at(p.machines[1], p.home)
	p.machines = []*machine{m}
	w.after(4*time.Hour, func(ctx context.Context) error {
		return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.ReportLost(ctx, a, laptop.device) })
	})
	w.after(7*time.Hour, func(ctx context.Context) error {
		w.at(laptop, p.site.at(p.site.homes[len(p.site.homes)-1]))
		return expect(w.signIn(ctx, laptop), sallyport.CodeDeviceNotTrusted)
	})
	w.after(9*time.Hour, func(ctx context.Context) error { return w.changePassword(ctx, p) })
	return w.signIn(ctx, m)
}

// holiday is a sign-in in a new country, which its owner says was theirs.
func (w *world) holiday(ctx context.Context, p *person) error {
	m := w.at(w.machine(p, iPad), choose(w, abroad))
	w.after(2*day, func(ctx context.Context) error {
		w.after(7*time.Minute, func(ctx context.Context) error { return w.mine(ctx, m) })
		return w.signIn(ctx, m)
	})
	return w.visits(ctx, w.at(p.laptop(), p.home))
}

// impossibleTravel is a new laptop whose cookies somebody took: it signs in where its
// owner is, and an hour later where nobody can be by then.
func (w *world) impossibleTravel(ctx context.Context, p *person) error {
	m := w.machine(p, windowsPC)
	w.at(m, p.site.at(p.site.office))
	w.after(day+52*time.Minute, func(ctx context.Context) error {
		return expect(w.signIn(ctx, w.at(m, farNet)), sallyport.CodeDeviceNotTrusted)
	})
	w.after(day+75*time.Minute, func(ctx context.Context) error {
		return expect(w.signIn(ctx, w.at(m, p.site.at(p.site.office))), sallyport.CodeDeviceNotTrusted)
	})
	w.after(day, func(ctx context.Context) error { return w.signIn(ctx, m) })
	return w.visits(ctx, m)
}

// copiedCookies is a device whose credential comes back after it was replaced.
func (w *world) copiedCookies(ctx context.Context, p *person) error {
	m := w.at(p.laptop(), p.site.at(p.site.office))
	if err := w.visits(ctx, m); err != nil {
		return err
	}
	copied := w.stranger(p, m.model, p.site.at(p.site.homes[0]))
	copied.from.Devices = append(copied.from.Devices, m.from.Devices...)
	w.after(2*time.Hour, func(ctx context.Context) error { return w.signIn(ctx, m) })
	w.after(3*time.Hour, func(ctx context.Context) error {
		m.away = true
		_, err := w.try(ctx, copied, p.user.Email, newPassword())
		return expect(err, refused...)
	})
	return nil
}
