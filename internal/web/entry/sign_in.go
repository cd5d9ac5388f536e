package entry

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// signInShow is the sign-in card. Whoever is signed in goes on at once; whoever
// was is told why they are not any more.
func (p *Pages) signInShow(v *kit.Visit) error {
	next := v.R.FormValue("next")
	again := p.SentBack(v)
	view, err := p.signInCard(v, next, again.Value("email"))
	if err != nil {
		return err
	}
	_, _, err = p.Read.Check(v.R)
	switch {
	case err == nil && again == nil:
		v.Redirect(kit.LocalPath(next))
		return nil
	case err != nil && request.Status(err) >= http.StatusInternalServerError:
		return err
	case request.SessionToken(v.R) != "":
		view.Notice = p.sessionEnded(v, sallyport.CodeOf(err))
	}
	n, said := v.TakeNotice()
	if n != nil {
		view.Notice = n
	}
	view.again(v.Speaker, again)
	return p.Write(v, again.Status(v), "sign_in", kit.Page{Title: v.T("signIn.heading"), Flash: said, Body: view})
}

// sessionEnded says why the session of the browser is over, nil where there is nothing to say.
func (p *Pages) sessionEnded(v *kit.Visit, code sallyport.Code) *kit.Notice {
	if code == "" {
		return nil
	}
	if code != sallyport.CodeSessionSuspended { // that one may be resumed
		request.EndSession(v.W)
	}
	ended, _ := p.Ended(v) // the code says enough without a reason
	return sessionNotice(v.Speaker, ended.Reason, code)
}

// signIn takes e-mail and password through the first steps of the machine.
func (p *Pages) signIn(v *kit.Visit) error {
	address, next := v.Value("email"), v.Value("next")
	if done, err := p.elsewhere(v, address); done || err != nil {
		return err
	}
	result, err := p.withPassword(v, p.opening(v), address, v.Value("password"))
	if err != nil {
		return p.signInRefused(v, next, err)
	}
	return p.signInNext(v, next, result)
}

// withPassword begins a sign-in and takes its first step.
func (p *Pages) withPassword(v *kit.Visit, from signin.From, address, password string) (signin.Result, error) {
	result, err := p.SignIn.Open(v.R.Context(), from, address)
	if err != nil {
		return result, err
	}
	step := signin.Step{State: signin.Password, Password: password}
	return p.SignIn.Advance(v.R.Context(), from, result.FlowToken, step)
}

// signInCard is the card with all the ways in that policy allows.
func (p *Pages) signInCard(v *kit.Visit, next, address string) (*signInView, error) {
	policy, err := p.Tenants.Policy(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return nil, err
	}
	view := newSignInView(v.Speaker, v.Tenant.Name, next, address)
	view.Text = v.Tenant.Look.SignInText
	offered, err := p.SSO.Offered(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return nil, err
	}
	view.offerProviders(v.Speaker, offered)
	if offered.Required && ownersCan(policy) && p.Factors.Available(sallyport.MethodWebAuthn) {
		view.offerOwners(v.Speaker)
	}
	if allowsPasskeys(policy) && p.Factors.Available(sallyport.MethodWebAuthn) {
		view.offerPasskey(v.Speaker)
	}
	return view, nil
}

// signInNext goes where the machine says: to the page of the next step, or in.
func (p *Pages) signInNext(v *kit.Visit, next string, result signin.Result) error {
	switch result.State {
	case signin.Done:
		deliver(v, result)
		if result.Enrolled != nil && len(result.Enrolled.BackupCodes) > 0 {
			return p.codesAfterSignIn(v, next, result)
		}
		v.Redirect(afterSignIn(v, result, kit.LocalPath(next)))
		return nil
	case signin.Link:
		return p.signInStep(v, linkPath, next, result)
	case signin.Factor:
		return p.signInStep(v, factorPath, next, result)
	case signin.Enrol:
		return p.enrolNext(v, next, result)
	case signin.Device:
		return p.signInStep(v, deviceStepPath, next, result)
	case signin.ChangePassword:
		return p.signInStep(v, newPasswordPath, next, result)
	case signin.Password: // somebody opened the address of a later step
		v.Redirect(kit.WithNext(kit.SignInPath, next))
		return nil
	}
	return fmt.Errorf("web: no page for sign-in state %q", result.State)
}

// afterSignIn returns where to go after a sign-in: to next, or past what is shown once.
func afterSignIn(v *kit.Visit, result signin.Result, next string) string {
	switch result.Afterwards {
	case signin.SaveCodes:
		return kit.WithNext(codesLeftPath, next)
	case signin.OfferPasskey:
		return kit.WithNext(passkeyOfferPath, next)
	}
	return afterBackupCode(v, result.Used, next)
}

// signInStep goes to the page of the next step.
func (p *Pages) signInStep(v *kit.Visit, path, next string, result signin.Result) error {
	deliver(v, result)
	v.Redirect(kit.WithNext(path, afterBackupCode(v, result.Used, kit.LocalPath(next))))
	return nil
}

// signInRefused goes back to the card, to say why. note is what more it has to know.
func (p *Pages) signInRefused(v *kit.Visit, next string, err error, note ...string) error {
	if errors.Is(err, signin.ErrDeviceRemoved) {
		note = []string{noteRemoved}
	}
	return p.SendBack(v, kit.WithNext(kit.SignInPath, next), err, note...)
}

// signOut ends the session in use, if there is one.
func (p *Pages) signOut(v *kit.Visit) error {
	_, checked, err := p.Read.Check(v.R)
	var there *sso.Out
	if err == nil {
		actor := p.Read.Actor(v.R, checked)
		there = p.SSO.EndThere(v.R.Context(), actor) // what it needs ends with the session
		err = p.Sessions.SignOut(v.R.Context(), actor)
	}
	// An end that the database did not confirm is not told as one.
	if err != nil && request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	request.EndSession(v.W)
	v.Flash("flash.signedOut", 0)
	if there != nil {
		return p.Away(v, *there)
	}
	v.Redirect(kit.SignInPath)
	return nil
}
