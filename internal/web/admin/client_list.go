package admin

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// clientPath is the page of an act on one service that checks tokens.
func clientPath(id, act string) string { return clientsPath + "/" + id + "/" + act }

// clientsView is Settings > API keys > Services that check tokens.
type clientsView struct {
	Tabs      []kit.Tab
	Add       *kit.Anchor // nil for who may not
	Rows      []clientRow
	Empty     kit.EmptyView
	Addresses []kit.SecretFact // where they ask
}

// clientRow is one of them.
type clientRow struct {
	Name, Hint string
	ID         kit.SecretFact
	Made       kit.Moment
	Used       *kit.Moment
	Former     string
	Replace    *kit.Anchor // nil for who may not, and the next one
	Delete     *kit.ConfirmView
}

// clientList shows the services that may ask who holds a token.
func (p *Pages) clientList(v *kit.Visit) error {
	found, err := p.OAuth.Clients(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	view := viewClients(v.Speaker, p.Actor(v), found, p.OAuth.Issuer(v.Tenant))
	return p.Show(v, http.StatusOK, "client_list", v.T("clients.heading"), view)
}

func viewClients(s kit.Speaker, reader sallyport.Actor, found []sallyport.OAuthClient, base string) *clientsView {
	v := &clientsView{
		Tabs: keyTabs(s, reader, clientsPath), Addresses: clientAddresses(s, base),
		Empty: kit.EmptyView{Icon: "plug-connected", Title: s.T("clients.emptyTitle"), Text: s.T("clients.emptyText")},
	}
	may := has(reader, access.AppsManage)
	if may {
		v.Add = &kit.Anchor{Text: s.T("clients.add"), Path: clientsPath + "/new"}
		v.Empty.Action = v.Add
	}
	for _, c := range found {
		row := clientRow{
			Name: c.Name, Hint: c.Hint, ID: kit.SecretFact{ID: "id-" + c.ID, Label: s.T("clients.idOf", "Name", c.Name), Value: c.ID},
			Made: s.Moment("clients.added", c.CreatedAt), Used: s.Since("clients.asked", c.UsedAt),
		}
		if s.Now.Before(c.FormerEndsAt) {
			row.Former = s.T("clients.former", "Time", s.Exact(c.FormerEndsAt, s.Zone))
		}
		if may {
			row.Replace, row.Delete = &kit.Anchor{Text: s.T("clients.replace"), Path: clientPath(c.ID, "rotate")}, askDeleteClient(s, c)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// clientAddresses are where services ask about tokens, and where the keys are with which they verify some themselves.
func clientAddresses(s kit.Speaker, base string) []kit.SecretFact {
	return []kit.SecretFact{
		{ID: "introspect", Label: s.T("clients.introspect"), Value: base + "/oauth2/introspect"},
		{ID: "jwks", Label: s.T("clients.jwks"), Value: base + "/.well-known/jwks.json"},
	}
}

// clientForm asks how a new one is called.
func (p *Pages) clientForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, oauth.NeedManage); err != nil {
		return nil, err
	}
	return viewNewClient(v.Speaker), nil
}

func viewNewClient(s kit.Speaker) *kit.FormView {
	name := kit.TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus, name.Hint = line.MaxLength, true, s.T("clients.nameHint")
	return &kit.FormView{
		Path: clientsPath + "/new", Back: clientsPath, Icon: "plug-connected", Title: s.T("clients.addTitle"), Lead: s.T("clients.addLead"),
		Fields: []*kit.Field{&name}, Act: s.T("clients.addAct"),
	}
}

// clientAdd adds it, and shows its secret. A form that is sent again adds no second one: its name is taken.
func (p *Pages) clientAdd(v *kit.Visit) error {
	if err := p.may(v, oauth.NeedManage); err != nil {
		return err
	}
	made, err := p.OAuth.AddClient(v.R.Context(), p.Actor(v), v.Value("name"))
	if err != nil {
		return err
	}
	return p.clientShow(v, made)
}

func (p *Pages) clientShow(v *kit.Visit, made oauth.Made) error {
	view := viewClientSecret(v.Speaker, made, p.OAuth.Issuer(v.Tenant))
	return p.Show(v, http.StatusOK, "key_secret", view.Title, view)
}

func viewClientSecret(s kit.Speaker, m oauth.Made, base string) *kit.SecretView {
	v := &kit.SecretView{
		Title: s.T("clients.madeTitle", "Name", m.Name), Lead: s.T("clients.madeLead"), Once: s.ShownOnce(),
		Facts: append([]kit.SecretFact{
			{ID: "secret", Label: s.T("clients.secret"), Value: m.Secret}, {ID: "client-id", Label: s.T("clients.id"), Value: m.ID},
		}, clientAddresses(s, base)...),
		Use: s.T("clients.use"), Example: `curl -u "$ID:$SECRET" -d "token=$TOKEN" ` + base + "/oauth2/introspect",
		Back: kit.Anchor{Text: s.T("apiKeys.kept"), Path: clientsPath},
	}
	if !m.RotatedAt.IsZero() {
		v.Title, v.Former = s.T("clients.replacedTitle", "Name", m.Name), s.T("clients.formerStopped")
		if !m.FormerEndsAt.IsZero() {
			v.Former = s.T("clients.former", "Time", s.Exact(m.FormerEndsAt, s.Zone))
		}
	}
	return v
}

// clientToChange returns the service of the address, once the reader may change it and has proven enough.
func (p *Pages) clientToChange(v *kit.Visit) (sallyport.OAuthClient, error) {
	if err := p.may(v, oauth.NeedManage); err != nil {
		return sallyport.OAuthClient{}, err
	}
	return p.OAuth.Client(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
}

// clientRotateForm asks how long the former secret goes on to work.
func (p *Pages) clientRotateForm(v *kit.Visit) (*kit.FormView, error) {
	c, err := p.clientToChange(v)
	if err != nil {
		return nil, err
	}
	return viewRotateClient(v.Speaker, c), nil
}

func viewRotateClient(s kit.Speaker, c sallyport.OAuthClient) *kit.FormView {
	f := kit.RotateField(s)
	f.Label, f.Hint = s.T("clients.overlap"), s.T("clients.overlapHint")
	return &kit.FormView{
		Path: kit.WithQuery(clientPath(c.ID, "rotate"), url.Values{"text": {c.Hint}}), Back: clientsPath, Icon: "refresh",
		Title: s.T("clients.replaceTitle", "Name", c.Name), Lead: s.T("clients.replaceLead"),
		Fields: []*kit.Field{f}, Act: s.T("clients.replace"),
	}
}

// clientRotate gives it another secret, and shows that.
func (p *Pages) clientRotate(v *kit.Visit) error {
	c, err := p.clientToChange(v)
	if err != nil {
		return err
	}
	if v.R.URL.Query().Get("text") != c.Hint { // the form is sent again
		return done(v, clientsPath, "flash.admin.clientReplaced", 0)
	}
	made, err := p.OAuth.RotateClient(v.R.Context(), p.Actor(v), c.ID, kit.Overlap(v))
	if err != nil {
		return err
	}
	return p.clientShow(v, made)
}

// clientDeleteAsk asks before a service can no longer check tokens.
func (p *Pages) clientDeleteAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	c, err := p.clientToChange(v)
	if err != nil {
		return nil, err
	}
	return askDeleteClient(v.Speaker, c), nil
}

// clientDelete deletes it.
func (p *Pages) clientDelete(v *kit.Visit) error {
	if err := p.OAuth.DeleteClient(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, clientsPath, "flash.admin.clientDeleted", 0)
}

func askDeleteClient(s kit.Speaker, c sallyport.OAuthClient) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "delete-" + c.ID, Path: clientPath(c.ID, "delete"), Back: clientsPath, Icon: "trash",
		Text: s.T("clients.delete"), Label: s.T("clients.deleteLabel", "Name", c.Name),
		Title: s.T("clients.deleteTitle", "Name", c.Name), Lines: []string{s.T("clients.deleteText")}, Act: s.T("clients.deleteAct"),
	}
}
