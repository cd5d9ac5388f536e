package demo

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/risk"
)

// habits are what people do now and then, and how many of them.
var habits = []struct {
	share float64
	do    func(*world, context.Context, *person) error
}{
	{0.20, (*world).nameDevice}, {0.22, (*world).choosePrimary}, {0.06, (*world).confirmByMail}, {0.15, (*world).trustOther},
	{0.07, (*world).changePassword}, {0.06, (*world).endSession}, {0.03, (*world).removeDevice}, {0.03, (*world).newCodes},
	{0.05, (*world).removeFactor}, {0.03, (*world).forgetPassword}, {0.10, (*world).giveNumber}, {0.02, (*world).moveMailbox},
	{0.4, (*world).choosePicture},
}

func (w *world) planHabits(p *person) {
	for _, h := range habits {
		if w.chance(h.share) {
			w.will(w.hour(p, p.joins, w.rng.Float64()), able(p, func(ctx context.Context) error { return h.do(w, ctx, p) }))
		}
	}
	if !w.chance(p.department.protected) {
		return
	}
	first, second := choose(w, methods), choose(w, methods)
	at := w.hour(p, p.joins, w.rng.Float64()*w.rng.Float64())
	w.will(at, able(p, func(ctx context.Context) error {
		return w.enrol(ctx, p.laptop(), w.newFactor(first))
	}))
	if second != first && w.chance(0.45) {
		w.will(w.hour(p, at, w.rng.Float64()), able(p, func(ctx context.Context) error {
			return w.enrol(ctx, p.laptop(), w.newFactor(second))
		}))
	}
}

// able is what somebody does if they have an account and a laptop by then.
func able(p *person, do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !p.joined || p.leaving || p.laptop().away {
			return nil
		}
		return do(ctx)
	}
}

var deviceNames = map[sallyport.DeviceType][]string{
	sallyport.DeviceDesktop: {"Work laptop", "Office desktop", "Laptop", "The fast one"},
	sallyport.DeviceMobile:  {"My phone", "Work phone", "Phone with the cracked screen"},
	sallyport.DeviceTablet:  {"Tablet", "Kitchen tablet"},
	sallyport.DeviceUnknown: {"Build server", "Terminal"},
}

func (w *world) nameDevice(ctx context.Context, p *person) error {
	m := choose(w, p.machines)
	return w.rename(ctx, m, choose(w, deviceNames[m.from.Client.Info.Type]))
}

func (w *world) rename(ctx context.Context, m *machine, name string) error {
	return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.Rename(ctx, a, m.device, name) })
}

func (w *world) choosePrimary(ctx context.Context, p *person) error {
	m := p.laptop()
	return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.SetPrimary(ctx, a, m.device) })
}

// confirmByMail is the way to more trust without a second factor: a link that is mailed
// to the owner.
func (w *world) confirmByMail(ctx context.Context, p *person) error {
	m := p.laptop()
	letters, err := w.letters(ctx, func() error {
		return w.do(ctx, m, func(a sallyport.Actor) error { return w.uses.Devices.Confirm(ctx, a) })
	})
	if err != nil {
		return err
	}
	w.wait(w.between(20*time.Second, 2*time.Minute))
	return w.uses.Devices.ConfirmByLink(ctx, w.mailed(letters, m, "/trust-device/"))
}

// trustOther trusts another device from one that is verified itself.
func (w *world) trustOther(ctx context.Context, p *person) error {
	other := p.machines[len(p.machines)-1]
	if other.device == "" {
		return nil
	}
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Devices.Trust(ctx, a, other.device) })
}

func (w *world) changePassword(ctx context.Context, p *person) error {
	c := account.PasswordChange{Current: p.password, New: newPassword()}
	c.Confirm = c.New
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		if w.chance(0.3) { // after one that was typed badly
			slip := c
			slip.Current += "?"
			if _, err := w.uses.Accounts.ChangePassword(ctx, a, slip); sallyport.CodeOf(err) != sallyport.CodeInvalid {
				return err
			}
			w.wait(w.between(20*time.Second, 40*time.Second))
		}
		_, err := w.uses.Accounts.ChangePassword(ctx, a, c)
		if err == nil {
			p.password = c.New
		}
		return err
	})
}

// endSession ends the oldest of the other sessions.
func (w *world) endSession(ctx context.Context, p *person) error {
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		live, err := w.uses.Sessions.ListOwn(ctx, a, list.OwnSessions.First())
		if err != nil || live.Rows[0].ID == a.SessionID {
			return err
		}
		return w.uses.Sessions.RevokeOwn(ctx, a, live.Rows[0].ID)
	})
}

func (w *world) removeDevice(ctx context.Context, p *person) error {
	if len(p.machines) == 1 || p.machines[1].device == "" {
		return nil
	}
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Devices.Revoke(ctx, a, p.machines[1].device) })
}

func (w *world) newCodes(ctx context.Context, p *person) error {
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		codes, err := w.uses.Factors.NewBackupCodes(ctx, a)
		if err != nil {
			return err
		}
		p.codes = codes
		return w.uses.Factors.CodesSaved(ctx, a)
	})
}

func (w *world) removeFactor(ctx context.Context, p *person) error { return w.remove(ctx, p.laptop()) }

// forgetPassword has somebody ask for a new password, and set it through the mailed link.
func (w *world) forgetPassword(ctx context.Context, p *person) error {
	m := w.at(p.laptop(), p.home)
	letters, err := w.letters(ctx, func() error {
		return w.uses.Accounts.RequestReset(ctx, w.tenantID, m.from.Client, p.user.Email)
	})
	if err != nil {
		return err
	}
	w.wait(w.between(time.Minute, 4*time.Minute))
	return w.reset(ctx, m, w.mailed(letters, m, "/recovery/"))
}

// reset sets a new password through a mailed link, and signs in with it.
func (w *world) reset(ctx context.Context, m *machine, l link.Mailed) error {
	m.of.password = newPassword()
	if err := w.uses.Accounts.ResetPassword(ctx, l, m.of.password, m.of.password); err != nil {
		return err
	}
	w.wait(15 * time.Second)
	return w.signIn(ctx, m)
}

// mine says that the newest unusual sign-in of a person was theirs.
func (w *world) mine(ctx context.Context, m *machine) error {
	return w.do(ctx, m, func(a sallyport.Actor) error {
		attempts, err := w.uses.Accounts.OwnAttempts(ctx, a, list.OwnAttempts.First())
		for _, t := range attempts.Rows {
			if t.Successful && t.Assessment.Score >= risk.Unusual && t.Answer == sallyport.AnswerNone {
				return w.uses.Accounts.AnswerMine(ctx, a, t.ID)
			}
		}
		return err
	})
}

// giveNumber puts a phone number on somebody's account.
func (w *world) giveNumber(ctx context.Context, p *person) error {
	number := w.newFactor(sallyport.MethodSMS).PhoneNumber
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		code, err := w.sentCode(ctx, func() error {
			_, err := w.uses.Contacts.AskPhone(ctx, a, number, "")
			return err
		})
		if err != nil {
			return err
		}
		return w.uses.Contacts.ConfirmPhone(ctx, a, code)
	})
}

// moveMailbox gives somebody another address: with the parts of its name the other way round.
func (w *world) moveMailbox(ctx context.Context, p *person) error {
	local, domain, _ := strings.Cut(p.user.Email, "@")
	first, last, ok := strings.Cut(local, ".")
	if !ok || p.star || p.played {
		return nil
	}
	address := last + "." + first + "@" + domain
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error {
		code, err := w.sentCode(ctx, func() error {
			_, err := w.uses.Contacts.AskEmail(ctx, a, address)
			return err
		})
		if err != nil {
			return err
		}
		if err = w.uses.Contacts.ConfirmEmail(ctx, a, code); err == nil {
			p.user.Email = address
		}
		return err
	})
}
