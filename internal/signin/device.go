package signin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// recogniseDevice finds out which of the user's devices this is. A credential that
// was replaced before costs its device all trust there and then, and leaves the
// client unknown.
func (m *Machine) recogniseDevice(ctx context.Context, s *passage) error {
	found, err := device.Recognise(ctx, m.db.Queries, s.from.TenantID, s.user.ID, s.from.Devices, s.now)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		s.device = device.Recognised{}
		return nil
	case err != nil:
		return err
	case !found.Copied, !device.MayStart(found.Device): // no copy of a blocked one gets in either
		s.device = found
		return nil
	}
	s.Reused = true
	return m.db.Write(ctx, func(tx *store.Tx) error {
		user, err := tx.LockUser(ctx, s.user.TenantID, s.user.ID)
		if err != nil {
			return err
		}
		events, err := device.Copied(ctx, tx, m.alerts, s.policy, user, found.Device, s.from.Client, s.now)
		if err != nil || len(events) == 0 {
			return err
		}
		return audit.Append(ctx, tx, events...)
	})
}

// sameDevice loads the device anew, with its owner locked. One that was blocked since
// the step began, or lost what it was judged by, ends the flow: a device that somebody
// marks as compromised at this moment must not get a session, nor its trust back. A
// step-up goes on, and proves nothing of the device.
func (s *passage) sameDevice(ctx context.Context, tx *store.Tx) error {
	if s.device.ID == "" {
		return nil
	}
	found, err := device.Recognise(ctx, tx.Queries, s.from.TenantID, s.user.ID, s.from.Devices, s.now)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	lost := err != nil || found.Copied || found.ID != s.device.ID || !device.MayStart(found.Device) ||
		policy.Trust(s.policy, found.Device, s.now) < policy.Trust(s.policy, s.device.Device, s.now)
	switch {
	case !lost:
		s.device = found
	case s.stepUp():
		s.device = device.Recognised{}
	default:
		return sallyport.Refuse(sallyport.CodeFlowExpired, "the device changed during the sign-in")
	}
	return nil
}

// answerDevice takes the answer to "Trust this device?". Who has as many trusted
// devices as policy allows names one to give up.
func (m *Machine) answerDevice(ctx context.Context, s *passage, trust bool, giveUp string) error {
	s.DeviceAnswered, s.Trust, s.GiveUp = true, trust, ""
	if !trust {
		return nil
	}
	crowd, err := m.crowd(ctx, s)
	if err != nil || len(crowd) == 0 {
		return err
	}
	if !slices.ContainsFunc(crowd, func(d sallyport.Device) bool { return d.ID == giveUp }) {
		return device.TooMany(s.policy)
	}
	s.GiveUp = giveUp
	return nil
}

// crowd returns the user's trusted devices when there is no room for another one.
func (m *Machine) crowd(ctx context.Context, s *passage) ([]sallyport.Device, error) {
	if s.policy.DeviceMaxPerUser == 0 {
		return nil, nil
	}
	all, err := m.db.DevicesOf(ctx, s.user.TenantID, s.user.ID, s.now)
	trusted := slices.DeleteFunc(all, func(d sallyport.Device) bool {
		return policy.Trust(s.policy, d, s.now) == sallyport.TrustNone || d.ID == s.device.ID
	})
	if err != nil || len(trusted) < s.policy.DeviceMaxPerUser {
		return nil, err
	}
	return trusted, nil
}

// crowdAt is crowd where the question is asked.
func (m *Machine) crowdAt(ctx context.Context, s *passage, state State) ([]sallyport.Device, error) {
	if state != Device {
		return nil, nil
	}
	return m.crowd(ctx, s)
}

// visits is how many former sign-ins one is held against.
const visits = 50

// assess judges how doubtful the sign-in is, once, when all that is asked has been
// proven: nobody without the password learns that it was judged.
func (m *Machine) assess(ctx context.Context, s *passage) error {
	if s.Assessment != nil {
		return nil
	}
	facts := risk.Facts{
		Now: s.now, Location: s.from.Client.Location, DeviceID: s.device.ID, DeviceSince: s.device.CreatedAt,
		Fingerprint: s.Fingerprint, Before: s.device.Fingerprint, CredentialReused: s.Reused, Quiet: s.device.Quiet,
	}
	former, err := m.db.VisitsOf(ctx, s.user.TenantID, s.user.ID, visits)
	if err != nil {
		return err
	}
	for _, a := range former {
		facts.Visits = append(facts.Visits, risk.Visit{
			At: a.CreatedAt, Location: a.Location, DeviceID: a.DeviceID, Confirmed: a.Answer == sallyport.AnswerMine,
		})
	}
	since := s.now.Add(-24 * time.Hour)
	failures, err := m.db.CountAttemptsOf(ctx, s.user.TenantID, s.user.ID, s.device.ID, s.from.Client.IPAddress, sallyport.CodeMFAFailed, since)
	if err != nil {
		return err
	}
	facts.FactorFailures = int(failures)
	var held [][]byte
	for _, c := range s.from.Devices[:min(len(s.from.Devices), device.MaxCredentials)] {
		if hash, ok := token.Parse(token.Device, c); ok {
			held = append(held, hash[:])
		}
	}
	if facts.OtherAccounts, err = m.db.OtherUsersOf(ctx, s.user.TenantID, s.user.ID, held, since); err != nil {
		return err
	}
	a := risk.Assess(facts)
	s.Assessment, s.First = &a, len(facts.Visits) == 0
	return nil
}

// suspicious reports whether the sign-in is refused for what it looks like. A copied
// credential was acted upon when it came, and an unknown device with a passkey is as
// sure as can be: a passkey answers no page but ours.
func (s *passage) suspicious() bool {
	if s.Assessment == nil || s.policy.DeviceCompromise != policy.FlagCompromised {
		return false
	}
	if s.device.ID == "" && s.Method == sallyport.MethodWebAuthn {
		return false
	}
	score := 0
	for _, f := range s.Assessment.Findings {
		if f.Signal != risk.CredentialReuse {
			score += f.Weight
		}
	}
	return score >= risk.Compromised
}

// assessment is what the sign-in was judged to be; nothing when it was not.
func (s *passage) assessment() (a sallyport.Assessment) {
	if s.Assessment != nil {
		a = *s.Assessment
	}
	return a
}

// stop acts on a sign-in that is refused for what it looks like: the device is marked
// as compromised, or, when it is not known, the owner is asked whether it was them.
func (m *Machine) stop(ctx context.Context, tx *store.Tx, s *passage) ([]sallyport.Event, error) {
	doubt := s.doubted()
	if s.device.ID == "" {
		return doubt, m.alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.SignInRefused, User: s.user, Client: s.from.Client, About: link.About{AttemptID: s.attemptID}, Mine: true,
			Policy: s.policy, At: s.now, Data: notify.Data{Reasons: device.Reasons("", device.Flag{Assessment: *s.Assessment})},
		})
	}
	marked, err := device.Mark(ctx, tx, m.alerts, sallyport.System(s.from.TenantID), s.policy, s.user, s.device.Device, device.Flag{
		By: device.BySystem, Assessment: *s.Assessment, AttemptID: s.attemptID, Client: s.from.Client,
	}, s.now)
	return append(doubt, marked...), err
}

// doubted is the event of a sign-in that looks unusual, none when it does not.
func (s *passage) doubted() []sallyport.Event {
	a := s.assessment()
	if a.Score < risk.Unusual {
		return nil
	}
	e := audit.New(s.actor(), audit.SignInDoubted, s.now)
	e.UserID, e.TargetID = s.user.ID, s.attemptID
	e.Data = map[string]string{"score": strconv.Itoa(a.Score), "signals": device.Signals(a)}
	return []sallyport.Event{e}
}

// settleDevice records the use of the known device, or gets to know a new one, with
// the trust its owner gave it and what was proven on it.
func (m *Machine) settleDevice(ctx context.Context, tx *store.Tx, s *passage, actor sallyport.Actor, r *Result) (events []sallyport.Event, err error) {
	if s.Trust {
		if events, err = m.makeRoom(ctx, tx, s, actor); err != nil {
			return nil, err
		}
	}
	if s.device.ID != "" {
		if r.DeviceToken, err = device.Use(ctx, tx, s.device, s.from.Client, s.Fingerprint, s.now); err != nil {
			return nil, err
		}
		if r.DeviceToken != "" {
			r.FormerDeviceToken = s.device.Credential
		}
		if s.Trust {
			e, err := device.Trust(ctx, tx, actor, &s.device.Device, policy.ChosenAtSignIn, s.now)
			if err != nil {
				return nil, err
			}
			events = append(events, e)
		}
	} else {
		d, credential, added, err := device.Add(ctx, tx, actor, s.user.ID, s.Fingerprint, s.Trust, s.now)
		if err != nil {
			return nil, err
		}
		s.device.Device, s.added, r.DeviceToken = d, true, credential
		events = append(events, added...)
	}
	earned, err := device.Earn(ctx, tx, actor, s.policy, &s.device.Device, policy.Shown{Method: s.Method}, s.now)
	return append(events, earned...), err
}

// makeRoom gives up the device that was named, if there are too many.
func (m *Machine) makeRoom(ctx context.Context, tx *store.Tx, s *passage, actor sallyport.Actor) (events []sallyport.Event, err error) {
	if s.policy.DeviceMaxPerUser == 0 {
		return nil, nil
	}
	if s.GiveUp != "" {
		d, err := tx.Device(ctx, s.user.TenantID, s.GiveUp)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return nil, err
		}
		if err == nil && d.UserID == s.user.ID {
			if events, err = device.Revoke(ctx, tx, actor, d, device.ReasonGivenUp, s.now); err != nil {
				return nil, err
			}
		}
	}
	n, err := tx.CountTrusted(ctx, s.user.TenantID, s.user.ID)
	if err == nil && int(n) >= s.policy.DeviceMaxPerUser && s.device.TrustLevel == sallyport.TrustNone {
		err = device.TooMany(s.policy) // by a sign-in beside this one
	}
	return events, err
}

// tellOfSignIn mails the owner of a sign-in on a new device, in a new place, or one that
// looks unusual.
// The first one of an account is no news.
func (m *Machine) tellOfSignIn(ctx context.Context, tx *store.Tx, s *passage, sessionID string) error {
	a := s.assessment()
	unusual := a.Score >= risk.Unusual || slices.ContainsFunc(a.Findings, func(f sallyport.Finding) bool {
		return f.Signal == risk.NewCountry || f.Signal == risk.Travel // a new place, on whatever device
	})
	if s.First || !s.added && !unusual {
		return nil
	}
	mail := alert.Alert{
		Kind: notify.NewSignIn, User: s.user, Client: s.from.Client, Policy: s.policy, At: s.now,
		About: link.About{SessionID: sessionID, DeviceID: s.device.ID, AttemptID: s.attemptID},
	}
	if unusual {
		mail.Mine, mail.Data.Reasons = true, device.Reasons("", device.Flag{Assessment: a})
	}
	return m.alerts.Send(ctx, tx, mail)
}
