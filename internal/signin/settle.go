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
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// settle gathers the facts, asks next, and carries out what it says.
func (m *Machine) settle(ctx context.Context, s *passage) (Result, error) {
	state, reason, err := m.decide(ctx, s)
	if err != nil {
		return Result{}, err
	}
	switch state {
	case Done:
		return m.finish(ctx, s)
	case Deny:
		return Result{}, m.deny(ctx, s, reason)
	default:
		return m.move(ctx, s, state)
	}
}

// decide gathers the facts and asks next. Who got past the second factor is judged by
// what the sign-in looks like, and next is asked again.
func (m *Machine) decide(ctx context.Context, s *passage) (State, sallyport.Code, error) {
	s.gather()
	if s.stepUp() {
		state, reason := nextStepUp(s.facts, s.Ask)
		return state, reason, nil
	}
	state, reason := next(s.facts)
	switch state {
	case Device, ChangePassword, Done:
		if err := m.assess(ctx, s); err != nil {
			return state, reason, err
		}
		s.gather()
		state, reason = next(s.facts)
	}
	var err error
	s.crowd, err = m.crowdAt(ctx, s, state)
	return state, reason, err
}

// gather fills in the facts that are not remembered.
func (s *passage) gather() {
	s.MustChangePassword = (s.user.MustChangePassword || s.Breached) && s.chosen == ""
	s.Disabled = s.user.Status != sallyport.UserActive
	s.HasFactor = s.standing.Has() || s.verified != nil
	s.HasCodes = s.standing.Left > 0
	s.FactorRequired = s.standing.Required
	s.DeviceKnown = s.device.ID != ""
	s.DeviceBlocked = s.DeviceKnown && !device.MayStart(s.device.Device)
	trust := policy.Trust(s.policy, s.device.Device, s.now)
	s.DeviceTrusted = trust >= sallyport.TrustLow || s.Trust
	s.SkipFactor = s.policy.DeviceSkipMFA && trust >= sallyport.TrustMedium
	s.AskTrust = s.AsksTrust
	s.RequireTrusted = s.policy.DeviceRequireTrusted
	s.Suspicious = s.suspicious()
	if s.FactorProven && !slices.Contains(s.policy.MFAMethods, s.Method) {
		s.FactorProven, s.Method = false, "" // policy forbade it since
	}
}

// result says where the flow stands in a state.
func (s *passage) result(state State) Result {
	r := Result{State: state, FlowID: s.flow.ID, ExpiresAt: s.flow.ExpiresAt, Email: s.flow.Email, HasPassword: s.stepUp() && s.user.PasswordHash != ""}
	switch {
	case state == Factor:
		r.Choices = s.standing.Choices()
	case state == Password && s.stepUp():
		r.Choices = s.standing.Alone()
	case state == Device:
		r.Devices = s.crowd
	case state == Enrol:
		r.Methods = s.standing.Methods
	}
	return r
}

// move saves the flow in its next state under a new token. A step that somebody
// else took meanwhile is lost to them.
func (m *Machine) move(ctx context.Context, s *passage, state State) (Result, error) {
	var did Result
	r, err := m.write(ctx, s, state, func(tx *store.Tx) ([]sallyport.Event, error) {
		// Only who proved something gets here, so there is a user.
		if _, err := tx.LockUser(ctx, s.user.TenantID, s.user.ID); err != nil {
			return nil, err
		}
		if err := m.spare(ctx, tx, s); err != nil {
			return nil, err
		}
		return m.redeem(ctx, tx, s, &did)
	})
	if err != nil {
		return Result{}, err
	}
	r.Used, r.Enrolled = did.Used, did.Enrolled
	return r, nil
}

// write saves the flow in a state, under a new token, together with what do changes.
func (m *Machine) write(ctx context.Context, s *passage, state State, do func(*store.Tx) ([]sallyport.Event, error)) (Result, error) {
	secret, err := s.save(state)
	if err != nil {
		return Result{}, err
	}
	hash, _ := token.Parse(token.Flow, secret)
	err = m.db.Write(ctx, func(tx *store.Tx) error {
		events, err := do(tx)
		if err != nil {
			return err
		}
		if err := taken(tx.MoveFlow(ctx, s.flow, hash[:])); err != nil || len(events) == 0 {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
	if err != nil {
		return Result{}, err
	}
	r := s.result(state)
	r.FlowToken = secret
	return r, nil
}

// save puts what is to be remembered into the flow's row, and returns a new token
// for it.
func (s *passage) save(state State) (secret string, err error) {
	text, err := json.Marshal(s.memory)
	s.flow.State, s.flow.Facts = string(state), string(text)
	secret, _ = token.New(token.Flow)
	return secret, err
}

// deny ends the flow: all that was asked was proven, and the answer is no.
func (m *Machine) deny(ctx context.Context, s *passage, reason sallyport.Code) error {
	err := m.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, s.user.TenantID, s.user.ID); err != nil {
			return err
		}
		if err := taken(tx.EndFlow(ctx, s.flow)); err != nil {
			return err
		}
		// A proof that led here was made, and is worth nothing a second time.
		events, err := m.redeem(ctx, tx, s, &Result{})
		if err != nil {
			return err
		}
		if reason == sallyport.CodeDeviceNotTrusted && s.Suspicious && !s.DeviceBlocked {
			stopped, err := m.stop(ctx, tx, s)
			if err != nil {
				return err
			}
			events = append(events, stopped...)
		}
		return s.failed(ctx, tx, reason, events...)
	})
	if err != nil {
		return err
	}
	if reason == sallyport.CodeDeviceNotTrusted && s.device.Status == sallyport.DeviceRevoked && !s.device.Compromised() {
		return ErrDeviceRemoved
	}
	return sallyport.Refuse(reason, "")
}

// ErrDeviceRemoved refuses a sign-in on a device that was removed from the account. It
// may come back as a new one, when its client forgets the credential.
var ErrDeviceRemoved = sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "the device was removed")

// unchanged compares a locked user with the one the steps were judged by: a
// password changed or an account disabled in the meantime ends the flow.
func (s *passage) unchanged(user sallyport.User) error {
	if user.Status != sallyport.UserActive || user.PasswordHash != s.user.PasswordHash {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the account changed during the sign-in")
	}
	return nil
}

// finish ends the flow with what it was for: a session, or more proof in one.
func (m *Machine) finish(ctx context.Context, s *passage) (Result, error) {
	r := Result{State: Done, FlowID: s.flow.ID, User: s.user, Email: s.flow.Email}
	known := s.device
	err := m.db.Write(ctx, func(tx *store.Tx) error {
		s.device, s.added = known, false // this may run again
		user, err := tx.LockUser(ctx, s.user.TenantID, s.user.ID)
		if err != nil {
			return err
		}
		if err := s.unchanged(user); err != nil {
			return err
		}
		if err := s.sameDevice(ctx, tx); err != nil {
			return err
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
		events, err := m.redeem(ctx, tx, s, &r)
		if err != nil {
			return err
		}
		end := m.begin
		if s.stepUp() {
			end = m.raise
		}
		more, err := end(ctx, tx, s, user, &r)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, append(events, more...)...)
	})
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// begin starts the session that a sign-in was for, and returns the events.
func (m *Machine) begin(ctx context.Context, tx *store.Tx, s *passage, user sallyport.User, r *Result) ([]sallyport.Event, error) {
	actor := s.actor()
	events, err := session.Replace(ctx, tx, actor, s.from.Session, s.now)
	if err != nil {
		return nil, err
	}
	changed, err := m.setChosen(ctx, tx, s, actor)
	if err != nil {
		return nil, err
	}
	added, err := m.settleDevice(ctx, tx, s, actor, r)
	if err != nil {
		return nil, err
	}
	r.Session, r.SessionToken, err = session.Begin(ctx, tx, s.policy, session.Start{
		User: user, DeviceID: s.device.ID, Native: s.from.Native, Client: s.from.Client, Factor: s.Method, Assessment: s.assessment(),
	}, s.now)
	if err != nil {
		return nil, err
	}
	attempt := s.attempt("")
	attempt.SessionID = r.Session.ID
	if err := tx.AddAttempt(ctx, attempt); err != nil {
		return nil, err
	}
	if err := m.tellOfSignIn(ctx, tx, s, r.Session.ID); err != nil {
		return nil, err
	}
	actor.SessionID = r.Session.ID
	in := audit.New(actor, audit.SignedIn, s.now)
	in.UserID, in.Data = user.ID, map[string]string{"client": s.flow.Client}
	if s.Method != "" {
		in.Data["method"] = s.Method
	}
	return append(slices.Concat(events, changed, added, s.doubted()), in), nil
}

// raise records in the session of a step-up what was proven, under a new token, and
// returns the event.
func (m *Machine) raise(ctx context.Context, tx *store.Tx, s *passage, user sallyport.User, r *Result) (events []sallyport.Event, err error) {
	if r.Session, r.SessionToken, err = session.StepUp(ctx, tx, s.session, s.from.Session, s.PrimaryProven, s.Method, s.now); err != nil {
		return nil, err
	}
	if s.device.ID != "" && s.device.ID == s.session.DeviceID {
		shown := policy.Shown{Method: s.Method, UserVerified: s.proof != nil && s.proof.UserVerified, StepUp: true}
		if events, err = device.Earn(ctx, tx, s.actor(), s.policy, &s.device.Device, shown, s.now); err != nil {
			return nil, err
		}
	}
	e := audit.New(s.actor(), audit.SteppedUp, s.now)
	e.UserID, e.Data = user.ID, map[string]string{"act": s.Ask.Act}
	if s.Method != "" {
		e.Data["method"] = s.Method
	}
	return append(events, e), nil
}

// about is what "This wasn't me" concerns after something was done in the flow.
func (s *passage) about() link.About {
	return link.About{SessionID: s.flow.SessionID, DeviceID: s.device.ID}
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

// failed records a try that failed: a sign-in's as an attempt too.
func (s *passage) failed(ctx context.Context, tx *store.Tx, reason sallyport.Code, extra ...sallyport.Event) error {
	if s.stepUp() {
		return audit.Append(ctx, tx, append([]sallyport.Event{s.reauthFailed()}, extra...)...)
	}
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
		if s.stepUp() {
			return nil // nobody tried anything
		}
		return s.failed(ctx, tx, sallyport.CodeSessionExpired)
	})
	if err != nil {
		return err
	}
	return errExpired
}

func (s *passage) event(kind audit.Kind, data map[string]string) sallyport.Event {
	e := audit.New(sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: s.from.TenantID, Client: s.from.Client}, kind, s.now)
	e.UserID, e.Data = s.user.ID, data
	return e
}

func (s *passage) attempt(reason sallyport.Code) sallyport.Attempt {
	c := s.from.Client
	return sallyport.Attempt{
		ID: s.attemptID, TenantID: s.from.TenantID, UserID: s.user.ID, DeviceID: s.device.ID, Assessment: s.assessment(), Email: s.flow.Email,
		IPAddress: c.IPAddress, UserAgent: c.UserAgent, DeviceInfo: c.Info, Location: c.Location,
		Successful: reason == "", FailureReason: reason,
		MFARequired: s.standing.Required, MFAVerified: s.FactorProven, CreatedAt: s.now,
	}
}

// taken turns the loss of a race for a step into the answer for it.
func taken(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the step was taken already")
	}
	return err
}
