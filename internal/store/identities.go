package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// Identity is who a user is at a provider.
type Identity struct {
	TenantID, ID string
	ProviderID   string
	Subject      string // at the provider, for good
	UserID       string
	Email        string // as the provider last said; it decides nothing
	CreatedAt    time.Time
	UsedAt       time.Time // when the user last signed in with it
}

const identityColumns = "tenant_id, id, provider_id, subject, user_id, email, created_at, used_at"

func scanIdentity(scan func(...any) error) (i Identity, err error) {
	var created, used int64
	err = scan(&i.TenantID, &i.ID, &i.ProviderID, &i.Subject, &i.UserID, &i.Email, &created, &used)
	i.CreatedAt, i.UsedAt = fromMicros(created), fromMicros(used)
	return i, err
}

// AddIdentity stores an identity. ErrConflict when somebody has the subject.
func (q Queries) AddIdentity(ctx context.Context, i Identity) error {
	_, err := q.exec(ctx, "INSERT INTO identities ("+identityColumns+") VALUES ("+placeholders(1, 8)+")",
		i.TenantID, i.ID, i.ProviderID, i.Subject, i.UserID, i.Email, micros(i.CreatedAt), micros(i.UsedAt))
	return err
}

// IdentityBySubject returns the identity of a subject at a provider, or ErrNotFound.
func (q Queries) IdentityBySubject(ctx context.Context, tenantID, providerID, subject string) (Identity, error) {
	return get(ctx, q, scanIdentity, "SELECT "+identityColumns+" FROM identities WHERE tenant_id = $1 AND provider_id = $2 AND subject = $3", tenantID, providerID, subject)
}

// IdentitiesOf returns the identities of a user, the oldest first.
func (q Queries) IdentitiesOf(ctx context.Context, tenantID, userID string) ([]Identity, error) {
	return all(ctx, q, scanIdentity, "SELECT "+identityColumns+" FROM identities WHERE tenant_id = $1 AND user_id = $2 ORDER BY id", tenantID, userID)
}

// HasIdentitiesAt reports whether anybody has an identity at a provider.
func (q Queries) HasIdentitiesAt(ctx context.Context, tenantID, providerID string) (bool, error) {
	n, err := count(ctx, q, "SELECT COUNT(*) FROM (SELECT 1 FROM identities WHERE tenant_id = $1 AND provider_id = $2 LIMIT 1) AS one", tenantID, providerID)
	return n > 0, err
}

// IdentitiesAtOf returns the identities at a provider of the users with a role, in no order.
func (q Queries) IdentitiesAtOf(ctx context.Context, tenantID, providerID string, role sallyport.Role) ([]Identity, error) {
	return all(ctx, q, scanIdentity, `SELECT i.tenant_id, i.id, i.provider_id, i.subject, i.user_id, i.email, i.created_at, i.used_at
		FROM users u JOIN identities i ON i.tenant_id = u.tenant_id AND i.user_id = u.id
		WHERE u.tenant_id = $1 AND u.role = $3 AND i.provider_id = $2`, tenantID, providerID, role)
}

// UseIdentity records that a user signed in with an identity. ErrNotFound when it is gone, or somebody else's by now.
func (q Queries) UseIdentity(ctx context.Context, i Identity) error {
	return q.execOne(ctx, "UPDATE identities SET used_at = $4, email = $5 WHERE tenant_id = $1 AND id = $2 AND user_id = $3",
		i.TenantID, i.ID, i.UserID, micros(i.UsedAt), i.Email)
}

// DropIdentity deletes an identity of a user, and forgets which sessions began with it. ErrNotFound when there is none.
func (q Queries) DropIdentity(ctx context.Context, i Identity) error {
	if _, err := q.exec(ctx, "DELETE FROM federated_sessions WHERE tenant_id = $1 AND identity_id = $2", i.TenantID, i.ID); err != nil {
		return err
	}
	return q.execOne(ctx, "DELETE FROM identities WHERE tenant_id = $1 AND id = $2 AND user_id = $3", i.TenantID, i.ID, i.UserID)
}

// FederatedSession is a session that began at a provider.
type FederatedSession struct {
	TenantID, SessionID string
	IdentityID          string
	ProviderID          string
	Name                string // by which the provider names its user where it signs them out
	ProviderSession     string // sid, SessionIndex; "" for none
	Hint                []byte // sealed by package sso
	CreatedAt           time.Time
}

const federatedColumns = "tenant_id, session_id, identity_id, provider_id, name, provider_session, hint, created_at"

func scanFederated(scan func(...any) error) (f FederatedSession, err error) {
	var created int64
	err = scan(&f.TenantID, &f.SessionID, &f.IdentityID, &f.ProviderID, &f.Name, &f.ProviderSession, &f.Hint, &created)
	f.CreatedAt = fromMicros(created)
	return f, err
}

// AddFederatedSession records that a session began at a provider.
func (q Queries) AddFederatedSession(ctx context.Context, f FederatedSession) error {
	_, err := q.exec(ctx, "INSERT INTO federated_sessions ("+federatedColumns+") VALUES ("+placeholders(1, 8)+")",
		f.TenantID, f.SessionID, f.IdentityID, f.ProviderID, f.Name, f.ProviderSession, blob(f.Hint), micros(f.CreatedAt))
	return err
}

// FederatedSession returns what names a session at the provider that it began at, or ErrNotFound.
func (q Queries) FederatedSession(ctx context.Context, tenantID, sessionID string) (FederatedSession, error) {
	return get(ctx, q, scanFederated, "SELECT "+federatedColumns+" FROM federated_sessions WHERE tenant_id = $1 AND session_id = $2", tenantID, sessionID)
}

// Federated is a live session that began at a provider, with whose it is.
type Federated struct {
	FederatedSession
	UserID string
}

const liveFederated = `SELECT f.tenant_id, f.session_id, f.identity_id, f.provider_id, f.name, f.provider_session, f.hint, f.created_at, s.user_id
	FROM federated_sessions f JOIN sessions s ON s.tenant_id = f.tenant_id AND s.id = f.session_id
	WHERE f.tenant_id = $1 AND s.status IN ('active', 'suspended')`

func scanLiveFederated(scan func(...any) error) (f Federated, err error) {
	f.FederatedSession, err = scanFederated(func(to ...any) error { return scan(append(to, &f.UserID)...) })
	return f, err
}

// FederatedSessionsNamed returns the live sessions of somebody by how a provider names them.
func (q Queries) FederatedSessionsNamed(ctx context.Context, tenantID, providerID, name string) ([]Federated, error) {
	return all(ctx, q, scanLiveFederated, liveFederated+" AND f.provider_id = $2 AND f.name = $3", tenantID, providerID, name)
}

// FederatedSessionsIn returns the live sessions that began in one session at a provider.
func (q Queries) FederatedSessionsIn(ctx context.Context, tenantID, providerID, providerSession string) ([]Federated, error) {
	return all(ctx, q, scanLiveFederated, liveFederated+" AND f.provider_id = $2 AND f.provider_session = $3", tenantID, providerID, providerSession)
}

// FederatedSessionsOf returns the live sessions that began with an identity.
func (q Queries) FederatedSessionsOf(ctx context.Context, tenantID, identityID string) ([]Federated, error) {
	return all(ctx, q, scanLiveFederated, liveFederated+" AND f.identity_id = $2", tenantID, identityID)
}

// SSORequest is a request to a provider that belongs to a session.
type SSORequest struct {
	TenantID, ID string
	Purpose      string
	ProviderID   string
	UserID       string
	SessionID    string
	Facts        string // of package sso
	ExpiresAt    time.Time
}

// AddSSORequest stores a request.
func (q Queries) AddSSORequest(ctx context.Context, r SSORequest) error {
	_, err := q.exec(ctx, "INSERT INTO sso_requests (tenant_id, id, purpose, provider_id, user_id, session_id, facts, expires_at) VALUES ("+placeholders(1, 8)+")",
		r.TenantID, r.ID, r.Purpose, r.ProviderID, r.UserID, r.SessionID, r.Facts, micros(r.ExpiresAt))
	return err
}

// TakeSSORequest returns a request of a session and deletes it: it is answered once. ErrNotFound when there is none.
func (q Queries) TakeSSORequest(ctx context.Context, r SSORequest, now time.Time) (SSORequest, error) {
	return get(ctx, q, func(scan func(...any) error) (r SSORequest, err error) {
		var expires int64
		err = scan(&r.TenantID, &r.ID, &r.Purpose, &r.ProviderID, &r.UserID, &r.SessionID, &r.Facts, &expires)
		r.ExpiresAt = fromMicros(expires)
		return r, err
	}, `DELETE FROM sso_requests WHERE tenant_id = $1 AND id = $2 AND session_id = $3 AND expires_at > $4
		RETURNING tenant_id, id, purpose, provider_id, user_id, session_id, facts, expires_at`, r.TenantID, r.ID, r.SessionID, micros(now))
}

// SeenAtProvider is what a provider said that is taken once.
type SeenAtProvider struct {
	TenantID, ProviderID string
	Hash                 []byte
	ExpiresAt            time.Time
}

// SeeAtProvider takes something that is taken once. ErrConflict when somebody took it before.
func (q Queries) SeeAtProvider(ctx context.Context, s SeenAtProvider) error {
	_, err := q.exec(ctx, "INSERT INTO sso_seen (tenant_id, provider_id, hash, expires_at) VALUES ($1, $2, $3, $4)", s.TenantID, s.ProviderID, s.Hash, micros(s.ExpiresAt))
	return err
}

// ForgetSSORequests deletes up to limit requests that are over.
func (tx *Tx) ForgetSSORequests(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"sso_requests", "tenant_id, id", "expires_at < $1"}, limit, micros(now))
}

// ForgetSeen deletes up to limit of what was taken once and cannot be used any more.
func (tx *Tx) ForgetSeen(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"sso_seen", "tenant_id, provider_id, hash", "expires_at < $1"}, limit, micros(now))
}
