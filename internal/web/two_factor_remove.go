package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// factorRemoveAsk asks before one second factor goes.
func (p *Pages) factorRemoveAsk(v *visit) error {
	f, all, err := p.ownFactor(v)
	if err != nil {
		return err
	}
	if err := p.mayAct(v, policy.RemoveFactor); err != nil {
		return err
	}
	last := f.ID == all.Last
	if last && all.Enforced {
		return p.showEnforced(v, http.StatusOK)
	}
	return p.showConfirm(v, confirmRemove(v.speaker, f, last, all.CodesLeft))
}

// factorRemove takes one of the user's second factors away.
func (p *Pages) factorRemove(v *visit) error {
	done, err := p.Factors.Remove(v.r.Context(), p.actor(v), v.r.PathValue("id"))
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeMFAEnforced:
		return p.showEnforced(v, request.Status(err))
	case err != nil:
		return err
	case done.Disabled:
		return twoFactorDone(v, "flash.twoFactorOff")
	}
	return twoFactorDone(v, "flash.factorRemoved")
}

func confirmRemove(s speaker, f sallyport.Factor, last bool, codes int) *confirmView {
	name := s.factorName(f)
	v := &confirmView{
		ID: "remove-" + f.ID, Path: methodPath(f.ID, "remove"), Back: twoFactorSection,
		Title: s.T("twoFactor.removeTitle", "Name", name),
		Lines: []string{s.T("twoFactor.removeText", "Name", name)},
		Act:   s.T("twoFactor.removeAct"),
	}
	if last {
		v.Title, v.Act = s.T("twoFactor.removeLastTitle", "Name", name), s.T("twoFactor.removeLastAct")
		v.Lines = []string{s.T("twoFactor.removeLastText")}
		if codes > 0 {
			v.Lines = append(v.Lines, s.N("twoFactor.codesEnd", codes))
		}
	}
	if text := methodLooks[f.Method].removal; text != "" {
		v.Lines = append(v.Lines, s.T(text))
	}
	return v
}

// enforcedView says why a second factor has to stay.
type enforcedView struct{ Title, Text, AddPath, Back string }

func viewEnforced(s speaker, organisation string) enforcedView {
	return enforcedView{
		Title: s.T("twoFactor.enforcedTitle"), Text: s.T("twoFactor.enforcedText", "Organisation", organisation),
		AddPath: addFactorPath, Back: twoFactorSection,
	}
}

func (p *Pages) showEnforced(v *visit, status int) error {
	view := viewEnforced(v.speaker, v.tenant.Name)
	return p.show(v, status, "two_factor_enforced", view.Title, view)
}
