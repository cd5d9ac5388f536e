package admin

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// exemptRoutes are the form that exempts somebody from the second factor that policy demands.
func (p *Pages) exemptRoutes() []kit.Route {
	return p.Form(kit.Form{
		Path: personPattern + "/exempt-mfa", Need: mfa.NeedManage, Keeps: []string{"until", "reason"},
		Fill: func(v *kit.Visit) (*kit.FormView, error) {
			u, err := p.mayTo(v, mfa.NeedManage)
			return viewExempt(v.Speaker, u), err
		},
		Do: p.exempt,
	})
}

func (p *Pages) exempt(v *kit.Visit) error {
	if _, err := p.mayTo(v, mfa.NeedManage); err != nil {
		return err // before the form is looked at
	}
	until, err := lastDay(v, "until")
	if err != nil {
		return err
	}
	id := v.R.PathValue("id")
	return p.personDone(v, id, "flash.person.exempted", p.Factors.Exempt(v.R.Context(), p.Actor(v), id, until, v.Value("reason")))
}

// lastDay reads a date of the form: the end of that day for its reader.
func lastDay(v *kit.Visit, field string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, v.Value(field), v.Zone)
	if err != nil {
		return day, sallyport.Invalid(sallyport.FieldError{Field: field, Code: "invalid_time"})
	}
	return day.AddDate(0, 0, 1), nil
}

func viewExempt(s kit.Speaker, u sallyport.User) *kit.FormView {
	until := kit.TextField("until", s.T("person.exemptUntil"), "", "off")
	until.Type, until.Plain, until.Focus, until.Hint = "date", true, true, s.T("person.exemptHint")
	reason := kit.TextField("reason", s.T("person.exemptReason"), "", "off")
	return &kit.FormView{
		Path: personPath(u.ID, "exempt-mfa"), Back: personPath(u.ID), Icon: "shield-half",
		Title: s.T("person.exemptTitle", "Name", u.Name()), Lead: s.T("person.exemptLead"),
		Fields: []*kit.Field{&until, &reason}, Act: s.T("person.exemptAct"),
	}
}
