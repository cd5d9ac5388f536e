package kit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

// Field is one input of a form.
type Field struct {
	Name         string // also its id, so unique on a page
	Label        string
	Type         string // "text", "email" or "password"; "textarea" or "file"; "select", "radio" or "checkbox" with options
	Value        string // "" for secrets, always
	Autocomplete string
	InputMode    string
	Rows         int // of a textarea; 0 for the usual
	MaxLength    int
	Hint         string
	Errors       []string
	Rules        []rule // of a new password
	Generate     string // the same for what generates one
	Confirms     string // name of the field this one repeats
	Optional     bool
	Focus        bool
	Plain        bool // not prose: no capitals, no spelling, left to right
	Code         bool // a one-time code: large, evenly spaced
	Mono         bool // to be compared letter by letter
	Options      []Option
}

// Option is one answer of a field that has several to choose from.
type Option struct {
	Heading           string // before the first of several
	Value, Text, Help string
	On                bool
	Off               bool // it cannot be chosen
}

// Choose marks the options with these values as chosen, and no others. Those that cannot be
// chosen stay as they are.
func (f *Field) Choose(values ...string) {
	for i, o := range f.Options {
		if !o.Off {
			f.Options[i].On = slices.Contains(values, o.Value)
		}
	}
}

// Resume leaves a one-time code in its field that had to wait.
func (f *Field) Resume(again *Again) {
	if f != nil && f.Code && again.Value(f.Name) != "" {
		f.Value = again.Value(f.Name)
	}
}

// rule is one line of the list under a new password.
type rule struct {
	Code   string // as in FieldError
	Number int    // the limit, when it has one
	Text   string
	Broken bool // the password just refused breaks it
}

// DescribedBy lists the ids of what explains the field, for screen readers.
func (f Field) DescribedBy() string {
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

// EmailField is the field of the address that somebody signs in with.
func EmailField(p *message.Printer, name, value string) Field {
	return Field{
		Name: name, Label: p.T("field.email"), Type: "email", Value: value,
		Autocomplete: "username", InputMode: "email", MaxLength: 254, Plain: true,
	}
}

// TextField is a field for prose.
func TextField(name, label, value, autocomplete string) Field {
	return Field{Name: name, Label: label, Type: "text", Value: value, Autocomplete: autocomplete, MaxLength: 200}
}

// PasswordField is a field for a secret, which never comes back.
func PasswordField(name, label, autocomplete string) Field {
	return Field{Name: name, Label: label, Type: "password", Autocomplete: autocomplete, Plain: true}
}

// CodeField is the one field for a one-time code: digits, pasted with spaces or
// without, filled in by the browser where it can.
func CodeField(name, label string) Field {
	return Field{
		Name: name, Label: label, Type: "text", Autocomplete: "one-time-code",
		InputMode: "numeric", MaxLength: 12, Plain: true, Code: true,
	}
}

// backupCodeField is the field for a backup code: letters and digits, in groups.
func backupCodeField(name, label string) Field {
	return Field{Name: name, Label: label, Type: "text", Autocomplete: "off", MaxLength: 60, Plain: true, Mono: true}
}

// markRule marks the rule of this code as broken, if the field lists it.
func (f *Field) markRule(code string) bool {
	for i := range f.Rules {
		if f.Rules[i].Code == code {
			f.Rules[i].Broken = true
			return true
		}
	}
	return false
}

// Demand makes the field that of a new password under a policy: what it must satisfy, and the same in the words that browsers and
// managers read before they generate one (the attribute passwordrules, which Safari began).
func (f *Field) Demand(p *message.Printer, of sallyport.Policy) {
	f.Rules = f.passwordRules(p, of)
	f.Generate = fmt.Sprintf("minlength: %d; maxlength: %d;", of.PasswordMinLength, of.PasswordMaxLength)
	if of.PasswordRequireMix {
		f.Generate += " required: upper; required: digit; required: special;"
	}
}

// passwordRules lists what a new password must satisfy, in the order people
// meet them. The codes are those of package policy.
func (f *Field) passwordRules(p *message.Printer, of sallyport.Policy) []rule {
	var rules []rule
	add := func(number int, e sallyport.FieldError) {
		rules = append(rules, rule{Code: e.Code, Number: number, Text: p.Rule(e)})
	}
	add(of.PasswordMinLength, sallyport.FieldError{Code: "too_short", Args: map[string]string{"min": strconv.Itoa(of.PasswordMinLength)}})
	if of.PasswordRequireMix {
		for _, e := range policy.Mix(of, f.Name, "") {
			add(policy.MixWaivedFrom(of), e)
		}
	}
	if of.PasswordRejectCommon { // the page cannot tell, and leaves it open: only the server knows what is easy to guess
		add(0, sallyport.FieldError{Code: "common"})
	}
	return rules
}
