package signin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// settle gathers the facts, asks next, and carries out what it says.
func (m *Machine) settle(ctx context.Context, s *passage) (Result, error) {
	s.facts.MustChangePassword = (s.user.MustChangePassword || s.facts.Breached) && s.chosen == ""
	s.facts.Disabled = s.user.Status != sallyport.UserActive
	s.facts.DeviceKnown = s.device.ID != ""
	s.facts.DeviceBlocked = s.facts.DeviceKnown && !device.MayStart(s.device)
	s.facts.DeviceTrusted = s.device.TrustLevel >= sallyport.TrustLow
	s.facts.RequireTrusted = s.policy.DeviceRequireTrusted
	switch state, reason := next(s.facts); state {
	case Done:
		return m.finish(ctx, s)
	case Deny:
		return Result{}, m.deny(ctx, s, reason)
	default:
		return m.move(ctx, s, state)
	}
}

// move saves the flow in its next state under a new token. A step that somebody
// else took meanwhile is lost to them.
func (m *Machine) move(ctx context.Context, s *passage, state State) (Result, error) {
	facts, err := json.Marshal(s.facts)
	if err != nil {
		return Result{}, err
	}
	s.flow.State, s.flow.Facts = string(state), string(facts)
	secret, hash := token.New(token.Flow)
	err = m.db.Write(ctx, func(tx *store.Tx) error {
		if err := m.spare(ctx, tx, s); err != nil {
			return err
		}
		return taken(tx.MoveFlow(ctx, s.flow, hash[:]))
	})
	if err != nil {
		return Result{}, err
	}
	return Result{State: state, FlowID: s.flow.ID, FlowToken: secret, ExpiresAt: s.flow.ExpiresAt}, nil
}

// deny ends the flow: all that was asked was proven, and the answer is no.
func (m *Machine) deny(ctx context.Context, s *passage, reason sallyport.Code) error {
	err := m.db.Write(ctx, func(tx *store.Tx) error {
		if err := taken(tx.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		return s.failed(ctx, tx, reason)
	})
	if err != nil {
		return err
	}
	return sallyport.Refuse(reason, "")
}

// finish begins the session. The user is locked and compared with what the
// steps were judged by: a password changed or an account disabled in the
// meantime ends the sign-in.
func (m *Machine) finish(ctx context.Context, s *passage) (Result, error) {
	r := Result{State: Done, FlowID: s.flow.ID, User: s.user}
	err := m.db.Write(ctx, func(tx *store.Tx) error {
		user, err := tx.LockUser(ctx, s.user.TenantID, s.user.ID)
		if err != nil {
			return err
		}
		if user.Status != sallyport.UserActive || user.PasswordHash != s.user.PasswordHash {
			return sallyport.Refuse(sallyport.CodeFlowExpired, "the account changed during the sign-in")
		}
		if err := taken(tx.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		if err := m.spare(ctx, tx, s); err != nil {
			return err
		}
		if s.rehash != "" && s.chosen == "" {
			if err := tx.UpgradePassword(ctx, user.TenantID, user.ID, user.PasswordHash, s.rehash); err != nil {
				return err
			}
		}
		actor := s.from.actor()
		actor.Type, actor.UserID, actor.Role = sallyport.ActorUser, user.ID, user.Role
		events, err := session.Replace(ctx, tx, actor, s.from.Session, s.now)
		if err != nil {
			return err
		}
		changed, err := m.setChosen(ctx, tx, s, actor)
		if err != nil {
			return err
		}
		events = append(events, changed...)
		added, err := m.device(ctx, tx, s, actor, &r)
		if err != nil {
			return err
		}
		events = append(events, added...)
		r.Session, r.SessionToken, err = session.Begin(ctx, tx, s.policy, session.Start{User: user, DeviceID: s.device.ID, Native: s.from.Native, Client: s.from.Client}, s.now)
		if err != nil {
			return err
		}
		if err := tx.AddAttempt(ctx, s.attempt("")); err != nil {
			return err
		}
		actor.SessionID = r.Session.ID
		in := audit.New(actor, audit.SignedIn, s.now)
		in.UserID, in.Data = user.ID, map[string]string{"client": s.flow.Client}
		return audit.Append(ctx, tx, append(events, in)...)
	})
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// device records the use of the known device, or gets to know a new one.
func (m *Machine) device(ctx context.Context, tx *store.Tx, s *passage, actor sallyport.Actor, r *Result) ([]sallyport.Event, error) {
	if s.facts.DeviceKnown {
		return nil, tx.UseDevice(ctx, s.device.TenantID, s.device.ID, s.from.Client, s.now)
	}
	d, credential, event, err := device.Add(ctx, tx, actor, s.user.ID, s.now)
	s.device, r.DeviceToken = d, credential
	return []sallyport.Event{event}, err
}

// setChosen replaces the password by the one that was chosen on the way in, if
// any: the former one's sessions end, and the user is told.
func (m *Machine) setChosen(ctx context.Context, tx *store.Tx, s *passage, actor sallyport.Actor) ([]sallyport.Event, error) {
	if s.chosen == "" {
		return nil, nil
	}
	if err := password.Replace(ctx, tx, s.user, s.chosen, s.now); err != nil {
		return nil, err
	}
	// Somebody else may stand at this step too, with the former password proven.
	if err := tx.EndFlowsOfUser(ctx, s.user.TenantID, s.user.ID); err != nil {
		return nil, err
	}
	events, err := session.EndAll(ctx, tx, actor, s.user.ID, "", audit.SessionRevoked, sallyport.SessionRevoked, session.ReasonPasswordChanged, s.now)
	if err != nil {
		return nil, err
	}
	e := audit.New(actor, audit.PasswordChanged, s.now)
	e.UserID, e.Data = s.user.ID, map[string]string{"sessions": strconv.Itoa(len(events))}
	return append(events, e), m.alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.PasswordChanged, User: s.user, Client: s.from.Client, Policy: s.policy, At: s.now,
	})
}

// spare takes back the tries of a step that proved right, and the opening of a
// flow that somebody went on with.
func (m *Machine) spare(ctx context.Context, tx *store.Tx, s *passage) error {
	keys := append(slices.Clip(s.spent), throttle.ForOpening(s.from.Client.IPAddress))
	return throttle.Reset(ctx, tx, s.policy, s.from.TenantID, s.now, keys...)
}

// fail records a try that failed, with the events for what it locked. Whoever
// has the address is told of a lock; an address nobody has leaves a request and
// an event too, so that the answer takes as long.
func (m *Machine) fail(ctx context.Context, s *passage, reason sallyport.Code, d throttle.Decision) error {
	return m.db.Write(ctx, func(tx *store.Tx) error {
		if slices.ContainsFunc(d.Locks, func(k throttle.Scope) bool { return k != throttle.Network }) {
			if err := tx.AddMailRequest(ctx, store.MailRequest{
				TenantID: s.from.TenantID, ID: token.NewID(), Kind: string(notify.AccountLocked), Email: s.flow.Email,
				Client: s.from.Client, LockedUntil: d.LockedUntil, CreatedAt: s.now,
			}); err != nil {
				return err
			}
		}
		return s.failed(ctx, tx, reason, s.locks(d)...)
	})
}

func (s *passage) failed(ctx context.Context, tx *store.Tx, reason sallyport.Code, extra ...sallyport.Event) error {
	if err := tx.AddAttempt(ctx, s.attempt(reason)); err != nil {
		return err
	}
	e := s.event(audit.SignInFailed, map[string]string{"reason": string(reason)})
	return audit.Append(ctx, tx, append([]sallyport.Event{e}, extra...)...)
}

// expire ends a flow that took too long. Its end is recorded once, however often
// its token comes back.
func (m *Machine) expire(ctx context.Context, s *passage) error {
	err := m.db.Write(ctx, func(tx *store.Tx) error {
		if err := taken(tx.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		return s.failed(ctx, tx, sallyport.CodeSessionExpired)
	})
	if err != nil {
		return err
	}
	return errExpired
}

func (s *passage) event(kind audit.Kind, data map[string]string) sallyport.Event {
	e := audit.New(s.from.actor(), kind, s.now)
	e.UserID, e.Data = s.user.ID, data
	return e
}

func (s *passage) attempt(reason sallyport.Code) sallyport.Attempt {
	c := s.from.Client
	return sallyport.Attempt{
		ID: token.NewID(), TenantID: s.from.TenantID, UserID: s.user.ID, Email: s.flow.Email,
		IPAddress: c.IPAddress, UserAgent: c.UserAgent, DeviceInfo: c.Info, Location: c.Location,
		Successful: reason == "", FailureReason: reason,
		MFARequired: s.facts.FactorRequired, MFAVerified: s.facts.FactorProven, CreatedAt: s.now,
	}
}

// taken turns the loss of a race for a step into the answer for it.
func taken(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the step was taken already")
	}
	return err
}
