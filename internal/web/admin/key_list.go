package admin

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	keysPath    = "/settings/api-keys"
	clientsPath = keysPath + "/clients"
)

// keyPath is the page of an act on one key.
func keyPath(id, act string) string { return keysPath + "/key/" + id + "/" + act }

// servicePath is the page of a service account, or that of an act on it.
func servicePath(id string, act ...string) string {
	path := kit.ServicesPath + "/" + id
	for _, a := range act {
		path += "/" + a
	}
	return path
}

// keyRoutes are the keys of the organisation, its service accounts, and the services that check tokens.
func (p *Pages) keyRoutes() []kit.Route {
	routes := []kit.Route{
		{
			Pattern: "GET " + keysPath, Guard: kit.SignedIn, Need: apikey.NeedView, Do: p.keyList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.apiKeys", Icon: "key"},
		},
		{Pattern: "GET " + kit.ServicesPath, Guard: kit.SignedIn, Need: apikey.NeedView, Do: p.serviceList},
		{Pattern: "GET " + servicePath("{id}"), Guard: kit.SignedIn, Need: apikey.NeedView, Do: p.serviceShow},
		{Pattern: "GET " + clientsPath, Guard: kit.SignedIn, Need: oauth.NeedView, Do: p.clientList},
	}
	for _, more := range [][]kit.Route{
		p.Confirm(kit.Confirm{Path: keyPath("{id}", "revoke"), Need: apikey.NeedEnd, Ask: p.keyRevokeAsk, Do: p.keyRevoke}),
		p.Form(kit.Form{Path: keyPath("{id}", "rotate"), Need: apikey.NeedMakeFor, Keeps: []string{"overlapHours"}, Fill: p.keyRotateForm, Do: p.keyRotate}),
		p.Form(kit.Form{Path: kit.ServicesPath + "/new", Need: apikey.NeedService, Keeps: serviceFields, Fill: p.serviceForm, Do: p.serviceAdd}),
		p.Form(kit.Form{Path: servicePath("{id}", "key"), Need: apikey.NeedMakeFor, Keeps: kit.KeyFields, Fill: p.serviceKeyForm, Do: p.serviceKeyMake}),
		p.Confirm(kit.Confirm{Path: servicePath("{id}", "disable"), Need: account.NeedDisable, Ask: p.serviceDisableAsk, Do: p.serviceDisable}),
		p.Confirm(kit.Confirm{Path: servicePath("{id}", "enable"), Need: account.NeedManage, Ask: p.serviceEnableAsk, Do: p.serviceEnable}),
		p.Form(kit.Form{Path: clientsPath + "/new", Need: oauth.NeedManage, Keeps: []string{"name"}, Fill: p.clientForm, Do: p.clientAdd}),
		p.Form(kit.Form{Path: clientPath("{id}", "rotate"), Need: oauth.NeedManage, Keeps: []string{"overlapHours"}, Fill: p.clientRotateForm, Do: p.clientRotate}),
		p.Confirm(kit.Confirm{Path: clientPath("{id}", "delete"), Need: oauth.NeedManage, Ask: p.clientDeleteAsk, Do: p.clientDelete}),
	} {
		routes = append(routes, more...)
	}
	return routes
}

// keyTabs are the pages about keys, as seen from one of them.
func keyTabs(s kit.Speaker, reader sallyport.Actor, path string) []kit.Tab {
	var tabs []kit.Tab
	if has(reader, access.APIKeysView) {
		tabs = append(tabs, kit.Tab{Title: s.T("keyList.tabKeys"), Path: keysPath}, kit.Tab{Title: s.T("keyList.tabServices"), Path: kit.ServicesPath})
	}
	if has(reader, access.AppsView) {
		tabs = append(tabs, kit.Tab{Title: s.T("keyList.tabClients"), Path: clientsPath})
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].Path == path
	}
	return tabs
}

// keysView is Settings > API keys.
type keysView struct {
	Tabs  []kit.Tab
	Bar   kit.Bar
	Rows  []keyLine
	Empty kit.EmptyView
	Pages kit.PagesView
}

// keyLine is one key, with whose it is.
type keyLine struct {
	ID, Name, Hint string
	Who            *kit.UserView
	Allows         string
	AllowsAll      string
	Status         kit.Pill
	Why            string // why it was revoked
	Made           kit.Moment
	Expires        string
	Used           *kit.Moment
	Revoke         *kit.ConfirmView // nil for who may not
}

// keys is what the list is made of.
type keys struct {
	register
	found list.Page[apikey.Held]
}

var keyWords = registerWords{"keyList.emptyTitle", "keyList.emptyText", "keyList.noneTitle", "keyList.searched"}

// keyList shows the keys of the organisation.
func (p *Pages) keyList(v *kit.Visit) error {
	if led, err := p.typedUser(v, keysPath); led || err != nil {
		return err
	}
	l, err := p.readKeys(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "api_key_list", v.T("keyList.heading"), l.view(v.Speaker))
}

func (p *Pages) readKeys(v *kit.Visit) (l keys, err error) {
	if l.register, err = p.register(v, keysPath, list.APIKeys); err != nil {
		return l, err
	}
	read := func(q list.Query) (list.Page[apikey.Held], error) { return p.APIKeys.List(v.R.Context(), l.reader, q) }
	if l.found, err = read(l.list.Query); err != nil {
		return l, err
	}
	if err = p.name(v, &l.register); err != nil || len(l.found.Rows) > 0 {
		return l, err
	}
	l.drop, err = dropped(v.Speaker, l.register, read)
	return l, err
}

func (l keys) view(s kit.Speaker) *keysView {
	v := &keysView{
		Tabs: keyTabs(s, l.reader, keysPath), Bar: l.list.Bar(s, l.values(s)),
		Pages: l.pages(s, l.found.Next, l.found.Searched, keyWords),
	}
	for _, h := range l.found.Rows {
		v.Rows = append(v.Rows, l.line(s, h))
	}
	if len(v.Rows) == 0 {
		v.Empty = l.empty(s, keyWords, &v.Pages)
		if v.Empty.Icon == "devices" {
			v.Empty.Icon = "key"
		}
	}
	return v
}

func (l keys) line(s kit.Speaker, h apikey.Held) keyLine {
	r := kit.ViewKey(s, h.APIKey)
	line := keyLine{
		ID: h.ID, Name: h.Name, Hint: h.Hint, Who: viewHolder(s, l.reader, h.User), Status: r.Status, Expires: r.Expires,
		Made: r.Made, Used: s.Since("time.plain", h.UsedAt), Allows: s.T("keyList.allowsNothing"),
	}
	if n := len(r.Allows); n > 0 {
		line.Allows, line.AllowsAll = r.Allows[0], strings.Join(r.Allows, ", ")
		if n > 1 {
			line.Allows = s.N("keyList.allows", n)
		}
	}
	if !h.ExpiresAt.IsZero() {
		line.Expires = s.T("keyList.until", "Date", s.Date(h.ExpiresAt, s.Zone))
	}
	if h.EndReason != "" {
		line.Why = keyEnding(s, h.EndReason)
	}
	if h.EndedAt.IsZero() && access.Allowed(l.reader, access.APIKeysManage, access.Of(h.User)) == nil {
		line.Revoke = askEndKey(s, h, l.list.Here())
	}
	return line
}

// keyEnding says why a key was revoked.
func keyEnding(s kit.Speaker, reason string) string {
	if id := "log.reason." + reason; s.Has(id) { // where the other one speaks to its owner
		return s.T(id)
	}
	return s.T("keyList.because", "Reason", s.T("reason."+reason))
}

// viewHolder shows whose a key is. A service account has no address, and a page of its own.
func viewHolder(s kit.Speaker, reader sallyport.Actor, u sallyport.User) *kit.UserView {
	v := kit.ViewUser(u)
	switch {
	case u.Service():
		v.Email = s.T("status.service")
		if has(reader, access.APIKeysView) {
			v.Path = servicePath(u.ID)
		}
	case has(reader, access.UsersView):
		v.Path = personPath(u.ID)
	}
	return v
}

// askEndKey asks before a key of somebody stops working; back is where that leads.
func askEndKey(s kit.Speaker, h apikey.Held, back string) *kit.ConfirmView {
	v := kit.AskRevokeKey(s, h.APIKey, kit.WithBack(keyPath(h.ID, "revoke"), back), back)
	if !h.User.Service() {
		v.Lines = append(v.Lines, s.T("keyList.revokeTold", "Name", h.User.Name()))
	}
	return v
}

// keyRevokeAsk asks before a key of somebody stops working.
func (p *Pages) keyRevokeAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	h, err := p.APIKeys.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := p.Acts.May(v.R.Context(), p.Actor(v), act.User(h.UserID), apikey.NeedEnd); err != nil {
		return nil, err
	}
	back := kit.BackTo(v, keysPath)
	if !h.EndedAt.IsZero() {
		return nil, done(v, back, "flash.keyRevoked", 0)
	}
	return askEndKey(v.Speaker, h, back), nil
}

// keyRevoke ends it.
func (p *Pages) keyRevoke(v *kit.Visit) error {
	if err := p.APIKeys.End(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, kit.BackTo(v, keysPath), "flash.keyRevoked", 0)
}
