package web_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/browsertest"
)

// The device in use is trusted, named and removed, with its menu by keyboard.
func TestBrowserDevices(t *testing.T) {
	base, _ := visit(t)
	p := browsertest.Open(t)
	enter(p, base)
	p.Navigate(base + devices)
	p.WaitText("You will be asked again")
	p.Click(".sp-device .btn")
	p.WaitURL("/trust")
	p.Axe()
	p.Click("Trust this device")
	p.WaitText("Device trusted.")
	p.WaitText("Low")

	// What the level means opens beside the badge, within the page.
	for _, width := range []int{1280, 320} {
		p.Emulate(width, 700, width == 320)
		p.Click(".sp-trust")
		p.WaitVisible(".sp-tip:popover-open")
		p.WaitText("You chose to trust it when you signed in on it.")
		inside := browsertest.Eval[bool](p, `(() => {
			const width = document.documentElement.clientWidth;
			const tip = document.querySelector(".sp-tip").getBoundingClientRect(), badge = document.querySelector(".sp-trust").getBoundingClientRect();
			return tip.left >= 0 && tip.right <= width && document.documentElement.scrollWidth <= width && tip.top >= badge.bottom && tip.top < badge.bottom + 20;
		})()`)
		if !inside {
			t.Errorf("at %d pixels the tip is not beside its badge", width)
		}
		p.Snap(fmt.Sprintf("devices-tip-%d", width))
		p.Axe()
		p.Press(keyEscape)
		p.Emulate(width, 700, false)
		p.Click(".sp-device-more")
		p.WaitVisible(".sp-menu-near:popover-open")
		p.Snap(fmt.Sprintf("devices-menu-%d", width))
		p.Axe()
		p.Press(keyEscape)
	}

	p.Emulate(1280, 800, false)
	browsertest.Eval[any](p, `document.querySelector(".sp-device-more").focus()`)
	p.Press(keyEnter)
	p.Press(keyTab)
	p.Press(keyEnter)
	p.WaitURL("/rename")
	p.Fill("#name", "My laptop 🦊")
	p.Press(keyEnter)
	p.WaitText("Name changed.")
	p.WaitText("My laptop 🦊")

	p.Click(".sp-device-more")
	p.Click("Remove")
	p.WaitText("it signs you out here")
	p.Click("Remove device")
	p.WaitURL("/sign-in")
	p.WaitText("Device removed")
	p.AssertQuiet()
}

// Without scripts the menus and tips open all the same.
func TestBrowserDevicesWithoutJavaScript(t *testing.T) {
	base, _ := visit(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	enter(p, base)
	p.Navigate(base + devices)
	p.Click(".sp-trust")
	p.WaitText("You were let in once.")
	p.Press(keyEscape)
	p.Click(".sp-device-more")
	p.Click("Rename")
	p.WaitURL("/rename")
	p.AssertQuiet()
}

// The form carries what the browser says of itself, and nothing more.
func TestBrowserFingerprint(t *testing.T) {
	base, _ := visit(t)
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
