package mfa

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	// EnrolmentLifetime is how long a pending factor can be proven.
	EnrolmentLifetime = 10 * time.Minute

	maxFactors = 20 // of one user, revoked ones not counted
)

// NewFactor is what a person wants to set up.
type NewFactor struct {
	Method      string
	Name        string // "" for the default name of the method
	PhoneNumber string // MethodSMS: in international form, or with Country
	Country     string // ISO 3166-1 alpha-2, for a number without its country code
}

// Begun is what a person needs to finish an enrolment.
type Begun struct {
	Factor    sallyport.Factor
	Secret    string          // TOTP: the seed in base32
	Groups    string          // the same in groups of four
	URI       string          // the same as otpauth:// the seed as an otpauth:// address
	QRPNG     string          // QR code of URI, as a data URI
	QRSVG     string          // QR code of URI, as an SVG element
	Options   json.RawMessage // passkey: PublicKeyCredentialCreationOptions
	SentTo    string          // where the code went, masked
	CodeUntil time.Time
}

// Enrolment is a new factor that is not stored yet.
type Enrolment struct {
	Begun
	row  store.Factor
	send sending // sends the first code; nil for none
	who  Subject
	s    *Service
}

// NewEnrolment prepares the set-up of a factor and stores nothing. It returns
// CodeInvalid with the field: method_not_allowed, method_unavailable,
// email_not_verified, a rule of phone numbers, or a name that is too long.
func (s *Service) NewEnrolment(ctx context.Context, who Subject, n NewFactor) (*Enrolment, error) {
	name, err := line.Parse("name", n.Name)
	if err != nil {
		return nil, err
	}
	m := methodOf(n.Method)
	switch {
	case !slices.Contains(who.Policy.MFAMethods, n.Method):
		return nil, refuse("method", "method_not_allowed")
	case !m.available(s):
		return nil, refuse("method", "method_unavailable")
	}
	now := s.Acts.Now()
	e := &Enrolment{who: who, s: s}
	e.row.Factor = sallyport.Factor{
		ID: token.NewID(), TenantID: who.User.TenantID, UserID: who.User.ID, Method: n.Method, Status: sallyport.FactorPending,
		Name: name, CreatedAt: now, ExpiresAt: now.Add(EnrolmentLifetime),
	}
	sealed, err := m.begin(ctx, e, n)
	if err != nil {
		return nil, err
	}
	e.Factor = e.row.Factor
	e.row.Secret, err = s.seal(e.row, sealed)
	return e, err
}

// Store saves the enrolment for the act's user and sends its code. It replaces a pending
// one of the same method. Errors: already_configured when the address or number is set
// up, too_many, or CodeRateLimited.
func (e *Enrolment) Store(ctx context.Context, a *act.Act) error {
	f := e.row
	live, err := a.LiveFactors(ctx, f.TenantID, f.UserID)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(live), func(o store.Factor) bool {
		return o.Status == sallyport.FactorPending && o.Method == f.Method // replaced by this one
	})
	if len(kept) >= maxFactors {
		return sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(maxFactors)}})
	}
	for _, other := range live {
		sameTarget := other.PhoneNumber == f.PhoneNumber && other.Email == f.Email
		if other.Status != sallyport.FactorPending && other.Method == f.Method && sameTarget && f.PhoneNumber+f.Email != "" {
			return refuse("method", "already_configured")
		}
	}
	if err := a.DropPendingFactors(ctx, f.TenantID, f.UserID, f.Method); err != nil {
		return err
	}
	a.Note(audit.EnrolmentStarted, act.About{Target: f.ID}, "method", f.Method)
	if err := a.AddFactor(ctx, f); err != nil || e.send == nil {
		return err
	}
	return e.send(ctx, a)
}

// Pending returns what a person needs to finish their pending enrolment, such as its QR
// code. ErrNotFound when it is finished, replaced or expired.
func (s *Service) Pending(ctx context.Context, u sallyport.User, id string) (Begun, error) {
	f, err := s.pending(ctx, u, id)
	if err != nil {
		return Begun{}, err
	}
	e := Enrolment{Begun: Begun{Factor: f.Factor}, row: f, who: Subject{User: u}, s: s}
	if err := methodOf(f.Method).show(ctx, &e); err != nil {
		return Begun{}, err
	}
	return e.Begun, nil
}

// pending returns a factor that waits for its first answer. ErrNotFound for others.
func (s *Service) pending(ctx context.Context, u sallyport.User, id string) (store.Factor, error) {
	f, err := s.Acts.Factor(ctx, u.TenantID, u.ID, id)
	if err == nil && (f.Status != sallyport.FactorPending || !s.Acts.Now().Before(f.ExpiresAt)) {
		err = sallyport.ErrNotFound
	}
	return f, err
}

// Verified is a factor that was proven for the first time and is not active yet.
type Verified struct {
	row store.Factor
	who Subject
	s   *Service
}

// Method returns the method of the factor.
func (v *Verified) Method() string { return v.row.Method }

// Waits returns nil when a factor waits for its first answer, and otherwise the error
// of CheckEnrolment. Callers ask it first, so that no try is spent in vain.
func (s *Service) Waits(ctx context.Context, who Subject, id string) error {
	_, err := s.waiting(ctx, who, id)
	return err
}

func (s *Service) waiting(ctx context.Context, who Subject, id string) (store.Factor, error) {
	f, err := s.pending(ctx, who.User, id)
	if err == nil && !slices.Contains(who.Policy.MFAMethods, f.Method) {
		err = refuse("method", "method_not_allowed")
	}
	return f, err
}

// CheckEnrolment compares the first answer of a pending factor. ErrNotFound when there
// is no such factor or it has expired; CodeMFAFailed as for Check.
func (s *Service) CheckEnrolment(ctx context.Context, who Subject, id string, a Answer) (*Verified, error) {
	f, err := s.waiting(ctx, who, id)
	if err != nil {
		return nil, err
	}
	name, err := line.Parse("name", a.Name)
	if err != nil {
		return nil, err
	}
	f.Name = cmp.Or(name, f.Name)
	v := &Verified{f, who, s}
	kept, err := methodOf(f.Method).verify(ctx, v, a)
	if err != nil {
		return nil, err
	}
	now := s.Acts.Now()
	v.row.Status, v.row.VerifiedAt, v.row.LastUsedAt = sallyport.FactorActive, now, now
	v.row.Secret, err = s.seal(v.row, kept)
	return v, err
}

// Enrolled is a factor that has become active.
type Enrolled struct {
	Factor      sallyport.Factor
	First       bool     // the account had no second factor before
	BackupCodes []string // issued with the first factor; never shown again

	Session    sallyport.Session // the session of the set-up, in which the factor is proven
	act.Tokens                   // new ones of that session; zero when it keeps its own
}

// Activate makes a verified factor of the act's user active, issues backup codes when
// there are none, and tells the owner by mail. ErrNotFound when the enrolment was
// finished or replaced since.
func (v *Verified) Activate(ctx context.Context, a *act.Act, about link.About) (Enrolled, error) {
	s, f := v.s, v.row
	before, err := s.Standing(ctx, a.Queries, a.Policy, a.User)
	if err != nil {
		return Enrolled{}, err
	}
	f.Name = cmp.Or(f.Name, Hint(f.Factor)) // otherwise "": pages show the method's name
	err = a.ActivateFactor(ctx, f)
	if errors.Is(err, sallyport.ErrConflict) {
		return Enrolled{}, refuse("method", "already_configured")
	}
	if err != nil {
		return Enrolled{}, err
	}
	if err := a.Counters().EndFactorRuns(ctx, a.Tx, f.UserID, f.Method); err != nil {
		return Enrolled{}, err
	}
	f.ExpiresAt = time.Time{}
	out := Enrolled{Factor: f.Factor, First: !before.leaves("")}
	a.Note(audit.MethodAdded, act.About{Target: f.ID}, "method", f.Method, "name", f.Name)
	if out.First {
		a.Note(audit.MFAEnabled, act.About{}, "method", f.Method)
	}
	if sallyport.SecondFactor(f.Method) {
		if err := takeBackHanded(ctx, a, &before); err != nil {
			return Enrolled{}, err
		}
	}
	if before.Left == 0 && slices.Contains(a.Policy.MFAMethods, sallyport.MethodBackupCodes) {
		if out.BackupCodes, err = s.issueBackupCodes(ctx, a); err != nil {
			return Enrolled{}, err
		}
	}
	about.FactorID = f.ID
	return out, a.Tell(ctx, act.Alert{
		Kind: notify.FactorAdded, Client: a.Actor.Client, About: about, Data: notify.Data{Method: f.Method, FactorName: f.Name},
	})
}
