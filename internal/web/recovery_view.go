package web

import "github.com/sallyport/sallyport"

// recoveryView asks for the address that a link for a new password goes to.
type recoveryView struct {
	Email        field
	ErrorSummary *errorSummary
}

func newRecoveryView(s speaker, address string) *recoveryView {
	v := &recoveryView{Email: emailField(s.Printer, "email", address)}
	v.Email.Focus = true
	return v
}

// fail puts a problem on the card and the focus on the problem.
func (v *recoveryView) fail(p *errorSummary) { v.ErrorSummary, v.Email.Focus = p, false }

// recoveryLimited says that a network asks too often, and when to come back.
func recoveryLimited(s speaker, err *sallyport.Error) *errorSummary {
	return &errorSummary{
		Title: s.T("recovery.limitedTitle"),
		Text:  s.T("recovery.limitedText", "Time", s.clockAt(err.RetryAfter)),
	}
}

// recoverySentView reads the same whether or not anybody has the address.
type recoverySentView struct{ Email string }
