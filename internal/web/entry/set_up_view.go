package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// setUpView is the card that claims a new installation.
type setUpView struct {
	Path             string
	OrganisationName kit.Field
	FirstName        kit.Field
	LastName         kit.Field
	Email            kit.Field
	Password         kit.Field
	ErrorSummary     *kit.ErrorSummary
}

// setUpInput is what was typed, secrets aside.
type setUpInput struct{ Organisation, FirstName, LastName, Email string }

func newSetUpView(s kit.Speaker, path string, in setUpInput, policy sallyport.Policy) *setUpView {
	v := &setUpView{
		Path:             path,
		OrganisationName: kit.TextField("organisation", s.T("field.organisation"), in.Organisation, "organization"),
		FirstName:        kit.TextField("firstName", s.T("field.firstName"), in.FirstName, "given-name"),
		LastName:         kit.TextField("lastName", s.T("field.lastName"), in.LastName, "family-name"),
		Email:            kit.EmailField(s.Printer, "email", in.Email),
		Password:         kit.PasswordField("password", s.T("field.password"), "new-password"),
	}
	v.OrganisationName.Hint = s.T("setUp.organisationHint")
	v.Email.Hint = s.T("setUp.emailHint")
	v.LastName.Optional = true
	v.Password.Demand(s.Printer, policy)
	v.OrganisationName.Focus = in == setUpInput{}
	return v
}

// again marks what was wrong and puts the focus on it.
func (v *setUpView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	if err == nil {
		return
	}
	v.OrganisationName.Focus = false
	v.ErrorSummary = kit.Problems(s.Printer, err, &v.OrganisationName, &v.FirstName, &v.LastName, &v.Email, &v.Password)
}
