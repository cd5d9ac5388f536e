package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// passwordChange replaces the password. The other sessions end, this one stays.
func (p *Pages) passwordChange(v *kit.Visit) error {
	ended, err := p.Accounts.ChangePassword(v.R.Context(), p.Actor(v), account.PasswordChange{
		Current: v.Value("currentPassword"), New: v.Value("newPassword"), Confirm: v.Value("confirmPassword"),
	})
	if err == nil {
		said := "flash.passwordChanged"
		if ended > 0 {
			said = "flash.passwordChangedEnded"
		}
		v.Flash(said, ended)
		v.Redirect(kit.HomePath)
		return nil
	}
	var refused *sallyport.Error
	if !errors.As(err, &refused) || refused.Code != sallyport.CodeInvalid && refused.Code != sallyport.CodeAccountLocked && refused.Code != sallyport.CodeRateLimited {
		return err
	}
	view, failed := p.overview(v)
	if failed != nil || view.Password == nil {
		return errors.Join(err, failed)
	}
	view.refusePassword(v.Speaker, refused)
	request.SetRetryAfter(v.W.Header(), err)
	return p.Show(v, request.Status(err), "security_show", v.T("security.heading"), view)
}
