package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/signin"
)

// What a stranger may be told who gives a wrong password.
var refused = []sallyport.Code{sallyport.CodeInvalidCredentials, sallyport.CodeRateLimited, sallyport.CodeAccountLocked}

// stranger returns a machine of somebody who is not p, and knocks as p.
func (w *world) stranger(p *person, m model, from network) *machine {
	return w.at(w.machine(p, m), from)
}

// planSpraying is two nights in which a few machines in a hosting network try one common
// password each on many accounts, slowly enough to lock none.
func (w *world) planSpraying() {
	for night, password := range []string{"Spring2026!", "Lumenfjord1!"} {
		at, machines := w.part(0.24).Truncate(day).Add(time.Duration(night)*day+2*time.Hour), []*machine{}
		for range 6 {
			machines = append(machines, w.stranger(w.owner, headless, hosting))
		}
		for i, p := range w.people {
			if i%3 == night || i%3 == 2 && i%2 == night || p.hired {
				continue
			}
			m := machines[i%len(machines)]
			w.scene("spraying", at.Add(time.Duration(i)*w.between(20*time.Second, 24*time.Second)), func(ctx context.Context) error {
				_, err := w.try(ctx, m, p.user.Email, password)
				return expect(err, refused...)
			})
		}
	}
}

// planStuffing is a list of stolen passwords tried from one network within minutes, each
// on another name, most of which nobody here has. The network is refused before the list
// ends, and no account is locked. Some hours later an admin sees it, and blocks the network.
func (w *world) planStuffing() {
	m := w.stranger(w.owner, script, hosting)
	at := w.part(0.7)
	for i := range 170 {
		_, _, local := choose(w, sites).names.draw(w)
		address := local + "@" + choose(w, []string{"mailbox.example", "example.com", "example.org"})
		if i%3 == 0 && i/3 < len(w.people)/2 {
			address = w.people[len(w.people)-1-i/3].user.Email
		}
		at = at.Add(w.between(1500*time.Millisecond, 4*time.Second))
		w.scene("stuffing", at, func(ctx context.Context) error {
			_, err := w.try(ctx, m, address, "hunter2 and more")
			return expect(err, refused...)
		})
	}
	w.chore(at.Add(3*time.Hour), func(ctx context.Context, a sallyport.Actor) error {
		_, err := w.uses.Accounts.Block(ctx, a, account.NewBlock{Network: hosting.prefix, Until: w.now.Add(28 * day), Reason: "Stolen passwords were tried from there"})
		return err
	})
}

// planGuessing tries passwords on one admin for hours, which locks the account again and
// again, and on two accounts that are locked at the end of the story.
func (w *world) planGuessing() {
	target := w.people[2]
	for round := range 4 {
		w.scene("guessing", w.part(0.82).Add(time.Duration(round)*34*time.Minute), func(ctx context.Context) error {
			return w.guess(ctx, w.stranger(target, headless, botnet), 4+round)
		})
	}
	for i, from := range []network{farNet, botnet} {
		p := w.star()
		w.locked = append(w.locked, p.user.Email)
		w.scene("guessing", w.o.Now.Add(-time.Duration(8+5*i)*time.Minute), func(ctx context.Context) error {
			return w.guess(ctx, w.stranger(p, script, from), 3)
		})
	}
}

// guess tries passwords until the account is locked, and some times more.
func (w *world) guess(ctx context.Context, m *machine, more int) error {
	p, err := w.uses.Tenants.Policy(ctx, w.tenantID)
	if err != nil {
		return err
	}
	for i := range p.LockoutFailures + more {
		_, err := w.try(ctx, m, m.of.user.Email, newPassword())
		if err := expect(err, append(refused, sallyport.CodeAccountLocked)...); err != nil {
			return err
		}
		w.wait(delay(i) + w.between(time.Second, 5*time.Second))
	}
	return nil
}

// delay is how long somebody is kept waiting after a number of failures.
func delay(failures int) time.Duration { return min(2*time.Second<<failures, 30*time.Second) }

// guessCodes is somebody with the right password who tries one code after the other,
// until the second factor is locked.
func (w *world) guessCodes(ctx context.Context, m *machine) error {
	p, err := w.uses.Tenants.Policy(ctx, w.tenantID)
	if err != nil {
		return err
	}
	r, err := w.try(ctx, m, m.of.user.Email, m.of.password)
	if err != nil {
		return err
	}
	for i := range p.LockoutFailures + 2 {
		s := signin.Step{State: signin.Factor}
		s.Answer.Method, s.Answer.Code = sallyport.MethodTOTP, "000000"
		_, err := w.uses.SignIn.Advance(ctx, m.from, r.FlowToken, s)
		if err := expect(err, sallyport.CodeMFAFailed, sallyport.CodeRateLimited, sallyport.CodeAccountLocked); err != nil {
			return err
		}
		w.wait(delay(i) + w.between(time.Second, 3*time.Second))
	}
	return nil
}
