package demo

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// signIn goes through a sign-in on a machine, as its pages do.
func (w *world) signIn(ctx context.Context, m *machine) error {
	return w.signInBy(ctx, w.uses.SignIn, m)
}

func (w *world) signInBy(ctx context.Context, way *signin.Machine, m *machine) error {
	r, err := way.Open(ctx, m.from, m.of.user.Email)
	for err == nil && r.State != signin.Done {
		w.wait(w.between(2*time.Second, 5*time.Second))
		r, err = w.step(ctx, way, m, r)
	}
	if err == nil {
		m.keep(r)
	}
	return err
}

// step does what a sign-in, or a step-up, asks for next.
func (w *world) step(ctx context.Context, way *signin.Machine, m *machine, r signin.Result) (signin.Result, error) {
	p, s := m.of, signin.Step{State: r.State}
	switch r.State {
	case signin.Password:
		s.Password = p.password
	case signin.Factor:
		return w.proveFactor(ctx, way, m, r)
	case signin.Device:
		s.Trust = w.chance(p.careful)
	case signin.Enrol:
		if p.handed {
			return w.enrolByCode(ctx, way, m, r)
		}
		return r, w.putOff(m, r)
	}
	return way.Advance(ctx, m.from, r.FlowToken, s)
}

// try gives a password on a machine, whoever sits there, and goes no further.
func (w *world) try(ctx context.Context, m *machine, address, password string) (signin.Result, error) {
	r, err := w.uses.SignIn.Open(ctx, m.from, address)
	if err != nil {
		return r, err
	}
	return w.uses.SignIn.Advance(ctx, m.from, r.FlowToken, signin.Step{State: signin.Password, Password: password})
}

// putOff is somebody who is asked to set a second factor up and closes the page. The
// browser comes back to it when it is over.
func (w *world) putOff(m *machine, r signin.Result) error {
	w.will(w.now.Add(signin.FlowLifetime+time.Minute), func(ctx context.Context) error {
		_, err := w.uses.SignIn.Look(ctx, m.from, r.FlowToken)
		return err
	})
	return sallyport.Refuse(sallyport.CodeFlowExpired, "the page was closed")
}

// slip is what goes wrong before a sign-in: a password typed badly, an address that
// nobody has, or a page left open for too long.
func (w *world) slip(ctx context.Context, m *machine) (err error) {
	address := m.of.user.Email
	switch x := w.rng.Float64(); {
	case x < 0.09:
		for n := 1 + w.rng.IntN(2); n > 0; n-- {
			_, err = w.try(ctx, m, address, "not "+m.of.password)
			w.wait(w.between(9*time.Second, 25*time.Second))
		}
	case x < 0.1:
		_, err = w.try(ctx, m, "mail."+address, m.of.password)
	case x < 0.12:
		r, err := w.uses.SignIn.Open(ctx, m.from, address)
		if err == nil {
			err = expect(w.putOff(m, r), sallyport.CodeFlowExpired)
		}
		return err
	}
	if refusals[sallyport.CodeOf(err)] {
		err = nil
	}
	return err
}

// actor is who acts in the session of a machine.
func (w *world) actor(m *machine) sallyport.Actor {
	u := m.of.user
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: w.tenantID, UserID: u.ID, SessionID: m.session, Role: u.Role, Granted: u.Granted, Client: m.from.Client}
}

// use uses the session of a machine, or begins one where that opens nothing any more.
func (w *world) use(ctx context.Context, m *machine) error {
	if m.from.Client.IPAddress == "" {
		w.at(m, m.of.home)
	}
	err := w.check(ctx, m)
	switch sallyport.CodeOf(err) {
	case "", sallyport.CodeSessionSuspended, sallyport.CodeUnavailable, sallyport.CodeInternal:
		return err
	}
	err = w.signIn(ctx, m)
	switch {
	case errors.Is(err, signin.ErrDeviceRemoved):
		m.forget() // as its page offers
		return w.signIn(ctx, m)
	case sallyport.CodeOf(err) == sallyport.CodeDeviceNotTrusted:
		m.away = true // until an admin clears it
	}
	return err
}

// do does an act in the session of a machine, after proving what the act asks for.
func (w *world) do(ctx context.Context, m *machine, act func(sallyport.Actor) error) error {
	if err := w.use(ctx, m); err != nil {
		return err
	}
	err := act(w.actor(m))
	var e *sallyport.Error
	if !errors.As(err, &e) || e.Code != sallyport.CodeStepUp {
		return err
	}
	if err := w.stepUp(ctx, m, *e.StepUp); err != nil {
		return err
	}
	return act(w.actor(m))
}

func (w *world) stepUp(ctx context.Context, m *machine, ask sallyport.StepUp) error {
	r, err := w.uses.SignIn.OpenStepUp(ctx, m.from, w.actor(m), ask)
	for err == nil && r.State != signin.Done {
		w.wait(w.between(2*time.Second, 5*time.Second))
		r, err = w.step(ctx, w.uses.SignIn, m, r)
	}
	if err == nil {
		m.from.Session, m.refresh = r.SessionToken, r.RefreshToken
	}
	return err
}

// check uses the session of a machine, where it has a good one. An app gets its next tokens first,
// where its access token is over.
func (w *world) check(ctx context.Context, m *machine) error {
	_, err := w.uses.Sessions.Check(ctx, w.tenantID, m.from.Session)
	if sallyport.CodeOf(err) != sallyport.CodeTokenExpired {
		return err
	}
	next, err := w.uses.Sessions.Refresh(ctx, w.tenantID, m.refresh, m.from.Client)
	if err == nil {
		m.from.Session, m.refresh = next.SessionToken, next.RefreshToken
	}
	return err
}

// proveFactor answers for the second factor, after a code that was typed badly now and
// then.
func (w *world) proveFactor(ctx context.Context, way *signin.Machine, m *machine, r signin.Result) (signin.Result, error) {
	p := m.of
	c, ok := w.choice(p, r.Choices)
	if !ok {
		return r, w.putOff(m, r)
	}
	a, err := w.answer(ctx, p, c.Method, func() (_ json.RawMessage, err error) {
		if c.Method != sallyport.MethodWebAuthn && !sallyport.MethodOf(c.Method).Sent {
			return nil, nil // it need not be asked for
		}
		if r, err = way.Ask(ctx, m.from, r.FlowToken, "", c); err != nil {
			return nil, err
		}
		return r.Asked.Options, nil
	})
	if err != nil {
		return r, err
	}
	if a.Code != "" && !p.star && !p.played && w.chance(0.05) {
		slip := mfa.Answer{Method: a.Method, Code: wrong(a.Code)}
		_, err := way.Advance(ctx, m.from, r.FlowToken, signin.Step{State: signin.Factor, Answer: slip})
		if err := expect(err, sallyport.CodeMFAFailed); err != nil {
			return r, err
		}
		w.wait(w.between(4*time.Second, 10*time.Second))
	}
	return way.Advance(ctx, m.from, r.FlowToken, signin.Step{State: signin.Factor, Answer: a})
}
