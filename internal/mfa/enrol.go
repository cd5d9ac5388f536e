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
	// EnrolmentLifetime is how long a factor that was begun waits to be proven.
	EnrolmentLifetime = 10 * time.Minute

	maxFactors = 20 // of one user that are not revoked
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
	send sending // the first code; nil for none
	who  Subject
	s    *Service
}

// NewEnrolment makes what setting a factor up needs, and stores nothing yet. The
// error is CodeInvalid with the field: method_not_allowed, method_unavailable,
// email_not_verified, what is wrong with a phone number, or a name too long.
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
	e.row.Secret, err = s.seal(e.Factor, sealed)
	return e, err
}

// Store keeps the enrolment for the act's user, in place of one of the same method that
// was not finished, and sends its code. already_configured when the address or number
// is set up, too_many, or CodeRateLimited.
func (e *Enrolment) Store(ctx context.Context, a *act.Act) error {
	f := e.row
	live, err := a.LiveFactors(ctx, f.TenantID, f.UserID)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(live), func(o store.Factor) bool {
		return o.Status == sallyport.FactorPending && o.Method == f.Method // this one takes its place
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

// Pending returns what a person needs to finish an enrolment of theirs that is under
// way, such as its QR code once more. ErrNotFound when it is finished, replaced, or
// its time is over.
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

// pending returns a factor that waits for its first answer, or ErrNotFound.
func (s *Service) pending(ctx context.Context, u sallyport.User, id string) (store.Factor, error) {
	f, err := s.Acts.Factor(ctx, u.TenantID, u.ID, id)
	if err == nil && (f.Status != sallyport.FactorPending || !s.Acts.Now().Before(f.ExpiresAt)) {
		err = sallyport.ErrNotFound
	}
	return f, err
}

// Verified is a factor that was proven for the first time, and not yet made to count.
type Verified struct {
	row store.Factor
	who Subject
	s   *Service
}

// Method returns the method of the factor.
func (v *Verified) Method() string { return v.row.Method }

// Waits returns nil when a factor waits for its first answer, and otherwise the error
// of CheckEnrolment: no try is to be spent on one that does not.
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

// CheckEnrolment compares the first answer of a pending factor. ErrNotFound when
// there is no such pending factor, or its time is over; CodeMFAFailed as for Check.
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
	v.row.Secret, err = s.seal(f.Factor, kept)
	return v, err
}

// Enrolled is a factor that counts from now on.
type Enrolled struct {
	Factor      sallyport.Factor
	First       bool     // the account had none before
	BackupCodes []string // issued with the first one; shown this once

	Session      sallyport.Session // it was set up in, and is proven in from now on
	SessionToken string            // of that session from now on; "" when the token stays
}

// Activate makes a proven factor of the act's user count, issues backup codes when there
// are none, and tells the owner. ErrNotFound when the enrolment was finished or replaced
// meanwhile.
func (v *Verified) Activate(ctx context.Context, a *act.Act, about link.About) (Enrolled, error) {
	s, f := v.s, v.row
	before, err := s.Standing(ctx, a.Queries, a.Policy, a.User)
	if err != nil {
		return Enrolled{}, err
	}
	f.Name = cmp.Or(f.Name, Hint(f.Factor)) // "" stays for the others: pages show the method's name
	err = a.ActivateFactor(ctx, f)
	if errors.Is(err, sallyport.ErrConflict) {
		return Enrolled{}, refuse("method", "already_configured")
	}
	if err != nil {
		return Enrolled{}, err
	}
	f.ExpiresAt = time.Time{}
	out := Enrolled{Factor: f.Factor, First: !before.Has()}
	a.Note(audit.MethodAdded, act.About{Target: f.ID}, "method", f.Method, "name", f.Name)
	if out.First {
		a.Note(audit.MFAEnabled, act.About{}, "method", f.Method)
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
