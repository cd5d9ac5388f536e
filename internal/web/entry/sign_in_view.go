package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// signInView is the sign-in card: e-mail and password at once.
type signInView struct {
	Organisation string
	Text         string // that the organisation wrote; "" for none
	Next         string // local path to go on to
	Email        kit.Field
	Password     kit.Field
	Passkey      *kit.PasskeyForm // nil where policy allows none
	Providers    []providerButton
	Required     bool             // there is no way in but by a provider
	Owners       *kit.PasskeyForm // where that is so, the way of owners; nil where policy allows no passkeys
	OwnersOpen   bool             // and it is shown
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
	Removed      bool // its owner removed this browser, which may come back as a new one
}

func newSignInView(s kit.Speaker, organisation, next, email string) *signInView {
	v := &signInView{
		Organisation: organisation,
		Next:         next,
		Email:        kit.EmailField(s.Printer, "email", email),
		Password:     kit.PasswordField("password", s.T("field.password"), "current-password"),
	}
	v.Email.Focus = email == ""
	v.Password.Focus = email != ""
	return v
}

// offerPasskey adds the way in without a password: a button, and the drop-down of
// the e-mail field.
func (v *signInView) offerPasskey(s kit.Speaker) {
	v.Email.Autocomplete = "username webauthn"
	v.Passkey = &kit.PasskeyForm{
		Path: passkeyPath, Options: passkeyPath + "/options", Keep: append(kit.KeepNext(v.Next), kit.Kept{Name: "fingerprint", Value: ""}), Text: s.T("passkey.signIn"), Fill: v.Email.Name,
	}
}

// offerProviders adds the ways in by identity providers, which may be the only ones.
func (v *signInView) offerProviders(s kit.Speaker, offered sso.Offered) {
	v.Providers, v.Required = providerButtons(s, "signIn.continueWith", offered.Providers), offered.Required
	if v.Required {
		v.Email.Focus = len(v.Providers) == 0
	}
}

// offerOwners adds the way past the provider that owners have, for the day on which it is away.
func (v *signInView) offerOwners(s kit.Speaker) {
	v.Owners = &kit.PasskeyForm{
		Path: passkeyPath, Options: passkeyPath + "/options", Keep: append(kit.KeepNext(v.Next), kit.Kept{Name: "fingerprint", Value: ""}), Text: s.T("passkey.signIn"),
	}
}

// fail puts a problem on the card and the focus on the problem.
func (v *signInView) fail(p *kit.ErrorSummary) {
	v.ErrorSummary, v.Email.Focus, v.Password.Focus = p, false, false
}

// Notes with which the card is shown again.
const (
	noteRemoved = "removed" // the device was, by its owner
	notePasskey = "passkey" // that is what was refused
	// noteProvider: it was at an identity provider.
	noteProvider = "provider"
)

// again says why the sign-in was refused, and puts the focus there.
func (v *signInView) again(s kit.Speaker, again *kit.Again) {
	err := again.Refused()
	switch {
	case err == nil:
		return
	case again.Noted(notePasskey) && err.Code != sallyport.CodeNetworkBlocked:
		failed := &kit.ErrorSummary{Title: s.T("passkey.failedTitle"), Text: s.T("passkey.failedText", "Problem", passkeyProblem(s, err))}
		if v.Required {
			failed.Text = passkeyProblem(s, err) // there is no password to use instead
		}
		v.fail(failed)
	case providerProblem(s, err) != nil && (again.Noted(noteProvider) || ofProvider(err.Code)):
		v.fail(providerProblem(s, err))
	case err.Code == sallyport.CodeInvalid:
		v.fail(kit.Problems(s.Printer, err, &v.Email))
	default:
		v.fail(signInProblem(s, err))
	}
	v.Removed, v.OwnersOpen = again.Noted(noteRemoved), again.Noted(notePasskey)
}

// signInProblem says why a sign-in was refused. What is said for a wrong
// password is said for an unknown address too.
func signInProblem(s kit.Speaker, err *sallyport.Error) *kit.ErrorSummary {
	p := &kit.ErrorSummary{Title: s.T("signIn.failedTitle"), Text: s.T("signIn.failedText")}
	switch err.Code {
	case sallyport.CodeInvalidCredentials:
		p.Title, p.Text = s.T("signIn.wrongTitle"), s.T("signIn.wrongText")
	case sallyport.CodeAccountLocked, sallyport.CodeRateLimited:
		// Said alike to everybody: names that nobody has are counted and locked like accounts.
		p = s.Waiting(err, "signIn.lockedTitle", "password.suspendedText")
		if p.Wait != nil {
			p.Text = s.T("signIn.lockedText")
		}
		p.Act = &kit.Anchor{Text: s.T("signIn.limitedAct"), Path: recoveryPath}
	case sallyport.CodeAccountDisabled:
		p.Title, p.Text = s.T("signIn.disabledTitle"), s.T("signIn.disabledText")
	case sallyport.CodeAccountClosed:
		p.Title, p.Text = s.T("signIn.closedTitle"), s.T("signIn.closedText")
		p.Act = &kit.Anchor{Text: s.T("signIn.closedAct"), Path: recoveryPath}
	case sallyport.CodeFactorUnavailable:
		p.Title, p.Text = s.T("factor.unavailableTitle"), s.T("factor.unavailableText")
	case sallyport.CodeApprovalDenied:
		p.Title, p.Text = s.T("signIn.approvalTitle"), s.T("signIn.approvalText")
	case sallyport.CodeFlowExpired, sallyport.CodeFlowMismatch:
		p.Title, p.Text = s.T("signIn.flowTitle"), s.T("signIn.flowText")
	case sallyport.CodeMFAFailed:
		p.Text = passkeyProblem(s, err)
	case sallyport.CodeNetworkBlocked:
		p.Title, p.Text = s.T("error.networkBlockedTitle"), s.T("error.networkBlockedText")
	case sallyport.CodeDeviceNotTrusted:
		p.Title, p.Text = s.T("signIn.deviceTitle"), s.T("signIn.deviceText")
	}
	return p
}

// sessionNotice says why somebody who was signed in has to sign in again, or nil
// when there is nothing to say. reason is why their session ended, as far as it is known.
func sessionNotice(s kit.Speaker, reason string, code sallyport.Code) *kit.Notice {
	id := "ended." + reason
	if !s.Has(id) {
		id = "ended." + string(code)
	}
	if !s.Has(id) {
		return nil
	}
	more := &kit.Anchor{Text: s.T("help.sessions"), Path: kit.HelpPath + "/sessions"}
	return &kit.Notice{Tone: "info", Icon: "info-circle", Title: s.T("ended.title"), Text: s.T(id), More: more}
}
