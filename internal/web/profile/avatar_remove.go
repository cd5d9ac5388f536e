package profile

import (
	"github.com/sallyport/sallyport/internal/web/kit"
)

// avatarRemoveAsk asks before the picture is removed.
func (p *Pages) avatarRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if v.Checked.User.Avatar == "" {
		v.Redirect(kit.GeneralPath)
		return nil, nil
	}
	return confirmRemoveAvatar(v.Speaker), nil
}

// avatarRemove removes it.
func (p *Pages) avatarRemove(v *kit.Visit) error {
	if err := p.Accounts.RemoveAvatar(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	v.Flash("flash.avatarRemoved", 0)
	v.Redirect(kit.GeneralPath)
	return nil
}

func confirmRemoveAvatar(s kit.Speaker) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-avatar", Path: avatarPath + "/remove", Back: kit.GeneralPath, Text: s.T("avatar.remove"),
		Title: s.T("avatar.removeTitle"), Lines: []string{s.T("avatar.removeText")}, Act: s.T("avatar.removeAct"),
	}
}
