package signin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// siege is an account with every kind of factor, and what strangers have of it.
type siege struct {
	t        *testing.T
	a        *apptest.App
	owner    *person
	captured []string // credentials that the owner's device had before
	insider  sallyport.Actor
}

// at returns a client without credentials, in a network of its own or in the owner's.
func (s *siege) at(i int) signin.From {
	return s.a.From(s.t, apptest.Client(fmt.Sprintf("203.0.113.%d", i), apptest.ChromeOnMac))
}

func (s *siege) neighbour() signin.From {
	return s.a.From(s.t, apptest.Client(s.owner.home.Client.IPAddress, apptest.ChromeOnMac))
}

// guess gives a wrong password, whatever the answer.
func (s *siege) guess(from signin.From, email string) {
	_, _ = s.a.Try(s.t.Context(), from, email, "wrong")
}

// patiently does something several times, with the longest wait between.
func (s *siege) patiently(n int, do func(i int)) {
	for i := range n {
		do(i)
		s.a.Clock.Advance(30 * time.Second)
	}
	s.a.Clock.Advance(-30 * time.Second)
}

// wrongCodes knows the password and gives wrong codes.
func (s *siege) wrongCodes(from signin.From, method string, n int) {
	s.patiently(n, func(int) {
		r, err := s.a.Try(s.t.Context(), from, userEmail, apptest.Password)
		if err == nil && r.State == signin.Factor {
			_, _ = s.a.SignIn.Advance(s.t.Context(), from, r.FlowToken, withCode(method, "000000"))
		}
	})
}

// strangers is what people without the owner's device do to the account.
var strangers = []struct {
	name string
	do   func(*siege)
}{
	{"wrong passwords from many networks", func(s *siege) {
		s.patiently(12, func(i int) { s.guess(s.at(i), userEmail) })
	}},
	{"a hundred wrong passwords in a row, slowly", func(s *siege) {
		failSlowly(s.t, s.a, func() {
			s.a.Clock.Advance(30 * time.Second)
			s.guess(s.at(1), userEmail)
		})
	}},
	{"a flood of other names", func(s *siege) {
		for i := range 120 {
			s.guess(s.at(2), fmt.Sprintf("nobody%d@corp.test", i))
		}
	}},
	{"wrong passwords and a flood of names in the owner's network", func(s *siege) {
		for i := range 120 {
			s.guess(s.neighbour(), []string{userEmail, fmt.Sprintf("nobody%d@corp.test", i)}[i%2])
		}
	}},
	{"sign-ins that nobody goes on with, in the owner's network", func(s *siege) {
		for range 320 {
			_, _ = s.a.SignIn.Open(s.t.Context(), s.neighbour(), userEmail)
		}
	}},
	{"requests for a new password", func(s *siege) {
		for i := range 40 {
			_ = s.a.Accounts.RequestReset(s.t.Context(), s.a.TenantID(s.t), s.at(i%3).Client, userEmail)
		}
		apptest.Must(s.t, s.a.Accounts.AnswerRequests(s.t.Context()))
	}},
	{"made-up links that unlock, reset or deny", func(s *siege) {
		for range 20 {
			m := link.Mailed{TenantID: s.a.TenantID(s.t), Client: s.at(3).Client, Secret: "spl_made-up"}
			_ = s.a.Accounts.UnlockByLink(s.t.Context(), m)
			_ = s.a.Accounts.ResetPassword(s.t.Context(), m, chosenPassword, chosenPassword)
			_ = s.a.Devices.ConfirmByLink(s.t.Context(), m)
		}
	}},
	{"the right password and wrong codes", func(s *siege) { s.wrongCodes(s.at(4), totp, 12) }},
	{"the right password and wrong codes in the owner's network", func(s *siege) { s.wrongCodes(s.neighbour(), totp, 12) }},
	{"the right password and wrong backup codes", func(s *siege) { s.wrongCodes(s.at(5), backup, 12) }},
	{"the right password and a hundred wrong codes in a row", func(s *siege) {
		failSlowly(s.t, s.a, func() {
			s.a.Clock.Advance(30 * time.Second)
			s.wrongCodes(s.at(6), totp, 1)
		})
	}},
	{"the right password and codes that are sent in vain", func(s *siege) {
		for i := range 24 {
			r, err := s.a.Try(s.t.Context(), s.at(7), userEmail, apptest.Password)
			if err == nil && r.State == signin.Factor {
				_, _ = s.a.SignIn.Ask(s.t.Context(), s.at(7), r.FlowToken, "", mfa.Choice{Method: []string{texted, mailed}[i%2]})
			}
		}
	}},
	{"rubbish for a passkey in the owner's network", func(s *siege) {
		for range 110 {
			r, err := s.a.SignIn.OpenPasskey(s.t.Context(), s.neighbour())
			if err == nil {
				_, _ = s.a.SignIn.Advance(s.t.Context(), s.neighbour(), r.FlowToken, signin.Step{State: signin.Password, Passkey: []byte("{}")})
			}
		}
	}},
	{"enrolments with the owner's number", func(s *siege) {
		for range 12 {
			_, _ = s.a.Factors.Begin(s.t.Context(), s.insider, mfa.NewFactor{Method: texted, PhoneNumber: number})
			s.a.Clock.Advance(time.Second)
		}
	}},
	{"an old credential of the owner's device", func(s *siege) {
		from := s.at(8)
		from.Devices = s.captured
		s.patiently(12, func(int) { s.guess(from, userEmail) })
	}},
	{"made-up credentials of devices", func(s *siege) {
		from := s.at(9)
		from.Devices = []string{"spd_made-up", "", s.owner.home.Session}
		s.patiently(12, func(int) { s.guess(from, userEmail) })
	}},
	{"a stolen session that guesses", func(s *siege) {
		ask := sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true}
		from := s.at(10)
		from.Session = s.owner.home.Session
		s.patiently(12, func(int) {
			r, err := s.a.SignIn.OpenStepUp(s.t.Context(), from, apptest.Actor(s.owner.in), ask)
			if err == nil {
				_, _ = s.a.SignIn.Advance(s.t.Context(), from, r.FlowToken, withPassword("wrong"))
			}
		})
	}},
	{"a stolen session that asks for mails", func(s *siege) {
		for range 12 {
			_ = s.a.Devices.Confirm(s.t.Context(), apptest.Actor(s.owner.in))
			_ = s.a.Accounts.RequestVerification(s.t.Context(), apptest.Actor(s.owner.in))
		}
	}},
}

// A sign-in with the right password, on a device that its owner has used before, never fails
// or waits because of what strangers did to the account or in its network: with each second
// factor, also with one whose code is sent, and with a passkey alone.
func TestStrangersDoNotHinderTheOwner(t *testing.T) {
	for _, v := range strangers {
		t.Run(v.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				a.SetPolicy(func(q *sallyport.Policy) { q.LockoutProgressive, q.DeviceCompromise = true, policy.FlagCompromised })
				s := &siege{t: t, a: a, owner: equipped(t, a, userEmail, totp, texted, mailed, webAuthn)}
				home := s.owner.home
				home.Session = ""
				home, s.captured = s.enter(home, totp), home.Devices
				a.AddUser(t, "insider@corp.test", sallyport.RoleMember)
				a.Clock.Advance(24 * time.Hour)
				s.insider = apptest.Actor(a.SignInAs(t, s.at(200), "insider@corp.test"))

				v.do(s)
				for _, method := range []string{texted, mailed, webAuthn, totp} {
					home = s.enter(home, method)
				}
				r, err := a.SignIn.OpenPasskey(t.Context(), home)
				if err != nil {
					t.Fatalf("with a passkey alone: %v", err)
				}
				in := goesOn(t, a, home, r, signin.Step{State: signin.Password, Passkey: s.owner.key.Answer(t, r.Asked.Options)}, signin.Done)
				if in.Session.DeviceID != s.owner.in.Session.DeviceID {
					t.Error("the device is another one")
				}
			})
		})
	}
}

// enter signs the owner in on their device, at once and with nothing asked but the factor.
func (s *siege) enter(home signin.From, method string) signin.From {
	s.t.Helper()
	r := atFactor(s.t, s.a, home, userEmail)
	if method == totp {
		s.a.Clock.Advance(30 * time.Second) // for a code that was not used
	}
	r, step := s.owner.answer(s.t, s.a, home, r, method)
	in := goesOn(s.t, s.a, home, r, step, signin.Done)
	if in.DeviceToken == "" || in.Session.DeviceID != s.owner.in.Session.DeviceID {
		s.t.Errorf("with %s the device is not recognised", method)
	}
	home = apptest.After(home, in)
	home.Session = ""
	return home
}
