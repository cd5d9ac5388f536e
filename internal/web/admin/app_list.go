package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const appsPath = apps.Path

// appPath is the page of an act on one app.
func appPath(id, act string) string { return appsPath + "/" + id + "/" + act }

// appFields are the fields of an app.
var appFields = []string{"name", "address", "rules", "preflight"}

// appRoutes are the programs that people reach through a proxy.
func (p *Pages) appRoutes() []kit.Route {
	routes := []kit.Route{{
		Pattern: "GET " + appsPath, Guard: kit.SignedIn, Need: apps.NeedView, Do: p.appList,
		Entry: kit.Entry{Section: kit.Settings, Words: "nav.apps", Icon: "plug-connected"},
	}}
	routes = append(routes, p.Form(kit.Form{Path: appsPath + "/new", Need: apps.NeedManage, Keeps: appFields, Fill: p.appAddForm, Do: p.appAdd})...)
	routes = append(routes, p.Form(kit.Form{Path: appPath("{id}", "change"), Need: apps.NeedManage, Keeps: appFields, Fill: p.appChangeForm, Do: p.appChange})...)
	return append(routes, p.Confirm(kit.Confirm{Path: appPath("{id}", "remove"), Need: apps.NeedManage, Ask: p.appRemoveAsk, Do: p.appRemove})...)
}

// appsView is Settings > Apps.
type appsView struct {
	Add     *kit.Anchor // nil for who may not
	Rows    []appRow
	Empty   kit.EmptyView
	Address string      // that was typed in, to be explained
	Answer  *kit.Notice // what decides it; nil where nothing was
}

// appRow is one app.
type appRow struct {
	Name, Origin string
	Rules        []appRule
	Preflight    bool
	Change       *kit.Anchor // nil for who may not, and the next one
	Remove       *kit.ConfirmView
}

// appRule is one of its rules, in words.
type appRule struct{ Path, Asks string }

// appList shows the apps, and which rule decides the address that was typed in.
func (p *Pages) appList(v *kit.Visit) error {
	ctx, actor := v.R.Context(), p.Actor(v)
	found, err := p.Apps.List(ctx, actor)
	if err != nil {
		return err
	}
	names, err := p.Apps.NamesOf(ctx, actor)
	if err != nil {
		return err
	}
	view := viewApps(v.Speaker, actor, found, names)
	if view.Address = strings.TrimSpace(v.Value("address")); view.Address != "" {
		got, err := p.Apps.Explain(ctx, actor, view.Address)
		view.Answer = explainApp(v.Speaker, names, got, err)
		if view.Answer == nil {
			return err
		}
	}
	return p.Show(v, http.StatusOK, "app_list", v.T("apps.heading"), view)
}

func viewApps(s kit.Speaker, reader sallyport.Actor, found []sallyport.App, names apps.Names) *appsView {
	v := &appsView{Empty: kit.EmptyView{Icon: "plug-connected", Title: s.T("apps.emptyTitle"), Text: s.T("apps.emptyText")}}
	may := has(reader, access.AppsManage)
	if may {
		v.Add = &kit.Anchor{Text: s.T("apps.add"), Path: appsPath + "/new"}
		v.Empty.Action = v.Add
	}
	for _, a := range found {
		row := appRow{Name: a.Name, Origin: a.Origin, Preflight: a.Preflight}
		for _, r := range a.Rules {
			row.Rules = append(row.Rules, appRule{r.Path, appAsks(s, names, r)})
		}
		if may {
			row.Change, row.Remove = &kit.Anchor{Text: s.T("apps.change"), Path: appPath(a.ID, "change")}, askRemoveApp(s, a)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// appAsks says in words what a rule asks for.
func appAsks(s kit.Speaker, names apps.Names, r sallyport.AppRule) string {
	if r.Public {
		return s.T("apps.public")
	}
	var who []string
	for _, role := range r.Roles {
		who = append(who, roleName(s, role, map[sallyport.Role]string{role: names.Of(string(role))}))
	}
	for _, g := range r.Groups {
		who = append(who, names.Of(g))
	}
	said := s.T("apps.everyone")
	if who != nil {
		said = s.T("apps.only", "Who", strings.Join(who, ", "))
	}
	parts := []string{said}
	for _, p := range r.Permissions {
		parts = append(parts, s.T("apps.permission", "Permission", s.T("permission."+p)))
	}
	if r.Level > 0 {
		parts = append(parts, s.T("apps.level", "Level", strconv.Itoa(int(r.Level))))
	}
	switch {
	case r.Fresh > 0:
		parts = append(parts, s.N("apps.fresh", r.Fresh))
	case r.Factor:
		parts = append(parts, s.T("apps.factor"))
	}
	return strings.Join(parts, " · ")
}

// explainApp says what decides an address; nil for an error that is not about the address.
func explainApp(s kit.Speaker, names apps.Names, got apps.Explanation, err error) *kit.Notice {
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeNotFound:
		return &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: s.T("apps.noApp"), Text: s.T("apps.noAppText")}
	case sallyport.CodeOf(err) == sallyport.CodeInvalid:
		return &kit.Notice{Tone: "warning", Icon: "alert-triangle", Title: s.T("apps.oddAddress"), Text: s.T("apps.oddAddressText")}
	case err != nil:
		return nil
	case !got.Found:
		return &kit.Notice{Tone: "warning", Icon: "ban", Title: s.T("apps.noRule", "App", got.App.Name), Text: s.T("apps.noRuleText")}
	}
	return &kit.Notice{Tone: "info", Icon: "circle-check", Title: s.T("apps.decides", "App", got.App.Name, "Path", got.Rule.Path), Text: appAsks(s, names, got.Rule)}
}

// appInput is what stands in the form of an app.
func appInput(v *kit.Visit) apps.Input {
	version, _ := strconv.ParseInt(v.Value("version"), 10, 64) // 0 for what is no number: any version
	return apps.Input{Name: v.Value("name"), Address: v.Value("address"), Text: v.Value("rules"), Preflight: v.Value("preflight") == "yes", Version: version}
}

// appAddForm asks what the app is.
func (p *Pages) appAddForm(v *kit.Visit) (*kit.FormView, error) {
	if err := p.may(v, apps.NeedManage); err != nil {
		return nil, err
	}
	return viewAppForm(v.Speaker, nil, apps.Names{}), nil
}

// appAdd adds it.
func (p *Pages) appAdd(v *kit.Visit) error {
	if err := p.may(v, apps.NeedManage); err != nil {
		return err
	}
	if _, err := p.Apps.Add(v.R.Context(), p.Actor(v), appInput(v)); err != nil {
		return err
	}
	return done(v, appsPath, "flash.admin.appAdded", 0)
}

// appToChange returns the app of the address, once the reader may change it and has proven enough.
func (p *Pages) appToChange(v *kit.Visit) (sallyport.App, error) {
	if err := p.may(v, apps.NeedManage); err != nil {
		return sallyport.App{}, err
	}
	return p.Apps.Get(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
}

// appChangeForm asks what it shall be from now on.
func (p *Pages) appChangeForm(v *kit.Visit) (*kit.FormView, error) {
	a, err := p.appToChange(v)
	if err != nil {
		return nil, err
	}
	names, err := p.Apps.NamesOf(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	return viewAppForm(v.Speaker, &a, names), nil
}

// appChange makes it that.
func (p *Pages) appChange(v *kit.Visit) error {
	a, err := p.appToChange(v)
	if err != nil {
		return err
	}
	if _, err := p.Apps.Change(v.R.Context(), p.Actor(v), a.ID, appInput(v)); err != nil {
		return err
	}
	return done(v, appsPath, "flash.admin.appChanged", 0)
}

// viewAppForm is the form of an app, or of a new one.
func viewAppForm(s kit.Speaker, a *sallyport.App, names apps.Names) *kit.FormView {
	f := &kit.FormView{
		Path: appsPath + "/new", Back: appsPath, Icon: "plug-connected", Wide: true,
		Title: s.T("apps.addTitle"), Lead: s.T("apps.addLead"), Act: s.T("apps.addAct"),
	}
	name := kit.TextField("name", s.T("field.name"), "", "off")
	name.MaxLength, name.Focus = line.MaxLength, true
	address := kit.TextField("address", s.T("apps.address"), "", "off")
	address.Type, address.InputMode, address.MaxLength, address.Plain, address.Hint = "url", "url", 300, true, s.T("apps.addressHint")
	rules := &kit.Field{Name: "rules", Label: s.T("apps.rules"), Type: "textarea", Rows: 8, Plain: true, Value: "/*  everyone\n", Hint: s.T("apps.rulesHint")}
	preflight := &kit.Field{Name: "preflight", Label: s.T("apps.preflight"), Type: "radio", Options: []kit.Option{
		{Value: "no", Text: s.T("apps.preflightNo"), Help: s.T("apps.preflightNoHelp")},
		{Value: "yes", Text: s.T("apps.preflightYes"), Help: s.T("apps.preflightYesHelp")},
	}}
	preflight.Choose("no")
	f.Fields = []*kit.Field{&name, &address, rules, preflight}
	if a != nil {
		f.Path = kit.WithQuery(appPath(a.ID, "change"), url.Values{"version": {strconv.FormatInt(a.Version, 10)}})
		f.Title, f.Lead, f.Act = s.T("apps.changeTitle", "Name", a.Name), s.T("apps.changeLead"), s.T("apps.changeAct")
		name.Value, address.Value, rules.Value = a.Name, a.Origin, names.Text(a.Rules)
		preflight.Choose(map[bool]string{true: "yes", false: "no"}[a.Preflight])
	}
	return f
}

// appRemoveAsk asks before nobody gets in at an app any more.
func (p *Pages) appRemoveAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	a, err := p.appToChange(v)
	if err != nil {
		return nil, err
	}
	return askRemoveApp(v.Speaker, a), nil
}

// appRemove removes it.
func (p *Pages) appRemove(v *kit.Visit) error {
	if err := p.Apps.Remove(v.R.Context(), p.Actor(v), v.R.PathValue("id")); err != nil {
		return err
	}
	return done(v, appsPath, "flash.admin.appRemoved", 0)
}

func askRemoveApp(s kit.Speaker, a sallyport.App) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-" + a.ID, Path: appPath(a.ID, "remove"), Back: appsPath, Icon: "trash",
		Text: s.T("apps.remove"), Label: s.T("apps.removeLabel", "Name", a.Name),
		Title: s.T("apps.removeTitle", "Name", a.Name), Lines: []string{s.T("apps.removeText")}, Act: s.T("apps.removeAct"),
	}
}
