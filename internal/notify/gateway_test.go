package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/outbound"
)

// gateway is a stub that records what it is asked.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex // guards the following fields
	asked  []*http.Request
	bodies []string
	answer func(http.ResponseWriter)
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		g.asked, g.bodies = append(g.asked, r), append(g.bodies, string(body))
		answer := g.answer
		g.mu.Unlock()
		if answer != nil {
			answer(w)
		}
	}))
	g.Config.ErrorLog = log.New(io.Discard, "", 0)
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) client(private bool) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(g.Certificate())
	return outbound.Client(outbound.Options{AllowPrivate: private, Timeout: 5 * time.Second, Roots: roots})
}

func (g *gateway) twilio() *Twilio {
	return &Twilio{Base: g.URL, SID: "AC123", Token: "t0ken", From: "+15005550006", Client: g.client(true)}
}

var sent = SentText{
	ID: "row-1", TenantID: "t1", Kind: SignInCode, To: "+41791234567", Text: "048151 is your Acme code & more.\n\n@a.test #048151", Code: "048151",
	Created: time.Date(2026, 11, 21, 13, 2, 5, 0, time.UTC),
}

func TestTwilio(t *testing.T) {
	g := newGateway(t)
	g.answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) }
	s := g.twilio()
	if err := s.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	s.From, s.Service = "", "MG1"
	if err := s.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	for i, want := range []url.Values{
		{"To": {sent.To}, "Body": {sent.Text}, "From": {"+15005550006"}},
		{"To": {sent.To}, "Body": {sent.Text}, "MessagingServiceSid": {"MG1"}},
	} {
		r := g.asked[i]
		user, password, _ := r.BasicAuth()
		got, err := url.ParseQuery(g.bodies[i])
		if r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/AC123/Messages.json" || user != "AC123" || password != "t0ken" ||
			r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || err != nil || got.Encode() != want.Encode() {
			t.Errorf("%s %s %v: %v", r.Method, r.URL, r.Header, got)
		}
	}
}

// Which refusals are permanent and which are not; no error repeats the gateway's text.
func TestRefusalsOfGateways(t *testing.T) {
	g := newGateway(t)
	const quote = `"message": "The message 048151 to +41791234567 was refused", "secret": "t0ken"}`
	webhook := &Webhook{URL: g.URL + "/secret-path", Secret: []byte(webhookKey), Client: g.client(true)}
	for _, c := range []struct {
		sender    TextSender
		status    int
		body      string
		after     string
		permanent bool
		says      string
		pause     time.Duration
	}{
		{g.twilio(), 400, `{"code": 21211, ` + quote, "", true, "error 21211, the number is none", 0},
		{g.twilio(), 400, `{"code": 21610, ` + quote, "", true, "unsubscribed", 0},
		{g.twilio(), 400, `{"code": 21606, ` + quote, "", false, "answered 400: error 21606", 0},
		{g.twilio(), 401, `{"code": 20003, ` + quote, "", false, "answered 401: error 20003", 0},
		{g.twilio(), 403, "<html>", "", false, "answered 403", 0},
		{g.twilio(), 429, `{"code": 20429, ` + quote, "120", false, "answered 429", 2 * time.Minute},
		{g.twilio(), 503, `{"code": 21211, ` + quote, "-5", false, "answered 503", 0},
		{g.twilio(), 500, "", "999999999999", false, "answered 500", 0},
		{g.twilio(), 500, "", "999999999", false, "answered 500", maxPause},
		{g.twilio(), 302, "", "", false, "redirects are not followed", 0},
		{webhook, 422, quote, "", true, "answered 422: it will not take", 0},
		{webhook, 400, quote, "", false, "answered 400", 0},
		{webhook, 410, quote, "", false, "answered 410", 0},
		{webhook, 307, quote, "", false, "redirects are not followed", 0},
		{webhook, 206, quote, "", false, "answered 206", 0},
		{webhook, 429, quote, "60", false, "answered 429", time.Minute},
	} {
		before := len(g.asked)
		g.answer = func(w http.ResponseWriter) {
			w.Header().Set("Location", g.URL+"/elsewhere")
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}
		var f *Failure
		err := c.sender.Send(t.Context(), sent)
		if !errors.As(err, &f) || f.Permanent != c.permanent || !strings.Contains(f.Why, c.says) || c.after != "999999999999" && f.After != c.pause {
			t.Errorf("%d %s: %+v", c.status, c.body, err)
		}
		for _, secret := range []string{"048151", "4179", "t0ken", "secret-path", "elsewhere"} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the failure shows %q: %v", secret, err)
			}
		}
		if n := len(g.asked) - before; n != 1 {
			t.Errorf("%d: asked %d times", c.status, n)
		}
	}
}

// The signature, computed here by hand.
func TestWebhook(t *testing.T) {
	g := newGateway(t)
	now := time.Date(2026, 11, 21, 13, 3, 0, 0, time.UTC)
	s := &Webhook{URL: g.URL + "/send", Secret: []byte(webhookKey), Client: g.client(true), Now: func() time.Time { return now }}
	if err := s.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	r, body := g.asked[0], g.bodies[0]
	mac := hmac.New(sha256.New, []byte("0123456789abcdef01234567"))
	mac.Write([]byte("row-1.1795266180." + body))
	if r.Method != http.MethodPost || r.URL.Path != "/send" || r.Header.Get("webhook-id") != "row-1" || r.Header.Get("webhook-timestamp") != "1795266180" ||
		r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 6 || got["id"] != "row-1" || got["to"] != sent.To || got["text"] != sent.Text ||
		got["tenantId"] != "t1" || got["kind"] != "sign_in_code" || got["createdAt"] != "2026-11-21T13:02:05Z" {
		t.Errorf("%s, %v", body, err)
	}
}

// The example of the scheme's own specification.
func TestWebhookSignature(t *testing.T) {
	key, err := webhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := (&Webhook{Secret: key}).sign("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", []byte(`{"test": 2432232314}`))
	if got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
}

// Gateways that cannot be reached: the error has nothing of the request.
func TestUnreachableGateways(t *testing.T) {
	g := newGateway(t)
	closed := newGateway(t)
	closed.Close()
	stranger := outbound.Client(outbound.Options{AllowPrivate: true, Timeout: 5 * time.Second})
	for name, c := range map[string]struct {
		url    string
		client *http.Client
		says   string
	}{
		"private":     {g.URL, g.client(false), "private=yes"},
		"closed":      {closed.URL, g.client(true), "cannot be reached"},
		"certificate": {g.URL, stranger, "certificate"},
	} {
		for _, s := range []TextSender{
			&Webhook{URL: c.url + "/secret-path", Secret: []byte(webhookKey), Client: c.client},
			&Twilio{Base: c.url, SID: "secret-path", Token: "t0ken", From: "A", Client: c.client},
		} {
			err := s.Send(t.Context(), sent)
			var f *Failure
			if !errors.As(err, &f) || f.Permanent || !strings.Contains(f.Why, c.says) || strings.Contains(f.Why, "secret-path") || strings.Contains(f.Why, "t0ken") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if len(g.asked) != 0 {
		t.Errorf("%d requests arrived", len(g.asked))
	}
	hold := make(chan struct{})
	defer close(hold)
	g.answer = func(http.ResponseWriter) { <-hold }
	c := g.client(true)
	c.Timeout = 50 * time.Millisecond
	if err := (&Webhook{URL: g.URL, Secret: []byte(webhookKey), Client: c}).Send(t.Context(), sent); err == nil || err.Error() != "the gateway did not answer in time" {
		t.Errorf("slow: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "0": 0, "30": 30 * time.Second, "99999": maxPause,
		"Sat, 21 Nov 2026 13:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 12:00:00 GMT": 0, "Sat, 21 Nov 2099 12:00:00 GMT": maxPause,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("Retry-After %q: %v", in, got)
		}
	}
}
