package web

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// field is one input of a form.
type field struct {
	Name         string // also its id, so unique on a page
	Label        string
	Type         string // "text", "email" or "password"
	Value        string // "" for secrets, always
	Autocomplete string
	InputMode    string
	MaxLength    int
	Hint         string
	Errors       []string
	Rules        []rule // of a new password
	Confirms     string // name of the field this one repeats
	Optional     bool
	Focus        bool
	Plain        bool // not prose: no capitals, no spelling, left to right
	Code         bool // a one-time code: large, evenly spaced
	Mono         bool // to be compared letter by letter
}

// rule is one line of the list under a new password.
type rule struct {
	Code   string // as in FieldError
	Number int    // the limit, when it has one
	Text   string
	Broken bool // the password just refused breaks it
}

// DescribedBy lists the ids of what explains the field, for screen readers.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if len(f.Errors) > 0 {
		ids = append(ids, f.Name+"-errors")
	}
	if len(f.Rules) > 0 {
		ids = append(ids, f.Name+"-rules")
	}
	return strings.Join(ids, " ")
}

func emailField(p *message.Printer, name, value string) field {
	return field{
		Name: name, Label: p.T("field.email"), Type: "email", Value: value,
		Autocomplete: "username", InputMode: "email", MaxLength: 254, Plain: true,
	}
}

func textField(name, label, value, autocomplete string) field {
	return field{Name: name, Label: label, Type: "text", Value: value, Autocomplete: autocomplete, MaxLength: 200}
}

func passwordField(name, label, autocomplete string) field {
	return field{Name: name, Label: label, Type: "password", Autocomplete: autocomplete, Plain: true}
}

// codeField is the one field for a one-time code: digits, pasted with spaces or
// without, filled in by the browser where it can.
func codeField(name, label string) field {
	return field{
		Name: name, Label: label, Type: "text", Autocomplete: "one-time-code",
		InputMode: "numeric", MaxLength: 12, Plain: true, Code: true,
	}
}

// backupCodeField is the field for a backup code: letters and digits, in groups.
func backupCodeField(name, label string) field {
	return field{Name: name, Label: label, Type: "text", Autocomplete: "off", MaxLength: 60, Plain: true, Mono: true}
}

// errorSummary stands at the top of a form that was refused.
type errorSummary struct {
	Title string
	Text  string
	Act   *anchor // what else helps
	Links []errorLink
}

type errorLink struct{ Field, Text string }

// notice is an in-page message that is not about a mistake.
type notice struct{ Tone, Icon, Title, Text string }

// refuse marks the fields that err is about and returns the summary, or nil when
// err is not about fields. A rule in a list is marked there and not said twice.
func refuse(p *message.Printer, err *sallyport.Error, fields ...*field) *errorSummary {
	if len(err.Fields) == 0 {
		return nil
	}
	sum := &errorSummary{Title: p.N("form.problems", len(err.Fields))}
	for _, e := range err.Fields {
		text := p.Rule(e)
		for _, f := range fields {
			if f.Name != e.Field {
				continue
			}
			sum.Links = append(sum.Links, errorLink{Field: f.Name, Text: p.T("form.problem", "Field", f.Label, "Problem", text)})
			if !f.markRule(e.Code) {
				f.Errors = append(f.Errors, text)
			}
		}
	}
	return sum
}

// markRule marks the rule of this code as broken, if the field lists it.
func (f *field) markRule(code string) bool {
	for i := range f.Rules {
		if f.Rules[i].Code == code {
			f.Rules[i].Broken = true
			return true
		}
	}
	return false
}
