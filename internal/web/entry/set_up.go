package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// setUpShow is the form that claims a new installation. A wrong secret and a
// used one are not found alike.
func (p *Pages) setUpShow(v *kit.Visit) error {
	if err := p.Accounts.CheckSetUp(v.R.Context(), v.Secret); err != nil {
		return err
	}
	again := p.SentBack(v)
	view := newSetUpView(v.Speaker, v.R.URL.Path, setUpInput{
		Organisation: again.Value("organisation"), FirstName: again.Value("firstName"), LastName: again.Value("lastName"), Email: again.Value("email"),
	}, policy.ForPassword(policy.Default(), sallyport.User{Role: sallyport.RoleOwner}, v.Now))
	view.again(v.Speaker, again)
	return p.Write(v, again.Status(v), "set_up", kit.Page{Title: v.T("setUp.heading"), Wide: true, Body: view})
}

// setUpGone is the page of a link that the browser has no more: the console has it.
func setUpGone(*kit.Visit) error {
	return sallyport.Refuse(sallyport.CodeSetUpClosed, "the link was not opened in this browser")
}

// setUpComplete creates organisation and owner, who is signed in with what they just typed.
func (p *Pages) setUpComplete(v *kit.Visit) error {
	_, err := p.Accounts.CompleteSetUp(v.R.Context(), v.Secret, p.Read.Client(v.R), account.SetUp{
		Organisation: v.Value("organisation"), FirstName: v.Value("firstName"), LastName: v.Value("lastName"), Email: v.Value("email"),
		Password: v.Value("password"),
	})
	if kit.AsInvalid(err) != nil {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return err
	}
	return p.setUpSignIn(v, v.Value("email"), v.Value("password"))
}

// setUpSignIn takes the new owner through the sign-in that everybody goes through. The
// installation is theirs by now, so where that is refused they are asked to sign in.
func (p *Pages) setUpSignIn(v *kit.Visit, address, password string) error {
	tenant, err := p.Read.Tenant(v.R)
	if err != nil {
		return err
	}
	v.Tenant = tenant
	from := p.opening(v)
	from.SetsUp = true
	result, err := p.withPassword(v, from, address, password)
	if err != nil {
		v.Flash("flash.setUp", 0)
		v.Redirect(kit.SignInPath)
		return nil //nolint:nilerr // the set-up itself succeeded
	}
	return p.signInNext(v, welcomePath, result)
}
