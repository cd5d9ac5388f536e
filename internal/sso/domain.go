package sso

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	// recordPrefix begins the name in the DNS that an organisation shows with that a domain is theirs.
	recordPrefix = "_sallyport-challenge."
	// recordValue begins what the record says.
	recordValue = "sallyport-domain="
	lookupTime  = 5 * time.Second
)

// Domain is one whose people sign in at a provider.
type Domain struct {
	store.SSODomain
	RecordName string // of the TXT record
}

func showDomain(d store.SSODomain) Domain { return Domain{d, recordPrefix + d.Domain} }

// Domains returns the domains of the actor's organisation. It needs sso.view.
func (s *Service) Domains(ctx context.Context, actor sallyport.Actor) ([]Domain, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	rows, err := s.Acts.SSODomains(ctx, actor.TenantID)
	all := make([]Domain, len(rows))
	for i, d := range rows {
		all[i] = showDomain(d)
	}
	return all, err
}

// AddDomain adds a domain of a provider. It counts once ProveDomain has found its record. It needs sso.manage
// and a step-up.
func (s *Service) AddDomain(ctx context.Context, actor sallyport.Actor, providerID, domain string) (out Domain, err error) {
	domain, err = parseDomain(domain)
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		p, _, err := s.locked(ctx, a, providerID)
		if err != nil {
			return err
		}
		have, err := a.SSODomains(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if len(have) >= MaxDomains {
			return sallyport.Blocked(sallyport.TooManyProviders)
		}
		row := store.SSODomain{TenantID: actor.TenantID, Domain: domain, ProviderID: p.ID, Record: recordValue + random(), CreatedAt: a.Now}
		out = showDomain(row)
		a.Note(audit.DomainAdded, act.About{Target: p.ID}, "domain", domain, "name", p.Name)
		err = a.AddSSODomain(ctx, row)
		if errors.Is(err, sallyport.ErrConflict) {
			err = sallyport.Invalid(sallyport.FieldError{Field: "domain", Code: "taken"})
		}
		return err
	})
	return out, err
}

// parseDomain returns a domain as it is stored: that of an address in it.
func parseDomain(domain string) (string, error) {
	address, err := line.ParseEmail("domain", "a@"+strings.TrimSpace(domain))
	if err != nil {
		return "", sallyport.Invalid(sallyport.FieldError{Field: "domain", Code: "invalid_host"})
	}
	return domainOf(address), nil
}

// ProveDomain looks whether the DNS has the record of a domain, and returns the domain as it stands. It needs
// what AddDomain needs. CodeInvalid with record_missing where it does not.
func (s *Service) ProveDomain(ctx context.Context, actor sallyport.Actor, domain string) (out Domain, err error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedManage); err != nil {
		return out, err
	}
	row, err := s.Acts.SSODomain(ctx, actor.TenantID, domain)
	if err != nil {
		return out, err
	}
	there := s.hasRecord(ctx, row)
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		now := row
		if now.CheckedAt = a.Now; there && now.ProvenAt.IsZero() {
			now.ProvenAt = a.Now
			a.Note(audit.DomainProven, act.About{Target: row.ProviderID}, "domain", row.Domain)
		}
		out = showDomain(now)
		return a.ProveSSODomain(ctx, now)
	})
	if err == nil && !there {
		err = sallyport.Invalid(sallyport.FieldError{Field: "domain", Code: "record_missing"})
	}
	return out, err
}

func (s *Service) hasRecord(ctx context.Context, d store.SSODomain) bool {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	said, err := s.Resolver.LookupTXT(ctx, recordPrefix+d.Domain)
	return err == nil && slices.Contains(said, d.Record)
}

// RemoveDomain takes a domain away. It needs what AddDomain needs.
func (s *Service) RemoveDomain(ctx context.Context, actor sallyport.Actor, domain string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		d, err := a.SSODomain(ctx, actor.TenantID, domain)
		if err != nil {
			return err
		}
		a.Note(audit.DomainRemoved, act.About{Target: d.ProviderID}, "domain", domain)
		return a.DropSSODomain(ctx, actor.TenantID, domain)
	})
}

// Offered is what the page to sign in shows of providers: nothing that depends on accounts.
type Offered struct {
	Providers []Provider // with a button
	Required  bool       // there is no other way
}

// Offered returns the providers that anybody may sign in at.
func (s *Service) Offered(ctx context.Context, tenantID string) (out Offered, err error) {
	p, err := s.Acts.Policy(ctx, tenantID)
	if err != nil {
		return out, err
	}
	out.Required = p.SSORequired
	all, err := s.all(ctx, tenantID)
	for _, of := range all {
		if of.Enabled && of.Button && (of.Use == Organisation || !p.SSORequired) {
			out.Providers = append(out.Providers, of)
		}
	}
	return out, err
}

// ForAddress returns the provider where people with an address sign in: that of its proven domain. ErrNotFound
// where there is none. It reads nothing of accounts.
func (s *Service) ForAddress(ctx context.Context, tenantID, address string) (Provider, error) {
	d, err := s.Acts.SSODomain(ctx, tenantID, domainOf(address))
	if err == nil && d.ProvenAt.IsZero() {
		err = sallyport.ErrNotFound
	}
	if err != nil {
		return Provider{}, err
	}
	return s.Named(ctx, tenantID, d.ProviderID)
}
