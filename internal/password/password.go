// Package password judges, hashes and replaces the passwords of users, for
// whichever act sets one: a change, a reset, an invitation, a sign-in that
// demands it.
package password

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/token"
)

// Service works on the passwords of all tenants.
type Service struct {
	acts   *act.Runner
	hasher *factor.Passwords
	breach *factor.Breach // nil without a list
}

// New returns a service. breach may be nil.
func New(acts *act.Runner, hasher *factor.Passwords, breach *factor.Breach) *Service {
	return &Service{acts, hasher, breach}
}

// Verify is [factor.Passwords.Verify].
func (s *Service) Verify(ctx context.Context, hash, password string) (ok, weak bool, err error) {
	return s.hasher.Verify(ctx, hash, password)
}

// Hash is [factor.Passwords.Hash].
func (s *Service) Hash(ctx context.Context, password string) (string, error) {
	return s.hasher.Hash(ctx, password)
}

// Breached reports whether a password is known from a data breach.
func (s *Service) Breached(password string) (bool, error) { return s.breach.Has(password) }

// Input is a new password as a form gives it, with the names of its fields.
type Input struct {
	Field, Value     string
	Confirm          string
	ConfirmFieldName string // "" when nobody is asked to repeat it
}

// Judge returns CodeInvalid with every rule of the tenant's policy that a new
// password of user breaks. Each former password costs one hashing.
func (s *Service) Judge(ctx context.Context, in Input, user sallyport.User, organisation string) error {
	p, err := s.acts.Policy(ctx, user.TenantID)
	if err != nil {
		return err
	}
	var wrong []sallyport.FieldError
	if in.ConfirmFieldName != "" && in.Confirm != in.Value {
		wrong = append(wrong, sallyport.FieldError{Field: in.ConfirmFieldName, Code: "mismatch"})
	}
	if in.Value == "" {
		wrong = append(wrong, sallyport.FieldError{Field: in.Field, Code: "required"})
		return sallyport.Invalid(wrong...)
	}
	value := factor.NormalizePassword(in.Value)
	facts := policy.PasswordFacts{
		Context: []string{user.FirstName, user.LastName, user.Email, organisation},
		Common:  factor.IsCommon(value),
	}
	if facts.Breached, err = s.breach.Has(value); err != nil {
		return err
	}
	if len(policy.Password(p, in.Field, value, facts)) == 0 {
		if facts.Reused, err = s.reused(ctx, p, user, value); err != nil {
			return err
		}
	}
	if wrong = append(policy.Password(p, in.Field, value, facts), wrong...); len(wrong) > 0 {
		return sallyport.Invalid(wrong...)
	}
	return nil
}

// reused compares with the last passwords, of which the current one is the first.
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

// Replace sets a new hash for a user, who is locked, and remembers the former one.
// ErrConflict when the password is no longer the one that user was read with: of two
// changes one wins.
func Replace(ctx context.Context, a *act.Act, user sallyport.User, hash string) error {
	then := user
	then.PasswordHash, then.PasswordChangedAt = hash, a.Now
	err := a.SetPassword(ctx, then, user.PasswordHash)
	if err != nil || user.PasswordHash == "" {
		return act.Conflict(err)
	}
	return a.AddPasswordHistory(ctx, user, token.NewID(), a.Now)
}
