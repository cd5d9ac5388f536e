package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// teamDisableAsk asks before somebody's access ends.
func (p *Pages) teamDisableAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedDisable)
	if err != nil {
		return nil, err
	}
	if u.Status == sallyport.UserDisabled {
		return nil, done(v, personPath(u.ID), "flash.admin.userDisabled", 0)
	}
	return askDisable(v.Speaker, u), nil
}

// teamDisable ends it.
func (p *Pages) teamDisable(v *kit.Visit) error {
	id := v.R.PathValue("id")
	_, err := p.Accounts.Disable(v.R.Context(), p.Actor(v), id)
	return p.personDone(v, id, "flash.admin.userDisabled", err)
}

func askDisable(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "disable-" + u.ID, Path: personPath(u.ID, "disable"), Back: personPath(u.ID), Icon: "ban",
		Text: s.T("team.disable"), Title: s.T("team.disableTitle", "Name", u.Name()),
		Lines: []string{s.T("team.disableText"), s.T("team.disableKeeps")}, Act: s.T("team.disableAct"),
	}
}
