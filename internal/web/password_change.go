package web

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/request"
)

// passwordChange replaces the password. The other sessions end, this one stays.
func (p *Pages) passwordChange(v *visit) error {
	ended, err := p.Accounts.ChangePassword(v.r.Context(), p.actor(v), account.PasswordChange{
		Current: formOf(v, "currentPassword"), New: formOf(v, "newPassword"), Confirm: formOf(v, "confirmPassword"),
	})
	if err == nil {
		said := "flash.passwordChanged"
		if ended > 0 {
			said = "flash.passwordChangedEnded"
		}
		flash(v, said, ended)
		redirect(v, homePath)
		return nil
	}
	var refused *sallyport.Error
	if !errors.As(err, &refused) || refused.Code != sallyport.CodeInvalid && refused.Code != sallyport.CodeAccountLocked && refused.Code != sallyport.CodeRateLimited {
		return err
	}
	view, failed := p.security(v)
	if failed != nil || view.Password == nil {
		return errors.Join(err, failed)
	}
	view.refusePassword(v.speaker, refused)
	request.SetRetryAfter(v.w.Header(), err)
	return p.show(v, request.Status(err), "security_show", v.T("security.heading"), view)
}
