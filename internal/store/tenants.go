package store

import (
	"context"

	"github.com/sallyport/sallyport"
)

const tenantColumns = `id, host, name, language, created_at,
	accent, logo, help_url, privacy_url, imprint_url, security_contact, sign_in_text`

func scanTenant(scan func(...any) error) (t sallyport.Tenant, err error) {
	var created int64
	err = scan(&t.ID, &t.Host, &t.Name, &t.Language, &created,
		&t.Look.Accent, &t.Look.Logo, &t.Look.HelpURL, &t.Look.PrivacyURL, &t.Look.ImprintURL, &t.Look.SecurityContact, &t.Look.SignInText)
	t.CreatedAt = fromMicros(created)
	return t, err
}

// AddTenant stores a new tenant with an empty audit log. ErrConflict when the host is taken.
func (q Queries) AddTenant(ctx context.Context, t sallyport.Tenant) error {
	q.tellTenant(t.ID)
	if _, err := q.exec(ctx, "INSERT INTO tenants ("+tenantColumns+") VALUES ("+placeholders(1, 12)+")",
		t.ID, t.Host, t.Name, t.Language, micros(t.CreatedAt), t.Look.Accent, t.Look.Logo,
		t.Look.HelpURL, t.Look.PrivacyURL, t.Look.ImprintURL, t.Look.SecurityContact, t.Look.SignInText); err != nil {
		return err
	}
	_, err := q.exec(ctx, "INSERT INTO audit_heads (tenant_id, size, root, peaks) VALUES ($1, 0, $2, $3)",
		t.ID, []byte{}, []byte{})
	return err
}

// Tenants returns all tenants, the oldest first.
func (q Queries) Tenants(ctx context.Context) ([]sallyport.Tenant, error) {
	return all(ctx, q, scanTenant, "SELECT "+tenantColumns+" FROM tenants ORDER BY created_at, id")
}

// Tenant returns one tenant, or ErrNotFound.
func (q Queries) Tenant(ctx context.Context, id string) (sallyport.Tenant, error) {
	return get(ctx, q, scanTenant, "SELECT "+tenantColumns+" FROM tenants WHERE id = $1", id)
}

// SetTenantLanguage records the language of an organisation; "" for English.
func (q Queries) SetTenantLanguage(ctx context.Context, id, tag string) error {
	q.tellTenant(id)
	return q.execOne(ctx, "UPDATE tenants SET language = $2 WHERE id = $1", id, tag)
}

// SetTenantLook records the name of an organisation and what it looks like.
func (q Queries) SetTenantLook(ctx context.Context, t sallyport.Tenant) error {
	q.tellTenant(t.ID)
	return q.execOne(ctx, `UPDATE tenants SET name = $2, accent = $3, logo = $4, help_url = $5, privacy_url = $6, imprint_url = $7,
		security_contact = $8, sign_in_text = $9 WHERE id = $1`,
		t.ID, t.Name, t.Look.Accent, t.Look.Logo, t.Look.HelpURL, t.Look.PrivacyURL, t.Look.ImprintURL, t.Look.SecurityContact, t.Look.SignInText)
}

// LockTenant locks the tenant until this transaction ends: another one that locks it waits.
// Rows that refer to the tenant can still be added.
func (tx *Tx) LockTenant(ctx context.Context, id string) error {
	query := "SELECT 1 FROM tenants WHERE id = $1"
	if tx.engine == Postgres {
		query += " FOR NO KEY UPDATE"
	}
	_, err := count(ctx, tx.Queries, query, id)
	return err
}

// AddSetUpLink stores the hash of a set-up secret.
func (q Queries) AddSetUpLink(ctx context.Context, hash []byte, now int64) error {
	_, err := q.exec(ctx, "INSERT INTO setup_links (secret_hash, created_at) VALUES ($1, $2)", hash, now)
	return err
}

// SetUpLinkExists reports whether the set-up secret with this hash exists and the
// installation is not claimed yet.
func (q Queries) SetUpLinkExists(ctx context.Context, hash []byte) (bool, error) {
	n, err := count(ctx, q, `SELECT COUNT(*) FROM setup_links WHERE secret_hash = $1
		AND NOT EXISTS (SELECT 1 FROM installation)`, hash)
	return n > 0, err
}

// Claimed reports whether the installation has an owner.
func (q Queries) Claimed(ctx context.Context) (bool, error) {
	n, err := count(ctx, q, "SELECT COUNT(*) FROM installation")
	return n > 0, err
}

// IsDemo reports whether the demo filled this database.
func (q Queries) IsDemo(ctx context.Context) (bool, error) {
	n, err := count(ctx, q, "SELECT COUNT(*) FROM demo")
	return n > 0, err
}

// MarkDemo marks the database as one that the demo fills. ErrConflict when it is marked.
func (q Queries) MarkDemo(ctx context.Context, now int64) error {
	_, err := q.exec(ctx, "INSERT INTO demo (id, marked_at) VALUES (1, $1)", now)
	return err
}

// Claim marks the installation as claimed and deletes all set-up links. One of several
// parallel claims succeeds; the others get ErrConflict.
func (q Queries) Claim(ctx context.Context, now int64) error {
	if _, err := q.exec(ctx, "INSERT INTO installation (id, claimed_at) VALUES (1, $1)", now); err != nil {
		return err
	}
	_, err := q.exec(ctx, "DELETE FROM setup_links")
	return err
}
