package kit

import (
	"html/template"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/mfa"
)

// EnrolPlace is where a method is set up: inside a session, or on the way in.
// The pages are the same; their paths are not.
type EnrolPlace struct {
	Choose    string // the page that offers methods, and the act that begins one
	PhonePath string // the page that asks for a number
	SetUp     string // the page of the one that was begun, and its first use
	Again     string // begins the same one anew
	Next      string // where the way in leads, as a field of every form
	Back      *Anchor
}

// EnrolView is one step of setting a method up: exactly one of its parts is there.
type EnrolView struct {
	EnrolPlace
	Icon         string
	Title        string
	Lead         string
	ErrorSummary *ErrorSummary
	Notice       *Notice
	Options      []enrolOption
	Absent       string // why other methods are not offered, "" where all are
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
	Best   *Pill
	Path   string // a link in place of the button, where more has to be asked first
	Verify bool   // the address has to be confirmed first
	Taken  string // why it cannot be set up again, "" where it can
}

// phoneView asks for the number that text messages go to.
type phoneView struct{ Country, Number Field }

// appView is the set-up of an authenticator app.
type appView struct {
	QR     template.HTML
	Groups string
	Secret string
	URI    template.URL
	Until  string
	Code   Field
	Name   Field
}

// passkeyView is the set-up of a passkey.
type passkeyView struct {
	Options string
	Name    Field
}

// sentView waits for a code that was sent.
type sentView struct {
	Code  Field
	Other *Anchor // another number
}

// ViewChoose offers the methods that may be set up. verified is whether the user's
// address is confirmed.
func ViewChoose(s Speaker, place EnrolPlace, methods []string, verified bool) *EnrolView {
	v := &EnrolView{EnrolPlace: place, Icon: "shield-lock", Title: s.T("enrol.heading"), Lead: s.T("enrol.lead")}
	for _, method := range methods {
		look, ok := MethodLooks[method]
		if !ok {
			continue
		}
		o := enrolOption{Method: method, Icon: look.Icon, Name: s.MethodName(method), Pitch: s.T(look.Pitch)}
		if sallyport.SecondFactor(method) && !sallyport.MethodOf(method).Sent {
			o.Best = &Pill{Tone: "good", Icon: "shield-check", Text: s.T("enrol.recommended")}
		}
		if look.Phone {
			o.Path = WithNext(place.PhonePath, place.Next)
		}
		o.Verify = look.Address && !verified
		v.Options = append(v.Options, o)
	}
	switch {
	case len(v.Options) == 0:
		v.Lead = s.T("enrol.nothing")
	case v.offers(sallyport.SecondFactor) < secondFactors():
		v.Absent = s.T("enrol.absent")
	}
	return v
}

// offers counts the options whose methods are such ones.
func (v *EnrolView) offers(are func(string) bool) int {
	n := 0
	for _, o := range v.Options {
		if are(o.Method) {
			n++
		}
	}
	return n
}

// secondFactors counts the methods that there are.
func secondFactors() int {
	n := 0
	for method := range MethodLooks {
		if sallyport.SecondFactor(method) {
			n++
		}
	}
	return n
}

// MarkTaken says of methods that an account, or an address, has once at most that they are set up already.
func (v *EnrolView) MarkTaken(s Speaker, email string, current []sallyport.Factor) {
	for i := range v.Options {
		o := &v.Options[i]
		once := sallyport.MethodOf(o.Method).Beside
		same := func(f sallyport.Factor) bool { return f.Method == o.Method && (once || f.Email == email) }
		if (once || MethodLooks[o.Method].Address) && slices.ContainsFunc(current, same) {
			o.Taken = s.T("enrol.taken")
		}
	}
}

// ViewPhone asks for a number. country is where it is probably from.
func ViewPhone(s Speaker, place EnrolPlace, country, number string) *EnrolView {
	phone := PhoneFields(s, country, number)
	phone.Number.Hint = s.T("enrol.numberHint")
	v := &EnrolView{EnrolPlace: place, Icon: "message", Title: s.T("enrol.smsHeading"), Lead: s.T("enrol.smsLead"), Phone: phone}
	v.Back = &Anchor{Text: s.T("enrol.otherMethod"), Path: WithNext(place.Choose, place.Next)}
	return v
}

// PhoneFields are the fields of a phone number: its country, as the reader's language orders them,
// and the number there.
func PhoneFields(s Speaker, country, number string) *phoneView {
	v := &phoneView{
		Country: Field{Name: "country", Label: s.T("enrol.country"), Type: "select", Autocomplete: "country"},
		Number: Field{
			Name: "phoneNumber", Label: s.T("enrol.number"), Type: "tel", Value: number, Autocomplete: "tel-national",
			InputMode: "tel", MaxLength: 40, Plain: true, Focus: true,
		},
	}
	for _, c := range factor.Countries() {
		v.Country.Options = append(v.Country.Options, Option{Value: c.Code, Text: s.T("enrol.countryCode", "Country", s.Country(c.Code), "Code", c.CallingCode)})
	}
	inOrder := collate.New(language.Make(s.Lang()), collate.IgnoreCase)
	slices.SortStableFunc(v.Country.Options, func(a, b Option) int { return inOrder.CompareString(a.Text, b.Text) })
	v.Country.Options = slices.Insert(v.Country.Options, 0, Option{})
	v.Country.Choose(country)
	return v
}

// AboutCountry puts what is said of a country that is missing where it is chosen.
func AboutCountry(err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = slices.Clone(err.Fields)
	for i := range out.Fields {
		if out.Fields[i].Code == "phone_country" {
			out.Fields[i] = sallyport.FieldError{Field: "country", Code: "phone_country"}
		}
	}
	return &out
}

// ViewSetUp shows what was begun.
func ViewSetUp(s Speaker, place EnrolPlace, begun mfa.Begun) *EnrolView {
	look := MethodLooks[begun.Factor.Method]
	v := &EnrolView{EnrolPlace: place, Icon: look.Icon}
	v.Back = &Anchor{Text: s.T("enrol.otherMethod"), Path: WithNext(place.Choose, place.Next)}
	name := TextField("name", s.T("twoFactor.name"), "", "off")
	name.MaxLength, name.Optional = line.MaxLength, true
	code := CodeField("code", s.T("enrol.code"))
	code.Focus = true
	look.SetUp(s, v, begun, setUpFields{code, name})
	return v
}

// Refill shows what was typed again, secrets aside, with what was wrong with it.
func (v *EnrolView) Refill(s Speaker, again *Again) {
	if again == nil {
		return
	}
	if v.App != nil {
		v.App.Name.Value = again.Value("name")
		v.App.Code.Resume(again)
	}
	if v.Code != nil {
		v.Code.Code.Resume(again)
	}
	if v.Passkey != nil {
		v.Passkey.Name.Value = again.Value("name")
	}
	v.Notice = again.Notice(s)
	if err := again.Refused(); err != nil {
		v.Refuse(s, err)
	}
}

// Refuse shows in the step what was wrong with it.
func (v *EnrolView) Refuse(s Speaker, err *sallyport.Error) {
	var fields []*Field
	switch {
	case v.Phone != nil:
		fields, err = []*Field{&v.Phone.Country, &v.Phone.Number}, AboutCountry(err)
	case v.App != nil:
		fields = []*Field{&v.App.Code, &v.App.Name}
	case v.Passkey != nil:
		fields = []*Field{&v.Passkey.Name}
	case v.Code != nil:
		fields = []*Field{&v.Code.Code}
	}
	for _, f := range fields {
		f.Focus = false
	}
	switch err.Code {
	case sallyport.CodeRateLimited:
		v.ErrorSummary = s.Waiting(err, "enrol.limitedTitle", "factor.suspendedText")
		return
	case sallyport.CodeAccountLocked:
		v.ErrorSummary = s.Waiting(err, "enrol.lockedTitle", "factor.suspendedText")
		return
	case sallyport.CodeNotFound:
		v.ErrorSummary = &ErrorSummary{Title: s.T("enrol.overTitle"), Text: s.T("enrol.overText")}
		return
	}
	v.ErrorSummary = Problems(s.Printer, err, fields...)
	if v.ErrorSummary != nil && len(v.ErrorSummary.Links) == 0 { // about no field of this step
		v.ErrorSummary = &ErrorSummary{Title: s.T("enrol.refusedTitle"), Text: s.Rule(err.Fields[0])}
	}
}
