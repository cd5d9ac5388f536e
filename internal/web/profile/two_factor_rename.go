package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// factorNameForm is the form that names one of the user's second factors.
func (p *Pages) factorNameForm(v *kit.Visit) (*kit.FormView, error) {
	f, _, err := p.ownFactor(v)
	if err != nil {
		return nil, err
	}
	return viewFactorName(v.Speaker, f), nil
}

// factorRename gives it another name.
func (p *Pages) factorRename(v *kit.Visit) error {
	f, _, err := p.ownFactor(v)
	if err != nil {
		return err
	}
	if err := p.Factors.Rename(v.R.Context(), p.Actor(v), f.ID, v.Value("name")); err != nil {
		return err
	}
	return twoFactorDone(v, "flash.factorRenamed")
}

func viewFactorName(s kit.Speaker, f sallyport.Factor) *kit.FormView {
	name := kit.TextField("name", s.T("twoFactor.name"), f.Name, "off")
	name.Hint, name.MaxLength, name.Focus, name.Optional = s.T("twoFactor.nameHint"), line.MaxLength, true, true
	return &kit.FormView{
		Path: methodPath(f.ID, "rename"), Back: kit.TwoFactorSection,
		Icon: kit.MethodLooks[f.Method].Icon, Title: s.T("twoFactor.renameTitle"), Lead: s.MethodName(f.Method),
		Fields: []*kit.Field{&name}, Act: s.T("twoFactor.renameAct"),
	}
}
