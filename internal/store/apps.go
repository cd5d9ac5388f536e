package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/recall"
)

const appColumns = "tenant_id, id, name, origin, rules, preflight, version, created_at, created_by, changed_at"

func scanApp(scan func(...any) error) (a sallyport.App, err error) {
	var rules string
	var created, changed int64
	if err = scan(&a.TenantID, &a.ID, &a.Name, &a.Origin, &rules, &a.Preflight, &a.Version, &created, &a.CreatedBy, &changed); err != nil {
		return a, err
	}
	a.CreatedAt, a.ChangedAt = fromMicros(created), fromMicros(changed)
	return a, json.Unmarshal([]byte(rules), &a.Rules)
}

// AddApp stores an app. ErrConflict when the tenant has one of this name, or any tenant one at this address.
func (q Queries) AddApp(ctx context.Context, a sallyport.App) error {
	rules, err := json.Marshal(a.Rules)
	if err != nil {
		return err
	}
	q.tellTenant(a.TenantID)
	_, err = q.exec(ctx, "INSERT INTO apps ("+appColumns+", name_key) VALUES ("+placeholders(1, 11)+")",
		a.TenantID, a.ID, a.Name, a.Origin, string(rules), a.Preflight, a.Version, micros(a.CreatedAt), a.CreatedBy, micros(a.ChangedAt), email.Key(a.Name))
	return err
}

// ChangeApp replaces an app that still has the version before that of a. ErrNotFound when it has another one, or is
// gone; ErrConflict as for AddApp.
func (q Queries) ChangeApp(ctx context.Context, a sallyport.App) error {
	rules, err := json.Marshal(a.Rules)
	if err != nil {
		return err
	}
	q.tellTenant(a.TenantID)
	return q.execOne(ctx, `UPDATE apps SET name = $3, name_key = $4, origin = $5, rules = $6, preflight = $7, version = $8, changed_at = $9
		WHERE tenant_id = $1 AND id = $2 AND version = $8 - 1`,
		a.TenantID, a.ID, a.Name, email.Key(a.Name), a.Origin, string(rules), a.Preflight, a.Version, micros(a.ChangedAt))
}

// DropApp deletes an app with the passes of browsers to it. ErrNotFound when there is none.
func (q Queries) DropApp(ctx context.Context, tenantID, id string) error {
	q.tellTenant(tenantID)
	return q.execOne(ctx, "DELETE FROM apps WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// App returns one app of the tenant, or ErrNotFound.
func (q Queries) App(ctx context.Context, tenantID, id string) (sallyport.App, error) {
	return get(ctx, q, scanApp, "SELECT "+appColumns+" FROM apps WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// Apps returns the apps of the tenant, by name.
func (q Queries) Apps(ctx context.Context, tenantID string) ([]sallyport.App, error) {
	return all(ctx, q, scanApp, "SELECT "+appColumns+" FROM apps WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// EveryApp returns the apps of all tenants.
func (q Queries) EveryApp(ctx context.Context) ([]sallyport.App, error) {
	return all(ctx, q, scanApp, "SELECT "+appColumns+" FROM apps ORDER BY tenant_id, id")
}

// AddPass stores the pass of a browser, with its code.
func (q Queries) AddPass(ctx context.Context, p sallyport.AppPass) error {
	_, err := q.exec(ctx, `INSERT INTO app_passes (tenant_id, id, app_id, session_id, user_id, hash, exchanged, state_hash, created_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.TenantID, p.ID, p.AppID, p.SessionID, p.UserID, p.Hash[:], false, p.State[:], micros(p.CreatedAt), micros(p.EndsAt))
	return err
}

// PassByCode returns the pass whose code waits to be exchanged, or ErrNotFound.
func (q Queries) PassByCode(ctx context.Context, tenantID string, code [32]byte) (sallyport.AppPass, error) {
	return get(ctx, q, func(scan func(...any) error) (p sallyport.AppPass, err error) {
		var state []byte
		var created, ends int64
		err = scan(&p.TenantID, &p.ID, &p.AppID, &p.SessionID, &p.UserID, &state, &created, &ends)
		copy(p.State[:], state)
		p.Hash, p.CreatedAt, p.EndsAt = code, fromMicros(created), fromMicros(ends)
		return p, err
	}, `SELECT tenant_id, id, app_id, session_id, user_id, state_hash, created_at, ends_at FROM app_passes
		WHERE tenant_id = $1 AND hash = $2 AND NOT exchanged`, tenantID, code[:])
}

// ExchangePass replaces the code of a pass by the token of p. ErrNotFound when somebody else did.
func (q Queries) ExchangePass(ctx context.Context, p sallyport.AppPass) error {
	return q.execOne(ctx, "UPDATE app_passes SET hash = $3, exchanged = $4, ends_at = $5 WHERE tenant_id = $1 AND id = $2 AND NOT exchanged",
		p.TenantID, p.ID, p.Hash[:], true, micros(p.EndsAt))
}

// DropPasses deletes the passes that the session of p has for its app, but for p.
func (q Queries) DropPasses(ctx context.Context, p sallyport.AppPass) error {
	q.tell(recall.OfSession, p.TenantID, p.SessionID)
	_, err := q.exec(ctx, "DELETE FROM app_passes WHERE tenant_id = $1 AND session_id = $2 AND app_id = $3 AND id <> $4 AND exchanged",
		p.TenantID, p.SessionID, p.AppID, p.ID)
	return err
}

// DropPass deletes the pass that a session has by a token. ErrNotFound when there is none.
func (q Queries) DropPass(ctx context.Context, tenantID, sessionID string, token [32]byte) error {
	q.tell(recall.OfSession, tenantID, sessionID)
	return q.execOne(ctx, "DELETE FROM app_passes WHERE tenant_id = $1 AND session_id = $2 AND hash = $3 AND exchanged", tenantID, sessionID, token[:])
}

// ForgetPasses deletes passes whose code or session is over by its time.
func (tx *Tx) ForgetPasses(ctx context.Context, now time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"app_passes", "tenant_id, id", "ends_at <= $1 ORDER BY ends_at"}, limit, micros(now))
}
