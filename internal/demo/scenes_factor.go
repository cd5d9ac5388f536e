package demo

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// idleDays is after how many days without use the organisation removes a device.
const idleDays = 30

// planPolicy has the owner choose that idle devices are removed, and the job look
// after them every night.
func (w *world) planPolicy() {
	before := w.policy
	w.policy.DeviceAutoRevoke = idleDays * day
	w.will(w.founded.Add(25*time.Minute), func(at time.Time) {
		actor, d := w.within(w.people[0], at), &deed{}
		body, err := json.Marshal(policy.ValuesOf(w.policy))
		if err != nil {
			w.failed = err
			return
		}
		d.row(func(ctx context.Context, tx *store.Tx) error {
			return tx.SavePolicy(ctx, w.tenantID, 0, string(body), at)
		})
		for _, c := range policy.Changes(before, w.policy) {
			e := audit.New(actor, audit.PolicyChanged, at)
			e.Data = map[string]string{"field": c.Field, "old": c.Old, "new": c.New}
			d.events = append(d.events, e)
		}
		w.finish(d, at)
	})
	for at := w.founded.Add(day).Truncate(day).Add(3 * time.Hour); at.Before(w.o.Now); at = at.Add(day) {
		w.will(at, w.tend)
	}
}

// planFactors has six in ten people set up a second factor or two, soon after
// their account was made or later, and some think better of it.
func (w *world) planFactors() {
	methods := []string{
		sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodWebAuthn,
		sallyport.MethodWebAuthn, sallyport.MethodWebAuthn, sallyport.MethodSMS, sallyport.MethodSMS, sallyport.MethodEmail,
	}
	for _, p := range w.people {
		eager := p.user.Role == sallyport.RoleAdmin || w.chance(0.62)
		if p.star || p.plain || p.played || !eager {
			continue
		}
		first, second := choose(w, methods), choose(w, methods)
		at := w.hour(p, p.joins, w.rng.Float64()*w.rng.Float64())
		w.will(at, func(at time.Time) { w.enrol(p, first, w.nameOf(first), nil, at) })
		if second != first && w.chance(0.45) {
			w.will(w.hour(p, at, w.rng.Float64()), func(at time.Time) {
				if len(p.usable()) > 0 {
					w.enrol(p, second, w.nameOf(second), nil, at)
				}
			})
		}
		if w.chance(0.07) {
			w.will(w.hour(p, at, 0.4+0.6*w.rng.Float64()), func(at time.Time) {
				if own := p.usable(); len(own) > 0 {
					w.remove(p, own[0], at)
				}
			})
		}
		if w.chance(0.05) {
			w.will(w.hour(p, at, 0.3+0.7*w.rng.Float64()), func(at time.Time) { w.changeCodes(p, at) })
		}
	}
}

// hour returns a moment of a working day of p's, after from by a fraction of what
// is left.
func (w *world) hour(p *person, from time.Time, fraction float64) time.Time {
	at := from.Add(time.Duration(fraction * float64(w.o.Now.Sub(from))))
	at = p.site.midnight(at).Add(w.between(9*time.Hour, 17*time.Hour))
	if !at.After(from) {
		at = from.Add(w.between(10*time.Minute, 3*time.Hour))
	}
	return at.Truncate(time.Microsecond)
}

// nameOf is what a person calls a factor of theirs.
func (w *world) nameOf(method string) string {
	switch method {
	case sallyport.MethodTOTP:
		return choose(w, []string{"Phone", "Authenticator", "Work phone", "Private phone", "2FA"})
	case sallyport.MethodWebAuthn:
		return choose(w, []string{"iCloud Keychain", "Google Password Manager", "Windows Hello", "Key on my ring", "Blue key", "Laptop fingerprint"})
	}
	return ""
}

// planFactorScenes is a passkey that was copied, somebody who has to set a factor
// up, a reset by an admin, and a stolen password that a second factor made useless.
func (w *world) planFactorScenes() {
	p := w.takeStar() // a copied passkey; the app next to it goes on
	w.will(w.hour(p, w.begin, 0.1), func(at time.Time) { w.enrol(p, sallyport.MethodTOTP, "Phone", nil, at) })
	w.will(w.hour(p, w.begin, 0.2), func(at time.Time) { w.enrol(p, sallyport.MethodWebAuthn, "Old blue key", nil, at) })
	w.will(w.part(0.93), func(at time.Time) {
		for _, f := range p.usable() {
			if f.Method == sallyport.MethodWebAuthn {
				w.copied(p, f, at)
			}
		}
	})

	required := w.takeStar()
	w.will(w.part(0.96), func(at time.Time) { w.require(required, at) })

	reset := w.takeStar()
	w.will(w.hour(reset, w.begin, 0.15), func(at time.Time) { w.enrol(reset, sallyport.MethodTOTP, "Phone", nil, at) })
	w.will(w.part(0.55), func(at time.Time) { w.resetFactors(reset, at) })
	w.will(w.part(0.58), func(at time.Time) { w.enrol(reset, sallyport.MethodTOTP, "New phone", nil, at) })

	target := w.takeStar()
	w.will(w.hour(target, w.begin, 0.1), func(at time.Time) { w.enrol(target, sallyport.MethodTOTP, "Phone", nil, at) })
	thief := newMachine(headless)
	from := w.client(thief, w.address(lateFrom))
	at := w.part(0.77)
	for i := range w.policy.LockoutFailures + 2 {
		w.will(at, func(at time.Time) {
			switch {
			case len(target.usable()) == 0:
			case i < w.policy.LockoutFailures:
				w.miss(target, thief, from, at, i == w.policy.LockoutFailures-1)
			default:
				w.fail(target, target.user.Email, from, at, sallyport.CodeAccountLocked, false)
			}
		})
		at = at.Add(w.between(7*time.Second, 31*time.Second)).Truncate(time.Microsecond)
	}
	w.will(at.Add(26*time.Minute), func(at time.Time) { w.changePassword(target, at) })
}
