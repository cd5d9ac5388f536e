package web

import (
	"errors"

	"github.com/sallyport/sallyport"
)

// stepUpView asks for the password, or a passkey, before an act.
type stepUpView struct {
	Title, Lead  string
	Email        string
	Path         string
	Keep         []kept
	ErrorSummary *errorSummary
	Notice       *notice
	Password     *field       // nil for who has none
	Passkey      *passkeyForm // nil for who has none
	Stuck        string       // what to do when there is neither
	Back         anchor
}

func viewStepUp(s speaker, at challenge, email string, password, passkey bool) *stepUpView {
	v := &stepUpView{
		Title: s.T("factor.heading"), Lead: at.lead, Email: email, Path: stepUpPath, Keep: at.keep, Back: at.back,
	}
	if password {
		f := passwordField("password", s.T("field.currentPassword"), "current-password")
		f.Focus = true
		v.Password = &f
	}
	if passkey {
		v.Passkey = &passkeyForm{
			Path: stepUpPath + "/passkey", Options: stepUpPath + "/send", Text: s.T("stepUp.passkey"),
			Keep: append([]kept{{"method", sallyport.MethodWebAuthn}}, at.keep...), Primary: !password, Focus: !password,
		}
		if !password {
			v.Passkey.Text = s.T("factor.passkeyAct")
		}
	}
	if !password && !passkey {
		v.Stuck = s.T("stepUp.stuck")
	}
	return v
}

// refuse says what was wrong with the password, or with the passkey.
func (v *stepUpView) refuse(s speaker, refused, passkey error) {
	if passkey != nil && v.Passkey != nil {
		v.Passkey.Error, v.Passkey.Focus = passkeyProblem(s, passkey), true
		if v.Password != nil {
			v.Password.Focus = false
		}
	}
	var e *sallyport.Error
	if !errors.As(refused, &e) {
		return
	}
	switch {
	case e.Code == sallyport.CodeInvalidCredentials && v.Password != nil:
		v.Password.Errors = append(v.Password.Errors, s.T("rule.wrong_password"))
		return
	case e.Code == sallyport.CodeAccountLocked:
		v.ErrorSummary = &errorSummary{Title: s.T("factor.lockedTitle"), Text: s.T("factor.lockedText", "Time", s.clockAt(e.RetryAfter))}
	default:
		v.ErrorSummary = &errorSummary{Title: s.T("factor.limitedTitle"), Text: s.T("factor.limitedText", "Time", s.clockAt(e.RetryAfter))}
	}
	if v.Password != nil {
		v.Password.Focus = false
	}
}

// stepUpTrustView says that an act needs a device that is trusted more.
type stepUpTrustView struct {
	Title, Lead, Text string
	Back              anchor
}

func viewStepUpTrust(s speaker, at challenge, least sallyport.TrustLevel) *stepUpTrustView {
	return &stepUpTrustView{
		Title: s.T("stepUp.trustTitle"), Lead: at.lead, Text: s.T("stepUp.trustText", "Level", s.trust("", least, "").Text),
		Back: anchor{Text: s.T("error.home"), Path: homePath},
	}
}
