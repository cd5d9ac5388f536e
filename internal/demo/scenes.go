package demo

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// cast returns the next member to whom something may happen, in the same random
// order for all scenes.
func (w *world) cast() *person {
	if w.actors == nil {
		for _, p := range w.people {
			if p.user.Role == sallyport.RoleMember && !p.played && !p.hired {
				w.actors = append(w.actors, p)
			}
		}
		w.rng.Shuffle(len(w.actors), func(i, j int) { w.actors[i], w.actors[j] = w.actors[j], w.actors[i] })
	}
	p := w.actors[0]
	w.actors = append(w.actors[1:], p)
	return p
}

// planOwner gives the owner the sessions that a visitor finds on the security
// page: one of today, an old one on the phone, one at home, and two that were
// left behind on the way, besides those that have ended.
func (w *world) planOwner() {
	p := w.people[0]
	laptop := newMachine(macBook)
	p.machines = []*machine{laptop}
	office := func() sallyport.Client { return w.client(laptop, p.site.office1) }
	for today := p.site.midnight(w.founded).Add(day); today.Before(w.o.Now.Add(-day)); today = today.Add(day) {
		if p.site.isWeekend(today) {
			continue
		}
		until := today.Add(w.around(17*time.Hour, 30*time.Minute))
		w.will(today.Add(w.around(8*time.Hour+40*time.Minute, 20*time.Minute)), func(at time.Time) {
			w.visit(p, laptop, office, at, until, false)
		})
		w.will(until, func(at time.Time) { w.leave(laptop, at) })
	}
	for _, v := range []struct {
		machine *machine
		from    netip.Addr
		ago     time.Duration // of the sign-in
		last    time.Duration // of the last use
	}{
		{newMachine(iPhoneApp), w.address(p.site.homes[2]), time.Duration(w.o.Days-1)*day - 3*time.Hour, 52 * time.Minute},
		{newMachine(linuxPC), w.offices[7].office1, 6*day + 5*time.Hour, 5*day + 9*time.Hour},
		{newMachine(windowsPC), w.offices[1].office1, 4*day + 2*time.Hour, 3*day + 22*time.Hour},
		{newMachine(iPad), p.home, 30 * time.Hour, 20 * time.Hour},
		{laptop, p.site.office1, 96 * time.Minute, 2 * time.Minute},
	} {
		w.will(w.o.Now.Add(-v.ago), func(at time.Time) {
			s := w.signIn(p, v.machine, w.client(v.machine, v.from), at, true)
			s.LastActivityAt = w.o.Now.Add(-v.last)
		})
	}
}

// planLeavers disables some people, and enables the first of them again, who was
// on leave.
func (w *world) planLeavers() {
	n := max(4, len(w.people)/28)
	for i := range n {
		p := w.cast()
		when := 0.06 + 0.9*float64(i)/float64(n)
		w.will(w.part(when), func(at time.Time) { w.disable(p, at) })
		if i == 0 {
			w.will(w.part(when+0.5), func(at time.Time) { w.enable(p, at) })
		}
	}
}

func (w *world) disable(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	actor := w.admin(at)
	n := w.endAll(p, nil, at, actor, session.ReasonUserDisabled)
	p.disabled = true
	e := audit.New(actor, audit.UserDisabled, at)
	e.UserID, e.Data = p.user.ID, map[string]string{"sessions": strconv.Itoa(n)}
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetUserStatus(ctx, w.tenantID, p.user.ID, sallyport.UserDisabled, at)
	}, e)
}

func (w *world) enable(p *person, at time.Time) {
	if !p.disabled {
		return
	}
	p.disabled = false
	e := audit.New(w.admin(at), audit.UserEnabled, at)
	e.UserID = p.user.ID
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetUserStatus(ctx, w.tenantID, p.user.ID, sallyport.UserActive, time.Time{})
	}, e)
}

// endAll revokes all live sessions of a person but one, and returns how many.
func (w *world) endAll(p *person, except *opened, at time.Time, actor sallyport.Actor, reason string) (n int) {
	for _, s := range slices.Clone(w.open) {
		if s.of == p && s != except && s.live(at) {
			w.end(s, at, actor, audit.SessionRevoked, sallyport.SessionRevoked, reason)
			n++
		}
	}
	return n
}

// planPasswords has people change their passwords, some after a wrong try.
func (w *world) planPasswords() {
	n := max(3, len(w.people)/14)
	for range n {
		p := w.cast()
		at := w.part(0.97 * w.rng.Float64())
		if w.chance(0.3) {
			w.will(at.Add(-40*time.Second), func(at time.Time) { w.mistake(p, at) })
		}
		w.will(at, func(at time.Time) { w.changePassword(p, at) })
	}
}

func (w *world) mistake(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	e := audit.New(w.within(p, at), audit.ReauthFailed, at)
	e.UserID = p.user.ID
	w.did(at, nil, e)
}

// changePassword is the change itself: there is no hash to replace, but its time
// moves on and every other session ends.
func (w *world) changePassword(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	actor := w.within(p, at)
	n := w.endAll(p, p.machines[0].session, at, actor, session.ReasonPasswordChanged)
	e := audit.New(actor, audit.PasswordChanged, at)
	e.UserID, e.Data = p.user.ID, map[string]string{"sessions": strconv.Itoa(n)}
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetPassword(ctx, sallyport.User{TenantID: w.tenantID, ID: p.user.ID, PasswordChangedAt: at}, "")
	}, e)
}

// planRevocations has people look at their list of sessions and end the oldest
// of the others.
func (w *world) planRevocations() {
	for range max(3, len(w.people)/18) {
		p := w.cast()
		w.will(w.part(0.1+0.9*w.rng.Float64()), func(at time.Time) {
			if !p.is(at) {
				return
			}
			actor := w.within(p, at)
			if s := w.sessions(p, at)[0]; s.ID != actor.SessionID {
				w.end(s, at, actor, audit.SessionRevoked, sallyport.SessionRevoked, session.ReasonRevokedByUser)
			}
		})
	}
}

// planAdmins has admins end, suspend and resume sessions.
func (w *world) planAdmins() {
	for range max(5, len(w.people)/40) {
		p := w.cast()
		w.will(w.part(w.rng.Float64()), func(at time.Time) {
			if live := w.sessions(p, at); len(live) > 0 {
				w.end(live[0], at, w.admin(at), audit.SessionTerminated, sallyport.SessionTerminated, session.ReasonByAdmin)
			}
		})
	}
	for i := range max(6, len(w.people)/50) {
		p := w.cast()
		when, resumed := 0.2+0.6*w.rng.Float64(), i%3 == 0
		if !resumed {
			when = 0.96 + 0.035*w.rng.Float64() // not yet decided upon
		}
		w.will(w.part(when), func(at time.Time) { w.suspend(p, at) })
		if resumed {
			w.will(w.part(when).Add(w.between(time.Hour, 20*time.Hour)), func(at time.Time) { w.resume(p, at) })
		}
	}
}

func (w *world) suspend(p *person, at time.Time) {
	if !p.is(at) {
		return
	}
	w.within(p, at) // somebody is there to be suspended
	w.pause(p.machines[0].session, at, w.admin(at), true)
}

func (w *world) resume(p *person, at time.Time) {
	if s := p.machines[0].session; s != nil && s.suspended && s.live(at) {
		w.pause(s, at, w.admin(at), false)
	}
}
