package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// unlinkPath is the page that takes one of one's accounts at providers away, and linkNewPath that which links
// one at a provider.
func unlinkPath(id string) string { return kit.LinkedPath + "/" + id + "/unlink" }

func linkNewPath(providerID string) string { return kit.LinkedPath + "/" + providerID + "/link" }

// linkedCard says on Profile > Security how many accounts are linked.
type linkedCard struct{ Text, Path string }

// linkedView is Profile > Security > Linked accounts.
type linkedView struct {
	ErrorSummary *kit.ErrorSummary
	Linked       []linkedRow
	More         []linkedMore
}

// linkedRow is an account at a provider.
type linkedRow struct {
	Name, Email string
	Linked      kit.Moment
	Used        kit.Moment
	Only        string           // why it cannot be unlinked
	Unlink      *kit.ConfirmView // nil for the last way in
}

// linkedMore is a provider where one can be linked.
type linkedMore struct{ Name, Label, Path string }

// linkedList shows the user's accounts at providers, and where they can link one.
func (p *Pages) linkedList(v *kit.Visit) error {
	have, more, err := p.SSO.Linked(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	view := viewLinked(v.Speaker, have, more)
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "linked_list", v.T("linked.heading"), view)
}

func viewLinkedCard(s kit.Speaker, have []sso.Linked, more []sso.Provider) *linkedCard {
	if len(have)+len(more) == 0 {
		return nil
	}
	v := &linkedCard{Text: s.T("linked.cardNone"), Path: kit.LinkedPath}
	if len(have) > 0 {
		v.Text = s.N("linked.card", len(have))
	}
	return v
}

func viewLinked(s kit.Speaker, have []sso.Linked, more []sso.Provider) *linkedView {
	v := &linkedView{}
	for _, l := range have {
		row := linkedRow{Name: l.Name, Email: l.Email, Linked: s.Moment("linked.since", l.CreatedAt), Used: s.Moment("linked.used", l.UsedAt)}
		if l.OnlyWayIn {
			row.Only = s.T("linked.only")
		} else {
			row.Unlink = askUnlink(s, l)
		}
		v.Linked = append(v.Linked, row)
	}
	for _, at := range more {
		v.More = append(v.More, linkedMore{Name: at.Name, Label: s.T("linked.linkLabel", "Name", at.Name), Path: linkNewPath(at.ID)})
	}
	return v
}

// again says why an account was not linked.
func (v *linkedView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	if err == nil {
		return
	}
	v.ErrorSummary = &kit.ErrorSummary{Title: s.T("linked.failedTitle"), Text: s.T("linked.failedText")}
	switch {
	case again.Noted(kit.NoteTaken):
		v.ErrorSummary = &kit.ErrorSummary{Title: s.T("linked.takenTitle"), Text: s.T("linked.takenText")}
	case err.Code == sallyport.CodeFlowExpired:
		v.ErrorSummary = &kit.ErrorSummary{Title: s.T("linked.expiredTitle"), Text: s.T("linked.expiredText")}
	}
}

func askUnlink(s kit.Speaker, l sso.Linked) *kit.ConfirmView {
	ask := &kit.ConfirmView{
		ID: "unlink-" + l.ID, Path: unlinkPath(l.ID), Back: kit.LinkedPath, Text: s.T("linked.unlink"), Label: s.T("linked.unlinkLabel", "Name", l.Name), Class: "btn",
		Title: s.T("linked.unlinkTitle", "Name", l.Name), Lines: []string{s.T("linked.unlinkText", "Name", l.Name)}, Act: s.T("linked.unlink"),
	}
	if l.OnlyWayIn {
		ask.Lines, ask.Instead = []string{s.T("linked.only")}, &kit.Anchor{Text: s.T("linked.back"), Path: kit.LinkedPath}
	}
	return ask
}

func askLink(s kit.Speaker, at sso.Provider) *kit.ConfirmView {
	return &kit.ConfirmView{
		Path: linkNewPath(at.ID), Back: kit.LinkedPath, Title: s.T("linked.linkTitle", "Name", at.Name),
		Lines: []string{s.T("linked.linkText", "Name", at.Name)}, Act: s.T("linked.linkAct", "Name", at.Name), Calm: true,
	}
}

// linkAsk says where the browser goes, before it does.
func (p *Pages) linkAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.MayAct(v, sso.NeedLink.StepUp); err != nil {
		return nil, err
	}
	_, more, err := p.SSO.Linked(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	for _, at := range more {
		if at.ID == v.R.PathValue("id") {
			return askLink(v.Speaker, at), nil
		}
	}
	return nil, sallyport.ErrNotFound
}

// linkNew sends the browser to the provider. What it brings back links the account.
func (p *Pages) linkNew(v *kit.Visit) error {
	out, err := p.SSO.AskLink(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if e := kit.AsError(err); e != nil && e.Code == sallyport.CodeSSOFailed {
		return p.SendBack(v, kit.LinkedPath, err)
	}
	if err != nil {
		return err
	}
	return p.Away(v, out)
}

// unlinkAsk asks before an account at a provider is taken away.
func (p *Pages) unlinkAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.MayAct(v, sso.NeedLink.StepUp); err != nil {
		return nil, err
	}
	have, _, err := p.SSO.Linked(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	for _, l := range have {
		if l.ID == v.R.PathValue("id") {
			return askUnlink(v.Speaker, l), nil
		}
	}
	return nil, sallyport.ErrNotFound
}

// unlink takes it away.
func (p *Pages) unlink(v *kit.Visit) error {
	err := p.SSO.Unlink(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if e := kit.AsError(err); e != nil && e.Obstacle == sallyport.OnlyWayIn {
		v.Redirect(unlinkPath(v.R.PathValue("id"))) // which says so
		return nil
	}
	if err != nil {
		return err
	}
	v.Flash("flash.unlinked", 0)
	v.Redirect(kit.LinkedPath)
	return nil
}

// linked are one's accounts at identity providers, and the acts on them.
func (p *Pages) linked() []kit.Route {
	routes := []kit.Route{{Pattern: "GET " + kit.LinkedPath, Guard: kit.SignedIn, Need: own, Do: p.linkedList}}
	routes = append(routes, p.Confirm(kit.Confirm{Path: linkNewPath("{id}"), Need: sso.NeedLink, Ask: p.linkAsk, Do: p.linkNew})...)
	return append(routes, p.Confirm(kit.Confirm{Path: unlinkPath("{id}"), Need: sso.NeedLink, Ask: p.unlinkAsk, Do: p.unlink})...)
}
