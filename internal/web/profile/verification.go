package profile

import (
	"github.com/sallyport/sallyport/internal/web/kit"
)

// verifyAsk mails a new link to the signed-in user.
func (p *Pages) verifyAsk(v *kit.Visit) error {
	if err := p.Accounts.RequestVerification(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	v.Flash("flash.verificationSent", 0)
	v.Redirect(kit.HomePath)
	return nil
}
