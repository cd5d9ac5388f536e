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
	loading  bool // between a request to navigate and the end of the load
	arrivals int  // documents and fragments that the tab has come to
	status   int  // HTTP status of the document
}

func newWatch(ctx context.Context, main cdp.FrameID) *watch {
	return &watch{ctx: ctx, main: main}
}

// event takes the browser's reports in their order. It must not wait.
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
		// An open dialog would stop everything; commands are not for this
		// goroutine.
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
		// Failed requests, violations of the content security policy, and
		// what else the browser itself has to complain about.
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

// settle waits for a navigation that the last act may have started. It does
// not fail: an endless load shows in what the test looks for next.
func (p *Page) settle() {
	p.t.Helper()
	// The browser submits a form in a task of its own, after the click is over.
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

// ConsoleErrors returns what went wrong since the page was opened or since
// ForgetErrors: errors on the console, uncaught exceptions, violations of the
// content security policy, and failed requests, among them documents with a
// status of 400 or more.
func (p *Page) ConsoleErrors() []string {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	return slices.Clone(p.watch.problems)
}

// ForgetErrors makes ConsoleErrors begin anew.
func (p *Page) ForgetErrors() {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.problems = nil
}

// AssertQuiet fails the test when ConsoleErrors has any besides those that
// contain one of the texts, such as "status of 403" for a page that is to be
// refused.
func (p *Page) AssertQuiet(expected ...string) {
	p.t.Helper()
	p.look("''") // what was reported before the answer has arrived with it
	for _, problem := range p.ConsoleErrors() {
		if !slices.ContainsFunc(expected, func(text string) bool { return strings.Contains(problem, text) }) {
			p.t.Errorf("%s: %s", p.look("location.href"), problem)
		}
	}
}
