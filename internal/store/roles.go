package store

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

const roleColumns = "tenant_id, id, name, description, permissions, created_at"

func scanRole(scan func(...any) error) (r sallyport.CustomRole, err error) {
	var created int64
	err = scan(&r.TenantID, &r.ID, &r.Name, &r.Description, &r.Permissions, &created)
	r.CreatedAt = fromMicros(created)
	return r, err
}

// AddRole stores a new role. ErrConflict when the tenant has one of this name.
func (q Queries) AddRole(ctx context.Context, r sallyport.CustomRole) error {
	_, err := q.exec(ctx, "INSERT INTO roles ("+roleColumns+", name_key) VALUES ("+placeholders(1, 7)+")",
		r.TenantID, r.ID, r.Name, r.Description, r.Permissions, micros(r.CreatedAt), email.Key(r.Name))
	return err
}

// Role returns one role that the tenant made, or ErrNotFound.
func (q Queries) Role(ctx context.Context, tenantID, id string) (sallyport.CustomRole, error) {
	return get(ctx, q, scanRole, "SELECT "+roleColumns+" FROM roles WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// HoldRole returns the role and keeps it as it is until this transaction ends.
func (tx *Tx) HoldRole(ctx context.Context, tenantID, id string) (sallyport.CustomRole, error) {
	hold := ""
	if tx.engine == Postgres {
		hold = " FOR SHARE"
	}
	return get(ctx, tx.Queries, scanRole, "SELECT "+roleColumns+" FROM roles WHERE tenant_id = $1 AND id = $2"+hold, tenantID, id)
}

// Roles returns the roles that the tenant made, by name.
func (q Queries) Roles(ctx context.Context, tenantID string) ([]sallyport.CustomRole, error) {
	return all(ctx, q, scanRole, "SELECT "+roleColumns+" FROM roles WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// ChangeRole replaces name, description and permissions of a role. ErrNotFound when there is
// none; ErrConflict when another one has the name.
func (q Queries) ChangeRole(ctx context.Context, r sallyport.CustomRole) error {
	q.tellTenant(r.TenantID)
	return q.execOne(ctx, "UPDATE roles SET name = $3, name_key = $4, description = $5, permissions = $6 WHERE tenant_id = $1 AND id = $2",
		r.TenantID, r.ID, r.Name, email.Key(r.Name), r.Description, r.Permissions)
}

// DropRole deletes a role. ErrNotFound when there is none.
func (q Queries) DropRole(ctx context.Context, tenantID, id string) error {
	q.tellTenant(tenantID)
	return q.execOne(ctx, "DELETE FROM roles WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// CountByRole returns how many users have each role.
func (q Queries) CountByRole(ctx context.Context, tenantID string) (map[sallyport.Role]int, error) {
	type row struct {
		role sallyport.Role
		n    int
	}
	rows, err := all(ctx, q, func(scan func(...any) error) (r row, err error) { return r, scan(&r.role, &r.n) },
		"SELECT role, COUNT(*) FROM users WHERE tenant_id = $1 GROUP BY role", tenantID)
	out := make(map[sallyport.Role]int, len(rows))
	for _, r := range rows {
		out[r.role] = r.n
	}
	return out, err
}
