package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// LetNotify answers for a site whether it may show notifications, as somebody does when they are asked.
func (p *Page) LetNotify(origin string, may bool) {
	p.t.Helper()
	setting := browser.PermissionSettingDenied
	if may {
		setting = browser.PermissionSettingGranted
	}
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	c := chromedp.FromContext(p.ctx)
	if _, err := cdp.Call(ctx, c.Browser, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: origin, BrowserContextID: c.BrowserContextID,
	}); err != nil {
		p.fail("permission for notifications: %v", err)
	}
}

// PushKeys are what a browser subscribes with: as PushSubscription.toJSON() gives them.
type PushKeys struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

// WithPushService makes the push service of the browser answer, from the next load on: tests reach none.
// All else of the Push API, of notifications and of service workers is the browser's own.
func (p *Page) WithPushService(k PushKeys) {
	p.t.Helper()
	keys, err := json.Marshal(k)
	if err != nil {
		p.t.Fatal(err)
	}
	p.do("give the browser a push service", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, page.Enable, page.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(pushService, keys)})
		return err
	}))
}

const pushService = `(() => {
	const keys = %s, kept = "browsertest-push";
	if (!("PushManager" in window)) return;
	const one = () => ({
		toJSON: () => ({ endpoint: keys.endpoint, expirationTime: null, keys: { p256dh: keys.p256dh, auth: keys.auth } }),
		unsubscribe: async () => { localStorage.removeItem(kept); return true; },
	});
	PushManager.prototype.getSubscription = async () => (localStorage.getItem(kept) ? one() : null);
	PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
		if (!userVisibleOnly || applicationServerKey?.length !== 65) throw new DOMException("not like that", "NotAllowedError");
		localStorage.setItem(kept, "1");
		return one();
	};
})()`

// Push delivers a message to the service worker of a site, as the browser does whether or not a page of
// the site is open.
func (p *Page) Push(origin, data string) {
	p.t.Helper()
	registered := make(chan serviceworker.RegistrationID, 1)
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	err := chromedp.Listen(ctx, func(event any) {
		e, is := event.(*serviceworker.EventWorkerRegistrationUpdated)
		if !is {
			return
		}
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, origin) && !r.IsDeleted {
				select {
				case registered <- r.RegistrationID:
				default: // it is known
				}
			}
		}
	})
	if err != nil {
		p.fail("look for a service worker: %v", err)
	}
	p.do("look for a service worker", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, serviceworker.Enable, cdp.Empty{})
		return err
	}))
	select {
	case id := <-registered:
		p.do("push", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: origin, RegistrationID: id, Data: data})
			return err
		}))
	case <-ctx.Done():
		p.fail("%s has no service worker", origin)
	}
}

// InWorker evaluates an expression in the service worker of a site, and waits for a promise.
func InWorker[T any](p *Page, origin, js string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	for {
		if id := p.worker(ctx, origin); id != "" {
			in, leave := chromedp.NewContext(p.browser.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
			limited, stop := context.WithTimeout(in, Timeout)
			value, err := chromedp.Run(limited, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
			stop()
			leave()
			if err != nil {
				p.fail("evaluate %s in the service worker: %v", shorten(js), err)
			}
			return value
		}
		select {
		case <-ctx.Done():
			p.fail("%s has no service worker that runs", origin)
		case <-time.After(pollInterval):
		}
	}
}

// worker returns the service worker of a site that runs in this browser context; "" for none.
func (p *Page) worker(ctx context.Context, origin string) target.ID {
	all, err := chromedp.Targets(ctx)
	if err != nil {
		p.fail("list what runs: %v", err)
	}
	for _, t := range all {
		u, err := url.Parse(t.URL)
		if err == nil && t.Type == "service_worker" && u.Scheme+"://"+u.Host == origin && t.BrowserContextID == chromedp.FromContext(p.ctx).BrowserContextID {
			return t.TargetID
		}
	}
	return ""
}

// ManifestProblems returns what the browser finds wrong with the web app manifest of the page, which it
// fetches by the policy of the page. None when it can be installed by it.
func (p *Page) ManifestProblems() (problems []string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	got, err := chromedp.Call(ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil {
		p.fail("read the manifest: %v", err)
	}
	if got.URL == "" || got.Data == "" {
		problems = append(problems, "there is none")
	}
	for _, e := range got.Errors {
		problems = append(problems, e.Message)
	}
	return problems
}
