package entry

import (
	"net/http"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// newPasswordShow is the step of a sign-in that asks for a new password before
// anything else.
func (p *Pages) newPasswordShow(v *kit.Visit) error {
	if request.FlowToken(v.R) == "" {
		v.Redirect(kit.SignInPath)
		return nil
	}
	return p.showNewPassword(v)
}

// newPasswordChoose takes that step.
func (p *Pages) newPasswordChoose(v *kit.Visit) error {
	next := v.Value("next")
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{
		State: signin.ChangePassword, NewPassword: v.Value("newPassword"), Confirm: v.Value("confirmPassword"),
	})
	if err == nil {
		v.Flash("flash.passwordChanged", 0)
		return p.signInNext(v, next, result)
	}
	if kit.AsInvalid(err) != nil {
		return p.SendBack(v, kit.WithNext(newPasswordPath, next), err)
	}
	if kit.AsError(err) == nil || request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	request.ClearFlow(v.W) // what was proven is over: begin anew
	return p.signInRefused(v, next, err)
}

func (p *Pages) showNewPassword(v *kit.Visit) error {
	flow := request.FlowToken(v.R)
	at, err := p.SignIn.Look(v.R.Context(), p.from(v), flow)
	if err != nil {
		return p.challengeOver(v, p.signInChallenge(v), err)
	}
	if at.State != signin.ChangePassword { // the account is named to whoever has proven to be its owner
		at.FlowToken = flow
		return p.signInNext(v, v.R.FormValue("next"), at)
	}
	view := viewMustChange(v.Speaker, at.Email, v.R.FormValue("next"), at.Policy)
	again := p.SentBack(v)
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "password_choose", v.T("passwordNew.heading"), view)
}
