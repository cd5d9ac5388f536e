package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamWithdrawAsk asks before an invitation is taken back.
func (p *Pages) teamWithdrawAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedManage)
	if err != nil {
		return nil, err
	}
	if u.Status != sallyport.UserInvited {
		return nil, done(v, teamPath, "flash.admin.hasJoined", 0)
	}
	return askWithdraw(v.Speaker, u), nil
}

// teamWithdraw takes it back.
func (p *Pages) teamWithdraw(v *kit.Visit) error {
	err := p.Accounts.Withdraw(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if sallyport.CodeOf(err) == sallyport.CodeConflict {
		return done(v, teamPath, "flash.admin.hasJoined", 0)
	}
	if err != nil {
		return err
	}
	return done(v, teamPath, "flash.admin.invitationWithdrawn", 0)
}

func askWithdraw(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "withdraw-" + u.ID, Path: personPath(u.ID, "withdraw"), Back: teamPath, Icon: "trash",
		Text: s.T("team.withdraw"), Title: s.T("team.withdrawTitle", "Name", u.Name()),
		Lines: []string{s.T("team.withdrawText", "Email", u.Email)}, Act: s.T("team.withdrawAct"),
	}
}
