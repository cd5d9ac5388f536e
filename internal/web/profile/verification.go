package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// verifyAsk mails a new link to the signed-in user.
func (p *Pages) verifyAsk(v *kit.Visit) error {
	said := "flash.verificationSent"
	err := p.Accounts.RequestVerification(v.R.Context(), p.Actor(v))
	switch sallyport.CodeOf(err) {
	case "":
	case sallyport.CodeConflict:
		said = "flash.alreadyVerified"
	case sallyport.CodeRateLimited:
		said = "flash.tooManyMails"
	default:
		return err
	}
	v.Flash(said, 0)
	v.Redirect(kit.HomePath)
	return nil
}
