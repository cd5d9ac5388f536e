package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// twoFactorDisableAsk asks before all second factors go.
func (p *Pages) twoFactorDisableAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	all, err := p.Factors.Own(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if all.Enforced {
		return nil, p.showEnforced(v)
	}
	if len(all.Current) == 0 { // nothing to turn off: back to the section
		v.Redirect(kit.TwoFactorSection)
		return nil, nil
	}
	if err := p.MayAct(v, policy.RemoveFactor); err != nil {
		return nil, err
	}
	return confirmDisable(v.Speaker, all), nil
}

// twoFactorDisable takes all of the user's second factors away.
func (p *Pages) twoFactorDisable(v *kit.Visit) error {
	err := p.Factors.Disable(v.R.Context(), p.Actor(v))
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeMFAEnforced:
		return p.SendBack(v, disableFactorsPath, err) // which says so
	case err != nil && !errors.Is(err, sallyport.ErrConflict): // that it is off already is what was asked for
		return err
	}
	return twoFactorDone(v, "flash.twoFactorOff")
}

func confirmDisable(s kit.Speaker, all mfa.Factors) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID: "disable", Path: disableFactorsPath, Back: kit.TwoFactorSection,
		Text: s.T("twoFactor.turnOff"), Class: "btn-outline-danger", Title: s.T("twoFactor.disableTitle"),
		Lines: []string{s.N("twoFactor.disableText", len(all.Current)), s.T("twoFactor.disableRisk")},
		Act:   s.T("twoFactor.disableAct"),
	}
	if all.CodesLeft > 0 {
		v.Lines = append(v.Lines, s.N("twoFactor.codesEnd", all.CodesLeft))
	}
	return v
}
