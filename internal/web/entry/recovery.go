package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// recoveryShow asks whoever forgot their password for their address.
func (p *Pages) recoveryShow(v *kit.Visit) error {
	again := p.SentBack(v)
	view := newRecoveryView(v.Speaker, again.Value("email"))
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "recovery_ask", v.T("recovery.heading"), view)
}

// recoveryAsk sends a link for a new password, if there is anybody to send it
// to: the answer is the same, and the address stands in no URL.
func (p *Pages) recoveryAsk(v *kit.Visit) error {
	err := p.Accounts.RequestReset(v.R.Context(), v.Tenant.ID, p.Read.Client(v.R), v.Value("email"))
	switch sallyport.CodeOf(err) {
	case "":
		return p.SendBackNote(v, recoverySentPath, "")
	case sallyport.CodeInvalid, sallyport.CodeRateLimited:
		return p.SendBack(v, recoveryPath, err)
	}
	return err
}

// recoverySent says that a link was sent. A reload sends no other.
func (p *Pages) recoverySent(v *kit.Visit) error {
	left := p.Left(v)
	if left == nil {
		v.Redirect(recoveryPath)
		return nil
	}
	view := viewRecoverySent(v.Speaker, left.Value("email"), left.Value("again") != "")
	return p.Show(v, http.StatusOK, "recovery_sent", v.T("recovery.sentTitle"), view)
}

// reset sets the new password. Every session ends, that of this browser too.
func (p *Pages) reset(v *kit.Visit) error {
	err := p.Accounts.ResetPassword(v.R.Context(), p.linkOf(v), v.Value("newPassword"), v.Value("confirmPassword"))
	if kit.AsInvalid(err) != nil {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	request.EndSession(v.W)
	v.Flash("flash.passwordReset", 0)
	v.Redirect(kit.SignInPath)
	return nil
}

// resetShow is where the mailed link leads.
func (p *Pages) resetShow(v *kit.Visit) error {
	user, err := p.linkHolder(v, link.Reset)
	if err != nil {
		return p.linkFailed(v, recoveryPath, err)
	}
	rules, err := p.Tenants.PolicyOf(v.R.Context(), v.Tenant.ID, user.ID)
	if err != nil {
		return err
	}
	view := viewReset(v.Speaker, v.R.URL.Path, user.Email, policy.ForPassword(rules, user, v.Now))
	again := p.SentBack(v)
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "password_choose", v.T("passwordNew.heading"), view)
}
