package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamEnableAsk asks before somebody may sign in again.
func (p *Pages) teamEnableAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedManage)
	if err != nil {
		return nil, err
	}
	if u.Status != sallyport.UserDisabled && u.Status != sallyport.UserClosed {
		return nil, done(v, personPath(u.ID), "flash.admin.userEnabled", 0)
	}
	return askEnable(v.Speaker, u), nil
}

// teamEnable lets them.
func (p *Pages) teamEnable(v *kit.Visit) error {
	id := v.R.PathValue("id")
	return p.personDone(v, id, "flash.admin.userEnabled", p.Accounts.Enable(v.R.Context(), p.Actor(v), id))
}

func askEnable(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	lines := []string{s.T("team.enableText")}
	if u.Status == sallyport.UserClosed {
		lines = []string{s.T("team.enableClosed")}
	}
	return &kit.ConfirmView{
		ID: "enable-" + u.ID, Path: personPath(u.ID, "enable"), Back: personPath(u.ID), Icon: "lock-open", Calm: true,
		Text: s.T("team.enable"), Title: s.T("team.enableTitle", "Name", u.Name()), Lines: lines, Act: s.T("team.enableAct"),
	}
}
