package web

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/policy"
)

// setUpShow is the form that claims a new installation. A wrong secret and a
// used one are not found alike.
func (p *Pages) setUpShow(v *visit) error {
	if err := p.Accounts.CheckSetUp(v.r.Context(), v.r.PathValue("secret")); err != nil {
		return err
	}
	return p.showSetUp(v, http.StatusOK, newSetUpView(v.speaker, v.r.URL.Path, setUpInput{}, policy.Default()))
}

// setUpComplete creates organisation and owner, who then signs in.
func (p *Pages) setUpComplete(v *visit) error {
	in := setUpInput{
		Organisation: formOf(v, "organisation"), FirstName: formOf(v, "firstName"),
		LastName: formOf(v, "lastName"), Email: formOf(v, "email"),
	}
	_, err := p.Accounts.CompleteSetUp(v.r.Context(), v.r.PathValue("secret"), p.Read.Client(v.r), account.SetUp{
		Organisation: in.Organisation, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email,
		Password: formOf(v, "password"), Confirm: formOf(v, "confirmPassword"),
	})
	if invalid := asInvalid(err); invalid != nil {
		view := newSetUpView(v.speaker, v.r.URL.Path, in, policy.Default())
		view.ErrorSummary = refuse(v.Printer, invalid, &view.OrganisationName, &view.FirstName, &view.LastName,
			&view.Email, &view.Password, &view.Confirm)
		return p.showSetUp(v, http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	flash(v, "flash.setUp", 0)
	redirect(v, signInPath)
	return nil
}

func (p *Pages) showSetUp(v *visit, status int, view *setUpView) error {
	return p.write(v, status, "set_up", page{Title: v.T("setUp.heading"), Wide: true, Body: view})
}
