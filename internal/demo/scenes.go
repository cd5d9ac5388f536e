package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// scenes are what is worth looking at: each is played by a person of its own, from a
// part of the ordinary days on.
var scenes = []struct {
	name string
	at   float64
	play func(*world, context.Context, *person) error
}{
	{"a stolen laptop", 0.72, (*world).stolenLaptop},
	{"a holiday", 0.36, (*world).holiday},
	{"a holiday", 0.79, (*world).holiday},
	{"impossible travel", 0.93, (*world).impossibleTravel},
	{"copied cookies", 0.86, (*world).copiedCookies},
	{"a copied passkey", 0.10, (*world).copiedPasskey},
	{"a required second factor", 0.95, (*world).requiredFactor},
	{"a new telephone", 0.50, (*world).newTelephone},
	{"guessed codes", 0.10, (*world).guessedCodes},
	{"a theft seen in the list", 0.22, (*world).seenInTheList},
	{"a theft reported by mail", 0.62, (*world).reportedByMail},
	{"an account locked down", 0.90, (*world).lockedDown},
	{"a theft from afar", 0.84, (*world).refusedFromAfar},
	{"a forgotten password", 0.44, (*world).ownMistakes},
	{"a lock lifted by mail", 0.57, (*world).unlockedByMail},
}

func (w *world) planScenes() {
	for _, s := range scenes {
		p := w.star()
		w.scene(s.name, w.morning(p, s.at), func(ctx context.Context) error { return s.play(w, ctx, p) })
	}
}

// morning is the morning of a person's day that a part of the ordinary days is over on.
func (w *world) morning(p *person, part float64) time.Time {
	return p.site.midnight(w.part(part)).Add(w.between(9*time.Hour, 11*time.Hour))
}

// visits makes sure that there is a history to hold a sign-in against, and that no other
// sign-in of its owner comes soon.
func (w *world) visits(ctx context.Context, m *machine) error {
	for _, other := range m.of.machines {
		other.away = other != m.of.laptop()
	}
	for range 3 {
		if err := w.signIn(ctx, m); err != nil {
			return err
		}
		w.wait(time.Minute)
	}
	return nil
}

// copiedPasskey is a security key that answers with a counter which went back.
func (w *world) copiedPasskey(ctx context.Context, p *person) error {
	m := p.laptop()
	if err := w.enrol(ctx, m, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"}); err != nil {
		return err
	}
	if err := w.enrol(ctx, m, mfa.NewFactor{Method: sallyport.MethodWebAuthn, Name: "Old blue key"}); err != nil {
		return err
	}
	p.passkeys[0].counter = 41
	if err := w.signIn(ctx, m); err != nil {
		return err
	}
	w.scene(w.playing, w.part(0.92), func(ctx context.Context) error {
		p.passkeys[0].counter = 12
		return expect(w.signIn(ctx, m), sallyport.CodeMFAFailed)
	})
	return nil
}

// requiredFactor is somebody of whom an admin demands a second factor, and who has put
// that off until now.
func (w *world) requiredFactor(ctx context.Context, p *person) error {
	w.after(time.Hour, func(ctx context.Context) error {
		return expect(w.signIn(ctx, w.at(p.laptop(), p.home)), sallyport.CodeFlowExpired)
	})
	return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Factors.Require(ctx, a, p.user.ID, true) })
}

// newTelephone is somebody whose app was on the former one: an admin resets their second
// factors and hands a code over, by which they set up another.
func (w *world) newTelephone(ctx context.Context, p *person) error {
	m := p.laptop()
	w.after(2*day, func(ctx context.Context) error {
		return w.byAdmin(ctx, func(a sallyport.Actor) error {
			done, err := w.uses.Factors.ResetOf(ctx, a, p.user.ID, mfa.Grounds{Reason: "New telephone", Checked: "video"})
			if p.codes = nil; done.Code != "" {
				p.codes, p.lost, p.handed = []string{done.Code}, true, true
			}
			return err
		})
	})
	w.after(2*day+20*time.Minute, func(ctx context.Context) error { return w.signIn(ctx, m) })
	return w.enrol(ctx, m, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
}

// guessedCodes is a password that somebody knew and a second factor that kept them out.
func (w *world) guessedCodes(ctx context.Context, p *person) error {
	w.scene(w.playing, w.part(0.77), func(ctx context.Context) error {
		w.after(26*time.Minute, func(ctx context.Context) error { return w.changePassword(ctx, p) })
		return w.guessCodes(ctx, w.stranger(p, headless, farNet))
	})
	return w.enrol(ctx, p.laptop(), mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
}

// theft is a sign-in from far away with a password that somebody else knew.
func (w *world) theft(ctx context.Context, p *person) (*machine, []letter, error) {
	m := w.stranger(p, choose(w, desktops), thiefNet)
	if _, err := w.try(ctx, m, p.user.Email, p.password+"!"); expect(err, refused...) != nil {
		return m, nil, err
	}
	w.wait(22 * time.Second)
	letters, err := w.letters(ctx, func() error { return w.signIn(ctx, m) })
	return m, letters, err
}

// seenInTheList is a theft that the owner finds among their sessions.
func (w *world) seenInTheList(ctx context.Context, p *person) error {
	w.after(2*day, func(ctx context.Context) error {
		thief, _, err := w.theft(ctx, p)
		w.after(41*time.Minute, func(ctx context.Context) error {
			err := w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Sessions.RevokeOwn(ctx, a, thief.session) })
			if err != nil {
				return err
			}
			return w.changePassword(ctx, p)
		})
		return err
	})
	return w.visits(ctx, w.at(p.laptop(), p.home))
}

// reportedByMail is a theft that the owner reports with "This wasn't me" in the mail that
// told of it, and recovers from through the link for a new password.
func (w *world) reportedByMail(ctx context.Context, p *person) error {
	w.after(2*day, func(ctx context.Context) error {
		_, letters, err := w.theft(ctx, p)
		w.after(41*time.Minute, func(ctx context.Context) error {
			m := w.at(w.machine(p, android), p.home)
			next, err := w.letters(ctx, func() error {
				_, err := w.uses.Accounts.NotMe(ctx, w.mailed(letters, m, "/not-me/"))
				return err
			})
			if err != nil {
				return err
			}
			w.wait(6 * time.Minute)
			return w.reset(ctx, m, w.mailed(next, m, "/recovery/"))
		})
		return err
	})
	return w.visits(ctx, w.at(p.laptop(), p.home))
}

// lockedDown is a theft that the owner finds among their sessions, and closes their account for.
// It is closed still: they are looking for their backup codes.
func (w *world) lockedDown(ctx context.Context, p *person) error {
	w.after(2*day, func(ctx context.Context) error {
		thief, _, err := w.theft(ctx, p)
		w.after(33*time.Minute, func(ctx context.Context) error {
			m := w.at(p.laptop(), p.home)
			if err := w.signIn(ctx, m); err != nil {
				return err
			}
			p.leaving = true
			return w.do(ctx, m, func(a sallyport.Actor) error {
				_, err := w.uses.Accounts.Lockdown(ctx, a, thief.session)
				return err
			})
		})
		return err
	})
	return w.visits(ctx, w.at(p.laptop(), p.home))
}

// refusedFromAfar is a theft an hour after a sign-in of the owner, so far away that it is
// refused.
func (w *world) refusedFromAfar(ctx context.Context, p *person) error {
	w.after(time.Hour, func(ctx context.Context) error {
		_, _, err := w.theft(ctx, p)
		return expect(err, sallyport.CodeDeviceNotTrusted)
	})
	return w.visits(ctx, w.at(p.laptop(), p.home))
}

// ownMistakes is somebody on a new phone who has forgotten their password, and whom an
// admin lets in again.
func (w *world) ownMistakes(ctx context.Context, p *person) error {
	m := w.at(w.machine(p, android), p.home)
	if err := w.guess(ctx, m, 2); err != nil {
		return err
	}
	w.after(9*time.Minute, func(ctx context.Context) error {
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Accounts.Unlock(ctx, a, p.user.ID) })
	})
	w.after(11*time.Minute, func(ctx context.Context) error { return w.signIn(ctx, m) })
	return nil
}

// unlockedByMail is the same with the link in the mail that tells of the lock.
func (w *world) unlockedByMail(ctx context.Context, p *person) error {
	m := w.at(w.machine(p, android), p.home)
	letters, err := w.letters(ctx, func() error { return w.guess(ctx, m, 1) })
	if err != nil {
		return err
	}
	w.wait(2 * time.Minute)
	if err := w.uses.Accounts.UnlockByLink(ctx, w.mailed(letters, m, "/unlock/")); err != nil {
		return err
	}
	return w.signIn(ctx, m)
}
