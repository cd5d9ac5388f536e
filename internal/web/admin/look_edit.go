package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const lookPath = "/settings/look"

// needPreview is the need of a change of the look without its step-up: a preview changes nothing.
var needPreview = act.Need{Permission: tenant.NeedLook.Permission, Exempt: policy.Harmless}

func (p *Pages) lookRoutes() []kit.Route {
	return []kit.Route{
		{
			Pattern: "GET " + lookPath, Guard: kit.SignedIn, Need: needPreview, Do: p.lookEdit,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.look", Icon: "palette"},
		},
		{Pattern: "POST " + lookPath, Guard: kit.SignedIn, Need: tenant.NeedLook, Keeps: lookKeeps(), Picture: true, Do: p.lookSave},
		{Pattern: "POST " + lookPath + "/preview", Guard: kit.SignedIn, Need: needPreview, Picture: true, Do: p.lookPreview},
		{Pattern: "GET " + lookPath + "/preview", Guard: kit.Bare, Do: kit.RedirectTo(lookPath)}, // for who had to sign in again meanwhile
		{Pattern: "GET " + lookPath + "/colour", Guard: kit.SignedIn, Need: needPreview, Quiet: true, Do: p.lookColour},
	}
}

// wasField holds the marks of what stood in the form before anything was typed.
const wasField = "was"

// lookKeeps are the fields that are shown again with what was typed.
func lookKeeps() (names []string) {
	for _, f := range tenant.LookFields {
		names = append(names, f.Name)
	}
	return append(names, wasField)
}

// lookEdit shows the form, with a preview of what is saved.
func (p *Pages) lookEdit(v *kit.Visit) error {
	if err := needPreview.ToLook(p.Actor(v)); err != nil {
		return err
	}
	t, err := p.Tenants.Organisation(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	e := lookForm{saved: t, shown: tenant.Planned{Tenant: t}}
	again := p.SentBack(v)
	if again != nil {
		e.notice, e.unsaved = again.Notice(v.Speaker), true
		// What was wrong is found again: both values of a field would be too long to be kept.
		typed := lookTyped(func(name string) (string, bool) { text, ok := again.Typed[name]; return text, ok }, again.Typed[wasField])
		if err := e.plan(p, v, typed); err != nil {
			return err
		}
		e.alsoRefused(again.Refused())
	}
	view := e.view(v.Speaker)
	return p.Show(v, again.Status(v), "look_edit", view.Title, view)
}

// lookPreview shows what stands in the form as it would look, and saves nothing.
func (p *Pages) lookPreview(v *kit.Visit) error {
	t, err := p.Tenants.Organisation(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	change, err := lookPosted(v)
	if err != nil {
		return err
	}
	e := lookForm{saved: t, unsaved: true}
	if err := e.plan(p, v, change); err != nil {
		return err
	}
	view := e.view(v.Speaker)
	page := kit.Page{Title: view.Title, Body: view}
	page.Preview = &e.shown.Tenant
	return p.Write(v, http.StatusOK, "look_edit", page)
}

// lookSave saves what was changed in the form.
func (p *Pages) lookSave(v *kit.Visit) error {
	change, err := lookPosted(v)
	if err != nil {
		return err
	}
	_, err = p.Tenants.SaveLook(v.R.Context(), p.Actor(v), change)
	switch {
	case kit.AsInvalid(err) != nil:
		// Of fields all is found again by the page. What is wrong with a file is not: it is not kept.
		ofFile := slices.DeleteFunc(slices.Clone(kit.AsInvalid(err).Fields), func(f sallyport.FieldError) bool { return f.Field != "logo" })
		return p.SendBack(v, lookPath, sallyport.Invalid(ofFile...))
	case err != nil:
		return err
	case len(change.Set) == 0 && change.Logo == nil:
		return done(v, lookPath, "flash.admin.lookUnchanged", 0)
	}
	return done(v, lookPath, "flash.admin.lookSaved", 0)
}

// lookColour tells a script how a colour is used.
func (p *Pages) lookColour(v *kit.Visit) error {
	if err := needPreview.ToLook(p.Actor(v)); err != nil {
		return err
	}
	body, err := kit.LoadTemplates()[v.Lang()].RenderPart("look_edit", "look-colours", viewColours(v.Speaker, v.R.FormValue("accent")))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.W.Write(body) // the client left: nothing to do about it
	return nil
}

// lookPosted is what was changed in the form that was sent.
func lookPosted(v *kit.Visit) (tenant.LookChange, error) {
	c := lookTyped(func(name string) (string, bool) {
		values := v.Values(name)
		return strings.Join(values, " "), len(values) > 0
	}, v.Value(wasField))
	file, err := kit.Upload(v, "logo")
	if len(file) > 0 {
		c.Logo = file
	} else if v.Value("removeLogo") != "" {
		c.Set["logo"] = ""
	}
	return c, err
}

// lookTyped is what was changed in a form: the fields that differ from what stood there before.
func lookTyped(typed func(name string) (string, bool), was string) tenant.LookChange {
	c := tenant.LookChange{Set: map[string]string{}, Was: map[string]string{}}
	for pair := range strings.FieldsSeq(was) {
		if name, mark, ok := strings.Cut(pair, ":"); ok {
			c.Was[name] = mark
		}
	}
	for _, f := range tenant.LookFields {
		text, sent := typed(f.Name)
		text = strings.ReplaceAll(text, "\r\n", "\n") // as browsers send several lines
		if _, read := c.Was[f.Name]; sent && read && tenant.Mark(text) != c.Was[f.Name] {
			c.Set[f.Name] = text
		}
	}
	return c
}

// lookForm is what the form is made of.
type lookForm struct {
	saved   sallyport.Tenant
	shown   tenant.Planned    // with what was typed, as far as it can be shown
	typed   map[string]string // what was changed in the fields
	refused *sallyport.Error
	notice  *kit.Notice
	unsaved bool
}

// alsoRefused adds what was wrong when the form was sent.
func (e *lookForm) alsoRefused(err *sallyport.Error) {
	switch {
	case err == nil || len(err.Fields) == 0:
	case e.refused == nil:
		e.refused = err
	default:
		e.refused = sallyport.Invalid(slices.Concat(err.Fields, e.refused.Fields)...)
	}
}

// plan finds what a change would make.
func (e *lookForm) plan(p *Pages, v *kit.Visit, c tenant.LookChange) (err error) {
	e.typed = maps.Clone(c.Set)
	e.shown, err = p.Tenants.PlanLook(v.R.Context(), p.Actor(v), c)
	if e.refused = kit.AsInvalid(err); e.refused == nil {
		return err
	}
	return nil
}
