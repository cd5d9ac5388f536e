package browsertest

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// Navigate opens a URL and waits until it has loaded.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	p.do("navigate to "+url, chromedp.Navigate(url))
}

// Reload loads the page again and waits until it has loaded.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// Back goes to the previous page, which the browser may have kept in its cache.
func (p *Page) Back() {
	p.t.Helper()
	// chromedp waits for a load, and a cached page has none.
	before := p.watch.arrived()
	Eval[any](p, "history.back()")
	for end := time.Now().Add(Timeout); p.watch.arrived() == before; time.Sleep(pollInterval) {
		if time.Now().After(end) {
			p.fail("go back: no page within %v", Timeout)
		}
	}
	p.settle()
}

// URL returns the address of the page.
func (p *Page) URL() string {
	p.t.Helper()
	return Eval[string](p, "location.href")
}

// WaitURL waits until the address contains part.
func (p *Page) WaitURL(part string) {
	p.t.Helper()
	p.waitFor("an address with "+part, "location.href.includes("+quote(part)+")")
}

// WaitText waits until the page shows the text. It ignores case and treats runs of
// space as one, since style can change both.
func (p *Page) WaitText(text string) {
	p.t.Helper()
	p.waitFor("the text "+quote(text), containsText(text))
}

// WaitNoText waits until the page does not show the text.
func (p *Page) WaitNoText(text string) {
	p.t.Helper()
	p.waitFor("no text "+quote(text), "!"+containsText(text))
}

// HasText reports whether the page shows the text now.
func (p *Page) HasText(text string) bool {
	p.t.Helper()
	return Eval[bool](p, containsText(text))
}

func containsText(text string) string {
	want := strings.ToLower(strings.Join(strings.Fields(text), " "))
	return "(document.body?.innerText || '').replace(/\\s+/g, ' ').toLowerCase().includes(" + quote(want) + ")"
}

// waitFor waits until the expression is true.
func (p *Page) waitFor(what, js string) {
	p.t.Helper()
	var err error
	for end := time.Now().Add(Timeout); time.Now().Before(end); time.Sleep(pollInterval) {
		ctx, cancel := context.WithTimeout(p.ctx, Timeout)
		var ok bool
		ok, err = chromedp.Run(ctx, chromedp.Evaluate[bool](js))
		cancel()
		if ok {
			return
		}
	}
	if err != nil {
		p.fail("wait for %s: %v", what, err)
	}
	p.fail("wait for %s: not within %v", what, Timeout)
}
