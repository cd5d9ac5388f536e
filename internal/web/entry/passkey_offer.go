package entry

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// passkeyOfferView offers a passkey after a sign-in with a password.
type passkeyOfferView struct {
	Title, Lead  string
	Create, Skip kit.Anchor
}

// passkeyOffer is the page between a sign-in and where it was going. Package signin says when,
// once for each device.
func (p *Pages) passkeyOffer(v *kit.Visit) error {
	next := kit.LocalPath(v.R.FormValue("next"))
	own, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	isPasskey := func(f sallyport.Factor) bool { return f.Method == sallyport.MethodWebAuthn }
	if slices.ContainsFunc(own.Current, isPasskey) || !slices.Contains(own.Allowed, sallyport.MethodWebAuthn) {
		v.Redirect(next) // somebody came back to it later
		return nil
	}
	view := viewPasskeyOffer(v.Speaker, next)
	return p.Show(v, http.StatusOK, "passkey_offer", view.Title, view)
}

func viewPasskeyOffer(s kit.Speaker, next string) *passkeyOfferView {
	return &passkeyOfferView{
		Title: s.T("passkeyOffer.heading"), Lead: s.T("passkeyOffer.lead"),
		Create: kit.Anchor{Text: s.T("passkeyOffer.create"), Path: kit.WithNext(kit.AddFactorPath, next)},
		Skip:   kit.Anchor{Text: s.T("passkeyOffer.skip"), Path: next},
	}
}
