package sso

import (
	"context"

	"github.com/sallyport/sallyport"
)

// Addresses are those of ours that a provider is told.
type Addresses struct {
	Callback string // where it sends browsers back to
	EntityID string // SAML: our name
	Metadata string // SAML: what it can read all of it from
	Logout   string // where it says that somebody signed out there
}

// Addresses returns the addresses for the provider with an id: also for one that is not there yet, since a
// provider often has to know them first. They are no secret. It needs sso.view.
func (s *Service) Addresses(ctx context.Context, actor sallyport.Actor, id string) (Addresses, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Addresses{}, err
	}
	t, err := s.Acts.Tenant(ctx, actor.TenantID)
	base := s.Base.URL(t, CallbackPath+id)
	return Addresses{Callback: base + "/callback", EntityID: base, Metadata: base + "/metadata", Logout: base + "/logout"}, err
}
