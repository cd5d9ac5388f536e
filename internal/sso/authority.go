package sso

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
)

// Whoever decides at which provider, or with which keys, subjects are named, can name all of them: also the
// owner's. So the settings by which a provider speaks are not those of any other.

// another reports whether changed settings are of another provider, where a subject is somebody else.
func another(old, changed Settings) bool {
	return old.Issuer != changed.Issuer || old.EntityID != changed.EntityID
}

// otherWord reports whether somebody else may name subjects by changed settings: SAML knows a provider by the
// keys of its metadata.
func otherWord(old, changed Settings) bool {
	return old.Metadata != changed.Metadata || old.Subject != changed.Subject || old.AnyFormat != changed.AnyFormat
}

// keepsItsWord holds a change of a provider to what people rely on who have an identity there. With the settings of
// another provider it is refused (CodeInvalid): that is one to be added. Where it may be somebody else who speaks,
// people stronger than the actor are unlinked and told: they come in again by a mailed code.
func (s *Service) keepsItsWord(ctx context.Context, a *act.Act, old Provider, changed Settings) error {
	if another(old.Settings, changed) {
		used, err := a.HasIdentitiesAt(ctx, old.row.TenantID, old.ID)
		if err == nil && used {
			field := "issuer"
			if old.Protocol == SAML {
				field = "entityId"
			}
			err = sallyport.Invalid(sallyport.FieldError{Field: field, Code: "another_provider"})
		}
		return err
	}
	if !otherWord(old.Settings, changed) {
		return nil
	}
	stronger, err := strongerRoles(ctx, a)
	if err != nil {
		return err
	}
	for _, role := range stronger {
		identities, err := a.IdentitiesAtOf(ctx, old.row.TenantID, old.ID, role)
		if err != nil {
			return err
		}
		for _, i := range identities {
			if err := unlinkFrom(ctx, a, old, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// strongerRoles are those that allow what the act's actor lacks.
func strongerRoles(ctx context.Context, a *act.Act) (out []sallyport.Role, err error) {
	custom, err := a.Roles(ctx, a.Actor.TenantID)
	for _, r := range custom {
		if !access.Covers(a.Actor, sallyport.Role(r.ID), r.Permissions) {
			out = append(out, sallyport.Role(r.ID))
		}
	}
	builtIn := slices.DeleteFunc(access.Roles(), func(r sallyport.Role) bool { return access.Covers(a.Actor, r, "") })
	return append(out, builtIn...), err
}
