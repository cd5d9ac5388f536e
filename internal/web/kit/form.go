package kit

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/request"
)

// Form is an act with fields. Both its page and the act are at one address: what is refused
// is shown on the page again, with what was typed.
type Form struct {
	Path string // of both, as a pattern
	Need act.Need
	Fill func(v *Visit) (*FormView, error) // the page before anything is typed
	Do   Handler                           // an error about fields shows the page again
}

// Form returns the routes of an act with fields.
func (p *Shell) Form(f Form) []Route {
	fill := func(v *Visit) error {
		view, err := f.Fill(v)
		if err != nil {
			return err
		}
		return p.showForm(v, http.StatusOK, view)
	}
	do := func(v *Visit) error {
		err := f.Do(v)
		invalid := AsInvalid(err)
		if invalid == nil {
			return err
		}
		view, failed := f.Fill(v)
		if failed != nil {
			return failed
		}
		view.Refuse(v.Speaker, v.R.PostForm, invalid)
		return p.showForm(v, request.Status(err), view)
	}
	return []Route{
		{Pattern: "GET " + f.Path, Guard: SignedIn, Need: f.Need, Do: fill},
		{Pattern: "POST " + f.Path, Guard: SignedIn, Need: f.Need, Do: do},
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
	ErrorSummary *ErrorSummary
}

// Refuse shows what was typed again, secrets aside, with what was wrong with it.
func (f *FormView) Refuse(s Speaker, typed url.Values, err *sallyport.Error) {
	for _, one := range f.Fields {
		one.Focus = false
		if one.Type != "password" && !one.Code && !one.Mono {
			one.Value = typed.Get(one.Name)
		}
	}
	f.ErrorSummary = Problems(s.Printer, err, f.Fields...)
}

// showForm shows the page.
func (p *Shell) showForm(v *Visit, status int, view *FormView) error {
	return p.Show(v, status, "act_form", view.Title, view)
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
type Notice struct{ Tone, Icon, Title, Text string }

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

// AsInvalid returns err as a validation error, or nil when it is another one.
func AsInvalid(err error) *sallyport.Error {
	var e *sallyport.Error
	if errors.As(err, &e) && e.Code == sallyport.CodeInvalid {
		return e
	}
	return nil
}
