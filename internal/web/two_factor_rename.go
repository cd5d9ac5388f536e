package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/request"
)

// renameView is the page that names one second factor.
type renameView struct {
	Path, Back   string
	Icon         string
	Title        string
	Lead         string
	Name         field
	ErrorSummary *errorSummary
}

func newRenameView(s speaker, f sallyport.Factor, typed string) *renameView {
	v := &renameView{
		Path: methodPath(f.ID, "rename"), Back: twoFactorSection,
		Icon: methodLooks[f.Method].icon, Title: s.T("twoFactor.renameTitle"), Lead: s.methodName(f.Method),
		Name: textField("name", s.T("twoFactor.name"), typed, "off"),
	}
	v.Name.Hint, v.Name.MaxLength, v.Name.Focus, v.Name.Optional = s.T("twoFactor.nameHint"), line.MaxLength, true, true
	return v
}

// factorRenameAsk is the form.
func (p *Pages) factorRenameAsk(v *visit) error {
	f, _, err := p.ownFactor(v)
	if err != nil {
		return err
	}
	view := newRenameView(v.speaker, f, f.Name)
	return p.show(v, http.StatusOK, "two_factor_rename", view.Title, view)
}

// factorRename gives one of the user's second factors another name.
func (p *Pages) factorRename(v *visit) error {
	f, _, err := p.ownFactor(v)
	if err != nil {
		return err
	}
	name := formOf(v, "name")
	err = p.Factors.Rename(v.r.Context(), p.actor(v), f.ID, name)
	if invalid := asInvalid(err); invalid != nil {
		view := newRenameView(v.speaker, f, name)
		view.Name.Focus = false
		view.ErrorSummary = refuse(v.Printer, invalid, &view.Name)
		return p.show(v, request.Status(err), "two_factor_rename", view.Title, view)
	}
	if err != nil {
		return err
	}
	return twoFactorDone(v, "flash.factorRenamed")
}
