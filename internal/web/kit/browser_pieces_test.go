package kit_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
)

// The pieces by keyboard alone, on a desk and on a phone: a dialog opens and gives the focus
// back, what is wrong with a form has the focus, and filters are links.
func TestBrowserPieces(t *testing.T) {
	t.Parallel()
	server := room().Serve(t)
	p := browsertest.Open(t)
	focused := func(what string) string { return browsertest.Eval[string](p, "document.activeElement."+what) }
	for _, width := range []int{1280, 390} {
		p.Emulate(width, 800, false)
		p.Navigate(server.URL + "/pieces")
		browsertest.Eval[any](p, `document.querySelector("a[data-dialog=piece]").focus()`)
		p.Press("\r")
		p.WaitVisible("dialog[open]")
		p.Axe()
		p.Press("\u001b")
		p.WaitNoText("Sign out Chrome on macOS?")
		if got := focused("textContent"); got != "Sign out" {
			t.Errorf("%d: after Escape the focus is on %q", width, got)
		}
		browsertest.Eval[any](p, `document.querySelector(".sp-chip").focus()`)
		p.Press("\t")
		if got := focused("className"); !strings.HasPrefix(got, "sp-chip") {
			t.Errorf("%d: after a filter comes %q", width, got)
		}

		p.Navigate(server.URL + "/pieces-refused")
		if got := focused("id"); got != "problems" {
			t.Errorf("%d: after a refusal the focus is on %q", width, got)
		}
		p.Press("\t")
		p.Press("\r")
		if got := browsertest.Eval[string](p, "location.hash"); got != "#email" {
			t.Errorf("%d: the first problem leads to %q", width, got)
		}
	}
	p.AssertQuiet()
}
