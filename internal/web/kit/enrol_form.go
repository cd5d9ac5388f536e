package kit

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// ShowEnrol shows one step, in the shell of who sees it.
func (p *Shell) ShowEnrol(v *Visit, status int, view *EnrolView) error {
	name := "enrol_step"
	if v.Checked.User.ID != "" {
		name = "two_factor_add"
	}
	return p.Write(v, status, name, Page{Title: view.Title, Wide: true, Body: view})
}

// PhoneOf reads the form of a phone number.
func PhoneOf(v *Visit) mfa.NewFactor {
	return mfa.NewFactor{Method: sallyport.MethodSMS, Country: v.Value("country"), PhoneNumber: v.Value("phoneNumber")}
}

// AboutPhone puts what is said of the method where the number is typed.
func AboutPhone(err *sallyport.Error) *sallyport.Error {
	out := *err
	out.Fields = nil
	for _, f := range err.Fields {
		if f.Code == "already_configured" {
			f.Field = "phoneNumber"
		}
		out.Fields = append(out.Fields, f)
	}
	return &out
}

// CountryOf is where the visitor seems to be.
func (p *Shell) CountryOf(v *Visit) string { return p.Read.Client(v.R).Location.Country }

// AnswerOf reads the first use of a method.
func AnswerOf(v *Visit) mfa.Answer {
	return mfa.Answer{Code: v.Value("code"), Passkey: []byte(v.Value("passkey")), Name: v.Value("name")}
}

// Keep puts what was typed, secrets aside, into the form that is shown again.
func (v *EnrolView) Keep(from *Visit) {
	name := from.Value("name")
	if v.App != nil {
		v.App.Name.Value = name
	}
	if v.Passkey != nil {
		v.Passkey.Name.Value = name
	}
	v.typed = from.Value("code")
}
