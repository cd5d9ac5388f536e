package admin

import (
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
)

// What is ticked is counted; all that match is the filter instead of ids; a key ticks as well.
func TestBulkBar(t *testing.T) {
	server := room().Serve(t)
	p := browsertest.Open(t)
	p.Emulate(1280, 800, false)
	p.Navigate(server.URL + "/sessions-bulk")
	sent := func() string {
		return browsertest.Eval[string](p, "new URLSearchParams(new FormData(document.getElementById('bulk'))).toString()")
	}
	shown := func() bool {
		return browsertest.Eval[bool](p, "document.getElementById('bulk').checkVisibility()")
	}
	if shown() {
		t.Error("the bar is there before anything is ticked")
	}
	p.Click("#tick-s1")
	p.WaitText("1 session selected")
	p.Press("j") // from the row that the focus is in
	p.Press("x")
	p.WaitText("2 sessions selected")
	if got := sent(); got != "id=s1&id=s2" {
		t.Errorf("two rows: %s", got)
	}
	p.Axe()
	p.Click("Select all that match")
	p.WaitText("All sessions that match are selected")
	if got := sent(); got != "all=yes&deviceType=desktop" {
		t.Errorf("all that match: %s", got)
	}
	p.Click("Clear selection")
	if got := sent(); got != "" || shown() {
		t.Errorf("cleared: %s", got)
	}
	p.Click("label[for=tick-all]")
	p.WaitText("25 sessions selected")
	p.AssertQuiet()
}
