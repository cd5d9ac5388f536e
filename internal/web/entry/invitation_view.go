package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// invitationView is the card on which somebody who was invited makes an account.
type invitationView struct {
	Path         string
	Organisation string
	Account      string // its address
	FirstName    kit.Field
	LastName     kit.Field
	Password     kit.Field
	Confirm      kit.Field
	ErrorSummary *kit.ErrorSummary
}

// invitationInput is what was typed, secrets aside, and whom the invitation is for.
type invitationInput struct{ FirstName, LastName, Email string }

func newInvitationView(s kit.Speaker, path, organisation string, in invitationInput, policy sallyport.Policy) *invitationView {
	v := &invitationView{
		Path: path, Organisation: organisation, Account: in.Email,
		FirstName: kit.TextField("firstName", s.T("field.firstName"), in.FirstName, "given-name"),
		LastName:  kit.TextField("lastName", s.T("field.lastName"), in.LastName, "family-name"),
		Password:  kit.PasswordField("password", s.T("field.password"), "new-password"),
		Confirm:   kit.PasswordField("confirmPassword", s.T("field.confirm"), "new-password"),
	}
	v.LastName.Optional = true
	v.Password.Demand(s.Printer, policy)
	v.Confirm.Confirms = v.Password.Name
	v.FirstName.Focus = true
	return v
}

// again marks what was wrong and puts the focus on it.
func (v *invitationView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	if err == nil {
		return
	}
	v.ErrorSummary = kit.Problems(s.Printer, err, &v.FirstName, &v.LastName, &v.Password, &v.Confirm)
	v.FirstName.Focus = false
}
