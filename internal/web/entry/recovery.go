package entry

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// recoveryShow asks whoever forgot their password for their address.
func (p *Pages) recoveryShow(v *kit.Visit) error {
	return p.showRecovery(v, http.StatusOK, newRecoveryView(v.Speaker, ""))
}

// recoveryAsk sends a link for a new password, if there is anybody to send it
// to: the answer is the same. It is a page and no redirect, so that the address
// stands in no URL.
func (p *Pages) recoveryAsk(v *kit.Visit) error {
	address := v.Value("email")
	err := p.Accounts.RequestReset(v.R.Context(), v.Tenant.ID, p.Read.Client(v.R), address)
	if err == nil {
		return p.Show(v, http.StatusOK, "recovery_sent", v.T("recovery.sentTitle"), viewRecoverySent(v.Speaker, address, v.Value("again") != ""))
	}
	view := newRecoveryView(v.Speaker, address)
	var refused *sallyport.Error
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Code == sallyport.CodeInvalid:
		view.fail(kit.Problems(v.Printer, refused, &view.Email))
	case refused.Code == sallyport.CodeRateLimited:
		view.fail(recoveryLimited(v.Speaker, refused))
	default:
		return err
	}
	request.SetRetryAfter(v.W.Header(), err)
	return p.showRecovery(v, request.Status(err), view)
}

func (p *Pages) showRecovery(v *kit.Visit, status int, view *recoveryView) error {
	return p.Show(v, status, "recovery_ask", v.T("recovery.heading"), view)
}

// resetShow is where the mailed link leads.
func (p *Pages) resetShow(v *kit.Visit) error {
	return p.showReset(v, nil)
}

// reset sets the new password. Every session ends, that of this browser too.
func (p *Pages) reset(v *kit.Visit) error {
	err := p.Accounts.ResetPassword(v.R.Context(), p.linkOf(v), v.Value("newPassword"), v.Value("confirmPassword"))
	if invalid := kit.AsInvalid(err); invalid != nil {
		return p.showReset(v, invalid)
	}
	if err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	request.ClearSession(v.W)
	v.Flash("flash.passwordReset", 0)
	v.Redirect(kit.SignInPath)
	return nil
}

func (p *Pages) showReset(v *kit.Visit, invalid *sallyport.Error) error {
	user, err := p.linkHolder(v, link.Reset)
	if err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	policy, err := p.Tenants.Policy(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	view := viewReset(v.Speaker, v.R.URL.Path, user.Email, policy)
	status := http.StatusOK
	if invalid != nil {
		view.refuse(v.Speaker, invalid)
		status = request.Status(invalid)
	}
	return p.Show(v, status, "password_choose", v.T("passwordNew.heading"), view)
}
