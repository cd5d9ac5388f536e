package webhook_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/webhook"
)

// receiver is a program on this machine that answers as the test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	got    []received
	fresh  chan struct{} // has a value after something came
}

// received is one message.
type received struct {
	Header http.Header
	Raw    string
	Type   string        `json:"type"`
	At     time.Time     `json:"timestamp"`
	Data   webhook.Event `json:"data"`
}

func answers(status int, said string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{answer: answers(http.StatusOK, "ok"), fresh: make(chan struct{}, 1)}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		m := received{Header: in.Header, Raw: string(body)}
		_ = json.Unmarshal(body, &m)
		r.mu.Lock()
		r.got = append(r.got, m)
		answer := r.answer
		r.mu.Unlock()
		select {
		case r.fresh <- struct{}{}:
		default:
		}
		answer(out, in)
	}))
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

// address is by name, as only those of the public internet can be numbers.
func (r *receiver) address() string {
	return strings.Replace(r.URL, "127.0.0.1", "example.com", 1) + "/hook/c2VjcmV0LW9m"
}

func (r *receiver) says(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// all returns the messages so far.
func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// taken returns the messages since the last call.
func (r *receiver) taken() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// positions are those of messages.
func positions(got []received) (all []int64) {
	for _, m := range got {
		all = append(all, m.Data.Position)
	}
	return all
}

// wait waits until a receiver has so many messages.
func (r *receiver) wait(t *testing.T, n int) {
	t.Helper()
	late := time.After(30 * time.Second)
	for len(r.all()) < n {
		select {
		case <-r.fresh:
		case <-late:
			t.Fatalf("%d messages came, want %d", len(r.all()), n)
		}
	}
}

// client reaches the receivers of a test, under the name that their certificate has.
func client(pemRoots []byte, private bool, patience time.Duration) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pemRoots)
	c := outbound.Client(outbound.Options{AllowPrivate: private, Timeout: patience, Roots: roots})
	return &http.Client{Timeout: patience, Transport: byName{c}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// byName connects to this machine for the name of the test's certificate.
type byName struct{ c *http.Client }

func (b byName) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if strings.HasPrefix(r.URL.Host, "example.com:") {
		in.URL.Host = strings.Replace(r.URL.Host, "example.com", "127.0.0.1", 1)
	}
	return b.c.Do(in)
}

func (r *receiver) roots() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})
}

// world is a node with an owner who is signed in, and a program.
type world struct {
	*apptest.App
	to *receiver
	me sallyport.Actor
}

func newWorld(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{App: a, to: newReceiver(t)}
	a.SetHooks(client(w.to.roots(), true, 2*time.Second))
	a.Owner(t)
	w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
	a.Sequence(t)
	return w
}

// add adds a webhook to a receiver; all events where none is named.
func (w *world) add(t *testing.T, r *receiver, kinds ...string) webhook.Made {
	t.Helper()
	if kinds == nil {
		kinds = webhook.GroupNames()
	}
	m, err := w.Webhooks.Add(t.Context(), w.me, webhook.Input{Name: "program " + time.Now().Format(time.RFC3339Nano), Address: r.address(), Kinds: kinds})
	apptest.Must(t, err)
	return m
}

// happens writes n events into the log of an organisation, the kinds in turn, and gives them their places.
func (w *world) happens(t *testing.T, n int, kinds ...audit.Kind) {
	t.Helper()
	if kinds == nil {
		kinds = []audit.Kind{audit.SignedOut, audit.SessionExpired, audit.DeviceAdded}
	}
	var events []sallyport.Event
	for i := range n {
		actor := sallyport.System(w.me.TenantID)
		if i%2 == 0 {
			actor.Client = apptest.Client("2001:db8::7", apptest.SafariOnIPhone)
		}
		events = append(events, audit.New(actor, kinds[i%len(kinds)], w.Clock.Now()))
	}
	apptest.Must(t, w.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }))
	w.Sequence(t)
}

func (w *world) work(t *testing.T) {
	t.Helper()
	w.Sequence(t)
	apptest.Must(t, w.Webhooks.Work(t.Context()))
}

func (w *world) get(t *testing.T, id string) webhook.Webhook {
	t.Helper()
	got, err := w.Webhooks.Get(t.Context(), w.me, id)
	apptest.Must(t, err)
	return got
}

// size is how many events the log has.
func (w *world) size(t *testing.T) int64 {
	t.Helper()
	n, err := w.Webhooks.Size(t.Context(), w.me)
	apptest.Must(t, err)
	return n
}

// inOrder checks that every position from one on and before another came, the first time in order.
func inOrder(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	next := from
	for _, p := range got {
		if p > next {
			t.Fatalf("position %d came before %d", p, next)
		}
		next = max(next, p+1)
	}
	if next != to {
		t.Fatalf("the last one is %d, want %d", next-1, to-1)
	}
}
