package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// colleague is somebody with a session and a second factor, whom an owner looks at.
func colleague(t *testing.T, a *apptest.App) (u sallyport.User, session, factor string) {
	t.Helper()
	u = a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	in := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), u.Email)
	return u, in.Session.ID, a.AddTOTP(t, apptest.Actor(in)).Factor.ID
}

// Each act on somebody is asked about, done, said, in the log as an admin's, and told by mail where
// it changes what opens the account.
func TestBrowserActsOnAPerson(t *testing.T) {
	base, a := webtest.Browse(t)
	u, session, factor := colleague(t, a)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	person := base + "/settings/team/" + u.ID
	p.Navigate(person)
	p.WaitText("Firefox on Linux")
	p.Axe()
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	sessions, methods := base+"/foundation/security/sessions/"+session, base+"/foundation/security/mfa/methods/"+factor
	for _, tt := range []struct {
		address, act, said string
		kind               audit.Kind
		mail               notify.Kind // "" for none
	}{
		{person + "/demand-password", "Ask for a new password", "The next sign-in asks for a new password.", audit.PasswordDemanded, notify.PasswordDemanded},
		{person + "/reset-password", "Mail the link", "A link for a new password is on its way by mail.", audit.PasswordResetRequested, notify.PasswordReset},
		{person + "/require-mfa", "Require it", "A second factor is required from now on.", audit.MFARequirementMoved, notify.FactorDemanded},
		{person + "/waive-mfa", "Require it no longer", "It is not required of this person any more.", audit.MFARequirementMoved, ""},
		{sessions + "/suspend", "Suspend session", "The session is suspended.", audit.SessionSuspended, ""},
		{sessions + "/resume", "Resume session", "The session goes on.", audit.SessionResumed, ""},
		{sessions + "/terminate", "Terminate session", "The session was terminated.", audit.SessionTerminated, ""},
		{methods + "/suspend", "Suspend method", "The method is suspended.", audit.MethodSuspended, notify.MethodSuspended},
		{methods + "/resume", "Resume method", "The method counts again.", audit.MethodResumed, notify.MethodResumed},
		{methods + "/remove", "Remove method", "The method was removed.", audit.MethodRemoved, notify.FactorRemoved},
		{person + "/mail-set-up", "Send mail", "The mail is on its way.", audit.MFAReminded, notify.SetUpFactor},
	} {
		events := a.Count(t)[tt.kind]
		a.Mails(t) // those before
		p.Navigate(tt.address)
		p.Axe()
		p.Click(tt.act)
		p.WaitText(tt.said)
		back := "/settings/team/" + u.ID
		if strings.HasPrefix(tt.address, sessions) { // another page may have led there
			back = sessionsAt + "/" + session
		}
		p.WaitURL(back)
		if n := a.Count(t)[tt.kind] - events; n != 1 {
			t.Errorf("%s: %d events %s", tt.address, n, tt.kind)
		}
		if tt.mail != "" {
			a.OnlyMail(t, tt.mail, u.Email)
		}
	}
	p.AssertQuiet()
}

// An exemption has an end and a reason; a mistake is said at its field, and nothing is lost.
func TestBrowserExempts(t *testing.T) {
	base, a := webtest.Browse(t)
	u := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	p.Navigate(base + "/settings/team/" + u.ID)
	p.Click("Exempt for a while")
	p.WaitURL("/exempt-mfa")
	p.Fill("#reason", "Waits for a key")
	browsertest.Eval[any](p, "document.getElementById('until').value = '2020-01-01'")
	p.Click("Exempt")
	p.WaitText("Until:")
	if got := browsertest.Eval[string](p, "document.getElementById('reason').value"); got != "Waits for a key" {
		t.Errorf("the reason is lost: %q", got)
	}
	day := a.Clock.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	browsertest.Eval[any](p, "document.getElementById('until').value = '"+day+"'")
	p.Click("Exempt")
	p.WaitText("The exemption is in force.")
	p.WaitText("Waits for a key")
	p.Click("[data-dialog=end-exemption]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("The exemption is over.")
	p.AssertQuiet("status of 422")
}

// Backup codes are shown once, to be handed over.
func TestBrowserIssuesBackupCodes(t *testing.T) {
	base, a := webtest.Browse(t)
	u, _, _ := colleague(t, a)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/team/" + u.ID)
	p.Click("[data-dialog=backup-codes]")
	p.Click("dialog[open] button.btn-danger")
	p.WaitText("Backup codes for max@corp.test")
	p.Axe()
	p.Click("I have handed them over")
	p.WaitURL("/settings/team/" + u.ID)
	p.Click("Reset second factors")
	p.WaitText("How do you know that it is them who asks?")
	p.Axe()
	p.Fill("Why", "Lost phone")
	p.Click("They are here in person")
	p.Click("Remove all of them")
	p.WaitText("Every second factor was removed.")
	p.WaitText("A code for max@corp.test")
	p.Axe()
	p.Click("I have handed it over")
	p.WaitText("A code that was handed over after a reset works until")
	p.WaitText("max@corp.test has no second factor.")
	p.AssertQuiet()
}

// All sessions end, a lock is lifted, the account is closed and opened again.
func TestBrowserLocksAPersonDown(t *testing.T) {
	base, a := webtest.Browse(t)
	u, _, _ := colleague(t, a)
	for range 5 {
		a.Try(t.Context(), a.From(t, apptest.Client("203.0.113.9", apptest.ChromeOnMac)), u.Email, "wrong") //nolint:errcheck // it is
	}
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/team/" + u.ID)
	p.WaitText("Locked on devices that are not known")
	p.Click("[data-dialog=unlock]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("The account is unlocked.")
	p.WaitText("Not locked")
	p.Click("[data-dialog=terminate-sessions]")
	p.Click("dialog[open] button.btn-danger")
	p.WaitText("All sessions were terminated.")
	p.WaitText("max@corp.test is signed in nowhere.")
	p.Click("[data-dialog^=lockdown]")
	p.Click("dialog[open] button.btn-danger")
	p.WaitText("Only an older proof of its owner")
	p.Click("[data-dialog^=enable]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitNoText("Only an older proof of its owner")
	p.Click("a[href$='/activity']")
	p.WaitText("by an administrator")
	p.Axe()
	p.AssertQuiet()
}

// People without a good second factor are reminded, each once.
func TestBrowserReminds(t *testing.T) {
	base, a := webtest.Browse(t)
	u := a.AddUser(t, "max@corp.test", sallyport.RoleMember)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/foundation/security/mfa")
	p.Axe()
	a.Mails(t)
	p.Click("[data-dialog=remind-none]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("2 reminders are on their way.") // to the owner, too
	p.Click("[data-dialog=remind-none]")
	p.Click("dialog[open] button.btn-primary")
	p.WaitText("0 reminders are on their way.")
	n := 0
	for _, m := range a.Mails(t) {
		if m.Kind == notify.SetUpFactor && m.To == u.Email {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d reminders", n)
	}
	p.AssertQuiet()
}
