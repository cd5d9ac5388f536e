package web

import "github.com/sallyport/sallyport"

// invitationView is the card on which somebody who was invited makes an account.
type invitationView struct {
	Path         string // with the one-time secret
	Organisation string
	FirstName    field
	LastName     field
	Password     field
	Confirm      field
	ErrorSummary *errorSummary
}

// invitationInput is what was typed, secrets aside.
type invitationInput struct{ FirstName, LastName string }

func newInvitationView(s speaker, path, organisation string, in invitationInput, policy sallyport.Policy) *invitationView {
	v := &invitationView{
		Path: path, Organisation: organisation,
		FirstName: textField("firstName", s.T("field.firstName"), in.FirstName, "given-name"),
		LastName:  textField("lastName", s.T("field.lastName"), in.LastName, "family-name"),
		Password:  passwordField("password", s.T("field.password"), "new-password"),
		Confirm:   passwordField("confirmPassword", s.T("field.confirm"), "new-password"),
	}
	v.LastName.Optional = true
	v.Password.Rules = passwordRules(s.Printer, policy)
	v.Confirm.Confirms = v.Password.Name
	v.FirstName.Focus = true
	return v
}

// refuse marks what was wrong and puts the focus on it.
func (v *invitationView) refuse(s speaker, err *sallyport.Error) {
	v.ErrorSummary = refuse(s.Printer, err, &v.FirstName, &v.LastName, &v.Password, &v.Confirm)
	v.FirstName.Focus = false
}
