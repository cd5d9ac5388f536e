package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// resetRoutes are the form that removes every second factor of somebody, and asks how the admin knows
// who asked for it.
func (p *Pages) resetRoutes() []kit.Route {
	return p.Form(kit.Form{
		Path: personPattern + "/reset-mfa", Need: mfa.NeedManage, Keeps: []string{"reason", "checked"},
		Fill: func(v *kit.Visit) (*kit.FormView, error) {
			u, err := p.mayTo(v, mfa.NeedManage)
			return viewReset(v.Speaker, u), err
		},
		Do: p.resetFactors,
	})
}

// resetFactors answers with the code to hand over, because it is shown this once.
func (p *Pages) resetFactors(v *kit.Visit) error {
	u, err := p.mayTo(v, mfa.NeedManage)
	if err != nil {
		return err // before the form is looked at
	}
	done, err := p.Factors.ResetOf(v.R.Context(), p.Actor(v), u.ID, mfa.Grounds{Reason: v.Value("reason"), Checked: v.Value("checked")})
	if err != nil || done.Code == "" {
		return p.personDone(v, u.ID, "flash.person.resetMFA", err)
	}
	view := viewHandedCode(v.Speaker, v.Tenant.Name, u, done)
	return p.Show(v, http.StatusOK, "person_codes", view.Title, view)
}

func viewReset(s kit.Speaker, u sallyport.User) *kit.FormView {
	reason := kit.TextField("reason", s.T("person.resetReason"), "", "off")
	reason.Focus = true
	checked := kit.Field{Name: "checked", Label: s.T("person.resetChecked"), Type: "radio"}
	for _, way := range mfa.Ways {
		checked.Options = append(checked.Options, kit.Option{Value: way, Text: s.T("person.checked." + way)})
	}
	return &kit.FormView{
		Path: personPath(u.ID, "reset-mfa"), Back: personPath(u.ID), Icon: "shield-x",
		Title: s.T("person.act.resetMFATitle", "Name", u.Name()), Lead: s.T("person.act.resetMFAText", "Name", u.Name()),
		Fields: []*kit.Field{&reason, &checked}, Act: s.T("person.act.resetMFAAct"),
	}
}

// viewHandedCode shows the code to the admin who hands it over.
func viewHandedCode(s kit.Speaker, organisation string, u sallyport.User, done mfa.Reset) *kit.CodesView {
	v := viewCodesOf(s, organisation, u, []string{done.Code})
	v.Title, v.Lead = s.T("person.handedTitle", "Name", u.Name()), s.T("person.handedLead", "Name", u.Name(), "Time", s.Date(done.Until, s.Zone))
	v.Handed.Text = s.T("person.handedDone")
	return v
}
