package admin

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// serviceView is the page of a service account.
type serviceView struct {
	Crumb  kit.Anchor
	Name   string
	Status kit.Pill
	Facts  []string
	Made   kit.Moment
	Notice *kit.Notice
	Make   *kit.Anchor // nil for who may not
	Acts   []*kit.ConfirmView
	Keys   []kit.KeyRow
	Full   string
	Empty  kit.EmptyView
}

// serviceShow shows a service account with its keys.
func (p *Pages) serviceShow(v *kit.Visit) error {
	ctx, reader, id := v.R.Context(), p.Actor(v), v.R.PathValue("id")
	u, err := p.APIKeys.ServiceOf(ctx, reader, id)
	if err != nil {
		return err
	}
	found, err := p.APIKeys.KeysOf(ctx, reader, id)
	if err != nil {
		return err
	}
	names, err := p.rolesFor(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "service_show", u.Name(), viewService(v.Speaker, reader, service{u, found}, names))
}

// looksAfter reports whether somebody makes and replaces the keys of a service account.
func looksAfter(reader sallyport.Actor, u sallyport.User) bool {
	return access.Allowed(reader, access.APIKeysManage, access.Of(u)) == nil && (reader.Role == u.OwnedBy || reader.Role == sallyport.RoleOwner)
}

func viewService(s kit.Speaker, reader sallyport.Actor, of service, names map[sallyport.Role]string) *serviceView {
	v := &serviceView{
		Crumb: kit.Anchor{Text: s.T("services.heading"), Path: kit.ServicesPath}, Name: of.Name(), Status: servicePill(s, of.User),
		Facts: serviceFacts(s, of.User, names), Made: s.Moment("apiKeys.made", of.CreatedAt),
		Empty: kit.EmptyView{Icon: "key", Title: s.T("services.noKeysTitle"), Text: s.T("services.noKeysText")},
	}
	asleep, mine := of.Status == sallyport.UserDisabled, looksAfter(reader, of.User)
	if asleep {
		v.Notice = &kit.Notice{Tone: "warning", Icon: "ban", Title: s.T("services.disabledTitle"), Text: s.T("services.disabledText")}
	}
	switch {
	case !mine:
	case len(of.keys) >= apikey.MaxKeys:
		v.Full = s.T("services.full", "Max", apikey.MaxKeys)
	default:
		v.Make = &kit.Anchor{Text: s.T("apiKeys.new"), Path: servicePath(of.ID, "key")}
		v.Empty.Action = v.Make
	}
	if access.Allowed(reader, access.UsersManage, access.Of(of.User)) == nil {
		if asleep {
			v.Acts = append(v.Acts, askEnableService(s, of.User))
		} else {
			v.Acts = append(v.Acts, askDisableService(s, of.User))
		}
	}
	for _, k := range of.keys {
		v.Keys = append(v.Keys, viewServiceKey(s, reader, apikey.Held{APIKey: k, User: of.User}, mine))
	}
	return v
}

func viewServiceKey(s kit.Speaker, reader sallyport.Actor, h apikey.Held, mine bool) kit.KeyRow {
	row := kit.ViewKey(s, h.APIKey)
	if mine && h.Status(s.Now) == sallyport.KeyActive {
		row.Replace = &kit.Anchor{Text: s.T("apiKeys.replace"), Path: keyPath(h.ID, "rotate")}
	}
	if access.Allowed(reader, access.APIKeysManage, access.Of(h.User)) == nil {
		row.Revoke = askEndKey(s, h, servicePath(h.User.ID))
	}
	return row
}

// serviceToKeep returns a service account whose keys the reader may make, once they have proven enough.
func (p *Pages) serviceToKeep(v *kit.Visit, id string) (sallyport.User, error) {
	ctx, reader := v.R.Context(), p.Actor(v)
	u, err := p.APIKeys.ServiceOf(ctx, reader, id)
	if err != nil {
		return u, err
	}
	if err := apikey.NeedMakeFor.ToLook(reader); err != nil {
		return u, err
	}
	if !looksAfter(reader, u) {
		return u, sallyport.ErrForbidden
	}
	return u, p.Acts.May(ctx, reader, act.User(u.ID), apikey.NeedMakeFor)
}

// serviceKeyForm asks what a new key of a service account is to be.
func (p *Pages) serviceKeyForm(v *kit.Visit) (*kit.FormView, error) {
	u, err := p.serviceToKeep(v, v.R.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return viewNewServiceKey(v.Speaker, p.Actor(v), u), nil
}

// viewNewServiceKey offers what the maker has and the role of the account allows.
func viewNewServiceKey(s kit.Speaker, reader sallyport.Actor, u sallyport.User) *kit.FormView {
	granted := access.Granted(u.Role, u.Granted)
	var may []string
	for _, name := range access.Has(reader) {
		if granted.Has(name) {
			may = append(may, name)
		}
	}
	f := kit.KeyForm(s, may)
	f.Path, f.Back, f.Title, f.Lead = servicePath(u.ID, "key"), servicePath(u.ID), s.T("services.newKeyTitle", "Name", u.Name()), s.T("services.newKeyLead")
	if len(may) == 0 {
		f.Lead = s.T("services.newKeyNothing")
	}
	return f
}

// serviceKeyMake makes it, and shows its text.
func (p *Pages) serviceKeyMake(v *kit.Visit) error {
	id := v.R.PathValue("id")
	if _, err := p.serviceToKeep(v, id); err != nil {
		return err
	}
	made, err := p.APIKeys.MakeFor(v.R.Context(), p.Actor(v), id, kit.KeyInput(v))
	return p.keyShow(v, made, servicePath(id), err)
}

// keyShow shows the text of a key that was made or replaced, or says what stood in the way.
func (p *Pages) keyShow(v *kit.Visit, made apikey.Made, back string, err error) error {
	e := kit.AsError(err)
	switch {
	case e != nil && e.Obstacle == sallyport.TooManyKeys:
		return done(v, back, "flash.keysFull", 0)
	case e != nil && e.Obstacle == sallyport.KeyIsOver:
		return done(v, back, "flash.keyOver", 0)
	case err != nil:
		return err
	}
	return p.ShowSecret(v, made, p.OAuth.Issuer(v.Tenant), back)
}

// keyToRotate returns a key of a service account whose text the reader may replace.
func (p *Pages) keyToRotate(v *kit.Visit) (apikey.Held, error) {
	h, err := p.APIKeys.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return h, err
	}
	if !h.User.Service() || !h.EndedAt.IsZero() {
		return h, sallyport.ErrNotFound
	}
	_, err = p.serviceToKeep(v, h.User.ID)
	return h, err
}

// keyRotateForm asks how long the former text of a key goes on to work.
func (p *Pages) keyRotateForm(v *kit.Visit) (*kit.FormView, error) {
	h, err := p.keyToRotate(v)
	if err != nil {
		return nil, err
	}
	if h.Status(v.Now) != sallyport.KeyActive {
		return nil, done(v, servicePath(h.User.ID), "flash.keyOver", 0)
	}
	return viewRotateKey(v.Speaker, h), nil
}

func viewRotateKey(s kit.Speaker, h apikey.Held) *kit.FormView {
	f := kit.RotateForm(s, h.APIKey)
	f.Path, f.Back = kit.WithQuery(keyPath(h.ID, "rotate"), url.Values{"text": {h.Hint}}), servicePath(h.User.ID)
	return f
}

// keyRotate gives the key another text, and shows that.
func (p *Pages) keyRotate(v *kit.Visit) error {
	h, err := p.keyToRotate(v)
	if err != nil {
		return err
	}
	back := servicePath(h.User.ID)
	if v.R.URL.Query().Get("text") != h.Hint { // the form is sent again
		return done(v, back, "flash.keyReplaced", 0)
	}
	made, err := p.APIKeys.RotateFor(v.R.Context(), p.Actor(v), h.User.ID, h.ID, kit.Overlap(v))
	return p.keyShow(v, made, back, err)
}

// serviceTo returns the service account of the address, once the reader may do an act and has proven enough.
func (p *Pages) serviceTo(v *kit.Visit, need act.Need) (sallyport.User, error) {
	u, err := p.APIKeys.ServiceOf(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return u, err
	}
	return u, p.Acts.May(v.R.Context(), p.Actor(v), act.User(u.ID), need)
}

// serviceDisableAsk asks before the keys of a service account stop working.
func (p *Pages) serviceDisableAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.serviceTo(v, account.NeedDisable)
	if err != nil {
		return nil, err
	}
	if u.Status == sallyport.UserDisabled {
		return nil, done(v, servicePath(u.ID), "flash.admin.serviceDisabled", 0)
	}
	return askDisableService(v.Speaker, u), nil
}

// serviceDisable puts it to sleep.
func (p *Pages) serviceDisable(v *kit.Visit) error {
	u, err := p.serviceTo(v, account.NeedDisable)
	if err != nil {
		return err
	}
	_, err = p.Accounts.Disable(v.R.Context(), p.Actor(v), u.ID)
	return actDone(v, servicePath(u.ID), "flash.admin.serviceDisabled", err)
}

func askDisableService(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "disable", Path: servicePath(u.ID, "disable"), Back: servicePath(u.ID), Icon: "ban", Text: s.T("team.disable"),
		Title: s.T("team.disableTitle", "Name", u.Name()), Lines: []string{s.T("services.disableText")}, Act: s.T("services.disableAct"),
	}
}

// serviceEnableAsk asks before they work again.
func (p *Pages) serviceEnableAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.serviceTo(v, account.NeedManage)
	if err != nil {
		return nil, err
	}
	if u.Status != sallyport.UserDisabled {
		return nil, done(v, servicePath(u.ID), "flash.admin.serviceEnabled", 0)
	}
	return askEnableService(v.Speaker, u), nil
}

// serviceEnable wakes it.
func (p *Pages) serviceEnable(v *kit.Visit) error {
	u, err := p.serviceTo(v, account.NeedManage)
	if err != nil {
		return err
	}
	return actDone(v, servicePath(u.ID), "flash.admin.serviceEnabled", p.Accounts.Enable(v.R.Context(), p.Actor(v), u.ID))
}

func askEnableService(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "enable", Path: servicePath(u.ID, "enable"), Back: servicePath(u.ID), Icon: "lock-open", Calm: true, Text: s.T("team.enable"),
		Title: s.T("team.enableTitle", "Name", u.Name()), Lines: []string{s.T("services.enableText")}, Act: s.T("services.enableAct"),
	}
}
