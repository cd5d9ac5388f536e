package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// stepUpView asks for the password, or a passkey, before an act.
type stepUpView struct {
	Title, Lead  string
	Email        string
	Path         string
	Keep         []kit.Kept
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
	Password     *kit.Field       // nil for who has none
	Passkey      *kit.PasskeyForm // nil for who has none
	Providers    []providerButton // where the user has an account and can prove it anew
	Stuck        string           // what to do when there is none of them
	Back         kit.Anchor
}

// stepUpWays are the ways to prove who one is.
type stepUpWays struct {
	password, passkey bool
	providers         []sso.Provider
}

func viewStepUp(s kit.Speaker, at challenge, email string, ways stepUpWays) *stepUpView {
	password, passkey := ways.password, ways.passkey
	v := &stepUpView{
		Title: s.T("factor.heading"), Lead: at.lead, Email: email, Path: kit.StepUpPath, Keep: at.keep, Back: at.back,
	}
	if password {
		f := kit.PasswordField("password", s.T("field.currentPassword"), "current-password")
		f.Focus = true
		v.Password = &f
	}
	if passkey {
		v.Passkey = &kit.PasskeyForm{
			Path: kit.StepUpPath + "/passkey", Options: kit.StepUpPath + "/send", Text: s.T("stepUp.passkey"),
			Keep: append([]kit.Kept{{Name: "method", Value: sallyport.MethodWebAuthn}}, at.keep...), Primary: !password, Focus: !password,
		}
		if !password {
			v.Passkey.Text = s.T("factor.passkeyAct")
		}
	}
	v.Providers = providerButtons(s, "stepUp.confirmWith", ways.providers)
	if !password && !passkey && len(v.Providers) == 0 {
		v.Stuck = s.T("stepUp.stuck")
	}
	return v
}

// viewStepUpStuck says that the second factor that an act needs cannot be proven.
func viewStepUpStuck(s kit.Speaker, at challenge, email string) *stepUpView {
	return &stepUpView{
		Title: s.T("factor.heading"), Lead: at.lead, Email: email, Keep: at.keep, Back: at.back,
		ErrorSummary: &kit.ErrorSummary{Title: s.T("factor.unavailableTitle"), Text: s.T("factor.unavailableText")},
	}
}

// again says what was wrong with the password, or with the passkey.
func (v *stepUpView) again(s kit.Speaker, again *kit.Again) {
	e := again.Refused()
	if e == nil {
		return
	}
	if again.Noted(notePasskey) {
		v.refusePasskey(passkeyProblem(s, e))
		return
	}
	switch {
	case e.Code == sallyport.CodeInvalidCredentials && v.Password != nil:
		v.Password.Errors = append(v.Password.Errors, s.T("rule.wrong_password"))
		return
	case ofProvider(e.Code):
		v.ErrorSummary = providerProblem(s, e)
	case e.Code == sallyport.CodeAccountLocked:
		v.ErrorSummary = s.Waiting(e, "factor.lockedTitle", stepUpSuspended(v.Password != nil))
	default:
		v.ErrorSummary = s.Waiting(e, "factor.limitedTitle", stepUpSuspended(v.Password != nil))
	}
	if v.Password != nil {
		v.Password.Focus = false
	}
}

// refusePasskey says beside the button what was wrong, and puts the focus there.
func (v *stepUpView) refusePasskey(text string) {
	if v.Passkey == nil {
		return
	}
	v.Passkey.Error, v.Passkey.Focus = text, true
	if v.Password != nil {
		v.Password.Focus = false
	}
}

// stepUpSuspended returns the text for a way to prove oneself that only recovery opens again.
func stepUpSuspended(password bool) string {
	if password {
		return "password.suspendedText"
	}
	return "factor.suspendedText"
}

// stepUpTrustView says that an act needs a device that is trusted more.
type stepUpTrustView struct {
	Title, Lead, Text string
	Back              kit.Anchor
}

func viewStepUpTrust(s kit.Speaker, at challenge, least sallyport.TrustLevel) *stepUpTrustView {
	return &stepUpTrustView{
		Title: s.T("stepUp.trustTitle"), Lead: at.lead, Text: s.T("stepUp.trustText", "Level", s.TrustBadge("", least, "").Text),
		Back: kit.Anchor{Text: s.T("error.home"), Path: kit.HomePath},
	}
}
