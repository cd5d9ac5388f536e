package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// roleDeleteAsk asks before a role is gone, or says who has it.
func (p *Pages) roleDeleteAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	r, err := p.roleToChange(v)
	if err != nil {
		return nil, err
	}
	return askDeleteRole(v.Speaker, r), nil
}

// roleDelete deletes it.
func (p *Pages) roleDelete(v *kit.Visit) error {
	id := v.R.PathValue("id")
	err := p.Roles.Delete(v.R.Context(), p.Actor(v), id)
	if sallyport.CodeOf(err) == sallyport.CodeConflict { // its page says who has it
		v.Redirect(rolesPath + "/" + id + "/delete")
		return nil
	}
	if err != nil {
		return err
	}
	return done(v, rolesPath, "flash.admin.roleDeleted", 0)
}

func askDeleteRole(s kit.Speaker, r role.Role) *kit.ConfirmView {
	c := &kit.ConfirmView{
		ID: "delete-" + r.ID, Path: rolesPath + "/" + r.ID + "/delete", Back: rolesPath, Icon: "trash",
		Text: s.T("roles.delete"), Label: s.T("roles.deleteLabel", "Name", r.Name), Title: s.T("roles.deleteTitle", "Name", r.Name),
		Lines: []string{s.T("roles.deleteText")}, Act: s.T("roles.deleteAct"),
	}
	if r.Users > 0 {
		c.Lines = []string{s.N("roles.inUse", r.Users)}
		c.Instead = &kit.Anchor{Text: s.T("roles.showPeople"), Path: peopleWith(r)}
	}
	return c
}
