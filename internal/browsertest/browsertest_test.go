package browsertest

import (
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestForm(t *testing.T) {
	url := serve(t)
	p := Open(t)
	p.Navigate(url + "/good.html")
	p.Fill("E-mail", "ann@example.test")
	p.Fill("Country", "Iceland")
	p.Fill("Born", "1990-02-03")
	p.Click("Remember me")
	if got := p.Text("#email"); got != "ann@example.test" {
		t.Errorf("e-mail = %q: Fill does not replace", got)
	}
	if got := Eval[string](p, `new URLSearchParams(new FormData(document.forms[0])).toString()`); got !=
		"email=ann%40example.test&country=is&born=1990-02-03&remember=on" {
		t.Errorf("form = %s", got)
	}
	p.Fill("#email", "")
	if got := p.Text("#email"); got != "" {
		t.Errorf("e-mail = %q after it was cleared", got)
	}
	p.Fill("E-mail", "ann@example.test")
	p.Click("Sign in") // the button, not the heading
	if got := p.Text("h1"); got != "You are ann@example.test" {
		t.Errorf("h1 = %q: Click does not wait for the page it loads", got)
	}
	p.WaitURL("/who")
	if got := p.Status(); got != 200 {
		t.Errorf("status = %d", got)
	}
	p.Back()
	p.WaitText("Show later")
	p.Click("#email")
	p.Press(kb.Tab)
	if got := Eval[string](p, "document.activeElement.name"); got != "country" {
		t.Errorf("after Tab in the e-mail field, %q has the focus", got)
	}
	p.AssertQuiet()
}

func TestClick(t *testing.T) {
	p := Open(t)
	p.Navigate(serve(t) + "/good.html")
	p.Click("Show later")
	p.WaitText("later has come")
	p.WaitNoText("second revoked")
	p.Click("#second")
	p.WaitText("second revoked")
	p.Click("More about it")
	if !strings.HasSuffix(p.URL(), "#more") {
		t.Errorf("url = %s", p.URL())
	}
	if n := p.Count("li"); n != 2 {
		t.Errorf("%d items", n)
	}
}

// Click fails, with the reason, where a user could not click.
func TestCannotClick(t *testing.T) {
	p := Open(t)
	p.Navigate(serve(t) + "/good.html")
	for query, want := range map[string]string{
		"Revoke":   "2 elements have this name",
		"No such":  "nothing has this name",
		"Far down": "nothing has this name", // a text that cannot be clicked
	} {
		if got := p.try("target", query, actReach, "").State; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	Eval[any](p, `document.body.append(Object.assign(document.createElement('div'), {className: 'curtain'}))`)
	if got := p.try("target", "Under", actReach, "").State; !strings.Contains(got, "covered by <div class=\"curtain\"") {
		t.Errorf("Under: %q", got)
	}
}

func TestIsolation(t *testing.T) {
	url := root(serve(t))
	ann, bob := Open(t), Open(t)
	ann.Navigate(url + "/testdata/site/good.html")
	ann.Fill("E-mail", "ann")
	ann.Click("Sign in")

	bob.Navigate(url + "/who")
	bob.WaitText("you are nobody")
	tab := ann.Tab()
	tab.Navigate(url + "/who")
	tab.WaitText("you are ann")

	c, ok := ann.Cookie("__Host-session")
	if !ok || c.Value != "ann" || !c.Secure || !c.HTTPOnly || c.SameSite != "Lax" || c.Path != "/" || c.Expires.IsZero() {
		t.Errorf("cookie = %+v", c)
	}
	if _, ok := bob.Cookie("__Host-session"); ok {
		t.Error("another person has the cookie")
	}
	ann.ClearCookies()
	tab.Reload()
	tab.WaitText("you are nobody")
}

func TestConsoleErrors(t *testing.T) {
	url := serve(t)
	p := Open(t)
	p.Navigate(url + "/bad.html")
	p.WaitText("done")
	got := strings.Join(p.ConsoleErrors(), "\n")
	for _, want := range []string{
		"it 42", "thrown and not caught", "rejected and not handled", // scripts
		"missing.png", "404", // a failed request
		"elsewhere.example",       // a request to another site, which is blocked
		"Content Security Policy", // an inline script
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	p.ForgetErrors()
	p.Navigate(root(url) + "/forbidden")
	if p.Status() != 403 {
		t.Errorf("status = %d, want 403", p.Status())
	}
	p.AssertQuiet("status of 403")
}

func TestAxe(t *testing.T) {
	url := serve(t)
	p := Open(t)
	p.Navigate(url + "/bad.html")
	violations := p.AxeViolations()
	var ids []string
	for _, v := range violations {
		if v.Serious() {
			ids = append(ids, v.ID)
		}
	}
	for _, want := range []string{"image-alt", "label", "html-has-lang"} {
		if !slices.Contains(ids, want) {
			t.Errorf("axe does not complain about %s, only about %v", want, ids)
		}
	}
	for _, v := range violations {
		if v.ID == "image-alt" && !strings.Contains(v.String(), `<img src="missing.png">`) {
			t.Errorf("a violation does not show its element: %v", v)
		}
	}

	p.ForgetErrors()
	p.Navigate(url + "/good.html")
	p.Axe()
	p.AssertQuiet() // running axe violates no content security policy
}

func TestEmulate(t *testing.T) {
	p := Open(t)
	p.Navigate(serve(t) + "/good.html")
	const background = "getComputedStyle(document.body).backgroundColor"
	if got := Eval[string](p, background); got != "rgb(255, 255, 255)" {
		t.Errorf("light background = %s", got)
	}
	p.Emulate(390, 844, true)
	if got := Eval[string](p, background); got != "rgb(17, 17, 17)" {
		t.Errorf("dark background = %s", got)
	}
	if got := Eval[int](p, "innerWidth"); got != 390 {
		t.Errorf("width = %d", got)
	}

	path := filepath.Join(t.TempDir(), "new", "page.png")
	p.Screenshot(path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	config, err := png.DecodeConfig(f)
	if err != nil {
		t.Fatal(err)
	}
	if config.Height < 1000 {
		t.Errorf("the picture is %d pixels high: not the whole page", config.Height)
	}
}

func TestSnap(t *testing.T) {
	p := Open(t)
	t.Setenv(EnvScreenshots, "")
	p.Snap("none")
	dir := t.TempDir()
	t.Setenv(EnvScreenshots, dir)
	p.Snap("sign in/1")
	if _, err := os.Stat(filepath.Join(dir, "sign-in-1.png")); err != nil {
		t.Error(err)
	}
}

func TestWithoutJavaScript(t *testing.T) {
	p := Open(t)
	p.JavaScript(false)
	p.Navigate(serve(t) + "/good.html")
	p.Click("Show later") // only a script shows it
	p.Fill("E-mail", "ann")
	if got := p.Text("#out"); got != "" {
		t.Errorf("a script ran: %q", got)
	}
	p.Click("Sign in")
	p.WaitText("You are ann")
}

func TestPasskey(t *testing.T) {
	p := Open(t)
	p.AddAuthenticator()
	p.Navigate(serve(t) + "/good.html")
	got := Eval[string](p, `navigator.credentials.create({publicKey: {
		rp: {id: 'localhost', name: 'test'}, user: {id: new Uint8Array(16), name: 'ann', displayName: 'Ann'},
		challenge: new Uint8Array(32), pubKeyCredParams: [{type: 'public-key', alg: -7}],
		authenticatorSelection: {residentKey: 'required', userVerification: 'required'},
	}}).then((c) => c.type)`)
	if got != "public-key" {
		t.Errorf("made a %q", got)
	}
}

func TestNoBrowserSaysWhatToInstall(t *testing.T) {
	t.Setenv(EnvBrowser, "")
	old := browsers
	browsers = []string{"no-such-browser"}
	defer func() { browsers = old }()
	if _, err := findBrowser(); err == nil || !strings.Contains(err.Error(), "apt-get install chromium") {
		t.Errorf("err = %v, want one that names the package", err)
	}
	t.Setenv(EnvBrowser, "no-such-browser")
	if _, err := findBrowser(); err == nil || !strings.Contains(err.Error(), EnvBrowser) {
		t.Errorf("err = %v, want one that names %s", err, EnvBrowser)
	}
}
