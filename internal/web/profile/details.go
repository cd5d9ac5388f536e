package profile

import (
	"cmp"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// detailsView is the form of what people say of themselves. With each field goes what it was when
// the form was first shown, so that two who change it at once lose nothing.
type detailsView struct {
	Fields []detailField
}

type detailField struct {
	kit.Field
	Was  string
	Take *offer // another value that it has meanwhile; nil for none
}

// offer is the value that a field has meanwhile.
type offer struct{ Name, Text string }

const (
	wasPrefix   = "was."    // of the hidden fields
	ofBrowser   = "browser" // what an option stands for that is ""
	takeName    = "take"    // of the button that takes what is there now
	changedCode = "changed_meanwhile"
)

// detailNames are the fields of the form, in its order.
var detailNames = []string{"firstName", "lastName", "language", "timeZone"}

// detailsKept are what comes back with a form that was refused.
var detailsKept = func() (kept []string) {
	for _, name := range detailNames {
		kept = append(kept, name, wasPrefix+name)
	}
	return kept
}()

// detailsSave saves what was changed.
func (p *Pages) detailsSave(v *kit.Visit) error {
	change := account.DetailsChange{To: map[string]string{}, Was: map[string]string{}}
	for _, name := range detailNames {
		change.To[name], change.Was[name] = chosen(v.Value(name)), chosen(v.Value(wasPrefix+name))
		if v.Value(takeName) == name {
			delete(change.To, name)
		}
	}
	if err := p.Accounts.ChangeDetails(v.R.Context(), p.Actor(v), change); err != nil {
		return p.SendBack(v, kit.GeneralPath, err)
	}
	v.Flash("flash.detailsSaved", 0)
	v.Redirect(kit.GeneralPath)
	return nil
}

// chosen is the value behind an option.
func chosen(option string) string {
	if option == ofBrowser {
		return ""
	}
	return option
}

// viewDetails is the form, with what was typed when it was refused.
func viewDetails(s kit.Speaker, u sallyport.User, again *kit.Again) *detailsView {
	first := kit.TextField("firstName", s.T("field.firstName"), u.FirstName, "given-name")
	last := kit.TextField("lastName", s.T("field.lastName"), u.LastName, "family-name")
	first.Optional, last.Optional, first.MaxLength, last.MaxLength = true, true, line.MaxLength, line.MaxLength
	v := &detailsView{}
	for _, f := range []kit.Field{first, last, languageField(s, u), zoneField(s, u)} {
		d := detailField{Field: f, Was: f.Value}
		d.refill(s, again)
		d.Choose(d.Value)
		v.Fields = append(v.Fields, d)
	}
	return v
}

// refill puts back what was typed. What nobody touched shows what it is now; where both changed it,
// both are offered.
func (d *detailField) refill(s kit.Speaker, again *kit.Again) {
	typed, was, now := again.Value(d.Name), again.Value(wasPrefix+d.Name), d.Value
	if again == nil || typed == was {
		return
	}
	d.Value, d.Was = typed, was
	if err := again.Refused(); err != nil && slices.ContainsFunc(err.Fields, func(f sallyport.FieldError) bool { return f.Field == d.Name && f.Code == changedCode }) {
		d.Was = now // whoever saves again has seen it
		d.Take = &offer{Name: d.Name, Text: s.T("general.take", "Value", cmp.Or(d.textOf(now), s.T("general.empty")))}
	}
}

// textOf is a value as people read it.
func (d *detailField) textOf(value string) string {
	for _, o := range d.Options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

// problems marks what was wrong.
func (v *detailsView) problems(s kit.Speaker, again *kit.Again) *kit.ErrorSummary {
	err := again.Refused()
	if err == nil {
		return nil
	}
	fields := make([]*kit.Field, len(v.Fields))
	for i := range v.Fields {
		fields[i] = &v.Fields[i].Field
	}
	sum := kit.Problems(s.Printer, err, fields...)
	for i := range v.Fields {
		if v.Fields[i].Take != nil { // which says what it is now
			v.Fields[i].Errors = []string{s.T("general.changed")}
		}
	}
	return sum
}

func languageField(s kit.Speaker, u sallyport.User) kit.Field {
	f := kit.Field{Name: "language", Label: s.T("field.language"), Type: "select", Hint: s.T("general.languageHint"), Value: cmp.Or(u.Language, ofBrowser)}
	f.Options = []kit.Option{{Value: ofBrowser, Text: s.T("general.asBrowser")}}
	for _, p := range message.All() {
		f.Options = append(f.Options, kit.Option{Value: p.Lang(), Text: p.Self()})
	}
	return f
}

func zoneField(s kit.Speaker, u sallyport.User) kit.Field {
	f := kit.Field{Name: "timeZone", Label: s.T("field.timeZone"), Type: "select", Hint: s.T("general.zoneHint"), Value: cmp.Or(u.ChosenZone, ofBrowser)}
	f.Options = []kit.Option{{Value: ofBrowser, Text: s.T("general.asBrowser")}}
	names := kit.Zones()
	if u.ChosenZone != "" && !slices.Contains(names, u.ChosenZone) { // by another name of it
		names = append(names, u.ChosenZone)
	}
	for _, name := range names {
		f.Options = append(f.Options, kit.Option{Value: name, Text: name})
	}
	return f
}
