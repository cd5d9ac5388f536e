package signin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/token"
)

// recogniseDevice finds out which of the user's devices this is. A client with a replaced
// credential counts as unknown.
func (m *Machine) recogniseDevice(ctx context.Context, s *stage) error {
	found, err := device.Recognise(ctx, m.acts.Queries, s.held(), s.now)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		s.device = device.Recognised{}
		return nil
	case err != nil:
		return err
	case !found.Copied, !device.MayStart(found.Device): // a copied credential of a blocked device signs in no more than the device
		s.device = found
		return nil
	}
	s.device, s.copied, s.Reused = device.Recognised{}, found.Device, true
	return nil
}

// endCopied responds to a replaced credential of a device, once the client has proven
// something in the step that ends with this act: with the credential and an address alone
// nobody takes the trust of a device away, or ends its sessions.
func (s *stage) endCopied(ctx context.Context, a *act.Act) error {
	if s.copied.ID == "" {
		return nil
	}
	return device.Copied(ctx, a.As(sallyport.System(s.from.TenantID)), s.copied, s.from.Client)
}

// held returns the credentials by which the client's device can be recognised.
func (s *stage) held() device.Held {
	return device.Held{TenantID: s.from.TenantID, UserID: s.user.ID, Credentials: s.from.Devices}
}

// sameDevice loads the device again, with its owner locked. A device that was blocked
// after the step began, or lost the trust that the step relied on, ends the flow:
// a device that is being marked as compromised must get neither a session nor its
// trust back. A step-up goes on, but proves nothing about the device.
func (s *stage) sameDevice(ctx context.Context, a *act.Act) error {
	if s.device.ID == "" {
		return nil
	}
	found, err := device.Recognise(ctx, a.Queries, s.held(), s.now)
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

// answerDevice takes the answer to "Trust this device?". A user who has as many
// trusted devices as policy allows names one to remove.
func (m *Machine) answerDevice(ctx context.Context, s *stage, trust bool, giveUp string) error {
	s.DeviceAnswered, s.Trust, s.GiveUp = true, trust, ""
	if !trust {
		return nil
	}
	trusted, err := m.overLimit(ctx, s)
	if err != nil || len(trusted) == 0 {
		return err
	}
	if !slices.ContainsFunc(trusted, func(d sallyport.Device) bool { return d.ID == giveUp }) {
		return device.TooMany(s.policy)
	}
	s.GiveUp = giveUp
	return nil
}

// maxOffered limits the list of devices from which a user chooses one to remove. There
// are more only when policy allowed more before.
const maxOffered = 100

// overLimit returns the user's trusted devices when policy allows no more of them.
func (m *Machine) overLimit(ctx context.Context, s *stage) ([]sallyport.Device, error) {
	if s.policy.DeviceMaxPerUser == 0 {
		return nil, nil
	}
	trusted, err := m.acts.TrustedDevices(ctx, s.user.TenantID, s.user.ID, maxOffered)
	trusted = slices.DeleteFunc(trusted, func(d sallyport.Device) bool { return d.ID == s.device.ID })
	if err != nil || len(trusted) < s.policy.DeviceMaxPerUser {
		return nil, err
	}
	return trusted, nil
}

// trustedAt returns overLimit in the state that asks about trust, nil in others.
func (m *Machine) trustedAt(ctx context.Context, s *stage, state State) ([]sallyport.Device, error) {
	if state != Device {
		return nil, nil
	}
	return m.overLimit(ctx, s)
}

// maxVisits is how many former sign-ins a new one is compared with.
const maxVisits = 50

// assess judges once how doubtful the sign-in is, after everything else was proven:
// a client without the password never learns that sign-ins are judged.
func (m *Machine) assess(ctx context.Context, s *stage) error {
	if s.Assessment != nil {
		return nil
	}
	facts := risk.Facts{
		Now: s.now, Location: s.from.Client.Location, DeviceID: s.device.ID, DeviceSince: s.device.CreatedAt,
		Fingerprint: s.Fingerprint, Before: s.device.Fingerprint, CredentialReused: s.Reused, Quiet: s.device.Quiet,
	}
	former, err := m.acts.VisitsOf(ctx, s.user.TenantID, s.user.ID, maxVisits)
	if err != nil {
		return err
	}
	for _, a := range former {
		facts.Visits = append(facts.Visits, risk.Visit{
			At: a.CreatedAt, Location: a.Location, DeviceID: a.DeviceID, Confirmed: a.Answer == sallyport.AnswerMine,
		})
	}
	since := s.now.Add(-24 * time.Hour)
	failures, err := m.acts.CountAttemptsLike(ctx, sallyport.Attempt{
		TenantID: s.user.TenantID, UserID: s.user.ID, DeviceID: s.device.ID, IPAddress: s.from.Client.IPAddress, FailureReason: sallyport.CodeMFAFailed,
	}, since)
	if err != nil {
		return err
	}
	facts.FactorFailures = int(failures)
	var held [][]byte
	for _, c := range s.from.Devices[:min(len(s.from.Devices), sallyport.MaxDeviceCredentials)] {
		if hash, ok := token.Parse(token.Device, c); ok {
			held = append(held, hash[:])
		}
	}
	if facts.OtherAccounts, err = m.acts.OtherUsersOf(ctx, s.user.TenantID, s.user.ID, held, since); err != nil {
		return err
	}
	a := risk.Assess(facts)
	s.Assessment, s.First = &a, len(facts.Visits) == 0
	since = s.user.PasswordChangedAt
	s.NewPassword = !s.First && !slices.ContainsFunc(former, func(v sallyport.Attempt) bool { return v.CreatedAt.After(since) })
	return nil
}

// suspicious reports whether a sign-in is refused because of its risk. An unknown device with a
// passkey is not refused: a passkey answers no other site (phishing resistance).
func suspicious(p sallyport.Policy, deviceKnown bool, method string, score int) bool {
	if p.DeviceCompromise != policy.FlagCompromised || !deviceKnown && method == sallyport.MethodWebAuthn {
		return false
	}
	return score >= risk.Compromised
}

// assessment returns how the sign-in was judged, or zero when it was not.
func (s *stage) assessment() (a sallyport.Assessment) {
	if s.Assessment != nil {
		a = *s.Assessment
	}
	return a
}

// stop acts on a sign-in that is refused because of its risk: a known device is marked
// as compromised; for an unknown one the owner is asked whether it was them.
func (s *stage) stop(ctx context.Context, a *act.Act) error {
	s.noteDoubt(a)
	flag := device.Flag{By: device.BySystem, Assessment: *s.Assessment, AttemptID: s.attemptID, Client: s.from.Client}
	if s.device.ID != "" {
		return device.Mark(ctx, a.As(sallyport.System(s.from.TenantID)), s.device.Device, flag)
	}
	return a.Tell(ctx, act.Alert{
		Kind: notify.SignInRefused, Client: s.from.Client, About: link.About{AttemptID: s.attemptID}, Mine: true,
		Data: notify.Data{Why: flag.Why()},
	})
}

// noteDoubt notes a sign-in that looks unusual.
func (s *stage) noteDoubt(a *act.Act) {
	if v := s.assessment(); v.Score >= risk.Unusual {
		a.Note(audit.SignInDoubted, act.About{Target: s.attemptID}, "score", strconv.Itoa(v.Score), "signals", device.Signals(v))
	}
}

// settleDevice records the use of a known device, or stores a new one with the trust
// that its owner gave it and what was proven on it.
func (s *stage) settleDevice(ctx context.Context, a *act.Act, r *Result) (err error) {
	if s.Trust {
		if err := s.makeRoom(ctx, a); err != nil {
			return err
		}
	}
	if s.device.ID == "" {
		s.device.Device, r.DeviceToken, err = device.Add(ctx, a, s.Fingerprint, s.Trust)
		s.added = true
	} else {
		err = s.useDevice(ctx, a, r)
	}
	if err != nil {
		return err
	}
	return device.Earn(ctx, a, &s.device.Device, policy.Shown{Method: s.Method})
}

func (s *stage) useDevice(ctx context.Context, a *act.Act, r *Result) (err error) {
	if r.DeviceToken, err = device.Use(ctx, a, s.device, s.Fingerprint); err != nil {
		return err
	}
	if r.DeviceToken != "" {
		r.FormerDeviceToken = s.device.Credential
	}
	if !s.Trust {
		return nil
	}
	return device.Trust(ctx, a, &s.device.Device, policy.ChosenAtSignIn)
}

// makeRoom removes the device that the user named, when there are too many.
func (s *stage) makeRoom(ctx context.Context, a *act.Act) error {
	if a.Policy.DeviceMaxPerUser == 0 {
		return nil
	}
	if s.GiveUp != "" {
		d, err := a.Device(ctx, s.user.TenantID, s.GiveUp)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return err
		}
		if err == nil && d.UserID == s.user.ID {
			if err := device.Revoke(ctx, a, d, device.ReasonGivenUp); err != nil {
				return err
			}
		}
	}
	return device.Room(ctx, a, s.device.Device) // a parallel sign-in may have taken the place
}

// tellOfSignIn mails the owner about a sign-in that is on a new device, in a new
// place, or unusual. It does not mail about the first sign-in of an account.
func (s *stage) tellOfSignIn(ctx context.Context, a *act.Act, sessionID string) error {
	v := s.assessment()
	unusual := v.Score >= risk.Unusual || slices.ContainsFunc(v.Findings, func(f sallyport.Finding) bool {
		return f.Signal == risk.NewCountry || f.Signal == risk.Travel // a new place, on whatever device
	})
	if s.First || !s.added && !unusual {
		return nil
	}
	mail := act.Alert{
		Kind: notify.NewSignIn, Client: s.from.Client,
		About: link.About{SessionID: sessionID, DeviceID: s.device.ID, AttemptID: s.attemptID},
	}
	if unusual {
		mail.Mine, mail.Data.Why = true, device.Flag{Assessment: v}.Why()
	}
	return a.Tell(ctx, mail)
}
