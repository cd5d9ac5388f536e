package demo

import (
	"time"

	"github.com/sallyport/sallyport"
	acts "github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/throttle"
)

// networkLimit is how many tries one network has before it is refused.
func (w *world) networkLimit() int {
	for _, l := range throttle.Limits {
		if l.Scope == throttle.Network {
			return l.Rule(w.policy).Failures
		}
	}
	return 0
}

// planStuffing is a list of stolen passwords tried from one network within ten
// minutes, each on another name, most of which nobody here has. The network is
// refused before the list ends, and no account is locked.
func (w *world) planStuffing() {
	m, limit := newMachine(script), w.networkLimit()
	from := w.client(m, w.address(stuffingFrom))
	at := w.part(0.7)
	for i := range limit + 70 {
		var p *person
		email := ""
		if i%3 == 0 && i/3 < len(w.people)/2 {
			p = w.people[len(w.people)-1-i/3]
			email = p.user.Email
		} else {
			_, _, local := choose(w, w.offices).names.draw(w)
			email = local + "@" + choose(w, []string{domain, "mailbox.example", "example.com", "example.org"})
		}
		reason := sallyport.CodeInvalidCredentials
		if i >= limit {
			reason = sallyport.CodeRateLimited
		}
		at = at.Add(w.between(1500*time.Millisecond, 4*time.Second))
		w.will(at, func(at time.Time) {
			if w.seen[email] && (p == nil || !p.joins.Before(at)) {
				return // a name drawn by chance, or one not here yet
			}
			w.fail(p, email, from, at, reason, false)
		})
	}
}

// planGuessing tries passwords on single accounts: on one for hours, which locks
// it again and again, and on one whose own user forgot theirs, whom an admin
// lets in again.
func (w *world) planGuessing() {
	target, m := w.people[2], newMachine(headless)
	for round := range 4 {
		start := w.part(0.82).Add(time.Duration(round) * (w.policy.LockoutDuration + 3*time.Minute))
		w.siege(target, w.client(m, w.address(guessingFrom)), start, 4+round)
	}
	p, n := w.cast(), newMachine(oldAndroid)
	start := w.part(0.44)
	w.siege(p, w.client(n, p.home), start, 2)
	w.will(start.Add(9*time.Minute), func(at time.Time) {
		e := audit.New(w.admin(at), audit.AccountUnlocked, at)
		e.UserID = p.user.ID
		w.did(at, nil, e)
	})
	w.will(start.Add(11*time.Minute), func(at time.Time) {
		if p.is(at) {
			w.signIn(p, n, w.client(n, p.home), at, false)
		}
	})
}

// siege plans the failures that lock an account and some tries more, which are
// refused. It returns when the counted ones come.
func (w *world) siege(p *person, from sallyport.Client, at time.Time, refused int) (counted []time.Time) {
	for i := range w.policy.LockoutFailures + refused {
		reason, locks := sallyport.CodeInvalidCredentials, i == w.policy.LockoutFailures-1
		if i >= w.policy.LockoutFailures {
			reason = sallyport.CodeAccountLocked
		} else {
			counted = append(counted, at)
		}
		w.will(at, func(at time.Time) { w.fail(p, p.user.Email, from, at, reason, locks) })
		at = at.Add(w.between(6*time.Second, 15*time.Second)).Truncate(time.Microsecond)
	}
	return counted
}

// planTheft is a password that somebody else knew: a sign-in from far away,
// which the person sees among their sessions and revokes, or reports through the
// mail that tells of it.
func (w *world) planTheft() {
	for i, when := range []float64{0.31, 0.62} {
		p, m := w.cast(), newMachine(choose(w, desktops))
		p.plain = true
		far := w.client(m, w.address(stolenFrom))
		var stolen *opened
		w.will(w.part(when), func(at time.Time) {
			if p.is(at) {
				w.fail(p, p.user.Email, far, at.Add(-22*time.Second), sallyport.CodeInvalidCredentials, false)
				stolen = w.signIn(p, m, far, at, false)
				w.use(stolen, at.Add(25*time.Minute))
			}
		})
		if i == 1 {
			w.will(w.part(when).Add(41*time.Minute), func(at time.Time) {
				if stolen != nil && p.is(at) {
					w.notMine(p, stolen, stolen.visit, at)
				}
			})
			continue
		}
		w.will(w.part(when).Add(41*time.Minute), func(at time.Time) {
			if stolen != nil && stolen.live(at) {
				w.end(stolen, at, w.within(p, at), audit.SessionRevoked, sallyport.SessionRevoked, acts.ReasonRevokedByUser)
			}
		})
		w.will(w.part(when).Add(44*time.Minute), func(at time.Time) { w.changePassword(p, at) })
	}
}

// try is one guess that the throttle has to hear of.
type try struct {
	at    time.Time
	email string
	ip    string
}

// planLocks is two accounts under attack right now. The tries are returned, so
// that the locks are real ones.
func (w *world) planLocks() (tries []try) {
	for i, m := range []model{script, plainCurl} {
		p := w.cast()
		ip := w.address([]network{lateFrom, guessingFrom}[i])
		start := w.o.Now.Add(-time.Duration(6+9*i) * time.Minute)
		for _, at := range w.siege(p, w.client(newMachine(m), ip), start, 3) {
			tries = append(tries, try{at, p.user.Email, ip.String()})
		}
	}
	return tries
}
