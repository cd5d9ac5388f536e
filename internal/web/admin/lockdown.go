package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// lockdownAsk asks before somebody's account is closed.
func (p *Pages) lockdownAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedLockdownOf)
	if err != nil {
		return nil, err
	}
	return confirmLockdown(v.Speaker, u), nil
}

// lockdown closes it.
func (p *Pages) lockdown(v *kit.Visit) error {
	id := v.R.PathValue("id")
	_, err := p.Accounts.LockdownOf(v.R.Context(), p.Actor(v), id, "")
	return p.personDone(v, id, "flash.lockedDown", err)
}

func confirmLockdown(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "lockdown-" + u.ID, Path: personPath(u.ID, "lockdown"), Back: personPath(u.ID),
		Text: s.T("team.lockdown"), Label: s.T("team.lockdownLabel", "Name", u.Name()),
		Title: s.T("lockdown.ofTitle", "Name", u.Name()), Lines: []string{s.T("lockdown.ofText")}, Act: s.T("lockdown.ofAct"),
	}
}
