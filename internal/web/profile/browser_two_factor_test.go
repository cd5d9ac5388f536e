package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// From the security page to a second factor that counts and codes that are saved.
func TestBrowserEnrolsApp(t *testing.T) {
	s := webtest.ServeSite(t)
	p := &webtest.Clicker{Page: browsertest.Open(t)}
	webtest.SignIn(p.Page, s.URL)
	p.WaitText("Only your password protects this account")
	p.Click("Turn on two-factor authentication")
	p.WaitText("You are about to add a second factor")
	p.Axe()
	webtest.Confirm(p.Page, webtest.AddFactorPath)
	p.Axe()
	p.Click("button[value=totp]")
	p.WaitText("Scan this with your app")
	secret := webtest.Scan(t, p.Page)

	// What cannot be scanned can be typed: the same secret.
	p.Page.Click("Can’t scan it?")
	if said := strings.ReplaceAll(p.Text("#secret"), " ", ""); said != secret {
		t.Errorf("the text is %q, the picture %q", said, secret)
	}
	p.Axe()

	// On a phone the app is opened: nobody scans the screen they hold.
	const opens = `(() => {
		const a = document.querySelector(".sp-app-open a"), b = document.querySelector(".sp-more a");
		return [a.checkVisibility(), b.checkVisibility(), a.href.startsWith("otpauth://totp/") && a.href == b.href].join();
	})()`
	for _, tt := range []struct {
		width int
		want  string
	}{{390, "true,false,true"}, {1280, "false,true,true"}} {
		p.Emulate(tt.width, 800, false)
		if got := browsertest.Eval[string](p.Page, opens); got != tt.want {
			t.Errorf("at %d pixels: %s, want %s", tt.width, got, tt.want)
		}
		p.Axe()
	}

	// A wrong code leaves everything as it is.
	p.Page.Fill("Code", "000000")
	p.Page.Press(webtest.KeyEnter)
	p.WaitText("This code is not right")
	if again := webtest.Scan(t, p.Page); again != secret {
		t.Error("a wrong code changes the picture")
	}
	code := webtest.Oathtool(t, secret, s.Clock.Now())
	p.Fill("Code", code[:3]+" "+code[3:])
	p.Fill("#name", "Work phone 📱")
	p.Click("Confirm")

	p.WaitText("Save your backup codes")
	p.Axe()
	if n := p.Count(".sp-codes code"); n != 10 {
		t.Errorf("%d codes", n)
	}
	for _, name := range []string{"Copy", "Download", "Print"} {
		if !p.HasText(name) {
			t.Errorf("there is no %s", name)
		}
	}
	p.Page.Click("Continue") // the tick is missing
	p.WaitText("Save your backup codes")
	p.Click("I have saved these codes in a safe place")
	p.Click("Continue")
	p.WaitText("Your backup codes are in force")
	p.WaitText("Work phone 📱")
	p.WaitText("Enabled")
	p.Axe()
	for _, act := range []struct{ dialog, asks string }{
		{"remove-", "Remove Work phone 📱 and turn off two-factor authentication?"}, {"new-codes", "Make new backup codes?"}, {"disable", "Turn off two-factor authentication?"},
	} {
		p.Page.Click("a[data-dialog^=" + act.dialog + "]")
		p.WaitVisible("dialog[open]")
		p.WaitText(act.asks)
		p.Axe()
		p.Page.Press(webtest.KeyEscape)
		p.WaitNoText(act.asks)
	}
	t.Logf("%d clicks, and a password and a code typed", p.N)
	if p.N > 5 {
		t.Errorf("%d clicks", p.N)
	}
	p.AssertQuiet("status of 401")
}

// A file of the codes says whose they are.
func TestBrowserSavesCodes(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, s.URL)
	p.Navigate(s.URL + webtest.AddFactorPath)
	webtest.Confirm(p, webtest.AddFactorPath)
	p.Click("button[value=totp]")
	p.Fill("Code", webtest.Oathtool(t, webtest.Scan(t, p), s.Clock.Now()))
	p.Press(webtest.KeyEnter)
	p.WaitText("Save your backup codes")
	codes := browsertest.Eval[[]string](p, "[...document.querySelectorAll('.sp-codes code')].map((e) => e.textContent)")
	// What the download is made of, and what it is called.
	browsertest.Eval[any](p, `void (URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return "#"; })`)
	browsertest.Eval[any](p, `void document.addEventListener("click", (e) => e.preventDefault())`)
	p.Click("Download")
	var file string
	for end := time.Now().Add(5 * time.Second); file == "" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		file = browsertest.Eval[string](p, "window.saved ?? ''")
	}
	for _, want := range append(codes, "Quayside", apptest.OwnerEmail, "Each code works once") {
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks %q:\n%s", want, file)
		}
	}
	p.AssertQuiet()
}

func TestBrowserCreatesPasskey(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	p.AddAuthenticator()
	webtest.SignIn(p, s.URL)
	p.Navigate(s.URL + webtest.AddFactorPath)
	webtest.Confirm(p, webtest.AddFactorPath)
	p.Click("button[value=webauthn]")
	p.WaitText("Create a passkey")
	p.Axe()
	p.Fill("#name", "This laptop")
	p.Click("Create passkey")
	p.WaitText("This laptop is set up")
	p.WaitText("Save your backup codes")
	p.Click("I have saved these codes in a safe place")
	p.Click("Continue")
	p.WaitText("This laptop")
	p.WaitText("Passkey")
	p.WaitText("Enabled")
	p.AssertQuiet()
}

// Without scripts an app can be set up, and a passkey says what it needs.
func TestBrowserEnrolsWithoutJavaScript(t *testing.T) {
	s := webtest.ServeSite(t)
	s.SavePolicy(t, map[string]any{"mfaEnforced": "everyone"})
	p := browsertest.Open(t)
	p.JavaScript(false)
	p.Navigate(s.URL + "/sign-in")
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("button.btn-primary")
	p.WaitURL("/sign-in/enrol")
	p.WaitText("Quayside asks for a second factor")
	p.Click("button[value=webauthn]")
	p.WaitText("Passkeys need JavaScript")
	if p.HasText("Create passkey") {
		t.Error("a button that does nothing")
	}
	p.Click("Choose another method")
	p.Click("button[value=totp]")
	secret := webtest.Scan(t, p)
	p.Fill("Code", webtest.Oathtool(t, secret, s.Clock.Now()))
	p.Click("Confirm")
	p.WaitText("Save your backup codes")
	p.Click("Continue")
	p.WaitText("Save your backup codes")
	p.Click("I have saved these codes in a safe place")
	p.Click("Continue")
	webtest.Arrive(p, "/profile/security")
	p.WaitText("Required by Quayside")
	p.AssertQuiet()
}

// Printed, only the codes and whose they are remain.
func TestPrintedCodes(t *testing.T) {
	s := webtest.ServeSite(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, s.URL)
	p.Navigate(s.URL + webtest.AddFactorPath)
	webtest.Confirm(p, webtest.AddFactorPath)
	p.Click("button[value=totp]")
	p.Fill("Code", webtest.Oathtool(t, webtest.Scan(t, p), s.Clock.Now()))
	p.Press(webtest.KeyEnter)
	p.WaitText("Save your backup codes")
	p.EmulatePrint(true)
	said := browsertest.Eval[string](p, "document.body.innerText")
	for _, gone := range []string{"Save your backup codes", "Continue", "Download", "Security", "I have saved"} {
		if strings.Contains(said, gone) {
			t.Errorf("printed, it says %q:\n%s", gone, said)
		}
	}
	for _, want := range []string{"Quayside", "Backup codes", apptest.OwnerEmail} {
		if !strings.Contains(said, want) {
			t.Errorf("printed, it lacks %q:\n%s", want, said)
		}
	}
	if dir := os.Getenv(browsertest.EnvScreenshots); dir != "" {
		p.Screenshot(filepath.Join(dir, "printed-codes.png"))
	}
}
