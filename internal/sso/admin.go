package sso

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// List returns the providers of the actor's organisation, by name. It needs sso.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]Provider, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.all(ctx, actor.TenantID)
}

// Get returns one provider. It needs sso.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Provider, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Provider{}, err
	}
	return s.provider(ctx, actor.TenantID, id)
}

func (s *Service) provider(ctx context.Context, tenantID, id string) (Provider, error) {
	row, err := s.Acts.IdentityProvider(ctx, tenantID, id)
	if err != nil {
		return Provider{}, err
	}
	return show(row)
}

func (s *Service) all(ctx context.Context, tenantID string) ([]Provider, error) {
	rows, err := s.Acts.IdentityProviders(ctx, tenantID)
	all := make([]Provider, 0, len(rows))
	for _, row := range rows {
		p, err := show(row)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, err
}

// Add adds a provider, which is off until Switch. It needs sso.manage and a step-up. CodeInvalid lists every
// field that is wrong.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, in Input) (out Provider, err error) {
	settings, err := s.parse(&in, Provider{})
	if err != nil {
		return out, err
	}
	row := store.IdentityProvider{TenantID: actor.TenantID, ID: cmp.Or(in.ID, token.NewID()), Name: in.Name, Protocol: in.Protocol, Version: 1, CreatedBy: actor.UserID}
	secret, err := s.newSecret(ctx, row, in)
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		have, err := a.IdentityProviders(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if len(have) >= MaxProviders {
			return sallyport.Blocked(sallyport.TooManyProviders)
		}
		row.CreatedAt, row.ChangedAt = a.Now, a.Now
		if err := s.fill(&row, settings, secret); err != nil {
			return err
		}
		if err := mayGiveRoles(ctx, a, settings); err != nil {
			return err
		}
		a.Note(audit.ProviderAdded, act.About{Target: row.ID}, "name", row.Name, "protocol", row.Protocol)
		if out, err = show(row); err != nil {
			return err
		}
		return taken(a.AddIdentityProvider(ctx, row))
	})
	return out, err
}

// newSecret makes what is sealed of a new provider: for SAML a key of ours.
func (s *Service) newSecret(ctx context.Context, row store.IdentityProvider, in Input) (secrets, error) {
	if in.Protocol != SAML {
		return secrets{Client: in.Secret, Key: in.Key}, nil
	}
	t, err := s.Acts.Tenant(ctx, row.TenantID)
	if err != nil {
		return secrets{}, err
	}
	key, err := saml.NewKey(s.Base.URL(t, CallbackPath+row.ID), s.Acts.Now())
	if err != nil {
		return secrets{}, err
	}
	text, err := key.PEM()
	return secrets{Key: string(text)}, err
}

// fill puts settings and secrets into a row.
func (s *Service) fill(row *store.IdentityProvider, settings Settings, secret secrets) error {
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	row.Settings, row.Counts = string(text), settings.Use == Organisation
	row.AsksAnew = Provider{Protocol: row.Protocol, Settings: settings}.Fresh()
	row.Secrets, err = s.sealed(row.TenantID, row.ID, secret)
	return err
}

// mayGiveRoles refuses rules with roles that the act's actor may not give, or that the organisation does not have.
func mayGiveRoles(ctx context.Context, a *act.Act, settings Settings) error {
	for _, r := range settings.Roles {
		if err := a.MayGive(ctx, r.Role); err != nil {
			return err
		}
	}
	return nil
}

func taken(err error) error {
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
	}
	return err
}

// Change replaces the settings of a provider. A secret that is "" stays what it is. It needs what Add needs;
// a conflict when somebody changed it since in.Version.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id string, in Input) (out Provider, err error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedManage); err != nil { // who may not does not learn what there is
		return out, err
	}
	now, err := s.provider(ctx, actor.TenantID, id)
	if err != nil {
		return out, err
	}
	in.Protocol = now.Protocol
	settings, err := s.parse(&in, now)
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		p, secret, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		if in.Version != p.Version {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		if err := mayGiveRoles(ctx, a, settings); err != nil {
			return err
		}
		if err := s.keepsItsWord(ctx, a, p, settings); err != nil {
			return err
		}
		if in.Secret != "" {
			secret.Client = in.Secret
		}
		if in.Key != "" && in.Protocol != SAML {
			secret.Key = in.Key
		}
		row := p.row
		row.Name, row.ChangedAt, row.TestedAt = in.Name, a.Now, time.Time{}
		if err := s.fill(&row, settings, secret); err != nil {
			return err
		}
		a.Note(audit.ProviderChanged, act.About{Target: id}, "name", row.Name, "protocol", row.Protocol)
		if err := taken(act.Conflict(a.ChangeIdentityProvider(ctx, row))); err != nil {
			return err
		}
		row.Version++
		out, err = show(row)
		if err == nil && p.Use == Organisation && settings.Use != Organisation {
			err = s.stillEnough(ctx, a)
		}
		return err
	})
	return out, err
}

func (s *Service) locked(ctx context.Context, a *act.Act, id string) (Provider, secrets, error) {
	row, err := a.IdentityProvider(ctx, a.Actor.TenantID, id)
	if err != nil {
		return Provider{}, secrets{}, err
	}
	p, err := show(row)
	if err != nil {
		return p, secrets{}, err
	}
	secret, err := s.open(p)
	return p, secret, err
}

// Switch turns a provider on or off. With the last one that counts off, nobody could sign in where policy
// requires one: a conflict. It needs what Add needs.
func (s *Service) Switch(ctx context.Context, actor sallyport.Actor, id string, on bool) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		p, _, err := s.locked(ctx, a, id)
		if err != nil || p.Enabled == on {
			return err
		}
		row := p.row
		row.Enabled, row.ChangedAt = on, a.Now
		kind := audit.ProviderSwitchedOn
		if !on {
			kind = audit.ProviderSwitchedOff
		}
		a.Note(kind, act.About{Target: id}, "name", p.Name)
		if err := act.Conflict(a.ChangeIdentityProvider(ctx, row)); err != nil || on {
			return err
		}
		return s.stillEnough(ctx, a)
	})
}

// Remove removes a provider with its domains, and what people linked there. Sessions that began there go on;
// nobody begins one there again. It needs what Add needs, and is refused as Switch is.
func (s *Service) Remove(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		p, _, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		a.Note(audit.ProviderRemoved, act.About{Target: id}, "name", p.Name, "protocol", p.Protocol)
		if err := a.DropIdentityProvider(ctx, actor.TenantID, id); err != nil {
			return err
		}
		return s.stillEnough(ctx, a)
	})
}

// stillEnough refuses an act after which policy would require what there is not.
func (s *Service) stillEnough(ctx context.Context, a *act.Act) error {
	p, err := s.Acts.Policy(ctx, a.Actor.TenantID)
	if err != nil || !p.SSORequired {
		return err
	}
	return Enough(ctx, a.Queries, a.Actor.TenantID)
}

// Enough returns nil when single sign-on can be required: a provider that counts is on and somebody has signed
// in there with its present settings, and an owner has a passkey for the day on which it is away. Otherwise
// it is a conflict.
func Enough(ctx context.Context, db store.Queries, tenantID string) error {
	rows, err := db.IdentityProviders(ctx, tenantID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !row.Enabled || !row.Counts || row.TestedAt.IsZero() {
			continue
		}
		able, err := db.OwnerHasPasskey(ctx, tenantID)
		if err == nil && !able {
			err = sallyport.Blocked(sallyport.NoBreakGlass)
		}
		return err
	}
	return sallyport.Blocked(sallyport.NoProvider)
}
