package admin_test

import (
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The form says at once how a colour is used, the page wears it, and after saving everybody sees it.
func TestBrowserChangesTheLook(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/look")
	p.WaitText("No colour is chosen")
	p.Fill("#accent", "#ffee00")
	p.WaitText("links use #7a7100")
	p.WaitText("It is not saved yet")
	p.Fill("#name", "Northwind Traders")
	p.Fill("#signInText", "Lost your phone? Call 1234.")
	p.Axe()
	p.Click("Save")
	p.WaitText("The look is saved.")
	p.Axe()
	if got := browsertest.Eval[string](p, `getComputedStyle(document.querySelector(".btn-primary")).backgroundColor`); got != "rgb(255, 238, 0)" {
		t.Errorf("the button is %s", got)
	}
	p.AssertQuiet()
	p = browsertest.Open(t)
	p.Navigate(base + "/sign-in")
	p.WaitText("Lost your phone? Call 1234.")
	p.WaitText("Northwind Traders")
	p.Axe()
	p.AssertQuiet()
}

// Without scripts the preview is a page.
func TestBrowserPreviewsTheLook(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	webtest.SignIn(p, base)
	p.Navigate(base + "/settings/look")
	p.Fill("#accent", "#000000")
	p.Click("Preview")
	p.WaitText("In the dark theme #000000 is too dark for text on dark ground")
	p.WaitText("It is not saved yet")
	p.Click("Save")
	p.WaitText("The look is saved.")
}
