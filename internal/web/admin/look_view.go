package admin

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/look"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// lookView is Settings > Look.
type lookView struct {
	Title, Lead  string
	Path         string
	Was          string // marks of what the fields say before anything is typed
	Parts        []lookPart
	Colours      coloursView
	Preview      lookPreview
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
}

// lookPart is a part of the form.
type lookPart struct {
	ID, Title, Lead string
	Fields          []*kit.Field
	Colour          string // of the field for a colour; "" elsewhere
	Logo            *lookLogo
}

// lookLogo asks for the file of a logo.
type lookLogo struct {
	kit.Field
	Now *kit.LogoView // nil for none
}

// lookPreview shows pages and a mail.
type lookPreview struct {
	Note         string
	Organisation string
	Text         string
	Lead, Mail   string
	Look         kit.LookView
	Panes        []lookPane
}

// lookPane is a page or a mail in a theme.
type lookPane struct{ Kind, Mode, Title string }

// coloursView says how a colour is used.
type coloursView struct {
	Changes []string
	Samples []sampleView
}

type sampleView struct {
	Mode, Use, Name string
	Ground, On      string
	Code            string // of the colour that it is about
	Contrast        string
}

// lookParts are the fields of each part of the form.
var lookParts = []struct {
	id     string
	fields []string
}{
	{"brand", []string{"name"}},
	{"colour", []string{"accent"}},
	{"signIn", []string{"signInText"}},
	{"links", []string{"helpUrl", "privacyUrl", "imprintUrl", "securityContact"}},
}

// defaultAccent is what a browser's field for colours begins with.
const defaultAccent = "#3d4fd1"

func (e lookForm) view(s kit.Speaker) *lookView {
	v := &lookView{
		Title: s.T("look.heading"), Lead: s.T("look.lead"), Path: lookPath, Was: lookMarks(e.saved), Notice: e.notice,
		Colours: viewColours(s, e.shown.Look.Accent), Preview: e.preview(s),
	}
	logo := &lookLogo{
		Field: kit.Field{Name: "logo", Label: s.T("look.field.logo"), Type: "file", Hint: s.T("look.hint.logo"), Optional: true},
		Now:   kit.ViewLook(s, e.saved).Logo,
	}
	fields := map[string]*kit.Field{"logo": &logo.Field}
	for _, f := range tenant.LookFields {
		fields[f.Name] = e.field(s, f)
	}
	for _, part := range lookParts {
		row := lookPart{ID: part.id, Title: s.T("look.part." + part.id), Lead: s.T("look.partLead." + part.id)}
		for _, name := range part.fields {
			row.Fields = append(row.Fields, fields[name])
		}
		if part.id == "brand" {
			row.Logo = logo
		}
		if part.id == "colour" {
			row.Colour = e.shown.Look.Accent
			if row.Colour == "" {
				row.Colour = defaultAccent
			}
		}
		v.Parts = append(v.Parts, row)
	}
	if e.refused != nil {
		v.ErrorSummary = kit.Problems(s.Printer, said(s, e.refused), slices.Collect(maps.Values(fields))...)
	}
	return v
}

// said gives values that are empty words.
func said(s kit.Speaker, err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = slices.Clone(err.Fields)
	for i, f := range out.Fields {
		if f.Code == "changed_meanwhile" {
			out.Fields[i].Args = maps.Clone(f.Args)
			for name, value := range f.Args {
				if value == "" {
					out.Fields[i].Args[name] = s.T("look.nothing")
				}
			}
		}
	}
	return &out
}

// lookMarks are the marks of all fields, as the form carries them.
func lookMarks(t sallyport.Tenant) string {
	var all []string
	for name, mark := range tenant.Marks(t) {
		all = append(all, name+":"+mark)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (e lookForm) field(s kit.Speaker, f tenant.LookField) *kit.Field {
	value := *f.Of(&e.saved)
	if typed, is := e.typed[f.Name]; is {
		value = typed
	}
	field := kit.TextField(f.Name, s.T("look.field."+f.Name), value, "off")
	field.Optional, field.MaxLength = true, tenant.MaxAddress
	switch f.Name {
	case "name":
		field.Optional, field.MaxLength = false, 100
	case "accent":
		field.Hint, field.MaxLength, field.Plain = s.T("look.hint.accent"), 7, true
	case "signInText":
		field.Type, field.Hint, field.MaxLength = "textarea", s.T("look.hint.signInText", "Max", strconv.Itoa(tenant.MaxSignInText)), 0
	case "securityContact":
		field.Hint, field.Plain = s.T("look.hint.securityContact"), true
	default:
		field.Hint, field.Plain, field.InputMode = s.T("look.hint.url"), true, "url"
	}
	return &field
}

func (e lookForm) preview(s kit.Speaker) lookPreview {
	v := lookPreview{
		Note: s.T("look.previewSaved"), Organisation: e.shown.Name, Text: e.shown.Look.SignInText, Look: kit.ViewLook(s, e.shown.Tenant),
		Lead: s.T("signIn.lead", "Organisation", e.shown.Name), Mail: s.T("look.sampleMailText", "Organisation", e.shown.Name),
	}
	if e.unsaved {
		v.Note = s.T("look.previewUnsaved")
	}
	if fresh := e.shown.Logo; fresh != nil { // it is nowhere yet
		v.Look.Logo.Path = kit.DataURL(fresh.Type, fresh.Body)
		v.Note += " " + s.T("look.previewLogo")
	}
	for _, kind := range []string{"signIn", "account", "mail"} {
		for _, mode := range []look.Mode{look.Light, look.Dark} {
			v.Panes = append(v.Panes, lookPane{Kind: kind, Mode: string(mode), Title: s.T("look.paneIn", "Pane", s.T("look.pane."+kind), "Mode", s.T("look.mode."+string(mode)))})
		}
	}
	return v
}

// viewColours says how a colour is used; of what is none that the product's is.
func viewColours(s kit.Speaker, accent string) (v coloursView) {
	accent, ok := look.Parse(strings.TrimSpace(accent))
	if !ok {
		v.Changes = []string{s.T("look.ofProduct")}
		return v
	}
	colours := look.Of(accent)
	for _, c := range colours.Changes {
		v.Changes = append(v.Changes, s.T("look.change."+string(c.Mode)+"."+string(c.Use), "From", c.From, "To", c.To))
	}
	if len(v.Changes) == 0 {
		v.Changes = []string{s.T("look.asItIs")}
	}
	for _, one := range colours.Samples() {
		code := one.On
		if one.Use == look.Button {
			code = one.Ground
		}
		v.Samples = append(v.Samples, sampleView{
			Code: code,
			Mode: s.T("look.mode." + string(one.Mode)), Use: string(one.Use), Name: s.T("look.use." + string(one.Use)), Ground: one.Ground, On: one.On,
			Contrast: s.T("look.contrast", "Ratio", s.Tenths(one.Ratio), "Least", s.Tenths(one.Least)),
		})
	}
	return v
}
