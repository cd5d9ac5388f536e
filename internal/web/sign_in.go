package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// signInShow is the sign-in card. Whoever is signed in goes on at once; whoever
// was is told why they are not any more.
func (p *Pages) signInShow(v *visit) error {
	next := v.r.FormValue("next")
	view, err := p.signInCard(v, next, "")
	if err != nil {
		return err
	}
	_, _, err = p.Read.Check(v.r)
	switch code := sallyport.CodeOf(err); {
	case err == nil:
		redirect(v, localPath(next))
		return nil
	case request.Status(err) >= http.StatusInternalServerError:
		return err
	case request.SessionToken(v.r) != "":
		view.Notice = sessionNotice(v.speaker, code)
		if code != sallyport.CodeSessionSuspended { // that one may be resumed
			request.ClearSession(v.w)
		}
	}
	n, said := takeNotice(v)
	if n != nil {
		view.Notice = n
	}
	return p.write(v, http.StatusOK, "sign_in", page{Title: v.T("signIn.heading"), Flash: said, Body: view})
}

// signIn takes e-mail and password through the first steps of the machine.
func (p *Pages) signIn(v *visit) error {
	address, next := formOf(v, "email"), formOf(v, "next")
	from := p.opening(v)
	result, err := p.SignIn.Open(v.r.Context(), from, address)
	if err == nil {
		step := signin.Step{State: signin.Password, Password: formOf(v, "password")}
		result, err = p.SignIn.Advance(v.r.Context(), from, result.FlowToken, step)
	}
	if err != nil {
		return p.signInRefused(v, next, address, err)
	}
	return p.signInNext(v, next, result)
}

// signInCard is the card with all the ways in that policy allows.
func (p *Pages) signInCard(v *visit, next, address string) (*signInView, error) {
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return nil, err
	}
	view := newSignInView(v.speaker, v.tenant.Name, next, address)
	if allowsPasskeys(policy) {
		view.offerPasskey(v.speaker)
	}
	return view, nil
}

// signInNext goes where the machine says: to the page of the next step, or in.
func (p *Pages) signInNext(v *visit, next string, result signin.Result) error {
	switch result.State {
	case signin.Done:
		request.Deliver(v.w, v.r, result)
		if result.Enrolled != nil && len(result.Enrolled.BackupCodes) > 0 {
			return p.codesAfterSignIn(v, next, result)
		}
		redirect(v, afterBackupCode(v, result.Used, localPath(next)))
		return nil
	case signin.Factor:
		return p.signInStep(v, factorPath, next, result)
	case signin.Enrol:
		return p.enrolNext(v, next, result)
	case signin.Device:
		return p.signInStep(v, deviceStepPath, next, result)
	case signin.ChangePassword:
		return p.signInStep(v, newPasswordPath, next, result)
	}
	return fmt.Errorf("web: no page for sign-in state %q", result.State)
}

// signInStep goes to the page of the next step.
func (p *Pages) signInStep(v *visit, path, next string, result signin.Result) error {
	request.Deliver(v.w, v.r, result)
	redirect(v, withNext(path, afterBackupCode(v, result.Used, localPath(next))))
	return nil
}

// signInRefused shows the card again with what was typed, secrets aside.
func (p *Pages) signInRefused(v *visit, next, address string, err error) error {
	var refused *sallyport.Error
	status := request.Status(err)
	if !errors.As(err, &refused) || status >= http.StatusInternalServerError {
		return err
	}
	view, failed := p.signInCard(v, next, address)
	if failed != nil {
		return failed
	}
	if invalid := asInvalid(err); invalid != nil {
		view.fail(refuse(v.Printer, invalid, &view.Email))
	} else {
		view.fail(signInProblem(v.speaker, refused))
		view.Removed = errors.Is(err, signin.ErrDeviceRemoved)
	}
	request.SetRetryAfter(v.w.Header(), err)
	return p.show(v, status, "sign_in", v.T("signIn.heading"), view)
}

// signOut ends the session in use, if there is one.
func (p *Pages) signOut(v *visit) error {
	_, checked, err := p.Read.Check(v.r)
	if err == nil {
		err = p.Sessions.SignOut(v.r.Context(), p.Read.Actor(v.r, checked))
	}
	// An end that the database did not confirm is not told as one.
	if err != nil && request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	request.ClearSession(v.w)
	flash(v, "flash.signedOut", 0)
	redirect(v, signInPath)
	return nil
}
