package account

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// NeedAvatar is what people need to change their own picture.
var NeedAvatar = act.Need{Exempt: policy.Harmless}

// SetAvatar gives the actor the picture that is in a file, cut to a square. It is made before
// the transaction, and counted before it is made: it takes time. What was sent is not kept.
// CodeInvalid for the field "picture" as of [picture.Make].
func (s *Service) SetAvatar(ctx context.Context, actor sallyport.Actor, data []byte, crop picture.Crop) error {
	if err := s.acts.May(ctx, actor, act.User(actor.UserID), NeedAvatar); err != nil {
		return err
	}
	if err := s.countPicture(ctx, actor); err != nil {
		return err
	}
	made, err := picture.Make(ctx, data, picture.Avatar, crop)
	if err != nil {
		return err
	}
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedAvatar, func(a *act.Act) error {
		if a.User.Avatar == made.Hash {
			return nil
		}
		a.Note(audit.AvatarChanged, act.About{}, "picture", "new")
		if err := a.PutPicture(ctx, a.User.TenantID, a.User.ID, rows(made), a.Now); err != nil {
			return err
		}
		return a.Tx.SetAvatar(ctx, a.User.TenantID, a.User.ID, made.Hash)
	})
}

// rows are the sizes of a picture as they are stored.
func rows(p picture.Picture) (out []store.PictureRow) {
	for _, r := range p.Renditions {
		out = append(out, store.PictureRow{Hash: p.Hash, Size: r.Size, Type: r.Type, Body: r.Body})
	}
	return out
}

// countPicture counts a file that the actor sends. CodeRateLimited when there were too many.
func (s *Service) countPicture(ctx context.Context, actor sallyport.Actor) error {
	counters := throttle.Counters{TenantID: actor.TenantID, Now: s.acts.Now()}
	d, err := counters.Spend(ctx, s.acts, throttle.ForPicture(actor.UserID))
	return cmp.Or(err, d.Refusal(counters.Now))
}

// RemoveAvatar takes the actor's picture away; initials are shown then. Without one it is no
// error.
func (s *Service) RemoveAvatar(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedAvatar, func(a *act.Act) error {
		if a.User.Avatar == "" {
			return nil
		}
		a.Note(audit.AvatarChanged, act.About{}, "picture", "none")
		if err := a.DropPicture(ctx, a.User.TenantID, a.User.ID); err != nil {
			return err
		}
		return a.Tx.SetAvatar(ctx, a.User.TenantID, a.User.ID, "")
	})
}

// Avatar returns a picture for a page, in the smallest size that is not below the given one, or
// else in its largest; hash is "" for the one that somebody has. One's own needs a session, that
// of others what it takes to be told their names. ErrNotFound where there is none, and also
// where the actor may not see it.
func (s *Service) Avatar(ctx context.Context, actor sallyport.Actor, userID, hash string, size int) (store.PictureRow, error) {
	self := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: userID}) == nil
	if !self && !slices.ContainsFunc(naming, func(n act.Need) bool { return n.ToLook(actor) == nil }) {
		return store.PictureRow{}, sallyport.ErrNotFound
	}
	if strings.Trim(userID+hash, "0123456789abcdef-") != "" {
		return store.PictureRow{}, sallyport.ErrNotFound // a database could fail on it
	}
	if hash == "" {
		u, err := s.acts.User(ctx, actor.TenantID, userID)
		if err != nil {
			return store.PictureRow{}, err
		}
		hash = u.Avatar
	}
	return s.acts.Picture(ctx, actor.TenantID, userID, hash, size)
}

// AvatarOf is Avatar for admins: it needs users.view, and says so.
func (s *Service) AvatarOf(ctx context.Context, actor sallyport.Actor, userID, hash string, size int) (store.PictureRow, error) {
	u, err := s.acts.User(ctx, actor.TenantID, userID)
	if err != nil {
		return store.PictureRow{}, err
	}
	if err := NeedView.ToLook(actor); err != nil {
		return store.PictureRow{}, err
	}
	return s.acts.Picture(ctx, actor.TenantID, userID, cmp.Or(hash, u.Avatar), size)
}
