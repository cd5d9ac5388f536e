package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// twoFactorDisableAsk asks before all second factors go.
func (p *Pages) twoFactorDisableAsk(v *visit) error {
	all, err := p.Factors.Own(v.r.Context(), p.actor(v))
	if err != nil {
		return err
	}
	if all.Enforced {
		return p.showEnforced(v, http.StatusOK)
	}
	if len(all.Current) == 0 { // nothing to turn off: back to the section
		redirect(v, twoFactorSection)
		return nil
	}
	if err := p.mayAct(v, policy.RemoveFactor); err != nil {
		return err
	}
	return p.showConfirm(v, confirmDisable(v.speaker, all))
}

// twoFactorDisable takes all of the user's second factors away.
func (p *Pages) twoFactorDisable(v *visit) error {
	err := p.Factors.Disable(v.r.Context(), p.actor(v))
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeMFAEnforced:
		return p.showEnforced(v, request.Status(err))
	case err != nil && !errors.Is(err, sallyport.ErrConflict): // that it is off already is what was asked for
		return err
	}
	return twoFactorDone(v, "flash.twoFactorOff")
}

func confirmDisable(s speaker, all mfa.Factors) *confirmView {
	v := &confirmView{
		ID: "disable", Path: disableFactorsPath, Back: twoFactorSection,
		Title: s.T("twoFactor.disableTitle"),
		Lines: []string{s.N("twoFactor.disableText", len(all.Current)), s.T("twoFactor.disableRisk")},
		Act:   s.T("twoFactor.disableAct"),
	}
	if all.CodesLeft > 0 {
		v.Lines = append(v.Lines, s.N("twoFactor.codesEnd", all.CodesLeft))
	}
	return v
}
