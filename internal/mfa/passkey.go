package mfa

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// passkey is a WebAuthn credential in a browser, a phone or a security key.
type passkey struct{ plain }

// ceremony is sealed with a pending passkey until its registration is finished.
type ceremony struct {
	Ceremony []byte `json:"ceremony,omitempty"`
	Options  []byte `json:"options,omitempty"` // as sent to the browser
}

// available reports whether the installation has a host name: a passkey belongs to one, and an
// IP address is none (WebAuthn section 5.1.2, "effective domain").
func (passkey) available(s *Service) bool {
	u, err := url.Parse(string(s.Base))
	if err != nil {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err != nil
}

// relyingParty returns the organisation's WebAuthn relying party: its host name.
func (s *Service) relyingParty(t sallyport.Tenant) (factor.RelyingParty, error) {
	origin := s.Base.URL(t, "")
	u, err := url.Parse(origin)
	return factor.RelyingParty{ID: u.Hostname(), Name: t.Name, Origins: []string{origin}}, err
}

// relyingPartyOf returns the relying party of a user's organisation.
func (s *Service) relyingPartyOf(ctx context.Context, u sallyport.User) (factor.RelyingParty, error) {
	t, err := s.Acts.Tenant(ctx, u.TenantID)
	if err != nil {
		return factor.RelyingParty{}, err
	}
	return s.relyingParty(t)
}

// passkeyUser returns a user with the passkeys that they can prove.
func passkeyUser(who Subject) factor.PasskeyUser {
	return withPasskeys(who.User, who.Standing.of(sallyport.MethodWebAuthn))
}

func withPasskeys(u sallyport.User, passkeys []store.Factor) factor.PasskeyUser {
	out := factor.PasskeyUser{Handle: []byte(u.ID), Name: u.Email, DisplayName: u.Name()}
	for _, f := range passkeys {
		out.Passkeys = append(out.Passkeys, []byte(f.Credential))
	}
	return out
}

func (passkey) begin(ctx context.Context, e *Enrolment, _ NewFactor) (any, error) {
	u := e.who.User
	rp, err := e.s.relyingPartyOf(ctx, u)
	if err != nil {
		return nil, err
	}
	live, err := e.s.Acts.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return nil, err
	}
	had := slices.DeleteFunc(live, func(f store.Factor) bool { return f.Method != sallyport.MethodWebAuthn || f.Credential == "" })
	var v ceremony
	e.Options, v.Ceremony, err = rp.BeginRegistration(withPasskeys(u, had))
	v.Options = e.Options
	return v, err
}

func (passkey) show(_ context.Context, e *Enrolment) error {
	var v ceremony
	err := e.s.open(e.row, &v)
	e.Options = v.Options
	return err
}

func (passkey) verify(ctx context.Context, v *Verified, a Answer) (any, error) {
	var begun ceremony
	if err := v.s.open(v.row, &begun); err != nil {
		return nil, err
	}
	rp, err := v.s.relyingPartyOf(ctx, v.who.User)
	if err != nil {
		return nil, err
	}
	made, err := rp.FinishRegistration(withPasskeys(v.who.User, nil), begun.Ceremony, a.Passkey)
	if errors.Is(err, factor.ErrPasskey) {
		return nil, wrong("wrong_passkey", nil)
	}
	if err != nil {
		return nil, err
	}
	f := &v.row
	f.CredentialID, f.Credential = made.CredentialID, string(made.Record)
	f.BackupEligible, f.BackedUp = made.BackupEligible, made.BackedUp
	if f.Name == "" {
		f.Name = made.Model
	}
	return ceremony{}, nil
}

func (passkey) ask(ctx context.Context, q question) (Asking, error) {
	rp, err := q.s.relyingPartyOf(ctx, q.who.User)
	if err != nil {
		return Asking{}, err
	}
	options, ceremony, err := rp.BeginAssertion(passkeyUser(q.who), q.choice.Verified)
	return Asking{Challenge: Challenge{Ceremony: ceremony}, Asked: Asked{Options: options}}, err
}

// AskAnyone makes a challenge that a passkey of any user can answer.
func (s *Service) AskAnyone(t sallyport.Tenant) (Asking, error) {
	rp, err := s.relyingParty(t)
	if err != nil {
		return Asking{}, err
	}
	options, ceremony, err := rp.BeginDiscoverable()
	return Asking{Challenge: Challenge{Ceremony: ceremony}, Asked: Asked{Method: sallyport.MethodWebAuthn, Options: options}}, err
}

func (passkey) check(ctx context.Context, s *Service, who Subject, at Flow, a Answer) (Proof, error) {
	if len(at.Challenge.Ceremony) == 0 {
		return Proof{}, wrong("wrong_passkey", nil)
	}
	rp, err := s.relyingPartyOf(ctx, who.User)
	if err != nil {
		return Proof{}, err
	}
	used, err := rp.FinishAssertion(passkeyUser(who), at.Challenge.Ceremony, a.Passkey)
	if err != nil {
		return Proof{}, refusedPasskey(err)
	}
	for _, f := range who.Standing.of(sallyport.MethodWebAuthn) {
		if f.CredentialID == used.CredentialID {
			return s.passkeyProof(ctx, f, at, used)
		}
	}
	return Proof{}, wrong("wrong_passkey", nil)
}

// CheckAnyone returns the id of the user whose passkey answered a challenge of AskAnyone.
// The passkey must have verified its user, because it replaces password and second factor.
// Nothing but the passkey is read before its signature was verified, whatever user the
// answer names, so that the time it takes says nothing about them.
func (s *Service) CheckAnyone(ctx context.Context, t sallyport.Tenant, p sallyport.Policy, at Flow, response []byte) (userID string, proof Proof, err error) {
	rp, err := s.relyingParty(t)
	if err != nil {
		return "", Proof{}, err
	}
	var f store.Factor
	var lookup error // a database error, which says nothing about the passkey
	used, err := rp.FinishDiscoverable(func(credentialID string) (factor.PasskeyUser, error) {
		f, lookup = s.Acts.Passkey(ctx, t.ID, credentialID)
		if errors.Is(lookup, sallyport.ErrNotFound) {
			lookup = nil
			return factor.PasskeyUser{}, sallyport.ErrNotFound
		}
		if lookup == nil && !policy.Counts(p, f.Factor) {
			return factor.PasskeyUser{}, sallyport.ErrNotFound // it is suspended, or policy forbids passkeys by now
		}
		return withPasskeys(sallyport.User{ID: f.UserID}, []store.Factor{f}), lookup
	}, at.Challenge.Ceremony, response)
	if err := cmp.Or(lookup, err); err != nil {
		return "", Proof{}, refusedPasskey(err)
	}
	if changed, err := s.tampered(f); changed || err != nil {
		if changed {
			err = cmp.Or(s.suspendTampered(ctx, f, at.Client), wrong("factor_tampered", nil))
		}
		return "", Proof{}, err
	}
	proof, err = s.passkeyProof(ctx, f, at, used)
	if err == nil && !proof.UserVerified {
		err = wrong("wrong_passkey", nil)
	}
	proof.Method = sallyport.MethodWebAuthn
	return f.UserID, proof, err
}

// refusedPasskey turns an answer that was not accepted into the refusal of its sender.
func refusedPasskey(err error) error {
	if errors.Is(err, factor.ErrPasskeyWithdrawn) {
		return wrong("passkey_changed", nil)
	}
	if errors.Is(err, factor.ErrPasskey) {
		return wrong("wrong_passkey", nil)
	}
	return err
}

// passkeyProof returns the proof of a passkey that answered. One that looks copied is
// suspended instead.
func (s *Service) passkeyProof(ctx context.Context, f store.Factor, at Flow, used factor.Passkey) (Proof, error) {
	if used.CloneSuspected {
		if err := s.suspend(ctx, f, at); err != nil {
			return Proof{}, err
		}
		return Proof{}, wrong("passkey_suspended", nil)
	}
	next := f
	next.Credential, next.BackupEligible = string(used.Record), used.BackupEligible
	sealed, err := s.seal(next, ceremony{})
	return Proof{UserVerified: used.UserVerified, factor: f, passkey: used, sealed: sealed}, err
}

// suspend suspends a passkey that looks copied, and tells its owner by mail. A replayed
// answer is no copy: its flow has gone on.
func (s *Service) suspend(ctx context.Context, f store.Factor, at Flow) error {
	return s.Acts.Run(ctx, sallyport.System(f.TenantID), act.User(f.UserID), act.Need{}, func(a *act.Act) error {
		if err := a.FlowStands(ctx, at.Flow); errors.Is(err, sallyport.ErrNotFound) {
			return sallyport.Refuse(sallyport.CodeFlowExpired, "the step was taken already")
		} else if err != nil {
			return err
		}
		f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, a.Now, ReasonCopied
		done, err := act.Ignore(a.EndFactor(ctx, f.Factor))
		if !done {
			return err // a parallel try suspended it
		}
		a.Note(audit.PasskeySuspended, act.About{Target: f.ID}, "name", f.Name)
		return a.Tell(ctx, act.Alert{Kind: notify.PasskeySuspended, Client: at.Client, Data: notify.Data{FactorName: f.Name}})
	})
}

// use advances the counter of the passkey, which makes an answer valid once, and seals it. That its provider began to copy it
// is noted: it stood on one device before.
func (passkey) use(ctx context.Context, a *act.Act, p Proof) error {
	to := p.factor
	to.Credential, to.Secret = string(p.passkey.Record), p.sealed
	to.BackupEligible, to.BackedUp = p.passkey.BackupEligible, p.passkey.BackedUp
	if err := a.UsePasskey(ctx, p.factor, to, a.Now); err != nil {
		return err
	}
	if to.BackupEligible && !p.factor.BackupEligible {
		a.Note(audit.PasskeySynced, act.About{Target: to.ID}, "name", to.Name)
	}
	return nil
}
