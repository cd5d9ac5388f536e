package store

import (
	"context"

	"github.com/sallyport/sallyport"
)

// UsersByID returns those of the tenant's users that have one of these ids, by id.
func (q Queries) UsersByID(ctx context.Context, tenantID string, ids []string) (map[string]sallyport.User, error) {
	out := make(map[string]sallyport.User, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	args := []any{tenantID}
	for _, id := range ids {
		args = append(args, id)
	}
	found, err := all(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND id IN ("+placeholders(2, len(ids))+")", args...)
	for _, u := range found {
		out[u.ID] = u
	}
	return out, err
}
