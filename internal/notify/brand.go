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
}

// brandOf reads it.
func brandOf(ctx context.Context, db *store.Store, tenantID string) (brand, error) {
	t, err := db.Tenant(ctx, tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return brand{}, nil
	}
	return brand{look: t.Look}, err
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
