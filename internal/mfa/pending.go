package mfa

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
)

// Pending returns what a person needs to finish an enrolment of theirs that is under
// way, such as its QR code once more. ErrNotFound when it is finished, replaced, or
// its time is over.
func (s *Service) Pending(ctx context.Context, u sallyport.User, id string) (Begun, error) {
	f, err := s.DB.Factor(ctx, u.TenantID, u.ID, id)
	if err != nil {
		return Begun{}, err
	}
	if f.Status != sallyport.FactorPending || !s.Now().Before(f.ExpiresAt) {
		return Begun{}, sallyport.ErrNotFound
	}
	v, err := s.open(f)
	if err != nil {
		return Begun{}, err
	}
	e := Enrolment{Begun: Begun{Factor: f.Factor, Options: v.Options}}
	switch f.Method {
	case sallyport.MethodTOTP:
		t, err := s.DB.Tenant(ctx, u.TenantID)
		if err != nil {
			return Begun{}, err
		}
		err = e.showSeed(v.Seed, t, u)
		return e.Begun, err
	case sallyport.MethodSMS, sallyport.MethodEmail:
		e.SentTo, e.CodeUntil = hint(f.Factor), v.Until
	}
	return e.Begun, nil
}

// methods lists the second factors that may be set up under p.
func (s *Service) methods(p sallyport.Policy) []string {
	return slices.DeleteFunc(slices.Clone(p.MFAMethods), func(method string) bool {
		return !sallyport.SecondFactor(method) || method == sallyport.MethodSMS && !s.Outbox.TextsAvailable()
	})
}
