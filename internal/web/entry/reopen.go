package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// reopenShow is where the mail about a closed account leads. It asks for what is needed besides
// the link.
func (p *Pages) reopenShow(v *kit.Visit) error {
	by, err := p.SignIn.ReopenBy(v.R.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, reopenPath, err)
	}
	view, again := viewReopen(v.Speaker, v.R.URL.Path, by), p.SentBack(v)
	if by == signin.Deny {
		if view.Contacts, err = p.Accounts.Contacts(v.R.Context(), v.Tenant.ID); err != nil {
			return err
		}
	}
	if err := again.Refused(); err != nil {
		view.ErrorSummary = reopenProblem(v.Speaker, err)
	}
	return p.Show(v, again.Status(v), "link_ask", view.Title, view)
}

// reopen begins to open the account: with an older password at once, or with an older second
// factor on the pages of a sign-in.
func (p *Pages) reopen(v *kit.Visit) error {
	from, mailed := p.opening(v), p.linkOf(v)
	result, err := p.SignIn.Reopen(v.R.Context(), from, mailed)
	if err == nil && result.State == signin.Password {
		step := signin.Step{State: signin.Password, Password: v.Value("password")}
		result, err = p.SignIn.Advance(v.R.Context(), from, result.FlowToken, step)
	}
	switch sallyport.CodeOf(err) {
	case "":
		return p.signInNext(v, "", result)
	case sallyport.CodeInvalidCredentials, sallyport.CodeRateLimited, sallyport.CodeAccountLocked, sallyport.CodeDeviceNotTrusted, sallyport.CodeFactorUnavailable:
		return p.SendBack(v, v.R.URL.Path, err)
	case sallyport.CodeAccountClosed:
		v.Redirect(v.R.URL.Path)
		return nil
	}
	return p.linkFailed(v, reopenPath, err)
}

// reopenProblem says why the account did not open. Whose account it is is in the link, so only
// the password can be wrong.
func reopenProblem(s kit.Speaker, err *sallyport.Error) *kit.ErrorSummary {
	if err.Code == sallyport.CodeInvalidCredentials {
		return &kit.ErrorSummary{Title: s.T("reopen.wrongTitle"), Text: s.T("reopen.wrongText")}
	}
	return signInProblem(s, err)
}

// viewReopen asks for what opens an account besides the link: see [signin.Machine.ReopenBy].
func viewReopen(s kit.Speaker, path string, by signin.State) *linkView {
	v := &linkView{
		Icon: "lock-open", Tone: "info", Path: path, Title: s.T("reopen.heading"),
		Lead: s.T("reopen.factorLead"), Act: s.T("reopen.act"), Otherwise: s.T("reopen.otherwise"),
	}
	switch by {
	case signin.Password:
		field := kit.PasswordField("password", s.T("reopen.field"), "current-password")
		v.Lead, v.Password = s.T("reopen.passwordLead"), &field
	case signin.Deny:
		v.Icon, v.Tone, v.Lead, v.Act, v.Otherwise = "lock", "warn", s.T("reopen.denyLead"), "", ""
	}
	return v
}
