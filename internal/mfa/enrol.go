package mfa

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	// EnrolmentLifetime is how long a factor that was begun waits to be proven.
	EnrolmentLifetime = 10 * time.Minute

	maxFactors = 20  // of one user that are not revoked
	maxName    = 100 // characters
)

// NewFactor is what a person wants to set up.
type NewFactor struct {
	Method      string
	Name        string // "" for one after the method
	PhoneNumber string // MethodSMS: in international form, or with Country
	Country     string // ISO 3166-1 alpha-2, for a number without its country code
}

// Begun is what a person needs to finish setting a factor up.
type Begun struct {
	Factor    sallyport.Factor
	Secret    string          // TOTP: the seed in base32
	Groups    string          // the same in groups of four
	URI       string          // the same as otpauth:// address
	QRPNG     string          // of the address, as data URI
	QRSVG     string          // of the address, as an element
	Options   json.RawMessage // passkey: PublicKeyCredentialCreationOptions
	SentTo    string          // of a code, masked
	CodeUntil time.Time
}

// Enrolment is a factor about to be set up.
type Enrolment struct {
	Begun
	row  store.Factor
	code string
	user sallyport.User
	p    sallyport.Policy
	s    *Service
}

func refuse(field, code string) error {
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: code})
}

// NewEnrolment makes what setting a factor up needs, and stores nothing yet. The
// error is CodeInvalid with the field: method_not_allowed, method_unavailable,
// email_not_verified, what is wrong with a phone number, or a name too long.
func (s *Service) NewEnrolment(ctx context.Context, p sallyport.Policy, u sallyport.User, n NewFactor) (*Enrolment, error) {
	name, err := ParseName("name", n.Name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.MFAMethods, n.Method) {
		return nil, refuse("method", "method_not_allowed")
	}
	now := s.Now()
	f := sallyport.Factor{
		ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: n.Method, Status: sallyport.FactorPending,
		Name: name, CreatedAt: now, ExpiresAt: now.Add(EnrolmentLifetime),
	}
	t, err := s.DB.Tenant(ctx, u.TenantID)
	if err != nil {
		return nil, err
	}
	e := &Enrolment{user: u, p: p, s: s}
	var v secret
	switch n.Method {
	case sallyport.MethodTOTP:
		v.Seed = factor.NewTOTPSecret()
		err = e.showSeed(v.Seed, t, u)
	case sallyport.MethodWebAuthn:
		v.Ceremony, err = e.showCreation(ctx, t, u)
		v.Options = e.Options
	case sallyport.MethodSMS:
		if !s.Outbox.TextsAvailable() {
			return nil, refuse("method", "method_unavailable")
		}
		f.PhoneNumber, err = factor.ParsePhone("phoneNumber", n.PhoneNumber, n.Country)
	case sallyport.MethodEmail:
		f.Email = u.Email
		if u.EmailVerifiedAt.IsZero() {
			err = refuse("method", "email_not_verified")
		}
	default:
		err = refuse("method", "method_unavailable")
	}
	if err != nil {
		return nil, err
	}
	if n.Method == sallyport.MethodSMS || n.Method == sallyport.MethodEmail {
		e.code, v.Until = factor.NewOneTimeCode(), now.Add(CodeLifetime)
		v.Code, e.SentTo, e.CodeUntil = e.code, hint(f), v.Until
	}
	e.Factor, e.row.Factor = f, f
	e.row.Secret, err = s.seal(f.TenantID, f.ID, v)
	return e, err
}

func (e *Enrolment) showSeed(seed []byte, t sallyport.Tenant, u sallyport.User) (err error) {
	e.Secret, e.Groups = factor.TOTPText(seed), factor.TOTPGroups(seed)
	e.URI = factor.TOTPURI(seed, t.Name, u.Email)
	if e.QRPNG, err = factor.QRPNG(e.URI); err != nil {
		return err
	}
	e.QRSVG, err = factor.QRSVG(e.URI)
	return err
}

func (e *Enrolment) showCreation(ctx context.Context, t sallyport.Tenant, u sallyport.User) (ceremony []byte, err error) {
	rp, err := e.s.relyingParty(t)
	if err != nil {
		return nil, err
	}
	live, err := e.s.DB.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return nil, err
	}
	had := slices.DeleteFunc(live, func(f store.Factor) bool { return f.Method != sallyport.MethodWebAuthn || f.Credential == "" })
	e.Options, ceremony, err = rp.BeginRegistration(passkeyUser(u, had))
	return ceremony, err
}

// Store keeps the enrolment in the caller's transaction, which has locked the user,
// in place of one of the same method that was not finished, and sends its code.
// already_configured when the address or number is set up, too_many, or
// CodeRateLimited.
func (e *Enrolment) Store(ctx context.Context, tx *store.Tx, actor sallyport.Actor) ([]sallyport.Event, error) {
	f := e.row
	live, err := tx.LiveFactors(ctx, f.TenantID, f.UserID)
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(live), func(o store.Factor) bool {
		return o.Status == sallyport.FactorPending && o.Method == f.Method // this one takes its place
	})
	if len(kept) >= maxFactors {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(maxFactors)}})
	}
	for _, other := range live {
		sameTarget := other.PhoneNumber == f.PhoneNumber && other.Email == f.Email
		if other.Status != sallyport.FactorPending && other.Method == f.Method && sameTarget && f.PhoneNumber+f.Email != "" {
			return nil, refuse("method", "already_configured")
		}
	}
	if err := tx.DropPendingFactors(ctx, f.TenantID, f.UserID, f.Method); err != nil {
		return nil, err
	}
	if err := tx.AddFactor(ctx, f); err != nil {
		return nil, err
	}
	begun := audit.New(actor, audit.EnrolmentStarted, f.CreatedAt)
	begun.UserID, begun.TargetID, begun.Data = f.UserID, f.ID, map[string]string{"method": f.Method}
	events := []sallyport.Event{begun}
	if e.code == "" {
		return events, nil
	}
	sent, err := e.s.sendCode(ctx, tx, actor, e.p, e.user, f.Factor, notify.FactorCode, e.code, e.CodeUntil)
	return append(events, sent...), err
}

// Verified is a factor that was proven for the first time, and not yet made to count.
type Verified struct {
	row  store.Factor
	user sallyport.User
	p    sallyport.Policy
	s    *Service
}

// Method returns the method of the factor.
func (v *Verified) Method() string { return v.row.Method }

// Waits returns nil when a factor waits for its first answer, and otherwise the error
// of CheckEnrolment: no try is to be spent on one that does not.
func (s *Service) Waits(ctx context.Context, p sallyport.Policy, u sallyport.User, id string) error {
	_, err := s.waiting(ctx, p, u, id)
	return err
}

func (s *Service) waiting(ctx context.Context, p sallyport.Policy, u sallyport.User, id string) (store.Factor, error) {
	f, err := s.DB.Factor(ctx, u.TenantID, u.ID, id)
	switch {
	case err != nil:
		return f, err
	case f.Status != sallyport.FactorPending || !s.Now().Before(f.ExpiresAt):
		return f, sallyport.ErrNotFound
	case !slices.Contains(p.MFAMethods, f.Method):
		return f, refuse("method", "method_not_allowed")
	}
	return f, nil
}

// CheckEnrolment compares the first answer of a pending factor. ErrNotFound when
// there is no such pending factor, or its time is over; CodeMFAFailed as for Check.
func (s *Service) CheckEnrolment(ctx context.Context, p sallyport.Policy, u sallyport.User, id string, a Answer) (*Verified, error) {
	f, err := s.waiting(ctx, p, u, id)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	name, err := ParseName("name", a.Name)
	if err != nil {
		return nil, err
	}
	if name != "" {
		f.Name = name
	}
	v, err := s.open(f)
	if err != nil {
		return nil, err
	}
	kept := secret{}
	switch f.Method {
	case sallyport.MethodTOTP:
		verdict := factor.VerifyTOTP(v.Seed, a.Code, f.LastStep, now)
		if !verdict.OK {
			if err := totpRefusal(verdict); err != nil {
				return nil, err
			}
			return nil, wrong("wrong_code", nil)
		}
		f.LastStep, kept.Seed = verdict.Step, v.Seed
	case sallyport.MethodWebAuthn:
		if err := s.checkCreation(ctx, u, &f, v.Ceremony, a.Passkey); err != nil {
			return nil, err
		}
	default:
		if !now.Before(v.Until) {
			return nil, wrong("code_expired", nil)
		}
		if !factor.SameCode(v.Code, a.Code) {
			return nil, wrong("wrong_code", nil)
		}
	}
	f.Status, f.VerifiedAt, f.LastUsedAt = sallyport.FactorActive, now, now
	f.Secret, err = s.seal(f.TenantID, f.ID, kept)
	return &Verified{f, u, p, s}, err
}

func (s *Service) checkCreation(ctx context.Context, u sallyport.User, f *store.Factor, ceremony, response []byte) error {
	t, err := s.DB.Tenant(ctx, u.TenantID)
	if err != nil {
		return err
	}
	rp, err := s.relyingParty(t)
	if err != nil {
		return err
	}
	made, err := rp.FinishRegistration(passkeyUser(u, nil), ceremony, response)
	if errors.Is(err, factor.ErrPasskey) {
		return wrong("wrong_passkey", nil)
	}
	if err != nil {
		return err
	}
	f.CredentialID, f.Credential = made.CredentialID, string(made.Record)
	f.BackupEligible, f.BackedUp = made.BackupEligible, made.BackedUp
	if f.Name == "" {
		f.Name = made.Model
	}
	return nil
}

// Enrolled is a factor that counts from now on.
type Enrolled struct {
	Factor      sallyport.Factor
	First       bool     // the account had none before
	BackupCodes []string // issued with the first one; shown this once

	Session      sallyport.Session // it was set up in, and is proven in from now on
	SessionToken string            // of that session from now on; "" when the token stays
}

// Activate makes a proven factor count in the caller's transaction, which has locked
// the user, issues backup codes when there are none, tells the owner, and returns
// the events. ErrNotFound when the enrolment was finished or replaced meanwhile.
func (v *Verified) Activate(ctx context.Context, tx *store.Tx, actor sallyport.Actor, about link.About) (Enrolled, []sallyport.Event, error) {
	s, f := v.s, v.row
	before, err := s.Standing(ctx, tx.Queries, v.p, v.user)
	if err != nil {
		return Enrolled{}, nil, err
	}
	if f.Name == "" {
		f.Name = defaultName(f.Factor)
	}
	err = tx.ActivateFactor(ctx, f)
	if sallyport.CodeOf(err) == sallyport.CodeConflict {
		return Enrolled{}, nil, refuse("method", "already_configured")
	}
	if err != nil {
		return Enrolled{}, nil, err
	}
	f.ExpiresAt = time.Time{}
	out := Enrolled{Factor: f.Factor, First: !before.Has()}
	now := s.Now()
	added := audit.New(actor, audit.MethodAdded, now)
	added.UserID, added.TargetID, added.Data = f.UserID, f.ID, map[string]string{"method": f.Method, "name": f.Name}
	events := []sallyport.Event{added}
	if out.First {
		e := audit.New(actor, audit.MFAEnabled, now)
		e.UserID, e.Data = f.UserID, map[string]string{"method": f.Method}
		events = append(events, e)
	}
	if before.Left == 0 && slices.Contains(v.p.MFAMethods, sallyport.MethodBackupCodes) {
		codes, made, err := s.IssueBackupCodes(ctx, tx, actor, v.p, v.user)
		if err != nil {
			return Enrolled{}, nil, err
		}
		out.BackupCodes = codes
		events = append(events, made...)
	}
	about.FactorID = f.ID
	return out, events, s.Alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.FactorAdded, User: v.user, Client: actor.Client, About: about, Policy: v.p, At: now,
		Data: notify.Data{Method: f.Method, FactorName: f.Name},
	})
}

// defaultName is what a factor is called whose owner gave it no name: pages show
// the method's name where this is "".
func defaultName(f sallyport.Factor) string { return hint(f) }

// ParseName returns the name of a factor in NFC without surrounding space. It may
// be empty; control characters are refused.
func ParseName(field, s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", refuse(field, "invalid_characters")
	case utf8.RuneCountInString(s) > maxName:
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "too_long", Args: map[string]string{"max": strconv.Itoa(maxName)}})
	}
	return s, nil
}
