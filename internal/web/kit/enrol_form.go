package kit

import (
	"cmp"

	"golang.org/x/text/language"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// EnrolNameKept and EnrolPhoneKept are the fields of its forms that are shown again.
var (
	EnrolNameKept  = []string{"name"}
	EnrolPhoneKept = []string{"country", "phoneNumber"}
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

// ShowPhone asks for the number that text messages go to, with what was typed before. number is
// one that may be theirs, "" for none.
func (p *Shell) ShowPhone(v *Visit, place EnrolPlace, number string) error {
	again := p.SentBack(v)
	country := cmp.Or(again.Value("country"), p.CountryOf(v))
	if again != nil {
		again.Err = aboutPhone(again.Err)
	}
	view := ViewPhone(v.Speaker, place, country, cmp.Or(again.Value("phoneNumber"), number))
	view.Refill(v.Speaker, again)
	return p.ShowEnrol(v, again.Status(v), view)
}

// aboutPhone puts what is said of the method where the number is typed.
func aboutPhone(err *sallyport.Error) *sallyport.Error {
	if err == nil {
		return nil
	}
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

// CountryOf is where the visitor seems to be: by their address, or else by the region of the
// language that their browser asks for.
func (p *Shell) CountryOf(v *Visit) string {
	return cmp.Or(p.Read.Client(v.R).Location.Country, regionOf(v.R.Header.Get("Accept-Language")))
}

// regionOf is the first country that an Accept-Language header names, "" for none.
func regionOf(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return ""
	}
	for _, tag := range tags {
		if region, sure := tag.Region(); sure == language.Exact && region.IsCountry() {
			return region.String()
		}
	}
	return ""
}

// AnswerOf reads the first use of a method.
func AnswerOf(v *Visit) mfa.Answer {
	return mfa.Answer{Code: v.Value("code"), Passkey: []byte(v.Value("passkey")), Name: v.Value("name")}
}
