package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch keeps what the browser reports about a tab.
type watch struct {
	ctx  context.Context
	main cdp.FrameID

	mu       sync.Mutex
	problems []string
	loading  bool // from the request to navigate until the page has loaded
	arrivals int  // how many documents and fragments the tab has opened
	status   int  // HTTP status of the document
}

func newWatch(ctx context.Context, main cdp.FrameID) *watch {
	return &watch{ctx: ctx, main: main}
}

// event receives the browser's reports in order. It must not block.
func (w *watch) event(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		w.frame(e.FrameID, true)
	case *page.EventFrameStartedLoading:
		w.frame(e.FrameID, true)
	case *page.EventFrameStoppedLoading:
		w.frame(e.FrameID, false)
	case *page.EventFrameNavigated:
		if e.Frame.ID == w.main {
			w.arrivals++
		}
	case *page.EventNavigatedWithinDocument:
		w.frame(e.FrameID, false)
		w.arrivals++
	case *page.EventJavascriptDialogOpening:
		// An open dialog would block the page. This goroutine must not wait, so another
		// one closes the dialog.
		go chromedp.Call(w.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.FrameID == w.main {
			w.status = int(e.Response.Status)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.problems = append(w.problems, "console."+e.Type.String()+": "+arguments(e.Args))
		}
	case *runtime.EventExceptionThrown:
		w.problems = append(w.problems, "uncaught: "+exception(e.ExceptionDetails))
	case *log.EventEntryAdded:
		// Failed requests, violations of the content security policy, and other errors of
		// the browser itself.
		if e.Entry.Level == log.EntryLevelError {
			w.problems = append(w.problems, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func (w *watch) frame(id cdp.FrameID, loading bool) {
	if id == w.main {
		w.loading = loading
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var words []string
	for _, arg := range args {
		switch {
		case arg.Description != "":
			words = append(words, arg.Description)
		default:
			words = append(words, strings.Trim(string(arg.Value), `"`))
		}
	}
	return strings.Join(words, " ")
}

func exception(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	if e.Exception != nil {
		return e.Text + " " + string(e.Exception.Value)
	}
	return e.Text
}

func (w *watch) arrived() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.arrivals
}

// settle waits for a navigation that the last action may have started. It does
// not fail: if a load never ends, the next step of the test fails.
func (p *Page) settle() {
	p.t.Helper()
	// The browser submits a form in a separate task after the click.
	time.Sleep(2 * pollInterval)
	p.look("''")
	for end := time.Now().Add(Timeout); time.Now().Before(end); time.Sleep(pollInterval) {
		p.watch.mu.Lock()
		loading := p.watch.loading
		p.watch.mu.Unlock()
		if !loading {
			return
		}
	}
}

// Status returns the HTTP status of the page, 0 before any.
func (p *Page) Status() int {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	return p.watch.status
}

// ConsoleErrors returns the errors since the page was opened or since ForgetErrors: errors
// on the console, uncaught exceptions, violations of the content security policy, and
// failed requests, including documents with a status of 400 or more.
func (p *Page) ConsoleErrors() []string {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	return slices.Clone(p.watch.problems)
}

// ForgetErrors clears the errors that ConsoleErrors returns.
func (p *Page) ForgetErrors() {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.problems = nil
}

// AssertQuiet fails the test when ConsoleErrors has an error that contains none of the
// expected texts, such as "status of 403" for a page that must be refused.
func (p *Page) AssertQuiet(expected ...string) {
	p.t.Helper()
	p.look("''") // earlier reports arrive before the answer to this
	for _, problem := range p.ConsoleErrors() {
		if !slices.ContainsFunc(expected, func(text string) bool { return strings.Contains(problem, text) }) {
			p.t.Errorf("%s: %s", p.look("location.href"), problem)
		}
	}
}
