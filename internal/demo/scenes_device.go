package demo

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
)

// stars is how many people the scenes of factors and devices are about.
const stars = 14

// chooseStars sets people apart for scenes, so that nothing else comes between.
func (w *world) chooseStars() {
	w.cast()
	for _, p := range w.actors[:stars] {
		p.star, p.trip, p.careful = true, trip{}, 1
		p.machines = []*machine{p.machines[0], newMachine(choose(w, phones[:5]))}
		w.stars = append(w.stars, p)
	}
	w.actors = w.actors[stars:]
	for _, p := range w.people {
		if p.played {
			p.trip, p.careful = trip{}, 1
		}
	}
}

func (w *world) takeStar() *person {
	p := w.stars[0]
	w.stars = w.stars[1:]
	return p
}

// planDevices has people name their devices, say which is their primary one, and
// confirm some.
func (w *world) planDevices() {
	names := map[sallyport.DeviceType][]string{
		sallyport.DeviceDesktop: {"Work laptop", "Office desktop", "Laptop", "The fast one"},
		sallyport.DeviceMobile:  {"My phone", "Work phone", "Phone with the cracked screen"},
		sallyport.DeviceTablet:  {"Tablet", "Kitchen tablet"},
		sallyport.DeviceUnknown: {"Build server", "Terminal"},
	}
	for _, p := range w.people {
		if w.chance(0.2) {
			m := choose(w, p.machines)
			name := choose(w, names[m.info.Type])
			w.will(w.hour(p, p.joins, w.rng.Float64()), func(at time.Time) {
				if g := m.device; p.is(at) && g != nil && !g.blocked() {
					w.rename(w.within(p, at), g, name, at)
				}
			})
		}
		if w.chance(0.22) {
			w.will(w.hour(p, p.joins, w.rng.Float64()), func(at time.Time) {
				if p.is(at) {
					w.choosePrimary(w.here(p, at), at)
				}
			})
		}
		if w.chance(0.06) {
			w.will(w.hour(p, p.joins, w.rng.Float64()), func(at time.Time) { w.confirmByMail(p, at) })
		}
		if len(p.machines) > 1 && w.chance(0.15) {
			w.will(w.hour(p, p.joins, w.rng.Float64()), func(at time.Time) { w.confirmOther(p, p.machines[1], at) })
		}
	}
	for range max(2, len(w.people)/60) {
		p := w.cast()
		w.will(w.part(w.rng.Float64()), func(at time.Time) {
			if g := p.machines[0].device; p.is(at) && g != nil && !g.blocked() {
				d, actor := &deed{}, w.admin(at)
				w.level(d, actor, g, sallyport.TrustHigh, policy.SetByAdmin, at)
				w.finish(d, at)
			}
		})
	}
	for range max(3, len(w.people)/30) {
		p := w.cast()
		w.will(w.part(0.1+0.88*w.rng.Float64()), func(at time.Time) {
			if len(p.machines) < 2 || !p.is(at) {
				return
			}
			if g := p.machines[1].device; g != nil && g.Status == sallyport.DeviceActive && g.TrustLevel > sallyport.TrustNone {
				w.revoke(w.within(p, at), g, device.ReasonRevokedByUser, at)
			}
		})
	}
}

// confirmByMail is the way to more trust without a second factor: a link that is
// mailed to the owner.
func (w *world) confirmByMail(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	s := w.here(p, at)
	g := s.on
	if g.blocked() {
		return
	}
	w.stepUp(s, policy.ManageDevices, at)
	d := &deed{}
	d.tell(w.in(s), audit.DeviceConfirmationMailed, p, g.ID, at)
	w.finish(d, at)
	w.will(at.Add(w.between(time.Minute, 9*time.Minute)), func(at time.Time) {
		if g.blocked() || policy.Trust(w.policy, g.Device, at) > policy.LevelOf(policy.ConfirmedByMail) {
			return
		}
		d := &deed{}
		w.level(d, w.as(p, s.client), g, policy.LevelOf(policy.ConfirmedByMail), policy.ConfirmedByMail, at)
		w.finish(d, at)
	})
}

// confirmOther trusts another device from one that is verified itself.
func (w *world) confirmOther(p *person, m *machine, at time.Time) {
	if g := m.device; p.is(at) && g != nil && !g.blocked() {
		s := w.here(p, at)
		w.stepUp(s, policy.ManageDevices, at)
		to := policy.LevelOf(policy.ConfirmedElsewhere)
		if policy.Trust(w.policy, s.on.Device, at) < to || policy.Trust(w.policy, g.Device, at) >= to || g == s.on {
			return
		}
		d := &deed{}
		w.level(d, w.in(s), g, to, policy.ConfirmedElsewhere, at)
		w.finish(d, at)
	}
}

// known makes sure that a second machine of p's has a device at a moment.
func (w *world) known(p *person, at time.Time) *gadget {
	m := p.machines[1]
	if m.device == nil || m.device.blocked() {
		w.signIn(p, m, w.client(m, p.home), at, false)
	}
	return m.device
}

// planDeviceScenes is what happens to devices: lost, found again, suspected,
// blocked and removed; and sign-ins from where nobody expects them.
func (w *world) planDeviceScenes() {
	lost := w.takeStar()
	w.will(w.part(0.9), func(at time.Time) { w.known(lost, at) })
	w.will(w.part(0.9).Add(3*time.Hour), func(at time.Time) { w.reportLost(lost, at) })

	found := w.takeStar()
	w.will(w.part(0.5), func(at time.Time) { w.known(found, at) })
	w.will(w.part(0.5).Add(2*time.Hour), func(at time.Time) { w.reportLost(found, at) })
	w.will(w.part(0.5).Add(26*time.Hour), func(at time.Time) {
		found.machines[1].lost = false
		w.clear(w.admin(at), found.machines[1].device, at)
	})

	suspect := w.takeStar()
	w.will(w.part(0.88), func(at time.Time) { w.known(suspect, at) })
	w.will(w.part(0.88).Add(90*time.Minute), func(at time.Time) {
		d, actor := &deed{}, w.admin(at)
		w.flag(d, actor, suspect.machines[1].device, device.Flag{
			By: device.ByAdmin, Reason: "The service desk found remote-control software on it that nobody in the team had installed.",
		}, at)
		w.finish(d, at)
	})

	for i, p := range []*person{w.takeStar(), w.takeStar()} {
		start := w.part(0.6 + 0.34*float64(i))
		w.will(start, func(at time.Time) { w.known(p, at) })
		w.will(start.Add(time.Hour), func(at time.Time) { w.block(w.admin(at), p.machines[1].device, at) })
		if i == 0 {
			w.will(start.Add(20*time.Hour), func(at time.Time) { w.unblock(w.admin(at), p.machines[1].device, at) })
		}
	}

	old := w.takeStar()
	w.will(w.part(0.66), func(at time.Time) { w.known(old, at) })
	w.will(w.part(0.66).Add(5*time.Hour), func(at time.Time) {
		w.revoke(w.admin(at), old.machines[1].device, device.ReasonRevokedByAdmin, at)
	})

	for _, when := range []float64{0.36, 0.79} {
		p, m := w.takeStar(), newMachine(iPad)
		p.plain = true
		from := w.client(m, w.address(choose(w, abroad)))
		w.will(w.part(when), func(at time.Time) {
			s := w.signIn(p, m, from, at, false)
			w.use(s, at.Add(3*time.Hour))
			w.will(at.Add(7*time.Minute), func(at time.Time) { w.mine(p, s.on, s.visit, at) })
		})
	}
	w.planTravel(w.takeStar())
}

func (w *world) reportLost(p *person, at time.Time) {
	d, actor, m := &deed{}, w.within(p, at), p.machines[1]
	m.lost = true
	w.flag(d, actor, m.device, device.Flag{By: device.ByUser}, at)
	w.finish(d, at)
}

// planTravel is a new laptop whose cookies somebody took: it signs in where its
// owner is, and an hour later where nobody can be by then.
func (w *world) planTravel(p *person) {
	m := newMachine(windowsPC)
	p.plain = true
	home := p.site.office1
	far := w.address(lateFrom)
	morning := p.site.midnight(w.part(0.95)).Add(9*time.Hour + 12*time.Minute)
	for _, ago := range []time.Duration{3 * day, 2 * day, 0} {
		w.will(morning.Add(-ago), func(at time.Time) {
			w.use(w.signIn(p, m, w.placed(w.client(m, home)), at, true), at.Add(40*time.Minute))
		})
	}
	w.will(morning.Add(52*time.Minute), func(at time.Time) { w.stop(p, m, w.placed(w.client(m, far)), at) })
	w.will(morning.Add(75*time.Minute), func(at time.Time) {
		w.fail(p, p.user.Email, w.placed(w.client(m, home)), at, sallyport.CodeDeviceNotTrusted, false, m)
	})
}

// placed fills in the city of a client, as a file of cities would.
func (w *world) placed(c sallyport.Client) sallyport.Client {
	if at, ok := cities[c.Location.Country]; ok && c.Location.City == "" {
		at.Country = c.Location.Country
		c.Location = at
	}
	return c
}

// cities are the places of the offices, and one far from all of them.
var cities = map[string]sallyport.Location{
	"NL": {City: "Eindhoven", Latitude: 51.44, Longitude: 5.47, TimeZone: "Europe/Amsterdam", AccuracyKM: 20},
	"GB": {City: "Leeds", Latitude: 53.80, Longitude: -1.55, TimeZone: "Europe/London", AccuracyKM: 20},
	"DE": {City: "Kassel", Latitude: 51.32, Longitude: 9.50, TimeZone: "Europe/Berlin", AccuracyKM: 20},
	"US": {City: "Pittsburgh", Latitude: 40.44, Longitude: -80.00, TimeZone: "America/New_York", AccuracyKM: 20},
	"CA": {City: "Ottawa", Latitude: 45.42, Longitude: -75.70, TimeZone: "America/Toronto", AccuracyKM: 20},
	"BR": {City: "Campinas", Latitude: -22.91, Longitude: -47.06, TimeZone: "America/Sao_Paulo", AccuracyKM: 20},
	"IN": {City: "Pune", Latitude: 18.52, Longitude: 73.86, TimeZone: "Asia/Kolkata", AccuracyKM: 20},
	"JP": {City: "Nagoya", Latitude: 35.18, Longitude: 136.91, TimeZone: "Asia/Tokyo", AccuracyKM: 20},
	"IL": {City: "Haifa", Latitude: 32.79, Longitude: 34.99, TimeZone: "Asia/Jerusalem", AccuracyKM: 20},
	"EG": {City: "Giza", Latitude: 30.01, Longitude: 31.21, TimeZone: "Africa/Cairo", AccuracyKM: 20},
	"NG": {City: "Lagos", Latitude: 6.52, Longitude: 3.38, TimeZone: "Africa/Lagos", AccuracyKM: 20},
	"PL": {City: "Poznań", Latitude: 52.41, Longitude: 16.93, TimeZone: "Europe/Warsaw", AccuracyKM: 20},
	"VN": {City: "Hanoi", Latitude: 21.03, Longitude: 105.85, TimeZone: "Asia/Ho_Chi_Minh", AccuracyKM: 50},
}
