package admin_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// here leads the name of a test's certificate to this machine.
type here struct{ to *http.Client }

func (h here) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.URL.Host = strings.Replace(r.URL.Host, "example.com", "127.0.0.1", 1)
	return h.to.Do(in)
}

// A channel of alerts is added, tested, changed and removed. What the service answers is told in words.
func TestBrowserAlerts(t *testing.T) {
	var status atomic.Int32
	status.Store(http.StatusOK)
	chat := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "no_service")
	}))
	t.Cleanup(chat.Close)
	roots := x509.NewCertPool()
	roots.AddCert(chat.Certificate())
	a := webtest.SQLite(t)
	a.Owner(t)
	a.SetChats(&http.Client{Transport: here{outbound.Client(outbound.Options{AllowPrivate: true, Timeout: 5 * time.Second, Roots: roots})}})
	server := httptest.NewServer(webtest.HandlerOf(t, a, "http://localhost"))
	t.Cleanup(server.Close)
	base := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)

	p.Navigate(base + "/settings/alerts")
	p.WaitText("No channels")
	p.Axe()
	p.Click("Add channel")
	p.WaitURL("/settings/alerts/new")
	p.Axe()
	p.Fill("#name", "#security")
	p.Fill("#address", "https://10.0.0.1/hook")
	p.Click("main button.btn-primary")
	p.WaitText("This is not the name of a host.")
	p.ForgetErrors() // of the form that was refused
	p.Axe()
	if p.Count(`#name[value="#security"]`) != 1 || p.Count(`#address[value=""]`) != 1 {
		t.Error("what was typed is lost, or the address is kept")
	}
	p.Fill("#address", strings.Replace(chat.URL, "127.0.0.1", "example.com", 1)+"/services/T0/B0/c2VjcmV0")
	p.Click("main button.btn-primary")
	p.WaitText("Channel added.")
	p.WaitText("Nothing sent yet")
	p.Axe()
	p.Click(".sp-entry-acts form button")
	p.WaitText("The test message was taken.")
	p.WaitText("Works")
	p.Axe()
	status.Store(http.StatusNotFound)
	p.Click(".sp-entry-acts form button")
	p.WaitText("The test message was not taken.")
	p.WaitText("Slack answered 404: the address is no longer valid.")
	p.WaitText("no_service")
	p.Axe()

	p.Click("Edit #security")
	p.WaitURL("/change")
	p.Click("#format-json")
	p.Axe()
	p.Click("main button.btn-primary")
	p.WaitText("Channel saved.")
	p.WaitText("JSON")
	p.Click("Remove #security")
	p.WaitVisible("dialog[open]")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("Channel removed.")
	p.WaitText("No channels")
}
