package mfa

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Answer is how a person answers a challenge: with a code, or with a passkey.
type Answer struct {
	Method  string
	Code    string
	Passkey []byte // JSON of the PublicKeyCredential
	Name    string // of a new factor: another one than it was begun with; "" keeps that
	Session string // of a new factor: token of the session it is set up in, which it is proven in as by a step-up; "" leaves that as it is
}

// Flow is where an answer was given: the flow with what it asked for, and from where.
type Flow struct {
	store.Flow
	Challenge Challenge
	Client    sallyport.Client
}

// Proof is an answer that is right, and not yet used up.
type Proof struct {
	Method       string
	UserVerified bool // a passkey that asked for a PIN or a finger: two factors in one
	factor       store.Factor
	step         int64 // of TOTP
	hash         []byte
	passkey      factor.Passkey
}

// wrong is the refusal of an answer, with the reason as a rule of its field.
func wrong(code string, args map[string]string) error {
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: code, Args: args}}}
}

// Check compares an answer in the flow it was given in, as that was read. A
// refusal is CodeMFAFailed: wrong_code, used_code, clock_drift (with seconds and direction),
// code_expired, wrong_passkey or passkey_suspended.
func (s *Service) Check(ctx context.Context, u sallyport.User, p sallyport.Policy, st Standing, at Flow, a Answer) (Proof, error) {
	switch a.Method {
	case sallyport.MethodTOTP:
		return s.checkTOTP(st.usable(a.Method), a.Code)
	case sallyport.MethodSMS, sallyport.MethodEmail:
		return s.checkSent(u, st.usable(a.Method), at, a.Code)
	case sallyport.MethodWebAuthn:
		return s.checkPasskey(ctx, u, p, st.usable(a.Method), at, a.Passkey)
	case sallyport.MethodBackupCodes:
		return s.checkBackupCode(ctx, st, a.Code)
	}
	return Proof{}, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "method_unavailable"})
}

func (s *Service) checkTOTP(apps []store.Factor, code string) (Proof, error) {
	refusal := wrong("wrong_code", nil)
	for _, f := range apps {
		v, err := s.open(f)
		if err != nil {
			return Proof{}, err
		}
		verdict := factor.VerifyTOTP(v.Seed, code, f.LastStep, s.Now())
		if verdict.OK {
			return Proof{Method: f.Method, factor: f, step: verdict.Step}, nil
		}
		if r := totpRefusal(verdict); r != nil {
			refusal = r
		}
	}
	return Proof{}, refusal
}

// totpRefusal says what is known of why a code was refused; nil when it is plainly
// wrong.
func totpRefusal(v factor.TOTPVerdict) error {
	switch {
	case v.Replayed:
		return wrong("used_code", nil)
	case v.Drift != 0:
		return wrong("clock_drift", drift(v.Drift))
	}
	return nil
}

// drift says how far a phone's clock is off, in the larger of seconds and minutes.
func drift(d time.Duration) map[string]string {
	direction := "fast"
	if d < 0 {
		direction = "slow"
	}
	return map[string]string{"seconds": strconv.Itoa(int(math.Abs(d.Seconds()))), "direction": direction}
}

func (s *Service) checkSent(u sallyport.User, candidates []store.Factor, at Flow, code string) (Proof, error) {
	c := at.Challenge
	for _, f := range candidates {
		if f.ID != c.FactorID || len(c.Code) == 0 {
			continue
		}
		if !s.Now().Before(c.Until) {
			return Proof{}, wrong("code_expired", nil)
		}
		sent, err := s.Keys.Open(codePlace(u.TenantID, at.ID), c.Code)
		if err != nil {
			return Proof{}, err
		}
		if factor.SameCode(string(sent), code) {
			return Proof{Method: f.Method, factor: f}, nil
		}
	}
	return Proof{}, wrong("wrong_code", nil)
}

func (s *Service) checkPasskey(ctx context.Context, u sallyport.User, p sallyport.Policy, passkeys []store.Factor, at Flow, response []byte) (Proof, error) {
	if len(at.Challenge.Ceremony) == 0 {
		return Proof{}, wrong("wrong_passkey", nil)
	}
	t, err := s.DB.Tenant(ctx, u.TenantID)
	if err != nil {
		return Proof{}, err
	}
	rp, err := s.relyingParty(t)
	if err != nil {
		return Proof{}, err
	}
	used, err := rp.FinishAssertion(passkeyUser(u, passkeys), at.Challenge.Ceremony, response)
	return s.passkeyProof(ctx, u, p, passkeys, at, used, err)
}

// passkeyProof turns what a ceremony ended with into a proof. A passkey whose
// counter went back is suspended: somebody has a copy.
func (s *Service) passkeyProof(ctx context.Context, u sallyport.User, p sallyport.Policy, passkeys []store.Factor, at Flow, used factor.Passkey, err error) (Proof, error) {
	if errors.Is(err, factor.ErrPasskey) {
		return Proof{}, wrong("wrong_passkey", nil)
	}
	if err != nil {
		return Proof{}, err
	}
	for _, f := range passkeys {
		if f.CredentialID != used.CredentialID {
			continue
		}
		if used.CloneSuspected {
			if err := s.suspend(ctx, u, p, f, at); err != nil {
				return Proof{}, err
			}
			return Proof{}, wrong("passkey_suspended", nil)
		}
		return Proof{Method: f.Method, UserVerified: used.UserVerified, factor: f, passkey: used}, nil
	}
	return Proof{}, wrong("wrong_passkey", nil)
}

// suspend keeps a passkey that looks copied from proving anything, and tells its
// owner. An answer that was sent twice is no copy: its flow has gone on.
func (s *Service) suspend(ctx context.Context, u sallyport.User, p sallyport.Policy, f store.Factor, at Flow) error {
	now, actor := s.Now(), sallyport.System(u.TenantID)
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockUser(ctx, u.TenantID, u.ID); err != nil {
			return err
		}
		if err := tx.FlowStands(ctx, at.Flow); errors.Is(err, sallyport.ErrNotFound) {
			return sallyport.Refuse(sallyport.CodeFlowExpired, "the step was taken already")
		} else if err != nil {
			return err
		}
		err := tx.EndFactor(ctx, u.TenantID, u.ID, f.ID, sallyport.FactorSuspended, "counter_went_back", now)
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil // by another try at the same moment
		}
		if err != nil {
			return err
		}
		if err := s.Alerts.Send(ctx, tx, alert.Alert{
			Kind: notify.PasskeySuspended, User: u, Client: at.Client, Policy: p, At: now, Data: notify.Data{FactorName: f.Name},
		}); err != nil {
			return err
		}
		e := audit.New(actor, audit.PasskeySuspended, now)
		e.UserID, e.TargetID, e.Data = u.ID, f.ID, map[string]string{"name": f.Name}
		return audit.Append(ctx, tx, e)
	})
}

// CheckAnyone returns whose passkey answered a challenge of AskAnyone. It must have
// verified its user: alone it stands for the password and the second factor.
func (s *Service) CheckAnyone(ctx context.Context, t sallyport.Tenant, p sallyport.Policy, at Flow, response []byte) (sallyport.User, Proof, error) {
	rp, err := s.relyingParty(t)
	if err != nil {
		return sallyport.User{}, Proof{}, err
	}
	var u sallyport.User
	var passkeys []store.Factor
	var lookup error // of our own, which says nothing of the passkey
	used, err := rp.FinishDiscoverable(func(handle []byte) (factor.PasskeyUser, error) {
		id, err := uuid.ParseBytes(handle)
		if err != nil {
			return factor.PasskeyUser{}, sallyport.ErrNotFound
		}
		u, lookup = s.DB.User(ctx, t.ID, id.String())
		if errors.Is(lookup, sallyport.ErrNotFound) {
			lookup = nil
			return factor.PasskeyUser{}, sallyport.ErrNotFound
		}
		if lookup != nil {
			return factor.PasskeyUser{}, lookup
		}
		var st Standing
		st, lookup = s.Standing(ctx, s.DB.Queries, p, u)
		passkeys = st.usable(sallyport.MethodWebAuthn)
		return passkeyUser(u, passkeys), lookup
	}, at.Challenge.Ceremony, response)
	if lookup != nil {
		return sallyport.User{}, Proof{}, lookup
	}
	proof, err := s.passkeyProof(ctx, u, p, passkeys, at, used, err)
	if err == nil && !proof.UserVerified {
		err = wrong("wrong_passkey", nil)
	}
	return u, proof, err
}

func (s *Service) checkBackupCode(ctx context.Context, st Standing, code string) (Proof, error) {
	if st.Left == 0 {
		return Proof{}, wrong("wrong_code", nil)
	}
	v, err := s.open(st.Codes)
	if err != nil {
		return Proof{}, err
	}
	hash := factor.HashBackupCode(v.Key, code)
	if hash == nil {
		return Proof{}, wrong("wrong_code", nil)
	}
	err = s.DB.UnusedBackupCode(ctx, st.Codes.TenantID, st.Codes.ID, hash)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = wrong("wrong_code", nil)
	}
	return Proof{Method: sallyport.MethodBackupCodes, factor: st.Codes, hash: hash}, err
}

// Used is what using a proof up left.
type Used struct {
	Method string
	Left   int // of backup codes, when one was used
}

// Use uses a proof up in the caller's transaction, which has locked the user, and
// returns the events. CodeMFAFailed when it was used, or the factor taken away,
// since it was compared. A backup code ends the trust of all devices, and its
// owner is told.
func (s *Service) Use(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User, proof Proof) (Used, []sallyport.Event, error) {
	f, now := proof.factor, s.Now()
	current, err := tx.Factor(ctx, u.TenantID, u.ID, f.ID)
	if err != nil || !policy.Counts(p, current.Factor) {
		return Used{}, nil, lost(err)
	}
	switch proof.Method {
	case sallyport.MethodWebAuthn:
		err = tx.UsePasskey(ctx, f, string(proof.passkey.Record), proof.passkey.BackedUp, now)
	case sallyport.MethodBackupCodes:
		if err = tx.UseBackupCode(ctx, u.TenantID, f.ID, proof.hash, now); err == nil {
			err = tx.UseFactor(ctx, u.TenantID, f.ID, 0, now)
		}
	default:
		err = tx.UseFactor(ctx, u.TenantID, f.ID, proof.step, now)
	}
	if err != nil {
		return Used{}, nil, lost(err)
	}
	if proof.Method != sallyport.MethodBackupCodes {
		return Used{Method: proof.Method}, nil, nil
	}
	left, err := tx.CountBackupCodes(ctx, u.TenantID, f.ID)
	if err != nil {
		return Used{}, nil, err
	}
	events, err := device.EndTrust(ctx, tx, actor, u.ID, "", ReasonBackupCode, now)
	if err != nil {
		return Used{}, nil, err
	}
	remaining := int(left)
	if err := s.Alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.BackupCodeUsed, User: u, Client: actor.Client, About: link.About{SessionID: actor.SessionID}, Policy: p, At: now,
		Data: notify.Data{Remaining: &remaining},
	}); err != nil {
		return Used{}, nil, err
	}
	e := audit.New(actor, audit.BackupCodeUsed, now)
	e.UserID, e.TargetID, e.Data = u.ID, f.ID, map[string]string{"remaining": strconv.Itoa(remaining)}
	return Used{Method: proof.Method, Left: remaining}, append(events, e), nil
}

// lost turns the loss of a race for a proof into its refusal.
func lost(err error) error {
	if err == nil || errors.Is(err, sallyport.ErrNotFound) {
		return wrong("used_code", nil)
	}
	return err
}
