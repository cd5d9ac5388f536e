package tenant

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/store"
)

// theirs is whose picture it is: the organisation's own.
const theirs = ""

// Logo is a picture that can be shown.
type Logo struct {
	Text string // text form of a [sallyport.Logo]
	Type string // of its content
	Body []byte
}

// Logo returns the logo of an organisation that has this hash; ErrNotFound for one that it has not, or not any more.
func (s *Service) Logo(ctx context.Context, t sallyport.Tenant, hash string) (Logo, error) {
	l, ok := sallyport.ParseLogo(t.Look.Logo)
	if !ok || l.Hash != hash {
		return Logo{}, sallyport.ErrNotFound
	}
	found, err := s.acts.Picture(ctx, t.ID, theirs, hash, max(l.Width, l.Height))
	return Logo{t.Look.Logo, found.Type, found.Body}, err
}

// makeLogo makes the picture of the file, outside of any transaction, and returns what is wrong with it.
func (c *LookChange) makeLogo(ctx context.Context) (wrong []sallyport.FieldError, err error) {
	if len(c.Logo) == 0 {
		return nil, nil
	}
	made, refused, err := drawLogo(ctx, logoField.Name, c.Logo)
	if refused != nil || err != nil {
		if refused != nil {
			wrong = append(wrong, *refused)
		}
		return wrong, err
	}
	c.made = &made
	return nil, nil
}

// keepLogo stores the picture of a new logo, and deletes that of the former one.
func (c LookChange) keepLogo(ctx context.Context, a *act.Act, old, next sallyport.Tenant) error {
	l, ok := sallyport.ParseLogo(next.Look.Logo)
	switch {
	case old.Look.Logo == next.Look.Logo:
		return nil
	case !ok:
		return a.DropPicture(ctx, next.ID, theirs)
	}
	made := store.PictureRow{Hash: l.Hash, Size: max(l.Width, l.Height), Type: c.made.Type, Body: c.made.Body}
	return a.PutPicture(ctx, next.ID, theirs, []store.PictureRow{made}, a.Now)
}
