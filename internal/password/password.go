// Package password judges, hashes and replaces passwords for every act that sets one: a
// change, a reset, an invitation, or a sign-in that demands a new one.
package password

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/token"
)

// Service handles the passwords of all tenants.
type Service struct {
	acts   *act.Runner
	hasher Hasher
	breach *factor.Breach // nil without a list
	known  []string       // names that are tried first here: the product's and those of its host
}

// Hasher hashes passwords, and compares them with hashes; see [factor.Passwords].
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, hash, password string) (ok, weak bool, err error)
}

// product is the name of this service, which everybody can read who signs in.
const product = "Sallyport"

// New returns a service. breach may be nil; host has the parts of the name by which people reach this service.
func New(acts *act.Runner, hasher Hasher, breach *factor.Breach, host ...string) *Service {
	return &Service{acts, hasher, breach, append(host, product)}
}

// Allowed returns CodeSSORequired where policy has people sign in at an identity provider: then no password
// proves anything, and none is set. Every way to a password asks it, so that none is forgotten.
func (s *Service) Allowed(ctx context.Context, tenantID string) error {
	p, err := s.acts.Policy(ctx, tenantID)
	if err == nil && p.SSORequired {
		err = sallyport.Refuse(sallyport.CodeSSORequired, "")
	}
	return err
}

// Verify compares a password with that of a user who is signed in. See [factor.Passwords.Verify].
func (s *Service) Verify(ctx context.Context, u sallyport.User, password string) (ok, weak bool, err error) {
	if err := s.Allowed(ctx, u.TenantID); err != nil {
		return false, false, err
	}
	return s.hasher.Verify(ctx, u.PasswordHash, password)
}

// Claim is what a client says of itself that a password is to prove.
type Claim struct {
	TenantID string
	Address  string // the e-mail address, in any spelling
	Hash     string // of the password of the user with the address; "" when nobody has it, or they have none
}

// Compare is Verify for a client that has proven nothing. Without a hash it compares with a
// stand-in, which never matches: that of some account of the tenant, always of the same one
// for one address as long as no account comes or goes. So the comparison takes as long as for
// accounts there are, whatever the parameters or the format of their hashes.
func (s *Service) Compare(ctx context.Context, c Claim, password string) (ok, weak bool, err error) {
	if err := s.Allowed(ctx, c.TenantID); err != nil {
		return false, false, err
	}
	place := sha256.Sum256([]byte(c.TenantID + "\x00" + email.Key(c.Address)))
	hash, err := s.acts.StandIn(ctx, c.TenantID, hex.EncodeToString(place[:6]))
	if err != nil {
		return false, false, err
	}
	if c.Hash != "" {
		return s.hasher.Verify(ctx, c.Hash, password)
	}
	_, _, err = s.hasher.Verify(ctx, hash, password)
	return false, false, err
}

// Hash is [factor.Passwords.Hash].
func (s *Service) Hash(ctx context.Context, password string) (string, error) {
	return s.hasher.Hash(ctx, password)
}

// Chosen is what is stored of a new password.
type Chosen struct {
	Hash  string // "" for none
	Short bool   // see [sallyport.User]
}

// Make returns what is stored of a new password of u that was judged.
func (s *Service) Make(ctx context.Context, u sallyport.User, password string) (Chosen, error) {
	p, err := s.acts.PolicyOf(ctx, u.TenantID, u.ID)
	if err != nil {
		return Chosen{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	return Chosen{hash, utf8.RuneCountInString(factor.NormalizePassword(password)) < policy.LengthAlone(p)}, err
}

// Breached reports whether a password is known from a data breach.
func (s *Service) Breached(password string) (bool, error) { return s.breach.Has(password) }

// Input is a new password from a form, with the names of the form's fields.
type Input struct {
	Field, Value     string
	Confirm          string
	ConfirmFieldName string // "" when the form has no second field
	Unproven         bool   // it is not compared with former passwords: who gave it may be anybody
}

// Judge returns CodeInvalid with every rule of the tenant's policy that a new password
// breaks. It hashes once for each former password.
func (s *Service) Judge(ctx context.Context, in Input, user sallyport.User, organisation string) error {
	if err := s.Allowed(ctx, user.TenantID); err != nil {
		return err
	}
	p, err := s.acts.PolicyOf(ctx, user.TenantID, user.ID)
	if err != nil {
		return err
	}
	p = policy.ForPassword(p, user, s.acts.Now())
	var wrong []sallyport.FieldError
	if in.ConfirmFieldName != "" && in.Confirm != in.Value {
		wrong = append(wrong, sallyport.FieldError{Field: in.ConfirmFieldName, Code: "mismatch"})
	}
	if in.Value == "" {
		wrong = append(wrong, sallyport.FieldError{Field: in.Field, Code: "required"})
		return sallyport.Invalid(wrong...)
	}
	value := factor.NormalizePassword(in.Value)
	facts := policy.PasswordFacts{Context: append([]string{user.FirstName, user.LastName, user.Email, organisation}, s.known...)}
	facts.Common = factor.IsCommon(value, slices.Concat(facts.Context, p.PasswordWords)...)
	if facts.Breached, err = s.breach.Has(value); err != nil {
		return err
	}
	if !in.Unproven && len(policy.Password(p, in.Field, value, facts)) == 0 {
		if facts.Reused, err = s.reused(ctx, p, user, value); err != nil {
			return err
		}
	}
	if wrong = append(policy.Password(p, in.Field, value, facts), wrong...); len(wrong) > 0 {
		return sallyport.Invalid(wrong...)
	}
	return nil
}

// reused compares a password with the last ones, beginning with the current one.
func (s *Service) reused(ctx context.Context, p sallyport.Policy, user sallyport.User, value string) (bool, error) {
	if p.PasswordHistory == 0 {
		return false, nil
	}
	var hashes []string
	if user.PasswordHash != "" {
		hashes = append(hashes, user.PasswordHash)
	}
	former, err := s.acts.PasswordHistory(ctx, user.TenantID, user.ID, p.PasswordHistory-len(hashes))
	if err != nil {
		return false, err
	}
	for _, hash := range append(hashes, former...) {
		if ok, _, err := s.hasher.Verify(ctx, hash, value); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// Replace sets a new password for a locked user and remembers the hash of the former one. ErrConflict when
// the password has changed since user was read, so that one of two changes wins. Runs of wrong passwords end.
func Replace(ctx context.Context, a *act.Act, user sallyport.User, n Chosen) error {
	then := user
	then.PasswordHash, then.PasswordShort, then.PasswordChangedAt = n.Hash, n.Short, a.Now
	err := a.SetPassword(ctx, then, user.PasswordHash)
	if err != nil {
		return act.Conflict(err)
	}
	if _, err := a.Counters().EndPasswordRuns(ctx, a.Tx, user); err != nil || user.PasswordHash == "" {
		return err
	}
	return a.AddPasswordHistory(ctx, user, token.NewID(), a.Now)
}
