package web

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/mfa"
)

// enrolPlace is where a method is set up: inside a session, or on the way in.
// The pages are the same; their paths are not.
type enrolPlace struct {
	Choose    string // the page that offers methods, and the act that begins one
	PhonePath string // the page that asks for a number
	SetUp     string // the page of the one that was begun, and its first use
	Again     string // begins the same one anew
	Next      string // where the way in leads, as a field of every form
	Back      *anchor
}

// enrolView is one step of setting a method up: exactly one of its parts is there.
type enrolView struct {
	enrolPlace
	Icon         string
	Title        string
	Lead         string
	ErrorSummary *errorSummary
	Options      []enrolOption
	Phone        *phoneView
	App          *appView
	Passkey      *passkeyView
	Code         *sentView
}

// enrolOption is one method to choose.
type enrolOption struct {
	Method string
	Icon   string
	Name   string
	Pitch  string
	Best   *pill
	Path   string // a link in place of the button, where more has to be asked first
	Verify bool   // the address has to be confirmed first
}

// phoneView asks for the number that text messages go to.
type phoneView struct {
	Countries []countryOption
	Country   string
	Number    field
}

type countryOption struct {
	Code, Text string
	Chosen     bool
}

// appView is the set-up of an authenticator app.
type appView struct {
	QR     template.HTML
	Groups string
	Secret string
	URI    template.URL
	Until  string
	Code   field
	Name   field
}

// passkeyView is the set-up of a passkey.
type passkeyView struct {
	Options string
	Name    field
}

// sentView waits for a code that was sent.
type sentView struct {
	Code  field
	Other *anchor // another number
}

// viewChoose offers the methods that may be set up. verified is whether the user's
// address is confirmed.
func viewChoose(s speaker, place enrolPlace, methods []string, verified bool) *enrolView {
	v := &enrolView{enrolPlace: place, Icon: "shield-lock", Title: s.T("enrol.heading"), Lead: s.T("enrol.lead")}
	for _, method := range methods {
		look, ok := methodLooks[method]
		if !ok {
			continue
		}
		o := enrolOption{Method: method, Icon: look.icon, Name: s.methodName(method), Pitch: s.T(look.pitch)}
		if !sallyport.MethodOf(method).Sent {
			o.Best = &pill{Tone: "good", Icon: "shield-check", Text: s.T("enrol.recommended")}
		}
		if look.phone {
			o.Path = withNext(place.PhonePath, place.Next)
		}
		o.Verify = look.address && !verified
		v.Options = append(v.Options, o)
	}
	if len(v.Options) == 0 {
		v.Lead = s.T("enrol.nothing")
	}
	return v
}

// viewPhone asks for a number. country is where it is probably from.
func viewPhone(s speaker, place enrolPlace, country, number string) *enrolView {
	phone := &phoneView{Country: country, Number: field{
		Name: "phoneNumber", Label: s.T("enrol.number"), Type: "tel", Value: number, Autocomplete: "tel-national",
		InputMode: "tel", MaxLength: 40, Plain: true, Focus: true, Hint: s.T("enrol.numberHint"),
	}}
	for _, c := range factor.Countries() {
		phone.Countries = append(phone.Countries, countryOption{
			Code: c.Code, Chosen: c.Code == country,
			Text: s.T("enrol.countryCode", "Country", s.Country(c.Code), "Code", c.CallingCode),
		})
	}
	slices.SortStableFunc(phone.Countries, func(a, b countryOption) int { return cmp.Compare(sortable(a.Text), sortable(b.Text)) })
	v := &enrolView{enrolPlace: place, Icon: "message", Title: s.T("enrol.smsHeading"), Lead: s.T("enrol.smsLead"), Phone: phone}
	v.Back = &anchor{Text: s.T("enrol.otherMethod"), Path: withNext(place.Choose, place.Next)}
	return v
}

// viewSetUp shows what was begun.
func viewSetUp(s speaker, place enrolPlace, begun mfa.Begun) *enrolView {
	look := methodLooks[begun.Factor.Method]
	v := &enrolView{enrolPlace: place, Icon: look.icon}
	v.Back = &anchor{Text: s.T("enrol.otherMethod"), Path: withNext(place.Choose, place.Next)}
	name := textField("name", s.T("twoFactor.name"), "", "off")
	name.MaxLength, name.Optional = line.MaxLength, true
	code := codeField("code", s.T("enrol.code"))
	code.Focus = true
	look.setUp(s, v, begun, setUpFields{code, name})
	return v
}

// refuse shows in the step what was wrong with it.
func (v *enrolView) refuse(s speaker, err *sallyport.Error) {
	var fields []*field
	switch {
	case v.Phone != nil:
		fields = []*field{&v.Phone.Number}
	case v.App != nil:
		fields = []*field{&v.App.Code, &v.App.Name}
	case v.Passkey != nil:
		fields = []*field{&v.Passkey.Name}
	case v.Code != nil:
		fields = []*field{&v.Code.Code}
	}
	for _, f := range fields {
		f.Focus = false
	}
	switch err.Code {
	case sallyport.CodeRateLimited:
		v.ErrorSummary = &errorSummary{Title: s.T("enrol.limitedTitle"), Text: s.T("enrol.limitedText", "Time", s.clockAt(err.RetryAfter))}
		return
	case sallyport.CodeAccountLocked:
		v.ErrorSummary = &errorSummary{Title: s.T("enrol.lockedTitle"), Text: s.T("enrol.lockedText", "Time", s.clockAt(err.RetryAfter))}
		return
	case sallyport.CodeNotFound:
		v.ErrorSummary = &errorSummary{Title: s.T("enrol.overTitle"), Text: s.T("enrol.overText")}
		return
	}
	v.ErrorSummary = refuse(s.Printer, err, fields...)
	if v.ErrorSummary != nil && len(v.ErrorSummary.Links) == 0 { // about no field of this step
		v.ErrorSummary = &errorSummary{Title: s.T("enrol.refusedTitle"), Text: s.Rule(err.Fields[0])}
	}
}

// sortable is a text for sorting: letters with marks stand with those without.
func sortable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(text))
}
