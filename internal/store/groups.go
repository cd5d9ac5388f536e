package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/recall"
)

const (
	groupStored  = "tenant_id, id, name, description, created_at"
	groupColumns = groupStored + ", (SELECT COUNT(*) FROM group_members m WHERE m.tenant_id = user_groups.tenant_id AND m.group_id = user_groups.id)"
)

func scanGroup(scan func(...any) error) (g sallyport.Group, err error) {
	var created int64
	err = scan(&g.TenantID, &g.ID, &g.Name, &g.Description, &created, &g.Members)
	g.CreatedAt = fromMicros(created)
	return g, err
}

// AddGroup stores a new group. ErrConflict when the tenant has one of this name.
func (q Queries) AddGroup(ctx context.Context, g sallyport.Group) error {
	_, err := q.exec(ctx, "INSERT INTO user_groups ("+groupStored+", name_key) VALUES ("+placeholders(1, 6)+")",
		g.TenantID, g.ID, g.Name, g.Description, micros(g.CreatedAt), email.Key(g.Name))
	return err
}

// Group returns one group of the tenant, or ErrNotFound.
func (q Queries) Group(ctx context.Context, tenantID, id string) (sallyport.Group, error) {
	return get(ctx, q, scanGroup, "SELECT "+groupColumns+" FROM user_groups WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// LockGroup returns the group and keeps it, who is in it and its policy as they are for others that lock it, until this transaction
// ends. ErrNotFound when there is none.
func (tx *Tx) LockGroup(ctx context.Context, tenantID, id string) (sallyport.Group, error) {
	lock := ""
	if tx.engine == Postgres {
		lock = " FOR UPDATE"
	}
	return get(ctx, tx.Queries, scanGroup, "SELECT "+groupColumns+" FROM user_groups WHERE tenant_id = $1 AND id = $2"+lock, tenantID, id)
}

// Groups returns the groups of the tenant, by name.
func (q Queries) Groups(ctx context.Context, tenantID string) ([]sallyport.Group, error) {
	return all(ctx, q, scanGroup, "SELECT "+groupColumns+" FROM user_groups WHERE tenant_id = $1 ORDER BY name_key", tenantID)
}

// GroupsOf returns the groups that a user is in, by name.
func (q Queries) GroupsOf(ctx context.Context, tenantID, userID string) ([]sallyport.Group, error) {
	return all(ctx, q, scanGroup, "SELECT "+groupColumns+` FROM user_groups WHERE tenant_id = $1
		AND id IN (SELECT group_id FROM group_members WHERE tenant_id = $1 AND user_id = $2) ORDER BY name_key`, tenantID, userID)
}

// Memberships returns the ids of the groups that some users are in, by their ids.
func (q Queries) Memberships(ctx context.Context, tenantID string, userIDs []string) (map[string][]string, error) {
	out := make(map[string][]string, len(userIDs))
	if len(userIDs) == 0 {
		return out, nil
	}
	args := []any{tenantID}
	for _, id := range userIDs {
		args = append(args, id)
	}
	rows, err := all(ctx, q, func(scan func(...any) error) (r [2]string, err error) { return r, scan(&r[0], &r[1]) },
		"SELECT user_id, group_id FROM group_members WHERE tenant_id = $1 AND user_id IN ("+placeholders(2, len(userIDs))+")", args...)
	for _, r := range rows {
		out[r[0]] = append(out[r[0]], r[1])
	}
	return out, err
}

// ChangeGroup replaces name and description. ErrNotFound when there is no such group;
// ErrConflict when another one has the name.
func (q Queries) ChangeGroup(ctx context.Context, g sallyport.Group) error {
	q.tellTenant(g.TenantID)
	return q.execOne(ctx, "UPDATE user_groups SET name = $3, name_key = $4, description = $5 WHERE tenant_id = $1 AND id = $2",
		g.TenantID, g.ID, g.Name, email.Key(g.Name), g.Description)
}

// DropGroup deletes a group with its memberships and its policy. ErrNotFound when there is none.
func (q Queries) DropGroup(ctx context.Context, tenantID, id string) error {
	q.tellTenant(tenantID)
	for _, table := range []string{"group_members", "policies", "policy_versions"} {
		if _, err := q.exec(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1 AND group_id = $2", tenantID, id); err != nil {
			return err
		}
	}
	return q.execOne(ctx, "DELETE FROM user_groups WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// AddMember puts a user into a group, and reports whether they were not in it.
func (q Queries) AddMember(ctx context.Context, tenantID, groupID, userID string, now time.Time) (bool, error) {
	q.tell(recall.OfUser, tenantID, userID)
	n, err := q.exec(ctx, `INSERT INTO group_members (tenant_id, group_id, user_id, added_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, tenantID, groupID, userID, micros(now))
	return n > 0, err
}

// DropMember takes a user out of a group, and reports whether they were in it.
func (q Queries) DropMember(ctx context.Context, tenantID, groupID, userID string) (bool, error) {
	q.tell(recall.OfUser, tenantID, userID)
	n, err := q.exec(ctx, "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2 AND user_id = $3", tenantID, groupID, userID)
	return n > 0, err
}
