package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// newPasswordShow is the step of a sign-in that asks for a new password before
// anything else.
func (p *Pages) newPasswordShow(v *visit) error {
	if request.FlowToken(v.r) == "" {
		redirect(v, signInPath)
		return nil
	}
	return p.showNewPassword(v, nil)
}

// newPasswordChoose takes that step.
func (p *Pages) newPasswordChoose(v *visit) error {
	next := formOf(v, "next")
	result, err := p.SignIn.Advance(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r), signin.Step{
		State: signin.ChangePassword, NewPassword: formOf(v, "newPassword"), Confirm: formOf(v, "confirmPassword"),
	})
	if err == nil {
		flash(v, "flash.passwordChanged", 0)
		return p.signInNext(v, next, result)
	}
	if invalid := asInvalid(err); invalid != nil {
		return p.showNewPassword(v, invalid)
	}
	var refused *sallyport.Error
	if !errors.As(err, &refused) || request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	request.ClearFlow(v.w) // what was proven is over: begin anew
	return p.signInRefused(v, next, "", err)
}

func (p *Pages) showNewPassword(v *visit, invalid *sallyport.Error) error {
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return err
	}
	view := viewMustChange(v.speaker, newPasswordPath, v.r.FormValue("next"), policy)
	status := http.StatusOK
	if invalid != nil {
		view.refuse(v.speaker, invalid)
		status = request.Status(invalid)
	}
	return p.show(v, status, "password_choose", v.T("passwordNew.heading"), view)
}
