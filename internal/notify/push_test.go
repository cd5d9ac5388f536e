package notify_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/store"
)

// pushing is a node that pushes.
type pushing struct {
	*apptest.App
	worker   *notify.Worker
	me       sallyport.Actor
	mu       sync.Mutex
	outcomes []string
	log      bytes.Buffer
}

const subject = "accounts@corp.test"

// toPush returns a node with an owner who is signed in. private lets it connect to this machine.
func toPush(t *testing.T, a *apptest.App, private bool) *pushing {
	t.Helper()
	a.Owner(t)
	p := &pushing{App: a, me: apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))}
	sender, err := notify.NewPushSender(notify.PushOptions{
		Key: a.Keys().PushKey(), Subject: subject, Client: onLocalhost(t).client(private), Done: func(outcome string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.outcomes = append(p.outcomes, outcome)
		},
	})
	apptest.Must(t, err)
	p.worker = notify.NewWorker(notify.Config{
		DB: a.DB, Outbox: a.Outbox, Push: sender, Now: a.Clock.Now, Log: slog.New(slog.NewTextHandler(&p.log, nil)), Timeout: 5 * time.Second,
	})
	return p
}

// subscribe subscribes a browser of the owner.
func (p *pushing) subscribe(t *testing.T, in push.Input) push.Subscription {
	t.Helper()
	s, err := p.Push.Subscribe(t.Context(), p.me, in)
	apptest.Must(t, err)
	return s
}

// enqueue adds a message to a subscription.
func (p *pushing) enqueue(t *testing.T, id string, change ...func(*notify.Push)) {
	t.Helper()
	m := notify.Push{
		TenantID: p.me.TenantID, UserID: p.me.UserID, SubscriptionID: id, Kind: notify.NewSignIn, Lang: "en",
		Title: "New sign-in", Body: "Firefox on Linux, near Zürich", Path: "/profile/security", Tag: "sign-in",
	}
	for _, f := range change {
		f(&m)
	}
	apptest.Must(t, p.DB.Write(t.Context(), func(tx *store.Tx) error { return p.Outbox.EnqueuePush(t.Context(), tx, m) }))
}

// deliver tries all messages that are due and returns how many there were.
func (p *pushing) deliver(t *testing.T) (n int) {
	t.Helper()
	for ; ; n++ {
		found, err := p.worker.Deliver(t.Context())
		apptest.Must(t, err)
		if !found {
			return n
		}
	}
}

// only returns the one subscription of the owner.
func (p *pushing) only(t *testing.T) push.Subscription {
	t.Helper()
	all, err := p.Push.List(t.Context(), p.me)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d subscriptions, %v", len(all), err)
	}
	return all[0]
}

// counts checks what is in the outbox.
func (p *pushing) counts(t *testing.T, pending, dead int64) {
	t.Helper()
	if c, err := notify.Counts(t.Context(), p.DB, notify.ChannelPush); err != nil || c.Pending != pending || c.Dead != dead {
		t.Errorf("%+v, %v; want %d pending, %d dead", c, err, pending, dead)
	}
}

// ended checks how the tries ended since the last call.
func (p *pushing) ended(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if got := strings.Join(p.outcomes, " "); got != strings.Join(want, " ") {
		t.Errorf("the tries ended %q, want %q", got, want)
	}
	p.outcomes = nil
}

// What a push service that others wrote decrypts is what was sent, and it accepts the signature. One
// that has expired is forgotten.
func TestPushArrives(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, r := toPush(t, a, true), receive(t)
		b := r.subscribe(t, a.Push.State().PublicKey)
		s := p.subscribe(t, b.input())
		p.enqueue(t, s.ID)
		p.enqueue(t, s.ID, func(m *notify.Push) { m.Body = strings.Repeat("Zürich ", 1000) })
		if p.deliver(t) != 2 {
			t.Error("not two messages were tried")
		}
		got := r.got(t, b)
		if len(got) != 2 || got[0] != `{"title":"New sign-in","body":"Firefox on Linux, near Zürich","path":"/profile/security","tag":"sign-in","lang":"en"}` {
			t.Fatalf("%q", got)
		}
		var long struct{ Body string }
		if err := json.Unmarshal([]byte(got[1]), &long); err != nil || len(got[1]) > 3000 || len(got[1]) < 2900 || !strings.HasSuffix(long.Body, "…") {
			t.Errorf("a long one: %d bytes, %v", len(got[1]), err)
		}
		p.ended(t, "taken", "taken")
		if s := p.only(t); !s.LastAt.Equal(a.Clock.Now()) || s.LastStatus != http.StatusCreated || s.Failed != 0 {
			t.Errorf("%+v", s)
		}
		answer, err := r.client.Post(r.url+"/expire-subscription/"+b.ClientHash, "application/json", nil)
		apptest.Must(t, err)
		apptest.Must(t, answer.Body.Close())
		p.enqueue(t, s.ID)
		p.deliver(t)
		p.ended(t, "gone")
		if all, err := a.Push.List(t.Context(), p.me); err != nil || len(all) != 0 {
			t.Errorf("%d subscriptions, %v", len(all), err)
		}
	})
}

// A browser whose push service has forgotten it is forgotten here.
func TestPushToWhoIsGone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := toPush(t, a, true)
		for _, status := range []int{http.StatusGone, http.StatusNotFound} {
			w := newWebService(t, status)
			s := p.subscribe(t, w.input(t))
			p.enqueue(t, s.ID)
			p.deliver(t)
			if all, err := a.Push.List(t.Context(), p.me); err != nil || len(all) != 0 {
				t.Errorf("%d: %d subscriptions, %v", status, len(all), err)
			}
			p.counts(t, 0, 0)
			p.ended(t, "gone")
		}
	})
}

// webService is a push service that answers as the test says.
type webService struct {
	*httptest.Server
	mu       sync.Mutex
	answer   http.HandlerFunc
	requests []*http.Request
	bodies   [][]byte
	private  *ecdh.PrivateKey // of the browser
	auth     []byte
}

func newWebService(t testing.TB, status int) *webService {
	t.Helper()
	w := &webService{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, auth: make([]byte, 16)}
	var err error
	if w.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	_, _ = rand.Read(w.auth)
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		w.mu.Lock()
		w.requests, w.bodies = append(w.requests, in), append(w.bodies, body)
		answer := w.answer
		w.mu.Unlock()
		answer(out, in)
	}))
	w.TLS = &tls.Config{Certificates: []tls.Certificate{onLocalhost(t).pair}} //nolint:gosec // of a test
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

// says changes the answer.
func (w *webService) says(answer http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

func (w *webService) asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.requests)
}

func (w *webService) input(t testing.TB) push.Input {
	t.Helper()
	_, port, err := net.SplitHostPort(w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return push.Input{Endpoint: "https://localhost:" + port + "/send/c2VjcmV0LW9mLXRoZS1icm93c2Vy", P256dh: encode(w.private.PublicKey().Bytes()), Auth: encode(w.auth)}
}

// The request, read with nothing but the standard library: RFC 8030, 8188, 8291 and 8292.
func TestPushRequest(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, w := toPush(t, a, true), newWebService(t, http.StatusCreated)
		s := p.subscribe(t, w.input(t))
		p.enqueue(t, s.ID, func(m *notify.Push) { m.TTL = 2 * time.Minute })
		a.Clock.Advance(30 * time.Second)
		p.deliver(t)
		if w.asked() != 1 {
			t.Fatalf("%d requests", w.asked())
		}
		h := w.requests[0].Header
		if h.Get("TTL") != "90" || h.Get("Urgency") != "high" || len(h.Get("Topic")) != 32 || h.Get("Content-Encoding") != "aes128gcm" || w.requests[0].Method != http.MethodPost {
			t.Errorf("%v", h)
		}
		claims := verifyVAPID(t, h.Get("Authorization"), a.Push.State().PublicKey)
		if want := strings.TrimSuffix(w.input(t).Endpoint, "/send/c2VjcmV0LW9mLXRoZS1icm93c2Vy"); claims.Aud != want || claims.Sub != "mailto:"+subject {
			t.Errorf("%+v", claims)
		}
		if left := time.Until(time.Unix(claims.Exp, 0)); left <= 0 || left >= 24*time.Hour {
			t.Errorf("the signature is good for %v", left)
		}
		if got := decryptPush(t, w.private, w.auth, w.bodies[0]); !strings.HasPrefix(got, `{"title":"New sign-in",`) {
			t.Errorf("%q", got)
		}
	})
}

type vapidClaims struct {
	Aud, Sub string
	Exp      int64
}

// verifyVAPID checks the signature of a request as RFC 8292 says.
func verifyVAPID(t *testing.T, header, publicKey string) (c vapidClaims) {
	t.Helper()
	rest, ok := strings.CutPrefix(header, "vapid t=")
	jwt, key, found := strings.Cut(rest, ", k=")
	parts := strings.Split(jwt, ".")
	if !ok || !found || key != publicKey || len(parts) != 3 {
		t.Fatalf("%q", header)
	}
	decode := base64.RawURLEncoding.DecodeString
	raw, err := decode(key)
	apptest.Must(t, err)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	apptest.Must(t, err)
	signature, err := decode(parts[2])
	apptest.Must(t, err)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Fatal("the signature is not good")
	}
	head, err := decode(parts[0])
	apptest.Must(t, err)
	if !strings.Contains(string(head), `"ES256"`) {
		t.Errorf("%s", head)
	}
	text, err := decode(parts[1])
	apptest.Must(t, err)
	apptest.Must(t, json.Unmarshal(text, &c))
	return c
}

// decryptPush decrypts a message as RFC 8291 says, without the library that encrypts.
func decryptPush(t *testing.T, private *ecdh.PrivateKey, auth, body []byte) string {
	t.Helper()
	salt, size, idLength := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	sender, sealed := body[21:21+idLength], body[21+idLength:]
	if len(sealed) > int(size) {
		t.Fatalf("a record of %d bytes is said to have %d", len(sealed), size)
	}
	public, err := ecdh.P256().NewPublicKey(sender)
	apptest.Must(t, err)
	secret, err := private.ECDH(public)
	apptest.Must(t, err)
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		apptest.Must(t, err)
		return key
	}
	ikm := derive(secret, auth, "WebPush: info\x00"+string(private.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	apptest.Must(t, err)
	gcm, err := cipher.NewGCM(block)
	apptest.Must(t, err)
	plain, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	apptest.Must(t, err)
	plain = bytes.TrimRight(plain, "\x00")
	if !bytes.HasSuffix(plain, []byte{2}) {
		t.Fatal("the last record does not say that it is the last")
	}
	return string(plain[:len(plain)-1])
}

// What decrypts in the tests decrypts the example of RFC 8291, section 5.
func TestTheExampleOfTheRFC(t *testing.T) {
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		apptest.Must(t, err)
		return b
	}
	private, err := ecdh.P256().NewPrivateKey(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	apptest.Must(t, err)
	body := decode("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	if got := decryptPush(t, private, decode("BTBZMqHH6r4Tts7J_aSIgg"), body); got != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q", got)
	}
}

// A busy or broken service is asked again, when it says, and for as long as the message is of use.
func TestPushIsTriedAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, w := toPush(t, a, true), newWebService(t, http.StatusInternalServerError)
		s := p.subscribe(t, w.input(t))
		p.enqueue(t, s.ID, func(m *notify.Push) { m.TTL = time.Hour })
		p.deliver(t)
		if s := p.only(t); s.Failed != 1 || s.LastStatus != http.StatusInternalServerError {
			t.Errorf("%+v", s)
		}
		w.says(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		a.Clock.Advance(40 * time.Second)
		p.deliver(t)
		a.Clock.Advance(9 * time.Minute)
		if p.deliver(t) != 0 {
			t.Error("it is asked before it wanted to be")
		}
		w.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
		a.Clock.Advance(2 * time.Minute)
		p.deliver(t)
		p.ended(t, "later", "later", "taken")
		if s := p.only(t); s.Failed != 0 || s.LastStatus != http.StatusCreated {
			t.Errorf("%+v", s)
		}
		w.says(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		p.enqueue(t, s.ID, func(m *notify.Push) { m.TTL = time.Minute })
		p.deliver(t)
		asked := w.asked()
		a.Clock.Advance(2 * time.Minute)
		if p.deliver(t); w.asked() != asked {
			t.Error("it was sent after its time")
		}
		p.counts(t, 0, 0)
	})
}

// What is ours to mend is kept, and told to the operator in the service's own words.
func TestPushIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, w := toPush(t, a, true), newWebService(t, 0)
		endpoint := w.input(t).Endpoint
		w.says(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"reason":"BadJwtToken","to":"`+endpoint+`"}`)
		})
		s := p.subscribe(t, w.input(t))
		p.enqueue(t, s.ID)
		p.deliver(t)
		if s := p.only(t); s.Failed != 1 || s.LastStatus != http.StatusForbidden {
			t.Errorf("%+v", s)
		}
		p.counts(t, 0, 1)
		p.ended(t, "refused")
		if log := p.log.String(); !strings.Contains(log, "BadJwtToken") || !strings.Contains(log, "403") || strings.Contains(log, "c2VjcmV0") {
			t.Errorf("%s", log)
		}
		w.says(func(out http.ResponseWriter, in *http.Request) {
			http.Redirect(out, in, "/elsewhere", http.StatusTemporaryRedirect)
		})
		p.enqueue(t, s.ID)
		p.deliver(t)
		p.ended(t, "refused")
		if w.asked() != 2 {
			t.Errorf("%d requests: a redirect was followed", w.asked())
		}
	})
}

// Nothing is connected to that is not of the public internet, whatever name it has.
func TestPushToThisMachine(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, w := toPush(t, a, false), newWebService(t, http.StatusCreated)
		s := p.subscribe(t, w.input(t))
		p.enqueue(t, s.ID)
		p.deliver(t)
		p.ended(t, "unreachable")
		p.counts(t, 0, 1)
		if log := p.log.String(); w.asked() != 0 || !strings.Contains(log, "not of the public internet") || strings.Contains(log, "c2VjcmV0") {
			t.Errorf("%d requests, %s", w.asked(), log)
		}
	})
}

// A service that hangs delays neither mails nor, after one message, what goes to others.
func TestPushServiceThatHangs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, hangs, good := toPush(t, a, true), newWebService(t, 0), newWebService(t, http.StatusCreated)
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		arrived := make(chan struct{}, 10)
		hangs.says(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
		p.worker.Workers, p.worker.Timeout, p.worker.Poll = 1, time.Second, time.Hour
		slow := p.subscribe(t, hangs.input(t))
		for range 5 {
			p.enqueue(t, slow.ID)
		}
		a.Clock.Advance(time.Second)
		other := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		quick, err := a.Push.Subscribe(t.Context(), other, good.input(t))
		apptest.Must(t, err)
		p.enqueue(t, quick.ID)
		a.Mails(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); p.worker.Run(ctx) }()
		<-arrived
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			return a.Outbox.Enqueue(t.Context(), tx, notify.Mail{TenantID: p.me.TenantID, UserID: p.me.UserID, To: apptest.OwnerEmail, Kind: notify.PasswordReset, Data: notify.Data{
				Organisation: "Corp", At: a.Clock.Now(), Link: apptest.BaseURL + "/reset/x", LinkUntil: a.Clock.Now().Add(time.Hour),
			}})
		}))
		if mails := a.Mails(t); len(mails) != 1 {
			t.Errorf("%d mails while a push service hangs", len(mails))
		}
		for tries := 0; good.asked() == 0 && tries < 200; tries++ {
			time.Sleep(50 * time.Millisecond)
		}
		stop()
		<-done
		if good.asked() != 1 || len(arrived) != 0 {
			t.Errorf("%d messages arrived at the service that answers, %d more at the one that hangs", good.asked(), len(arrived))
		}
	})
}

// The subject must lead to somebody, or push services refuse every message.
func TestPushSubject(t *testing.T) {
	for _, tt := range []struct{ from, url, want string }{
		{"accounts@example.com", "https://accounts.example.com", "accounts@example.com"},
		{"accounts@example.com", "http://localhost:8080", "accounts@example.com"},
		{"sallyport@localhost", "https://accounts.example.com", "https://accounts.example.com"},
		{"sallyport@localhost", "https://accounts.example.com:8443/", "https://accounts.example.com:8443"},
		{"sallyport@localhost", "http://localhost:8080", ""},
		{"sallyport@nas.local", "https://nas.local", ""},
		{"sallyport@nas", "https://nas", ""},
		{"sallyport@mail.internal", "https://192.0.2.7", ""},
		{`"a b"@example.com`, "http://localhost", ""},
		{"", "", ""},
	} {
		if got, ok := notify.PushSubject(mail.Address{Address: tt.from}, tt.url); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s, %s: %q, %t", tt.from, tt.url, got, ok)
		}
	}
}
