package web

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
)

func methodPath(id, act string) string { return factorsPath + "/" + id + "/" + act }

// mayAct lets go on whoever has proven enough for an act, before a form is shown
// for it.
func (p *Pages) mayAct(v *visit, act policy.Act) error {
	return p.Accounts.MayAct(v.r.Context(), p.actor(v), act)
}

// ownFactor finds one of the user's second factors, with the others.
func (p *Pages) ownFactor(v *visit) (sallyport.Factor, mfa.Factors, error) {
	all, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return sallyport.Factor{}, all, err
	}
	for _, f := range all.Current {
		if f.ID == v.r.PathValue("id") {
			return f, all, nil
		}
	}
	return sallyport.Factor{}, all, sallyport.ErrNotFound
}

// twoFactorDone goes back to the section with a message.
func twoFactorDone(v *visit, said string) error {
	flash(v, said, 0)
	redirect(v, twoFactorSection)
	return nil
}

// othersAfter are the messages after which the page offers to sign out other
// sessions.
var othersAfter = map[string]bool{
	"flash.codesSaved": true, "flash.factorAdded": true, "flash.factorRemoved": true, "flash.twoFactorOff": true,
}
