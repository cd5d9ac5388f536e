package profile_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

func pushKeys(t *testing.T) browsertest.PushKeys {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	apptest.Must(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	return browsertest.PushKeys{Endpoint: "https://push.example.com/send/abc", P256dh: encode(key.PublicKey().Bytes()), Auth: encode([]byte("sixteen-bytes-ok"))}
}

// pushed returns the payloads that wait to be pushed, as a browser would decrypt them.
func pushed(t *testing.T, a *apptest.App) (all []map[string]string) {
	t.Helper()
	var rows []store.OutboxRow
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.LeaseOutbox(t.Context(), notify.ChannelPush, store.Lease{Token: "test", Now: a.Clock.Now(), Until: a.Clock.Now().Add(notify.StormWindow)}, 10)
		return err
	}))
	for _, r := range rows {
		text, err := a.Keys().Open(seal.Place{Column: "outbox.payload", TenantID: r.TenantID, ID: r.ID}, r.Payload)
		apptest.Must(t, err)
		var one struct {
			Payload map[string]string `json:"payload"`
		}
		apptest.Must(t, json.Unmarshal(text, &one))
		all = append(all, one.Payload)
	}
	return all
}

// A browser subscribes with its switch; a sign-in elsewhere is pushed to it while no page is open; a click
// on the message leads to the session, through a sign-in where the own session has ended meanwhile.
func TestBrowserPush(t *testing.T) {
	base, a := webtest.Browse(t)
	p := browsertest.Open(t)
	p.WithPushService(pushKeys(t))
	p.LetNotify(base, true)
	webtest.SignIn(p, base)
	p.Navigate(base + kit.NotificationsPath)
	p.Axe()
	p.Click("Notify me in this browser")
	p.WaitText("This browser is told from now on.")
	p.WaitText("push.example.com")
	if !browsertest.Eval[bool](p, `document.querySelector("[data-push-switch]").checked`) {
		t.Error("the switch is off")
	}
	p.Axe()

	// Somebody signs in elsewhere, and this browser has no page of the site open.
	p.Navigate("about:blank")
	other := a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), apptest.OwnerEmail)
	messages := pushed(t, a)
	if len(messages) != 1 {
		t.Fatalf("%d messages: %v", len(messages), messages)
	}
	m := messages[0]
	if strings.Contains(m["title"]+m["body"], "Firefox") || m["path"] != "/profile/security/sessions/"+other.Session.ID {
		t.Errorf("%v", m)
	}
	text, err := json.Marshal(m)
	apptest.Must(t, err)
	p.Push(base, string(text))
	var shown string
	for began := time.Now(); time.Since(began) < browsertest.Timeout; time.Sleep(50 * time.Millisecond) {
		if shown = browsertest.InWorker[string](p, base, `self.registration.getNotifications().then((all) => all.map((n) => n.title + "|" + n.body).join("\n"))`); shown != "" {
			break
		}
	}
	if shown != m["title"]+"|"+m["body"] {
		t.Errorf("the browser shows %q", shown)
	}

	// Clicked: a test cannot click what the system shows, so it tells the worker, and opens what that opens.
	opened := browsertest.InWorker[string](p, base, `(async () => {
		const opened = new Promise((done) => { self.clients.openWindow = async (url) => { done(url); return null; }; });
		const [one] = await self.registration.getNotifications();
		self.dispatchEvent(new NotificationEvent("notificationclick", { notification: one }));
		return opened;
	})()`)
	p.Navigate(opened)
	p.WaitURL("#session-" + other.Session.ID)
	if n := p.Count("#session-" + other.Session.ID); n != 1 {
		t.Errorf("%d rows of that session", n)
	}
	p.Click("[data-bell]")
	p.WaitText("New sign-in to your account")
	p.Axe()

	// The link survives a sign-in.
	p.Click("[popovertarget=account-menu]")
	p.Click(`form[action="/sign-out"] button`)
	p.WaitText("You are signed out")
	p.Navigate(opened)
	p.WaitURL(kit.SignInPath)
	p.Fill("E-mail", apptest.OwnerEmail)
	p.Fill("Password", apptest.Password)
	p.Click("Sign in")
	webtest.Arrive(p, "/profile/security")
	p.WaitURL("#session-" + other.Session.ID)

	// The subscription ended with its session, and this one is another: the browser renews it by itself, although
	// nothing is left of what scripts had kept.
	all := waitForBrowser(t, a, p)
	if all != 1 {
		t.Errorf("%d subscriptions of one browser", all)
	}
	p.Navigate(base + kit.NotificationsPath)
	p.Click("Notify me in this browser")
	p.WaitText("That browser is not told any more.")
	p.AssertQuiet()
}

// waitForBrowser waits until the browser has subscribed for its present session, and returns how many
// subscriptions its user has.
func waitForBrowser(t *testing.T, a *apptest.App, p *browsertest.Page) int {
	t.Helper()
	p.Navigate(strings.SplitAfter(p.URL(), "/profile/")[0] + "notifications")
	p.WaitText("This browser")
	for range 200 {
		if browsertest.Eval[bool](p, `document.querySelector("[data-push-switch]").checked`) {
			break
		}
		p.Reload()
	}
	u, err := a.DB.UserByEmail(t.Context(), a.TenantID(t), apptest.OwnerEmail)
	apptest.Must(t, err)
	all, err := a.DB.PushSubscriptionsOf(t.Context(), a.TenantID(t), u.ID)
	apptest.Must(t, err)
	return len(all)
}

// A browser that may not notify says what to do, and one whose push service does not answer says so.
func TestBrowserPushDenied(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	p.LetNotify(base, false)
	webtest.SignIn(p, base)
	p.Navigate(base + kit.NotificationsPath)
	p.WaitText("This browser was told not to show notifications of this site.")
	if !browsertest.Eval[bool](p, `document.querySelector("[data-push-switch]").disabled`) {
		t.Error("the switch can be moved")
	}
	p.Axe()
	p.LetNotify(base, true) // and no push service can be reached from here
	p.Reload()
	p.Click("Notify me in this browser")
	p.WaitText("did not answer")
	p.Axe()
}

// What is installed on a telephone: the browser takes the manifest, and the policy of the page lets it in.
func TestBrowserInstalls(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	problems := p.ManifestProblems()
	if len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	u, err := url.Parse(p.URL())
	apptest.Must(t, err)
	if u.Path != kit.HomePath {
		t.Errorf("at %s", u)
	}
}
