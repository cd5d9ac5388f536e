package kit

import (
	"errors"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/message"
)

// Form is an act with fields. Both its page and the act are at one address: what is refused
// is shown on the page again, with what was typed (see [Shell.SendBack]).
type Form struct {
	Path string // of both, as a pattern
	Need act.Need
	// Keeps are the fields that are shown again with what was typed.
	Keeps   []string
	Uploads bool                              // as that of [Route]
	Fill    func(v *Visit) (*FormView, error) // the page before anything is typed; nil where it has answered itself
	Do      Handler                           // an error that the page can say shows it again
}

// Form returns the routes of an act with fields.
func (p *Shell) Form(f Form) []Route {
	fill := func(v *Visit) error {
		view, err := f.Fill(v)
		if view == nil || err != nil {
			return err
		}
		again := p.SentBack(v)
		view.Refill(v.Speaker, again)
		return p.Show(v, again.Status(v), "act_form", view.Title, view)
	}
	do := func(v *Visit) error {
		err := f.Do(v)
		if AsRefused(err) == nil {
			return err
		}
		return p.SendBack(v, pageOf(v.R), err)
	}
	return []Route{
		{Pattern: "GET " + f.Path, Guard: SignedIn, Need: f.Need, Do: fill},
		{Pattern: "POST " + f.Path, Guard: SignedIn, Need: f.Need, Keeps: f.Keeps, Uploads: f.Uploads, Do: do},
	}
}

// FormView is a card with fields and one button.
type FormView struct {
	Path, Back   string
	Icon         string
	Title        string
	Lead         string
	Fields       []*Field
	Act          string // of the button: names the act
	Wide         bool
	Upload       bool    // it has a field for a file
	Other        *Anchor // another way
	ErrorSummary *ErrorSummary
	Notice       *Notice
}

// Refill shows what was typed again, secrets aside, with what was wrong with it.
func (f *FormView) Refill(s Speaker, again *Again) {
	if again == nil {
		return
	}
	for _, one := range f.Fields {
		if one.Type != "password" && !one.Code && !one.Mono {
			one.Value = again.Value(one.Name)
			one.Choose(strings.Fields(one.Value)...)
		}
	}
	f.Notice = again.Notice(s)
	err := again.Refused()
	if err == nil {
		return
	}
	for _, one := range f.Fields {
		one.Focus = false
		one.Resume(again)
	}
	switch err.Code {
	case sallyport.CodeRateLimited:
		f.ErrorSummary = s.Waiting(err, "enrol.limitedTitle", "factor.suspendedText")
	case sallyport.CodeAccountLocked:
		f.ErrorSummary = s.Waiting(err, "enrol.lockedTitle", "factor.suspendedText")
	default:
		f.ErrorSummary = Problems(s.Printer, err, f.Fields...)
	}
}

// ErrorSummary stands at the top of a form that was refused.
type ErrorSummary struct {
	Title string
	Text  string
	Wait  *Wait   // when it can be tried again, nil where waiting does not help
	Act   *Anchor // what else helps
	Links []ErrorLink
}

// ErrorLink leads to a field that something is wrong with.
type ErrorLink struct{ Field, Text string }

// Notice is an in-page message that is not about a mistake.
type Notice struct {
	Tone, Icon, Title, Text string
	More                    *Anchor // where more is said about it, nil for nowhere
}

// Problems marks the fields that err is about and returns the summary, or nil when
// err is not about fields. A rule in a list is marked there and not said twice.
func Problems(p *message.Printer, err *sallyport.Error, fields ...*Field) *ErrorSummary {
	if len(err.Fields) == 0 {
		return nil
	}
	sum := &ErrorSummary{Title: p.N("form.problems", len(err.Fields))}
	for _, e := range err.Fields {
		text := p.Rule(e)
		for _, f := range fields {
			if f.Name != e.Field {
				continue
			}
			sum.Links = append(sum.Links, ErrorLink{Field: f.Name, Text: p.T("form.problem", "Field", f.Label, "Problem", text)})
			if !f.markRule(e.Code) {
				f.Errors = append(f.Errors, text)
			}
		}
	}
	return sum
}

// AsRefused returns err when its page can say it: what was typed is wrong, or tried
// too often.
func AsRefused(err error) *sallyport.Error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sallyport.CodeInvalid, sallyport.CodeMFAFailed, sallyport.CodeRateLimited, sallyport.CodeAccountLocked:
		return e
	}
	return nil
}

// AsError returns err as an error of the service, or nil when it is another one.
func AsError(err error) *sallyport.Error {
	var e *sallyport.Error
	errors.As(err, &e)
	return e
}

// Value returns a value of the posted form. A form that cannot be read has none.
func (v *Visit) Value(name string) string { return v.R.PostFormValue(name) }

// Values returns all values of a name in the posted form, such as the boxes that were ticked.
// A form that cannot be read has none.
func (v *Visit) Values(name string) []string {
	v.Value(name) // which reads the form
	return v.R.PostForm[name]
}

// AsInvalid returns err as a validation error, or nil when it is another one.
func AsInvalid(err error) *sallyport.Error {
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeInvalid {
		return e
	}
	return nil
}
