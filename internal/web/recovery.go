package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
)

// recoveryShow asks whoever forgot their password for their address.
func (p *Pages) recoveryShow(v *visit) error {
	return p.showRecovery(v, http.StatusOK, newRecoveryView(v.speaker, ""))
}

// recoveryAsk sends a link for a new password, if there is anybody to send it
// to: the answer is the same. It is a page and no redirect, so that the address
// stands in no URL.
func (p *Pages) recoveryAsk(v *visit) error {
	address := formOf(v, "email")
	err := p.Accounts.RequestReset(v.r.Context(), v.tenant.ID, p.Read.Client(v.r), v.Lang(), address)
	if err == nil {
		return p.show(v, http.StatusOK, "recovery_sent", v.T("recovery.sentTitle"), recoverySentView{Email: address})
	}
	view := newRecoveryView(v.speaker, address)
	var refused *sallyport.Error
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Code == sallyport.CodeInvalid:
		view.fail(refuse(v.Printer, refused, &view.Email))
	case refused.Code == sallyport.CodeRateLimited:
		view.fail(recoveryLimited(v.speaker, refused))
	default:
		return err
	}
	request.SetRetryAfter(v.w.Header(), err)
	return p.showRecovery(v, request.Status(err), view)
}

func (p *Pages) showRecovery(v *visit, status int, view *recoveryView) error {
	return p.show(v, status, "recovery_ask", v.T("recovery.heading"), view)
}

// resetShow is where the mailed link leads.
func (p *Pages) resetShow(v *visit) error {
	if _, err := p.Accounts.CheckLink(v.r.Context(), link.Mailed{TenantID: v.tenant.ID, Kind: link.Reset, Secret: v.r.PathValue("secret")}); err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	return p.showReset(v, nil)
}

// reset sets the new password. Every session ends, that of this browser too.
func (p *Pages) reset(v *visit) error {
	err := p.Accounts.ResetPassword(v.r.Context(), p.linkOf(v), formOf(v, "newPassword"), formOf(v, "confirmPassword"))
	if invalid := asInvalid(err); invalid != nil {
		return p.showReset(v, invalid)
	}
	if err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	request.ClearSession(v.w)
	flash(v, "flash.passwordReset", 0)
	redirect(v, signInPath)
	return nil
}

func (p *Pages) showReset(v *visit, invalid *sallyport.Error) error {
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return err
	}
	view := viewReset(v.speaker, v.r.URL.Path, policy)
	status := http.StatusOK
	if invalid != nil {
		view.refuse(v.speaker, invalid)
		status = request.Status(invalid)
	}
	return p.show(v, status, "password_choose", v.T("passwordNew.heading"), view)
}
