package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Timeout limits each wait of a page.
const Timeout = 30 * time.Second

// pollInterval is the pause between two checks of a page.
const pollInterval = 25 * time.Millisecond

// Page is one tab, for one goroutine. Its methods fail the test on an error.
type Page struct {
	t testing.TB
	*tab
}

// tab is what all Pages of one tab share.
type tab struct {
	browser *Browser
	ctx     context.Context
	watch   *watch
}

// Open returns an empty page with its own cookies and storage, as on another machine. It
// closes at the end of the test.
func (b *Browser) Open(t testing.TB) *Page {
	t.Helper()
	return b.newPage(t, chromedp.WithNewBrowserContext())
}

// Open returns a new page of the shared browser: New(t).Open(t).
func Open(t testing.TB) *Page {
	t.Helper()
	return New(t).Open(t)
}

// Tab returns another tab with the same cookies and storage.
func (p *Page) Tab() *Page {
	p.t.Helper()
	return p.browser.newPage(p.t, chromedp.WithExistingBrowserContext(chromedp.FromContext(p.ctx).BrowserContextID))
}

// In returns the page for a subtest: its methods fail t.
func (p *Page) In(t testing.TB) *Page { return &Page{t: t, tab: p.tab} }

func (b *Browser) newPage(t testing.TB, opt chromedp.ContextOption) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, opt)
	t.Cleanup(cancel)
	p := &Page{t: t, tab: &tab{browser: b, ctx: ctx}}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("browsertest: open a page: %v", err)
	}
	p.watch = newWatch(ctx, cdp.FrameID(chromedp.FromContext(ctx).Target.TargetID))
	if err := chromedp.Listen(ctx, p.watch.event); err != nil {
		t.Fatalf("browsertest: watch a page: %v", err)
	}
	p.Emulate(1280, 800, false)
	return p
}

// do runs a step and fails the test when it fails or takes too long.
func (p *Page) do(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	if err := chromedp.Do(ctx, step); err != nil {
		p.fail("%s: %v", what, err)
	}
}

// fail ends the test. The message has the page's address, text and console, and the path of
// a screenshot where those are stored.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Logf(format, args...)
	p.t.Logf("page: %s\ntext: %s\nconsole: %q", p.look("location.href"),
		shorten(p.look("document.body ? document.body.innerText : ''")), p.ConsoleErrors())
	p.snapFailure()
	p.t.FailNow()
}

// look evaluates an expression for an error message. It has a short time limit and returns
// its own error as the text.
func (p *Page) look(js string) string {
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return text
}

func shorten(text string) string {
	const most = 1500
	if len(text) > most {
		return text[:most] + " ..."
	}
	return text
}

// Eval evaluates an expression in the page and returns its value. It waits for a promise
// and returns the promise's value.
func Eval[T any](p *Page, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail("evaluate %s: %v", shorten(js), err)
	}
	return value
}
