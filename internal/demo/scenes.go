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
	{"a lost phone", 0.90, (*world).lostPhone},
	{"a phone that turned up", 0.50, (*world).foundPhone},
	{"a stolen laptop", 0.72, (*world).stolenLaptop},
	{"a suspect phone", 0.88, (*world).suspectLaptop},
	{"a device blocked for a day", 0.60, (*world).blockedForADay},
	{"a blocked device", 0.94, (*world).blocked},
	{"a removed phone", 0.66, (*world).oldPhone},
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
	{"a theft from afar", 0.84, (*world).refusedFromAfar},
	{"a forgotten password", 0.44, (*world).ownMistakes},
	{"a lock lifted by mail", 0.57, (*world).unlockedByMail},
}

func (w *world) planScenes() {
	for _, s := range scenes {
		p := w.star()
		morning := p.site.midnight(w.part(s.at)).Add(w.between(9*time.Hour, 11*time.Hour))
		w.scene(s.name, morning, func(ctx context.Context) error { return s.play(w, ctx, p) })
	}
}

// secondMachine signs in on the second machine of a person, at home.
func (w *world) secondMachine(ctx context.Context, p *person) (*machine, error) {
	m := w.at(p.machines[1], p.home)
	return m, w.signIn(ctx, m)
}

func (w *world) reportLost(ctx context.Context, p *person, m *machine) error {
	m.away = true
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Devices.ReportLost(ctx, a, m.device) })
}

func (w *world) lostPhone(ctx context.Context, p *person) error {
	m, err := w.secondMachine(ctx, p)
	w.after(3*time.Hour, func(ctx context.Context) error { return w.reportLost(ctx, p, m) })
	return err
}

// foundPhone is a phone that was reported lost, turns up, and is cleared by an admin.
func (w *world) foundPhone(ctx context.Context, p *person) error {
	m, err := w.secondMachine(ctx, p)
	w.after(2*time.Hour, func(ctx context.Context) error { return w.reportLost(ctx, p, m) })
	w.after(26*time.Hour, func(ctx context.Context) error {
		m.away = false
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Devices.Clear(ctx, a, m.device) })
	})
	return err
}

// stolenLaptop is reported from the phone, and the thief, who saw the password, tries to
// sign in on it afterwards.
func (w *world) stolenLaptop(ctx context.Context, p *person) error {
	laptop := p.laptop()
	if err := w.use(ctx, laptop); err != nil {
		return err
	}
	m, err := w.secondMachine(ctx, p)
	p.machines = []*machine{m}
	w.after(4*time.Hour, func(ctx context.Context) error {
		return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.ReportLost(ctx, a, laptop.device) })
	})
	w.after(7*time.Hour, func(ctx context.Context) error {
		w.at(laptop, p.site.at(p.site.homes[len(p.site.homes)-1]))
		return expect(w.signIn(ctx, laptop), sallyport.CodeDeviceNotTrusted)
	})
	w.after(9*time.Hour, func(ctx context.Context) error { return w.changePassword(ctx, p) })
	return err
}

func (w *world) suspectLaptop(ctx context.Context, p *person) error {
	m, err := w.secondMachine(ctx, p)
	w.after(90*time.Minute, func(ctx context.Context) error {
		m.away = true
		return w.byAdmin(ctx, func(a sallyport.Actor) error {
			return w.uses.Devices.Flag(ctx, a, m.device, "The service desk found remote-control software on it that nobody in the team had installed.")
		})
	})
	return err
}

// blocked is a device that an admin suspends.
func (w *world) blocked(ctx context.Context, p *person) error {
	m, err := w.secondMachine(ctx, p)
	w.after(time.Hour, func(ctx context.Context) error {
		m.away = true
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Devices.Suspend(ctx, a, m.device) })
	})
	return err
}

func (w *world) blockedForADay(ctx context.Context, p *person) error {
	m := p.machines[1]
	w.after(20*time.Hour, func(ctx context.Context) error {
		m.away = false
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Devices.Resume(ctx, a, m.device) })
	})
	return w.blocked(ctx, p)
}

// oldPhone is a device that an admin removes.
func (w *world) oldPhone(ctx context.Context, p *person) error {
	m, err := w.secondMachine(ctx, p)
	w.after(5*time.Hour, func(ctx context.Context) error {
		m.away = true
		return w.byAdmin(ctx, func(a sallyport.Actor) error { return w.uses.Devices.RevokeOf(ctx, a, m.device) })
	})
	return err
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
// factors, and they set up another.
func (w *world) newTelephone(ctx context.Context, p *person) error {
	m := p.laptop()
	w.after(2*day, func(ctx context.Context) error {
		return w.byAdmin(ctx, func(a sallyport.Actor) error {
			_, err := w.uses.Factors.ResetOf(ctx, a, p.user.ID)
			return err
		})
	})
	w.after(2*day+time.Hour, func(ctx context.Context) error {
		return w.enrol(ctx, m, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "New phone"})
	})
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
