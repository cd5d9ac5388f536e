package store

import (
	"context"
	"time"
)

// Logo is the picture that stands for an organisation. It owns it among the pictures, by the owner "".
type Logo struct {
	Hash string
	Size int // of its longer side, in pixels
	Type string
	Body []byte
}

// SetLogo stores the logo of a tenant in the place of the former one.
func (q Queries) SetLogo(ctx context.Context, tenantID string, l Logo, now time.Time) error {
	if err := q.DeleteLogo(ctx, tenantID); err != nil {
		return err
	}
	_, err := q.exec(ctx, "INSERT INTO pictures (tenant_id, owner, hash, size, type, body, created_at) VALUES ("+placeholders(1, 7)+")",
		tenantID, "", l.Hash, l.Size, l.Type, l.Body, micros(now))
	return err
}

// DeleteLogo deletes it.
func (q Queries) DeleteLogo(ctx context.Context, tenantID string) error {
	_, err := q.exec(ctx, "DELETE FROM pictures WHERE tenant_id = $1 AND owner = ''", tenantID)
	return err
}

// Logo returns it, or ErrNotFound.
func (q Queries) Logo(ctx context.Context, tenantID, hash string) (Logo, error) {
	return get(ctx, q, func(scan func(...any) error) (l Logo, err error) {
		err = scan(&l.Hash, &l.Size, &l.Type, &l.Body)
		return l, err
	}, "SELECT hash, size, type, body FROM pictures WHERE tenant_id = $1 AND owner = '' AND hash = $2", tenantID, hash)
}
