package kit_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/sallyport/sallyport/internal/browsertest"
)

// A chart by keyboard and by pointer: it is one stop, arrows lead from moment to moment, what has
// the focus says its values, and Escape hides them.
func TestBrowserCharts(t *testing.T) {
	t.Parallel()
	server := room().Serve(t)
	p := browsertest.Open(t)
	said := func() string {
		return browsertest.Eval[string](p, `document.activeElement.getAttribute("aria-label") ?? ""`)
	}
	shown := func() []string {
		return browsertest.Eval[[]string](p, `[...document.querySelectorAll("[data-chart] > span > span")].filter((e) => e.checkVisibility()).map((e) => e.innerText.replaceAll(/\s+/g, " "))`)
	}
	const right, left, home, end = kb.ArrowRight, kb.ArrowLeft, kb.Home, kb.End
	for _, width := range []int{1280, 390} {
		p.Emulate(width, 800, width == 390)
		p.Navigate(server.URL + "/charts-24")
		browsertest.Eval[any](p, `document.querySelectorAll("details summary").forEach((e) => e.tabIndex = -1)`)
		browsertest.Eval[any](p, `document.querySelector("main").focus()`)
		p.Press("\t")
		first := said()
		if !strings.HasPrefix(first, "20 Nov, 14:00–15:00, Signed in ") || !strings.Contains(first, ", Failed ") {
			t.Errorf("%d: the chart begins with %q", width, first)
		}
		for _, step := range []struct{ key, want string }{{right, "15:00–16:00"}, {right, "16:00–17:00"}, {left, "15:00–16:00"}, {end, "21 Nov, 13:00–14:00"}, {right, "21 Nov, 13:00–14:00"}, {home, "20 Nov, 14:00–15:00"}, {left, "20 Nov, 14:00–15:00"}} {
			p.Press(step.key)
			if got := said(); !strings.Contains(got, step.want) {
				t.Errorf("%d: a key leads to %q, want %q", width, got, step.want)
			}
		}
		if got := shown(); len(got) != 1 || !strings.HasPrefix(got[0], "20 Nov, 14:00–15:00 Signed in") {
			t.Errorf("%d: shown is %q", width, got)
		}
		p.Press(end)
		p.Snap("charts-focus-" + map[bool]string{true: "wide", false: "narrow"}[width == 1280])
		p.Axe()
		p.Press("\u001b")
		if got := shown(); len(got) != 0 {
			t.Errorf("%d: after Escape there is %q", width, got)
		}
		p.Press("\t") // the table that can be scrolled is closed: the next stop is the next chart
		if got := said(); !strings.Contains(got, "Active sessions") {
			t.Errorf("%d: after the chart comes %q", width, got)
		}
		browsertest.Eval[any](p, `document.querySelector(".sp-map-drawing > [tabindex='0']").focus({ focusVisible: true })`)
		if got := said(); got != "Brazil, Signed in 41, Failed 240" {
			t.Errorf("%d: the map begins with %q", width, got)
		}
		p.Press(right)
		if got := said(); got != "Russia, Signed in 0, Failed 97" {
			t.Errorf("%d: after it comes %q", width, got)
		}
		p.Snap("charts-map-" + map[bool]string{true: "wide", false: "narrow"}[width == 1280])
	}
	p.AssertQuiet()
}

// Without scripts the pointer still finds the values.
func TestBrowserChartsWithoutScripts(t *testing.T) {
	t.Parallel()
	server := room().Serve(t)
	p := browsertest.Open(t)
	p.JavaScript(false)
	p.Navigate(server.URL + "/charts-30")
	p.Click(".sp-chart-columns > span:nth-child(12)")
	p.WaitText("3 Nov 2026")
	p.Snap("charts-hover")
	if p.Count(".sp-chart-columns[role=img]") == 0 {
		t.Error("the drawings are not pictures")
	}
}
