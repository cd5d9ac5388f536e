package alert_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
)

// receiver is a chat on this machine that answers as the test says.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	answer   http.HandlerFunc
	messages []message
	paths    []string
}

// message is one in the format of programs.
type message struct {
	ID, Kind, Topic, Title, Text, Link, At, Tenant, Organisation string
	Count                                                        int
}

func answers(status int, said string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{answer: answers(http.StatusOK, "ok")}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		var m message
		body, _ := io.ReadAll(in.Body)
		_ = json.Unmarshal(body, &m)
		r.mu.Lock()
		r.messages, r.paths = append(r.messages, m), append(r.paths, in.URL.RequestURI())
		answer := r.answer
		r.mu.Unlock()
		answer(out, in)
	}))
	r.StartTLS()
	t.Cleanup(r.Close)
	return r
}

// address is by name, as only those of the public internet can be numbers.
func (r *receiver) address(path string) string {
	return strings.Replace(r.URL, "127.0.0.1", "example.com", 1) + path
}

func (r *receiver) says(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// got returns the messages since the last call.
func (r *receiver) got() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.messages
	r.messages = nil
	return got
}

// client reaches the receivers of a test, under the name that their certificate has.
func client(t testing.TB, private bool, to *receiver, patience time.Duration) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(to.Certificate())
	c := outbound.Client(outbound.Options{AllowPrivate: private, Timeout: patience, Roots: roots})
	return c
}

// world is a node with an owner who is signed in, and a chat.
type world struct {
	*apptest.App
	chat   *receiver
	me     sallyport.Actor
	worker *notify.Worker
}

func newWorld(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{App: a, chat: newReceiver(t)}
	w.waitFor(t, 300*time.Millisecond)
	a.Owner(t)
	w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
	return w
}

// waitFor sets how long an answer of the chat is waited for.
func (w *world) waitFor(t *testing.T, patience time.Duration) {
	t.Helper()
	w.SetChats(&http.Client{
		Transport:     byName{client(t, true, w.chat, patience)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	w.worker = worker(w.App)
}

func worker(a *apptest.App) *notify.Worker {
	return notify.NewWorker(notify.Config{DB: a.DB, Outbox: a.Outbox, Alerts: a.Alerter, Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Timeout: 5 * time.Second})
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

// add adds a channel to the chat; all topics where none is named.
func (w *world) add(t *testing.T, topics ...notify.AlertTopic) alert.Channel {
	t.Helper()
	return w.addTo(t, alert.Input{Name: "chat " + time.Now().String(), Format: notify.AlertJSON, Address: w.chat.address("/hook/c2VjcmV0LW9mLXRoZS1jaGF0")}, topics...)
}

func (w *world) addTo(t *testing.T, in alert.Input, topics ...notify.AlertTopic) alert.Channel {
	t.Helper()
	if topics == nil {
		topics = notify.AlertTopics
	}
	for _, topic := range topics {
		in.Topics = append(in.Topics, string(topic))
	}
	c, err := w.Alerts.Add(t.Context(), w.me, in)
	apptest.Must(t, err)
	return c
}

// deliver tries all messages that are due, and returns how many there were.
func (w *world) deliver(t *testing.T) (n int) {
	t.Helper()
	for ; ; n++ {
		found, err := w.worker.Deliver(t.Context())
		apptest.Must(t, err)
		if !found {
			return n
		}
	}
}

// only returns the one channel.
func (w *world) only(t *testing.T) alert.Channel {
	t.Helper()
	all, err := w.Alerts.List(t.Context(), w.me)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d channels, %v", len(all), err)
	}
	return all[0]
}

// happens makes one event of a kind that chats hear of.
func (w *world) happens(t *testing.T) {
	t.Helper()
	apptest.Must(t, w.disable(t, w.AddUser(t, "u"+strings.ReplaceAll(time.Now().Format("150405.000000000"), ".", "")+"@corp.test", sallyport.RoleMember)))
}

func (w *world) disable(t *testing.T, u sallyport.User) error {
	_, err := w.Accounts.Disable(t.Context(), w.me, u.ID)
	return err
}

// counts is what waits in the outbox.
func (w *world) counts(t *testing.T) store.OutboxCounts {
	t.Helper()
	c, err := notify.Counts(t.Context(), w.DB, notify.ChannelAlert)
	apptest.Must(t, err)
	return c
}
