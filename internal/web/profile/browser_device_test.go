package profile_test

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// The device in use is trusted, named and removed, with its menu by keyboard.
func TestBrowserDevices(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + webtest.DevicesPath)
	p.WaitText("You will be asked again")
	p.Click(".sp-device .btn")
	p.WaitVisible("dialog[open]")
	p.WaitText("Do not trust a shared or public computer")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("Device trusted.")
	p.WaitText("Low")

	// Why it has its level opens below the row, or above, within the page.
	for _, width := range []int{1280, 390, 320} {
		p.Emulate(width, 700, width == 320)
		p.Click(".sp-trust")
		p.WaitVisible(".sp-tip:popover-open")
		p.WaitText("You chose to trust it when you signed in on it.")
		inside := browsertest.Eval[bool](p, `(() => {
			const width = document.documentElement.clientWidth;
			const tip = document.querySelector(".sp-tip").getBoundingClientRect(), row = document.querySelector(".sp-session").getBoundingClientRect();
			return tip.left >= 16 && tip.right <= width - 16 && document.documentElement.scrollWidth <= width &&
				(tip.top >= row.bottom && tip.top < row.bottom + 20 || tip.bottom <= row.top && tip.bottom > row.top - 20);
		})()`)
		if !inside {
			t.Errorf("at %d pixels the tip is not beside its row", width)
		}
		p.Snap(fmt.Sprintf("devices-tip-%d", width))
		p.Axe()
		p.Press(webtest.KeyEscape)
		p.Emulate(width, 700, false)
		p.Click(".sp-device-more")
		p.WaitVisible(".sp-menu-near:popover-open")
		p.Snap(fmt.Sprintf("devices-menu-%d", width))
		p.Axe()
		p.Press(webtest.KeyEscape)
	}

	p.Emulate(1280, 800, false)
	browsertest.Eval[any](p, `document.querySelector(".sp-device-more").focus()`)
	p.Press(webtest.KeyEnter)
	p.Press(webtest.KeyTab)
	p.Press(webtest.KeyEnter)
	p.WaitURL("/rename")
	p.Fill("#name", "My laptop 🦊")
	p.Press(webtest.KeyEnter)
	p.WaitText("Name changed.")
	p.WaitText("My laptop 🦊")

	p.Click(".sp-device-more")
	p.Click("Remove")
	p.WaitVisible("dialog[open]")
	p.WaitText("it signs you out here")
	p.Axe()
	p.Press(webtest.KeyEscape)
	p.WaitNoText("it signs you out here")
	if label := browsertest.Eval[string](p, "document.activeElement.ariaLabel"); label != "More for My laptop 🦊" {
		t.Errorf("after Escape the focus is on %q", label)
	}
	p.Click(".sp-device-more")
	p.Click("Remove")
	p.Click("dialog[open] button")
	p.WaitURL("/sign-in")
	p.WaitText("Device removed")
	p.AssertQuiet()
}

// Without scripts the menus and tips open all the same.
func TestBrowserDevicesWithoutJavaScript(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	webtest.SignIn(p, base)
	p.Navigate(base + webtest.DevicesPath)
	p.Click(".sp-trust")
	p.WaitText("You were let in once.")
	p.Press(webtest.KeyEscape)
	p.Click(".sp-device-more")
	p.Click("Rename")
	p.WaitURL("/rename")
	p.AssertQuiet()
}
