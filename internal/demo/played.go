package demo

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
)

// planPlayed gives the three people a visitor plays something to see: the owner
// former factors, the admin an authenticator app and backup codes, of which some
// are used, and the member trusted devices and an unusual sign-in to answer.
func (w *world) planPlayed() {
	owner, admin, member := w.people[0], w.people[1], w.people[1]
	for _, p := range w.people {
		if p.played && p.user.Role == sallyport.RoleMember {
			member = p
		}
	}

	w.will(w.hour(owner, w.begin, 0.2), func(at time.Time) { w.enrol(owner, sallyport.MethodTOTP, "Old phone", nil, at) })
	w.will(w.hour(owner, w.begin, 0.45), func(at time.Time) {
		for _, f := range owner.usable() {
			w.remove(owner, f, at)
		}
	})
	w.will(w.part(0.6), func(at time.Time) {
		s := w.here(owner, at)
		w.rename(w.in(s), s.on, "Office laptop", at)
		w.choosePrimary(s, at)
	})
	w.will(w.part(0.7), func(at time.Time) { w.confirmByMail(owner, at) })

	w.seed = factor.NewTOTPSecret()
	w.will(admin.joins.Add(40*time.Minute), func(at time.Time) { w.enrol(admin, sallyport.MethodTOTP, "Phone", w.seed, at) })
	for _, when := range []float64{0.12, 0.3, 0.47} {
		w.will(w.part(when), func(at time.Time) {
			admin.backup = true
			m := admin.machines[0]
			w.signIn(admin, m, w.client(m, admin.home), at, true)
		})
	}
	w.will(w.part(0.52), func(at time.Time) {
		s := w.here(admin, at)
		w.rename(w.in(s), s.on, "Work laptop", at)
		w.choosePrimary(s, at)
	})

	w.will(w.part(0.2), func(at time.Time) {
		s := w.here(member, at)
		w.rename(w.in(s), s.on, "Laboratory laptop", at)
		w.choosePrimary(s, at)
	})
	w.will(w.part(0.25), func(at time.Time) { w.confirmByMail(member, at) })
	hotel, borrowed := newMachine(oldAndroid), newMachine(iPad)
	w.will(w.part(0.5), func(at time.Time) {
		s := w.signIn(member, hotel, w.client(hotel, w.address(abroad[1])), at, false)
		w.will(at.Add(6*time.Minute), func(at time.Time) { w.mine(member, s.on, s.visit, at) })
	})
	w.will(w.o.Now.Add(-19*time.Hour), func(at time.Time) {
		s := w.signIn(member, borrowed, w.client(borrowed, w.address(abroad[2])), at, false)
		w.use(s, at.Add(35*time.Minute))
	})
}

// authenticator completes the credential of the one who has an app.
func (w *world) authenticator() {
	p := w.people[1]
	for i := range w.summary.Credentials {
		c := &w.summary.Credentials[i]
		if c.Email != p.user.Email || p.codes == nil || len(p.usable()) == 0 {
			continue
		}
		c.Secret = factor.TOTPText(w.seed)
		c.URI = factor.TOTPURI(w.seed, Organisation, c.Email)
		c.BackupCodes = p.codes.unused
	}
}
