package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamResendAsk asks before an invitation is mailed again.
func (p *Pages) teamResendAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedManage)
	if err != nil {
		return nil, err
	}
	if u.Status != sallyport.UserInvited {
		return nil, done(v, teamPath, "flash.admin.hasJoined", 0)
	}
	return askResend(v.Speaker, u), nil
}

// teamResend mails it.
func (p *Pages) teamResend(v *kit.Visit) error {
	_, err := p.Accounts.Resend(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	switch sallyport.CodeOf(err) {
	case "":
		return done(v, teamPath, "flash.admin.invitationResent", 0)
	case sallyport.CodeConflict:
		return done(v, teamPath, "flash.admin.hasJoined", 0)
	case sallyport.CodeRateLimited:
		return done(v, teamPath, "flash.admin.tooManyInvitations", 0)
	}
	return err
}

func askResend(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "resend-" + u.ID, Path: personPath(u.ID, "resend"), Back: teamPath, Icon: "mail-forward", Calm: true,
		Text: s.T("team.resend"), Title: s.T("team.resendTitle", "Name", u.Name()),
		Lines: []string{s.T("team.resendText", "Email", u.Email)}, Act: s.T("team.resendAct"),
	}
}
