package profile

import (
	"github.com/sallyport/sallyport/internal/account"
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
	if kit.AsRefused(err) != nil {
		return p.SendBack(v, kit.PasswordPath, err)
	}
	return err
}
