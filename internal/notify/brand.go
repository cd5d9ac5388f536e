package notify

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/look"
	"github.com/sallyport/sallyport/internal/store"
)

// brand is what a mail shows of its organisation besides the name. It is read when the mail is
// sent and not kept with it: a link that was wrong is right in the mails that still wait.
type brand struct {
	look sallyport.Look
	logo *logo // nil for none
}

// logo is a picture that travels in the mail, so that reading it loads nothing from anywhere.
type logo struct {
	Width, Height int // as it is shown
	Plate         bool
	kind          string // of its content
	body          []byte
}

// logoID is by what a mail's HTML finds the picture in the same mail.
const logoID = "logo"

// The room of a logo in a mail, in pixels.
const (
	logoWidth  = 240
	logoHeight = 48
)

// brandOf reads it.
func brandOf(ctx context.Context, db *store.Store, tenantID string) (brand, error) {
	t, err := db.Tenant(ctx, tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return brand{}, nil
	}
	b := brand{look: t.Look}
	l, ok := sallyport.ParseLogo(t.Look.Logo)
	if err != nil || !ok {
		return b, err
	}
	found, err := db.Picture(ctx, tenantID, "", l.Hash, max(l.Width, l.Height))
	if errors.Is(err, sallyport.ErrNotFound) { // it was replaced a moment ago
		return b, nil
	}
	b.logo = &logo{Plate: l.Transparent, kind: found.Type, body: found.Body}
	b.logo.Width, b.logo.Height = shown(l.Width, l.Height)
	return b, err
}

// shown returns the size of a picture in the room for it. None is shown larger than it is.
func shown(width, height int) (int, int) {
	scale := min(1, logoWidth/float64(width), logoHeight/float64(height))
	return max(1, int(float64(width)*scale)), max(1, int(float64(height)*scale))
}

// palette is the colours of a mail: those of pages, which are readable whatever was chosen.
type palette struct {
	Light, Dark look.Scheme
	Edged       bool // buttons have an edge, since their colour may be that of the ground
}

// ours are the colours of the product: those of sallyport.css.
var ours = palette{
	Light: look.Scheme{Button: "#3d4fd1", OnThem: "#ffffff", Text: "#3546c4"},
	Dark:  look.Scheme{Button: "#5164e6", OnThem: "#ffffff", Text: "#a3b0ff"},
}

func (b brand) palette() palette {
	c := look.Of(b.look.Accent)
	if c.Light.Button == "" {
		return ours
	}
	return palette{c.Light, c.Dark, true}
}

// links are addresses that the organisation chose.
func (w writer) links(b brand) []fact {
	var all []fact
	for _, l := range []struct{ name, address string }{
		{"help", b.look.HelpURL}, {"privacy", b.look.PrivacyURL}, {"imprint", b.look.ImprintURL}, {"securityContact", b.look.SecurityContact},
	} {
		if l.address != "" {
			all = append(all, fact{w.p.T("mail.footer." + l.name), l.address})
		}
	}
	return all
}
