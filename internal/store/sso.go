package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/internal/email"
)

// IdentityProvider is where people of an organisation sign in. Settings and Secrets are of package sso.
type IdentityProvider struct {
	TenantID, ID string
	Name         string // no other of the organisation has it
	Protocol     string
	Enabled      bool
	Counts       bool // it is the organisation's, and not one where people link accounts of theirs
	AsksAnew     bool // it can have people prove anew who they are, and say so
	Settings     string
	Secrets      []byte
	Version      int64
	CreatedAt    time.Time
	CreatedBy    string // user id; "" for the operator
	ChangedAt    time.Time
	TestedAt     time.Time // when somebody last signed in there with these settings; zero for never
}

const providerColumns = "tenant_id, id, name, protocol, enabled, counts, asks_anew, settings, secrets, version, created_at, created_by, changed_at, tested_at"

func scanProvider(scan func(...any) error) (p IdentityProvider, err error) {
	var created, changed, tested int64
	err = scan(&p.TenantID, &p.ID, &p.Name, &p.Protocol, &p.Enabled, &p.Counts, &p.AsksAnew, &p.Settings, &p.Secrets, &p.Version, &created, &p.CreatedBy, &changed, &tested)
	p.CreatedAt, p.ChangedAt, p.TestedAt = fromMicros(created), fromMicros(changed), fromMicros(tested)
	return p, err
}

// AddIdentityProvider stores a provider. ErrConflict when the tenant has one of this name.
func (q Queries) AddIdentityProvider(ctx context.Context, p IdentityProvider) error {
	_, err := q.exec(ctx, "INSERT INTO identity_providers ("+providerColumns+", name_key) VALUES ("+placeholders(1, 15)+")",
		p.TenantID, p.ID, p.Name, p.Protocol, p.Enabled, p.Counts, p.AsksAnew, p.Settings, blob(p.Secrets), p.Version, micros(p.CreatedAt), p.CreatedBy, micros(p.ChangedAt), micros(p.TestedAt),
		email.Key(p.Name))
	return err
}

// IdentityProvider returns one provider of the tenant, or ErrNotFound.
func (q Queries) IdentityProvider(ctx context.Context, tenantID, id string) (IdentityProvider, error) {
	return get(ctx, q, scanProvider, "SELECT "+providerColumns+" FROM identity_providers WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// IdentityProviders returns the providers of the tenant, by name.
func (q Queries) IdentityProviders(ctx context.Context, tenantID string) ([]IdentityProvider, error) {
	return all(ctx, q, scanProvider, "SELECT "+providerColumns+" FROM identity_providers WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// ChangeIdentityProvider replaces what an admin decides about a provider. ErrNotFound when it changed since it was
// read; ErrConflict when another one has the name.
func (q Queries) ChangeIdentityProvider(ctx context.Context, p IdentityProvider) error {
	return q.execOne(ctx, `UPDATE identity_providers SET name = $4, name_key = $5, enabled = $6, settings = $7, secrets = $8, changed_at = $9, tested_at = $10, counts = $11, asks_anew = $12, version = version + 1
		WHERE tenant_id = $1 AND id = $2 AND version = $3`,
		p.TenantID, p.ID, p.Version, p.Name, email.Key(p.Name), p.Enabled, p.Settings, blob(p.Secrets), micros(p.ChangedAt), micros(p.TestedAt), p.Counts, p.AsksAnew)
}

// MarkProviderTested records that somebody signed in at a provider with the settings of this version.
func (q Queries) MarkProviderTested(ctx context.Context, p IdentityProvider, at time.Time) error {
	_, err := q.exec(ctx, "UPDATE identity_providers SET tested_at = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3", p.TenantID, p.ID, p.Version, micros(at))
	return err
}

// DropIdentityProvider deletes a provider with its domains and identities. ErrNotFound when there is none.
func (q Queries) DropIdentityProvider(ctx context.Context, tenantID, id string) error {
	for _, table := range []string{"federated_sessions", "identities", "sso_domains", "sso_seen"} {
		if _, err := q.exec(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1 AND provider_id = $2", tenantID, id); err != nil {
			return err
		}
	}
	return q.execOne(ctx, "DELETE FROM identity_providers WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// ResealProvider replaces sealed secrets, unless they changed meanwhile.
func (q Queries) ResealProvider(ctx context.Context, p IdentityProvider, old []byte) error {
	_, err := q.exec(ctx, "UPDATE identity_providers SET secrets = $4 WHERE tenant_id = $1 AND id = $2 AND secrets = $3", p.TenantID, p.ID, old, blob(p.Secrets))
	return err
}

// SSODomain is a domain of e-mail addresses whose people sign in at a provider.
type SSODomain struct {
	TenantID, Domain string
	ProviderID       string
	Record           string // what the DNS has to say
	CreatedAt        time.Time
	ProvenAt         time.Time // zero for never
	CheckedAt        time.Time // zero for never
}

const domainColumns = "tenant_id, domain, provider_id, record, created_at, proven_at, checked_at"

func scanDomain(scan func(...any) error) (d SSODomain, err error) {
	var created, proven, checked int64
	err = scan(&d.TenantID, &d.Domain, &d.ProviderID, &d.Record, &created, &proven, &checked)
	d.CreatedAt, d.ProvenAt, d.CheckedAt = fromMicros(created), fromMicros(proven), fromMicros(checked)
	return d, err
}

// AddSSODomain stores a domain that is not proven. ErrConflict when the tenant has it.
func (q Queries) AddSSODomain(ctx context.Context, d SSODomain) error {
	_, err := q.exec(ctx, "INSERT INTO sso_domains ("+domainColumns+") VALUES ("+placeholders(1, 7)+")",
		d.TenantID, d.Domain, d.ProviderID, d.Record, micros(d.CreatedAt), micros(d.ProvenAt), micros(d.CheckedAt))
	return err
}

// SSODomain returns a domain of the tenant, or ErrNotFound.
func (q Queries) SSODomain(ctx context.Context, tenantID, domain string) (SSODomain, error) {
	return get(ctx, q, scanDomain, "SELECT "+domainColumns+" FROM sso_domains WHERE tenant_id = $1 AND domain = $2", tenantID, domain)
}

// SSODomains returns the domains of the tenant, by name.
func (q Queries) SSODomains(ctx context.Context, tenantID string) ([]SSODomain, error) {
	return all(ctx, q, scanDomain, "SELECT "+domainColumns+" FROM sso_domains WHERE tenant_id = $1 ORDER BY domain", tenantID)
}

// ProveSSODomain records what the DNS said of a domain at a time. ErrNotFound when there is none.
func (q Queries) ProveSSODomain(ctx context.Context, d SSODomain) error {
	return q.execOne(ctx, "UPDATE sso_domains SET proven_at = $3, checked_at = $4 WHERE tenant_id = $1 AND domain = $2",
		d.TenantID, d.Domain, micros(d.ProvenAt), micros(d.CheckedAt))
}

// DropSSODomain deletes a domain. ErrNotFound when there is none.
func (q Queries) DropSSODomain(ctx context.Context, tenantID, domain string) error {
	return q.execOne(ctx, "DELETE FROM sso_domains WHERE tenant_id = $1 AND domain = $2", tenantID, domain)
}

// OwnerHasPasskey reports whether an owner who can sign in has a passkey.
func (q Queries) OwnerHasPasskey(ctx context.Context, tenantID string) (bool, error) {
	n, err := get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, `SELECT COUNT(*) FROM users u
		JOIN factors f ON f.tenant_id = u.tenant_id AND f.user_id = u.id
		WHERE u.tenant_id = $1 AND u.role = 'owner' AND u.status = 'active' AND f.method = 'webauthn' AND f.status = 'active' `, tenantID)
	return n > 0, err
}

// ProvesAnew reports whether a user has an identity at a provider that is on and can have them prove anew who they
// are. With counting only providers of the organisation are meant.
func (q Queries) ProvesAnew(ctx context.Context, tenantID, userID string, counting bool) (bool, error) {
	n, err := get(ctx, q, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, `SELECT COUNT(*) FROM identities i
		JOIN identity_providers p ON p.tenant_id = i.tenant_id AND p.id = i.provider_id
		WHERE i.tenant_id = $1 AND i.user_id = $2 AND p.enabled AND p.asks_anew AND (p.counts OR NOT $3)`, tenantID, userID, counting)
	return n > 0, err
}
