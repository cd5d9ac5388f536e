package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/group"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// groupFields are the fields of a group.
var groupFields = []string{"name", "description"}

// groupAddForm asks for the name of a new group.
func (p *Pages) groupAddForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, group.NeedManage); err != nil {
		return nil, err
	}
	return &kit.FormView{
		Path: groupsPath + "/new", Back: groupsPath, Icon: "users-group",
		Title: v.T("groups.addTitle"), Lead: v.T("groups.addLead"), Fields: nameFields(v.Speaker, "", ""), Act: v.T("groups.addAct"),
	}, nil
}

// groupAdd makes it, and leads to it.
func (p *Pages) groupAdd(v *kit.Visit) error {
	if err := p.may(v, group.NeedManage); err != nil {
		return err
	}
	g, err := p.Groups.Add(v.R.Context(), p.Actor(v), v.Value("name"), v.Value("description"))
	if err != nil {
		return err
	}
	return done(v, groupPath(g.ID), "flash.admin.groupMade", 0)
}

// groupToChange returns a group that the reader may change, once they have proven enough.
func (p *Pages) groupToChange(v *kit.Visit) (sallyport.Group, error) {
	if err := p.may(v, group.NeedManage); err != nil {
		return sallyport.Group{}, err
	}
	return p.Acts.Group(v.R.Context(), v.Tenant.ID, v.R.PathValue("id"))
}

// groupChangeForm asks for another name.
func (p *Pages) groupChangeForm(v *kit.Visit) (*kit.FormView, error) {
	g, err := p.groupToChange(v)
	if err != nil {
		return nil, err
	}
	return &kit.FormView{
		Path: groupPath(g.ID) + "/change", Back: groupPath(g.ID), Icon: "users-group",
		Title: v.T("groups.changeTitle"), Lead: g.Name, Fields: nameFields(v.Speaker, g.Name, g.Description), Act: v.T("groups.changeAct"),
	}, nil
}

// groupChange gives it.
func (p *Pages) groupChange(v *kit.Visit) error {
	g, err := p.groupToChange(v)
	if err != nil {
		return err
	}
	if _, err := p.Groups.Change(v.R.Context(), p.Actor(v), g.ID, v.Value("name"), v.Value("description")); err != nil {
		return err
	}
	return done(v, groupPath(g.ID), "flash.admin.groupChanged", 0)
}

// groupDeleteAsk asks before a group is gone.
func (p *Pages) groupDeleteAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	g, err := p.groupToChange(v)
	if err != nil {
		return nil, err
	}
	return askDeleteGroup(v.Speaker, g), nil
}

// groupDelete deletes it.
func (p *Pages) groupDelete(v *kit.Visit) error {
	if err := p.Groups.Delete(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, groupsPath, "flash.admin.groupDeleted", 0)
}

func askDeleteGroup(s kit.Speaker, g sallyport.Group) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "delete-" + g.ID, Path: groupPath(g.ID) + "/delete", Back: groupsPath, Icon: "trash",
		Text: s.T("groups.delete"), Label: s.T("groups.deleteLabel", "Name", g.Name), Title: s.T("groups.deleteTitle", "Name", g.Name),
		Lines: []string{s.T("groups.deleteText")}, Act: s.T("groups.deleteAct"),
	}
}
