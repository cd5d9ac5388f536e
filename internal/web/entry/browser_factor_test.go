package entry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// A key that knows no PIN is a second factor and opens nothing alone.
func TestBrowserSecurityKey(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.AddSecurityKey()
	webtest.AddKey(t, s, p)

	p.Navigate(s.URL + "/sign-in")
	p.Click("Sign in with a passkey")
	p.WaitText("The passkey was not used")
	p.Axe()

	webtest.GivePassword(p, s)
	p.WaitURL("/sign-in/factor")
	p.WaitText("Use a backup code")
	p.WaitNoText("Passkeys need JavaScript")
	p.Axe()
	p.Click("Use passkey")
	webtest.Arrive(p, "/profile/security")
	p.AssertQuiet()
}

// The drop-down of the e-mail field signs in without a word typed.
func TestBrowserPasskeyFillsIn(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.AddAuthenticator()
	webtest.AddKey(t, s, p)
	p.Navigate(s.URL + "/sign-in?next=%2Fprofile%2Fsecurity%2Factivity")
	webtest.Arrive(p, "/profile/security/activity")
	p.WaitText("Signed in on a new device, Chrome on Linux")
	p.AssertQuiet()
}

// Where the field offers nothing, the button does.
func TestBrowserPasskeyButton(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.AddAuthenticator()
	webtest.AddKey(t, s, p)
	p.JavaScript(false)
	webtest.GivePassword(p, s)
	p.WaitURL("/sign-in/factor")
	p.JavaScript(true)
	p.Navigate(s.URL + "/sign-in") // where the field leaves the sign-in under way alone
	p.WaitVisible("form[data-passkey] button")
	p.Click("Sign in with a passkey")
	webtest.Arrive(p, "/profile/security")
	p.AssertQuiet()
}

// Password, another way than the first, back again, and a backup code; and an act
// that asks for password and code before it shows its page. All of it without
// scripts, too.
func TestBrowserFactorAndStepUp(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %v", scripts), func(t *testing.T) {
			s := webtest.ServeSite(t)
			app := s.AddTOTP(t, webtest.Owner(t, s.App))
			p := browsertest.Open(t)
			p.JavaScript(scripts)
			webtest.GivePassword(p, s)
			p.WaitURL("/sign-in/factor")
			p.WaitVisible("#code:focus")
			p.Press(app.WrongCode(t))
			p.Press(webtest.KeyEnter)
			p.WaitText("This code is not right")
			p.WaitVisible("#code:focus")
			p.Click("a[href*=backup_codes]")
			p.WaitText("Enter one of the codes that you saved")
			p.Click("a[href*=totp]")
			p.WaitText("the app “Phone” shows")
			p.Click("a[href*=backup_codes]")
			p.Fill("Backup code", app.BackupCodes[0])
			p.Click("Continue")
			webtest.Arrive(p, "/profile/security")
			p.WaitText("You used a backup code. 9 are left.")

			s.Clock.Advance(11 * time.Minute)
			p.Navigate(s.URL + "/profile/security/two-factor/disable")
			p.WaitURL("/step-up?act=remove_factor")
			p.WaitVisible("#password:focus")
			if scripts {
				p.Axe()
			}
			p.Press(apptest.Password)
			p.Press(webtest.KeyEnter)
			p.WaitURL("/step-up/factor")
			p.WaitVisible("#code:focus")
			p.Press(app.Code(t))
			p.Press(webtest.KeyEnter)
			p.WaitURL("/profile/security/two-factor/disable")

			s.Clock.Advance(11 * time.Minute)
			p.Navigate(s.URL + "/profile/security/password")
			p.WaitText("Your account has a second factor") // before anything is typed
			if scripts {
				p.Axe()
			}
			p.Click("#password .btn-primary")
			p.WaitURL("/step-up?act=change_password")
			p.WaitVisible("#code:focus")
			p.Press(app.Code(t))
			p.Press(webtest.KeyEnter)
			p.WaitText("Now choose the new password")
			p.Fill("Current password", apptest.Password)
			p.Fill("New password", "Brave new pillars 43")
			p.Fill("Repeat the new password", "Brave new pillars 43")
			p.Press(webtest.KeyEnter) // the button moves while rules are met
			p.WaitText("Password changed.")
			p.AssertQuiet("status of 401")
		})
	}
}
