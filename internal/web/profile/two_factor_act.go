package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func methodPath(id, act string) string { return factorsPath + "/" + id + "/" + act }

// ownFactor finds one of the user's second factors, with the others.
func (p *Pages) ownFactor(v *kit.Visit) (sallyport.Factor, mfa.Factors, error) {
	all, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return sallyport.Factor{}, all, err
	}
	for _, f := range all.Current {
		if f.ID == v.R.PathValue("id") {
			return f, all, nil
		}
	}
	return sallyport.Factor{}, all, sallyport.ErrNotFound
}

// twoFactorDone goes back to the section with a message.
func twoFactorDone(v *kit.Visit, said string) error {
	v.Flash(said, 0)
	v.Redirect(kit.TwoFactorSection)
	return nil
}

// othersAfter are the messages after which the page offers to sign out other
// sessions.
var othersAfter = map[string]bool{
	"flash.codesSaved": true, "flash.factorAdded": true, "flash.factorRemoved": true, "flash.twoFactorOff": true,
}
