package demo

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	acts "github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
)

// plan decides who is going to do what, and returns the tries that lock
// accounts at the end.
func (w *world) plan() []try {
	w.summary.Users++ // the owner, whom the claim has made
	w.chooseStars()
	for _, p := range w.people[1:] {
		w.will(p.joins, func(at time.Time) { w.employ(p, at) })
		w.planLife(p)
	}
	w.planOwner()
	w.planLeavers()
	w.planPasswords()
	w.planRevocations()
	w.planAdmins()
	w.planStuffing()
	w.planGuessing()
	w.planTheft()
	locks := w.planLocks()
	w.planPolicy()
	w.planFactors()
	w.planFactorScenes()
	w.planDevices()
	w.planDeviceScenes()
	w.planPlayed()
	return locks
}

// live goes through all acts in order of time.
func (w *world) live() {
	slices.SortStableFunc(w.acts, func(a, b act) int { return a.at.Compare(b.at) })
	for w.living < len(w.acts) {
		a := w.acts[w.living]
		w.living++
		a.do(a.at)
	}
	for _, s := range slices.Clone(w.open) {
		w.lapse(s, w.o.Now)
	}
	for _, s := range w.open {
		w.touch(s)
	}
	w.countries()
}

func (w *world) countries() {
	seen := map[string]bool{}
	for _, s := range w.steps {
		for _, e := range s.events {
			if e.Kind == string(audit.SignedIn) && e.Location.Country != "" {
				seen[e.Location.Country] = true
			}
		}
	}
	w.summary.Countries = len(seen)
}

// planLife plans the working days of a person: with every machine that they take
// up, one visit in the morning, and for tidy people a sign-out in the evening.
func (w *world) planLife(p *person) {
	for today := p.site.midnight(p.joins); today.Before(w.o.Now); today = today.Add(day) {
		presence := 0.88
		if p.site.isWeekend(today) {
			presence = 0.09
		}
		if !w.chance(presence) {
			continue
		}
		start := today.Add(w.around(9*time.Hour+10*time.Minute, 50*time.Minute))
		end := start.Add(w.around(8*time.Hour, 70*time.Minute))
		remote := w.chance(0.2)
		if p.remote {
			remote = w.chance(0.85)
		}
		for i, m := range p.machines {
			if !w.chance(m.daily) {
				continue
			}
			from, until := start, end.Add(-w.between(0, 40*time.Minute))
			if i > 0 {
				from, until = start.Add(w.between(-90*time.Minute, 5*time.Hour)), end.Add(w.between(-2*time.Hour, 3*time.Hour))
			}
			w.planVisit(p, m, w.whereabouts(p, m, from, remote), from, until)
		}
	}
}

// whereabouts returns the address of a machine of p at a moment.
func (w *world) whereabouts(p *person, m *machine, at time.Time, remote bool) func() sallyport.Client {
	travels := !at.Before(p.trip.from) && at.Before(p.trip.to)
	mobile := m.info.Type == sallyport.DeviceMobile && w.chance(0.6)
	return func() sallyport.Client {
		switch {
		case travels:
			return w.client(m, w.address(p.trip.network))
		case mobile: // a carrier's pool gives another address each time
			return w.client(m, w.address(p.site.homes[len(p.site.homes)-1]))
		case remote || m.info.Type == sallyport.DeviceTablet:
			return w.client(m, p.home)
		}
		return w.client(m, p.site.office1)
	}
}

func (w *world) planVisit(p *person, m *machine, where func() sallyport.Client, from, until time.Time) {
	goes := w.chance(0.1)
	if p.tidy {
		goes = w.chance(0.85)
	}
	goes = goes && !m.native
	forgotten, again := w.chance(0.05), w.chance(0.07)
	w.will(from, func(at time.Time) {
		if forgotten && !m.native { // cookies cleared: the server knows nothing of it
			m.session, m.device = nil, nil
		}
		w.visit(p, m, where, at, until, again)
	})
	if goes {
		w.will(until, func(at time.Time) { w.leave(m, at) })
	}
}

// visit uses the session of a machine, and signs in where there is none.
func (w *world) visit(p *person, m *machine, where func() sallyport.Client, at, until time.Time, again bool) {
	if m.lost {
		return
	}
	if !p.is(at) {
		if p.disabled && w.chance(0.15) {
			w.fail(p, p.user.Email, where(), at, sallyport.CodeAccountDisabled, false)
		}
		return
	}
	s := m.session
	if s != nil && s.suspended && s.live(at) {
		return // nothing opens, and no sign-in form shows either
	}
	if s == nil || !s.live(at) || again && !m.native {
		c := where()
		switch {
		case m.device != nil && m.device.Status == sallyport.DeviceRevoked:
			m.device = nil // by then its browser was cleared
		case m.device != nil && m.device.blocked():
			if w.chance(0.3) {
				w.fail(p, p.user.Email, c, at, sallyport.CodeDeviceNotTrusted, false, m)
			}
			return
		case p.required && len(p.usable()) == 0:
			w.putOff(p, m, c, at)
			return
		}
		w.slip(p, m, c, at)
		s = w.signIn(p, m, c, at, again)
	}
	w.use(s, until)
}

// slip is what goes wrong before a sign-in: a mistyped password, or a form left
// open for too long.
func (w *world) slip(p *person, m *machine, c sallyport.Client, at time.Time) {
	switch x := w.rng.Float64(); {
	case x < 0.075:
		for n := 1 + w.rng.IntN(2); n > 0; n-- {
			before := at.Add(-time.Duration(n) * w.between(9*time.Second, 25*time.Second)).Truncate(time.Microsecond)
			w.fail(p, p.user.Email, c, before, sallyport.CodeInvalidCredentials, false, m)
		}
	case x < 0.082:
		w.fail(p, p.user.Email, c, at.Add(-20*time.Second), sallyport.CodeSessionExpired, false, m)
	case x < 0.09: // an address nobody has
		typed := strings.Replace(p.user.Email, "@", "@mail.", 1)
		w.fail(nil, typed, c, at.Add(-30*time.Second), sallyport.CodeInvalidCredentials, false)
	}
}

// leave signs out.
func (w *world) leave(m *machine, at time.Time) {
	if s := m.session; s != nil && s.live(at) && !s.suspended {
		actor := w.in(s)
		w.end(s, at, actor, audit.SignedOut, sallyport.SessionTerminated, acts.ReasonSignedOut)
	}
}

// in returns the actor that a session's user is in it.
func (w *world) in(s *opened) sallyport.Actor {
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: w.tenantID, UserID: s.UserID, SessionID: s.ID, Role: s.of.user.Role, Client: s.client,
	}
}

// admin returns an admin at work.
func (w *world) admin(at time.Time) sallyport.Actor { return w.in(w.adminAt(at)) }
