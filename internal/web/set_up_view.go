package web

import "github.com/sallyport/sallyport"

// setUpView is the card that claims a new installation.
type setUpView struct {
	Path             string // with the one-time secret
	OrganisationName field
	FirstName        field
	LastName         field
	Email            field
	Password         field
	Confirm          field
	ErrorSummary     *errorSummary
}

// setUpInput is what was typed, secrets aside.
type setUpInput struct{ Organisation, FirstName, LastName, Email string }

func newSetUpView(s speaker, path string, in setUpInput, policy sallyport.Policy) *setUpView {
	v := &setUpView{
		Path:             path,
		OrganisationName: textField("organisation", s.T("field.organisation"), in.Organisation, "organization"),
		FirstName:        textField("firstName", s.T("field.firstName"), in.FirstName, "given-name"),
		LastName:         textField("lastName", s.T("field.lastName"), in.LastName, "family-name"),
		Email:            emailField(s.Printer, "email", in.Email),
		Password:         passwordField("password", s.T("field.password"), "new-password"),
		Confirm:          passwordField("confirmPassword", s.T("field.confirm"), "new-password"),
	}
	v.OrganisationName.Hint = s.T("setUp.organisationHint")
	v.Email.Hint = s.T("setUp.emailHint")
	v.LastName.Optional = true
	v.Password.Rules = passwordRules(s.Printer, policy)
	v.Confirm.Confirms = "password"
	v.OrganisationName.Focus = in == setUpInput{}
	return v
}
