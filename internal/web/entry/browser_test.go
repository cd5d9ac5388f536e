package entry_test

import (
	"encoding/json"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The form carries what the browser says of itself, and nothing more.
func TestBrowserFingerprint(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in")
	said := browsertest.Eval[string](p, `document.querySelector("form[action='/sign-in'] input[name=fingerprint]").value`)
	var f sallyport.Fingerprint
	if err := json.Unmarshal([]byte(said), &f); err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	if f.UserAgent == "" || f.ScreenResolution == "" || f.Timezone == "" || f.Language == "" || f.HardwareConcurrency == 0 {
		t.Errorf("%s lacks something", said)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(said), &all); err != nil || len(all) > 8 {
		t.Errorf("%s says more than eight things, %v", said, err)
	}
	p.AssertQuiet()
}

// From an empty page to signed in and out again by keyboard alone.
func TestBrowserKeyboard(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	p.Navigate(base + "/sign-in") // the focus starts in the first field
	p.Press(apptest.OwnerEmail)
	p.Press(webtest.KeyTab)
	p.Press("Wrong guess 99")
	p.Press(webtest.KeyEnter)
	p.WaitText("E-mail or password is wrong")
	if id := browsertest.Eval[string](p, "document.activeElement.id"); id != "problems" {
		t.Errorf("after a refusal the focus is on %q", id)
	}
	if kept := p.Text("#email"); kept != apptest.OwnerEmail {
		t.Errorf("the address became %q", kept)
	}
	p.Press(webtest.KeyTab)
	p.Press(webtest.KeyTab)
	p.Press(apptest.Password)
	p.Press(webtest.KeyEnter)
	webtest.Arrive(p, "/profile/security")

	p.Press(webtest.KeyTab)
	p.WaitVisible(".sp-skip:focus")
	if outline := browsertest.Eval[string](p, "getComputedStyle(document.activeElement).outlineStyle"); outline == "none" {
		t.Error("the focus does not show")
	}
	p.Press(webtest.KeyEnter)
	if id := browsertest.Eval[string](p, "document.activeElement.id"); id != "main" {
		t.Errorf("the skip link leads to %q", id)
	}
	browsertest.Eval[any](p, `document.querySelector("[popovertarget=account-menu]").focus()`)
	p.Press(webtest.KeyEnter)
	p.WaitVisible("#account-menu")
	p.Press(webtest.KeyTab) // to the help
	p.Press(webtest.KeyTab)
	p.Press(webtest.KeyEnter)
	p.WaitText("You are signed out")
	p.AssertQuiet("status of 401")
}
