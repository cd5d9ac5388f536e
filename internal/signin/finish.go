package signin

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
)

// unchanged compares the locked user with the one that the steps relied on, and the policy
// with the one that this step was decided by. A new password or a disabled account ends the
// flow.
func (s *stage) unchanged(a *act.Act) error {
	user := a.User
	if !slices.Equal(a.Policy.MFAMethods, s.policy.MFAMethods) {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the policy changed during the step")
	}
	if user.Status != s.user.Status || user.PasswordHash != s.user.PasswordHash {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the account changed during the sign-in")
	}
	return nil
}

// finish ends the flow with its result: a session, or new proof in a session.
func (m *Machine) finish(ctx context.Context, s *stage) (Result, error) {
	r := Result{State: Done, FlowID: s.flow.ID, User: s.user, Email: s.flow.Email}
	known, back := s.device, s.back()
	err := m.onUser(ctx, s, func(a *act.Act) error {
		s.device, s.added = known, false // the transaction may run again
		if err := s.unchanged(a); err != nil {
			return err
		}
		if err := s.sameDevice(ctx, a); err != nil {
			return err
		}
		if err := lostRace(a.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		if err := s.refund(ctx, a, back); err != nil {
			return err
		}
		if err := m.redeem(ctx, a, s, &r); err != nil {
			return err
		}
		if s.stepUp() {
			return s.raise(ctx, a, &r)
		}
		return s.begin(ctx, a, &r)
	})
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// begin starts the session of a sign-in.
func (s *stage) begin(ctx context.Context, a *act.Act, r *Result) (err error) {
	known := s.device.TrustLevel > sallyport.TrustNone // before this sign-in
	if err := session.Replace(ctx, a, s.from.Session); err != nil {
		return err
	}
	if err := s.reopen(ctx, a); err != nil {
		return err
	}
	if err := s.setChosen(ctx, a); err != nil {
		return err
	}
	if err := s.settleDevice(ctx, a, r); err != nil {
		return err
	}
	start := session.Start{
		ID: s.flow.ID, DeviceID: s.device.ID, Native: s.from.Native, Client: s.from.Client, Factor: s.factorShown(), Assessment: s.assessment(), Known: known,
	}
	if s.SetsUp { // nobody proves with a password that they chose a moment ago
		start.For = policy.AddFactor
	}
	if r.Session, r.Tokens, err = session.Begin(ctx, a, start); err != nil {
		return err
	}
	attempt := s.attempt("")
	attempt.SessionID = r.Session.ID
	if err := a.AddAttempt(ctx, attempt); err != nil {
		return err
	}
	s.noteDoubt(a)
	in := a.Actor
	in.SessionID = r.Session.ID
	at, err := s.tie(ctx, a.As(in))
	if err != nil {
		return err
	}
	a.As(in).Note(audit.SignedIn, act.About{}, slices.Concat(act.Given("method", s.Method), act.Given("provider", at), []string{"client", s.flow.Client})...)
	if err := s.goPast(ctx, a, r); err != nil {
		return err
	}
	return s.tellOfSignIn(ctx, a, r.Session.ID)
}

// raise records in the session of a step-up what was proven, and renews its token.
func (s *stage) raise(ctx context.Context, a *act.Act, r *Result) (err error) {
	r.Session, r.Tokens, err = a.StepUp(ctx, s.session, s.from.Session, act.Proof{Primary: s.PrimaryProven, Method: s.factorShown(), Act: s.Ask.Act})
	if err != nil {
		return err
	}
	if s.device.ID != "" && s.device.ID == s.session.DeviceID {
		shown := policy.Shown{Method: s.Method, UserVerified: s.proof != nil && s.proof.UserVerified, StepUp: true}
		if err := device.Earn(ctx, a, &s.device.Device, shown); err != nil {
			return err
		}
	}
	a.Note(audit.SteppedUp, act.About{}, append(act.Given("method", s.Method), "act", s.Ask.Act)...)
	return nil
}

// about returns what "This wasn't me" ends, in a mail about an act in the flow.
func (s *stage) about() link.About {
	return link.About{SessionID: cmp.Or(s.flow.SessionID, s.flow.ID), DeviceID: s.device.ID}
}

// setChosen replaces the password by the one chosen in the flow, if any: the sessions
// of the former one end, and the user is told by mail.
func (s *stage) setChosen(ctx context.Context, a *act.Act) error {
	if s.chosen.Hash == "" {
		return nil
	}
	if err := password.Replace(ctx, a, s.user, s.chosen); err != nil {
		return err
	}
	n, err := a.RevokeSessions(ctx, act.Sessions{}, act.ReasonPasswordChanged)
	if err != nil {
		return err
	}
	a.Note(audit.PasswordChanged, act.About{}, "sessions", strconv.Itoa(n))
	return a.Tell(ctx, act.Alert{Kind: notify.PasswordChanged, Client: s.from.Client, About: s.about()})
}
