package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

// PictureRow is a picture in one size, which is that of its longer side in pixels.
type PictureRow struct {
	Hash string // of the picture in its largest size
	Size int
	Type string // image/png or image/jpeg
	Body []byte
}

// PutPicture stores the picture of an owner in place of the former one: the id of a user, or
// "" for the organisation. That it is the one they have is said by [Queries.SetAvatar].
func (q Queries) PutPicture(ctx context.Context, tenantID, owner string, sizes []PictureRow, now time.Time) error {
	if err := q.DropPicture(ctx, tenantID, owner); err != nil {
		return err
	}
	for _, r := range sizes {
		_, err := q.exec(ctx, "INSERT INTO pictures (tenant_id, owner, hash, size, type, body, created_at) VALUES ("+placeholders(1, 7)+")",
			tenantID, owner, r.Hash, r.Size, r.Type, r.Body, micros(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// DropPicture deletes the picture of an owner, if there is one.
func (q Queries) DropPicture(ctx context.Context, tenantID, owner string) error {
	_, err := q.exec(ctx, "DELETE FROM pictures WHERE tenant_id = $1 AND owner = $2", tenantID, owner)
	return err
}

// Picture returns one in the smallest size that is not below the given one, or else in its
// largest. ErrNotFound when the owner has none with this hash.
func (q Queries) Picture(ctx context.Context, tenantID, owner, hash string, size int) (PictureRow, error) {
	const one = "SELECT hash, size, type, body FROM pictures WHERE tenant_id = $1 AND owner = $2 AND hash = $3"
	found, err := get(ctx, q, scanPicture, one+" AND size >= $4 ORDER BY size LIMIT 1", tenantID, owner, hash, size)
	if errors.Is(err, sallyport.ErrNotFound) {
		return get(ctx, q, scanPicture, one+" ORDER BY size DESC LIMIT 1", tenantID, owner, hash)
	}
	return found, err
}

func scanPicture(scan func(...any) error) (r PictureRow, err error) {
	err = scan(&r.Hash, &r.Size, &r.Type, &r.Body)
	return r, err
}

// SetAvatar records the hash of the picture that a user has; "" for none.
func (q Queries) SetAvatar(ctx context.Context, tenantID, userID, hash string) error {
	q.tell(recall.OfUser, tenantID, userID)
	return q.execOne(ctx, "UPDATE users SET avatar = $3 WHERE tenant_id = $1 AND id = $2", tenantID, userID, hash)
}
