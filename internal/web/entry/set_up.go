package entry

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// setUpShow is the form that claims a new installation. A wrong secret and a
// used one are not found alike.
func (p *Pages) setUpShow(v *kit.Visit) error {
	if err := p.Accounts.CheckSetUp(v.R.Context(), v.R.PathValue("secret")); err != nil {
		return err
	}
	return p.showSetUp(v, http.StatusOK, newSetUpView(v.Speaker, v.R.URL.Path, setUpInput{}, policy.Default()))
}

// setUpComplete creates organisation and owner, who is signed in with what they just typed.
func (p *Pages) setUpComplete(v *kit.Visit) error {
	in := setUpInput{
		Organisation: v.Value("organisation"), FirstName: v.Value("firstName"),
		LastName: v.Value("lastName"), Email: v.Value("email"),
	}
	_, err := p.Accounts.CompleteSetUp(v.R.Context(), v.R.PathValue("secret"), p.Read.Client(v.R), account.SetUp{
		Organisation: in.Organisation, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email,
		Password: v.Value("password"), Confirm: v.Value("confirmPassword"),
	})
	if invalid := kit.AsInvalid(err); invalid != nil {
		view := newSetUpView(v.Speaker, v.R.URL.Path, in, policy.Default())
		view.ErrorSummary = kit.Problems(v.Printer, invalid, &view.OrganisationName, &view.FirstName, &view.LastName,
			&view.Email, &view.Password, &view.Confirm)
		return p.showSetUp(v, http.StatusUnprocessableEntity, view)
	}
	if err != nil {
		return err
	}
	return p.setUpSignIn(v, in.Email, v.Value("password"))
}

// setUpSignIn takes the new owner through the sign-in that everybody goes through. The
// installation is theirs by now, so where that is refused they are asked to sign in.
func (p *Pages) setUpSignIn(v *kit.Visit, address, password string) error {
	tenant, err := p.Read.Tenant(v.R)
	if err != nil {
		return err
	}
	v.Tenant = tenant
	result, err := p.withPassword(v, address, password)
	if err != nil {
		v.Flash("flash.setUp", 0)
		v.Redirect(kit.SignInPath)
		return nil //nolint:nilerr // the set-up itself succeeded
	}
	return p.signInNext(v, welcomePath, result)
}

func (p *Pages) showSetUp(v *kit.Visit, status int, view *setUpView) error {
	return p.Write(v, status, "set_up", kit.Page{Title: v.T("setUp.heading"), Wide: true, Body: view})
}
