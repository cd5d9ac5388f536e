package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// held is what a person has to pass a second factor with.
type held struct {
	app, uri string // seed of the authenticator app; "" for none
	step     int64  // of the last code that was typed
	passkeys []*passkey
	codes    []string // backup codes that are left
	lost     bool     // app and passkeys are out of reach: only a backup code is left
	handed   bool     // an admin removed the factors and handed a code over: the next sign-in sets an app up
}

// choice returns how a person passes, of what they are offered: mostly by what they
// used last, which is offered first.
func (w *world) choice(p *person, offered []mfa.Choice) (mfa.Choice, bool) {
	codes := func(c mfa.Choice) bool { return sallyport.MethodOf(c.Method).StandIn }
	if len(p.codes) > 0 && (p.lost || !p.star && !p.played && len(p.codes) > 2 && w.chance(0.012)) {
		p.lost = false
		if i := slices.IndexFunc(offered, codes); i >= 0 {
			return offered[i], true
		}
	}
	offered = slices.DeleteFunc(slices.Clone(offered), codes)
	switch {
	case len(offered) == 0:
		return mfa.Choice{}, false
	case !p.star && !p.played && w.chance(0.2):
		return choose(w, offered), true
	}
	return offered[0], true
}

// appCode returns the code that a person's app shows. A code works once: somebody who
// needs another one waits for it.
func (w *world) appCode(p *person) string {
	step := func() int64 { return w.now.Unix() / int64(factor.TOTPPeriod/time.Second) }
	if step() <= p.step {
		w.pass(time.Unix((p.step+1)*int64(factor.TOTPPeriod/time.Second), 0).UTC())
	}
	p.step = step()
	code, err := totp.GenerateCode(p.app, w.now)
	if err != nil {
		panic(err) // the seed comes from package factor
	}
	return code
}

// wrong returns a code that is not the one given.
func wrong(code string) string {
	if code == "000000" {
		return "111111"
	}
	return "000000"
}

// answer returns how a person answers for a method, after ask has asked for it: a code is
// sent then, and for a passkey it returns the options.
func (w *world) answer(ctx context.Context, p *person, method string, ask func() (json.RawMessage, error)) (a mfa.Answer, err error) {
	a.Method = method
	var options json.RawMessage
	asked := func() (err error) {
		options, err = ask()
		return err
	}
	if sallyport.MethodOf(method).Sent {
		a.Code, err = w.sentCode(ctx, asked)
		return a, err
	}
	if err := asked(); err != nil {
		return a, err
	}
	switch method {
	case sallyport.MethodWebAuthn:
		a.Passkey = p.sign(options)
	case sallyport.MethodTOTP:
		a.Code = w.appCode(p)
	default:
		a.Code, p.codes = p.codes[0], p.codes[1:]
	}
	return a, nil
}

// enrol sets a second factor up on the machine.
func (w *world) enrol(ctx context.Context, m *machine, n mfa.NewFactor) error {
	p := m.of
	switch n.Method {
	case sallyport.MethodEmail:
		if err := w.verifyAddress(ctx, m); err != nil {
			return err
		}
	case sallyport.MethodWebAuthn:
		p.passkeys = append(p.passkeys, newPasskey(n.Name))
	}
	var begun mfa.Begun
	answer, err := w.answer(ctx, p, n.Method, func() (json.RawMessage, error) {
		err := w.do(ctx, m, func(a sallyport.Actor) (err error) {
			begun, err = w.uses.Factors.Begin(ctx, a, n)
			return err
		})
		if begun.Secret != "" {
			p.app, p.uri, p.step = begun.Secret, begun.URI, 0
		}
		return begun.Options, err
	})
	if err != nil {
		return err
	}
	w.wait(w.between(10*time.Second, 25*time.Second))
	return w.do(ctx, m, func(a sallyport.Actor) error {
		done, err := w.uses.Factors.Verify(ctx, a, begun.Factor.ID, answer)
		if len(done.BackupCodes) > 0 {
			p.codes = done.BackupCodes
			return w.uses.Factors.CodesSaved(ctx, a)
		}
		return err
	})
}

// enrolByCode sets an app up in a sign-in, after the code that an admin handed over.
func (w *world) enrolByCode(ctx context.Context, way *signin.Machine, m *machine, r signin.Result) (signin.Result, error) {
	p := m.of
	r, err := way.BeginEnrolment(ctx, m.from, r.FlowToken, "", mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "New phone"})
	if err != nil {
		return r, err
	}
	p.app, p.uri, p.step, p.handed = r.Begun.Secret, r.Begun.URI, 0, false
	w.wait(w.between(10*time.Second, 25*time.Second))
	answer := mfa.Answer{Method: sallyport.MethodTOTP, Code: w.appCode(p)}
	r, err = way.Advance(ctx, m.from, r.FlowToken, signin.Step{State: signin.Enrol, Answer: answer})
	if r.Enrolled != nil {
		p.codes = r.Enrolled.BackupCodes
	}
	return r, err
}

// newFactor returns a second factor for somebody to set up, with what they call it.
func (w *world) newFactor(method string) mfa.NewFactor {
	n := mfa.NewFactor{Method: method}
	switch method {
	case sallyport.MethodTOTP:
		n.Name = choose(w, []string{"Phone", "Authenticator", "Work phone", "Private phone", "2FA"})
	case sallyport.MethodWebAuthn:
		n.Name = choose(w, []string{"iCloud Keychain", "Google Password Manager", "Windows Hello", "Key on my ring", "Blue key", "Laptop fingerprint"})
	case sallyport.MethodSMS: // numbers that are kept free for stories
		n.PhoneNumber = fmt.Sprintf("+1%s55501%02d", choose(w, []string{"202", "312", "415", "617", "646", "713", "206", "305", "613"}), w.rng.IntN(100))
	}
	return n
}

// methods is how often people choose each method.
var methods = []string{
	sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodTOTP, sallyport.MethodWebAuthn,
	sallyport.MethodWebAuthn, sallyport.MethodWebAuthn, sallyport.MethodSMS, sallyport.MethodSMS, sallyport.MethodEmail,
}

// remove takes the newest second factor of a person away.
func (w *world) remove(ctx context.Context, m *machine) error {
	return w.do(ctx, m, func(a sallyport.Actor) error {
		own, err := w.uses.Factors.Own(ctx, a)
		if err != nil || len(own.Current) == 0 {
			return errors.Join(err, sallyport.ErrNotFound)
		}
		_, err = w.uses.Factors.Remove(ctx, a, own.Current[len(own.Current)-1].ID)
		return err
	})
}

// verifyAddress proves a person's address by the mailed link, unless it is proven.
func (w *world) verifyAddress(ctx context.Context, m *machine) error {
	var letters []letter
	err := w.do(ctx, m, func(a sallyport.Actor) (err error) {
		letters, err = w.letters(ctx, func() error {
			err := w.uses.Accounts.RequestVerification(ctx, a)
			if errors.Is(err, sallyport.ErrConflict) {
				return nil
			}
			return err
		})
		return err
	})
	if err != nil || len(letters) == 0 {
		return err
	}
	w.wait(w.between(20*time.Second, 2*time.Minute))
	return w.uses.Accounts.VerifyEmail(ctx, w.mailed(letters, m, "/verify-email/"))
}

// sign answers the options of a registration with the newest passkey, and those of an
// assertion with the one that is asked for.
func (p *person) sign(options json.RawMessage) []byte {
	for _, k := range slices.Backward(p.passkeys) {
		if answer := k.answer(options); answer != nil {
			return answer
		}
	}
	return nil
}
