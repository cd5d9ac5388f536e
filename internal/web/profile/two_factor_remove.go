package profile

import (
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// factorRemoveAsk asks before one second factor goes.
func (p *Pages) factorRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	f, all, err := p.ownFactor(v)
	if err != nil {
		return nil, err
	}
	if slices.Contains(all.Staying, f.ID) { // before anything is asked for
		return nil, p.showEnforced(v)
	}
	if err := p.MayAct(v, policy.RemoveFactor); err != nil {
		return nil, err
	}
	return confirmRemove(v.Speaker, f, f.ID == all.Last, all.CodesLeft), nil
}

// factorRemove takes one of the user's second factors away.
func (p *Pages) factorRemove(v *kit.Visit) error {
	done, err := p.Factors.Remove(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeMFAEnforced:
		return p.SendBack(v, v.R.URL.Path, err) // which says so
	case err != nil:
		return err
	case done.Disabled:
		return twoFactorDone(v, "flash.twoFactorOff")
	}
	return twoFactorDone(v, "flash.factorRemoved")
}

func confirmRemove(s kit.Speaker, f sallyport.Factor, last bool, codes int) *kit.ConfirmView {
	name := s.FactorName(f)
	v := &kit.ConfirmView{
		ID: "remove-" + f.ID, Path: methodPath(f.ID, "remove"), Back: kit.TwoFactorSection,
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
	if text := kit.MethodLooks[f.Method].Removal; text != "" {
		v.Lines = append(v.Lines, s.T(text))
	}
	return v
}

// enforcedView says why a second factor has to stay.
type enforcedView struct{ Title, Text, AddPath, Back string }

func viewEnforced(s kit.Speaker, organisation string) enforcedView {
	return enforcedView{
		Title: s.T("twoFactor.enforcedTitle"), Text: s.T("twoFactor.enforcedText", "Organisation", organisation),
		AddPath: kit.AddFactorPath, Back: kit.TwoFactorSection,
	}
}

func (p *Pages) showEnforced(v *kit.Visit) error {
	view := viewEnforced(v.Speaker, v.Tenant.Name)
	return p.Show(v, p.SentBack(v).Status(v), "two_factor_enforced", view.Title, view)
}
