package notify

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/SherClockHolmes/webpush-go"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
)

// PushSender sends push messages to the services of browsers, encrypted for the browser (RFC 8291)
// and signed with the key of the installation (RFC 8292).
type PushSender struct {
	private, subject string
	client           *http.Client
	done             func(outcome string)
}

// PushOptions are what a sender is made of.
type PushOptions struct {
	Key     *ecdsa.PrivateKey
	Subject string               // of [PushSubject]
	Client  *http.Client         // nil for one that reaches the public internet alone
	Done    func(outcome string) // hears how each try ended, one of PushOutcomes; nil for nobody
}

// How a try to push ends.
const (
	pushTaken       = "taken"
	pushGone        = "gone"        // the browser is no longer subscribed
	pushRefused     = "refused"     // the service does not take messages of this installation
	pushLater       = "later"       // the service is busy or broken
	pushUnreachable = "unreachable" // no answer
)

// PushOutcomes are how a try to push can end, for metrics.
var PushOutcomes = []string{pushTaken, pushGone, pushRefused, pushLater, pushUnreachable}

// PushTimeout is how long a push service may take for one message.
const PushTimeout = 10 * time.Second

// NewPushSender returns a sender.
func NewPushSender(o PushOptions) (*PushSender, error) {
	raw, err := o.Key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("notify: the key for push: %w", err)
	}
	s := &PushSender{private: base64.RawURLEncoding.EncodeToString(raw), subject: o.Subject, client: o.Client, done: o.Done}
	if s.client == nil {
		s.client = outbound.Client(outbound.Options{Timeout: PushTimeout})
	}
	if s.done == nil {
		s.done = func(string) {}
	}
	return s, nil
}

// pushes is the channel of push messages.
type pushes struct {
	db     *store.Store
	sender *PushSender
	now    func() time.Time
	held   *heldServices
}

func (pushes) name() string { return ChannelPush }

func (c pushes) prepare(ctx context.Context, o *Outbox, r store.OutboxRow, now time.Time) (func(context.Context) error, error) {
	var says pushContent
	if err := o.open(r, &says); err != nil {
		return nil, err
	}
	if !now.Before(says.Until) {
		return nil, pointless("its time was over before it could be sent")
	}
	p, err := c.db.LivePushSubscription(ctx, r.TenantID, says.SubscriptionID, now)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		return nil, pointless("the browser is not subscribed any more, or its session has ended")
	case err != nil:
		return nil, err
	case p.KeyID != o.PushKeyID():
		return nil, &Failure{Permanent: true, Why: "the browser has subscribed with another key: every node needs the same keys"}
	}
	if wait := c.held.left(p.Service, now); wait > 0 {
		return nil, &Failure{Why: p.Service + " has just not answered", After: wait}
	}
	to, err := o.openTarget(p)
	if err != nil {
		return nil, err
	}
	m, err := newPushMessage(says, o.pushKey, now)
	if err != nil {
		return nil, err
	}
	m.row, m.to = p, to
	return func(ctx context.Context) error { return c.send(ctx, m) }, nil
}

// pushMessage is one message, ready to be sent.
type pushMessage struct {
	row     store.PushSubscription
	to      PushTarget
	payload []byte
	options webpush.Options
}

func newPushMessage(says pushContent, publicKey string, now time.Time) (m pushMessage, err error) {
	m.payload, err = json.Marshal(says.Payload)
	m.options = webpush.Options{
		VAPIDPublicKey: publicKey, TTL: max(1, int(says.Until.Sub(now)/time.Second)), Topic: topic(says.Payload.Tag), Urgency: webpush.UrgencyNormal,
	}
	if says.Urgent {
		m.options.Urgency = webpush.UrgencyHigh
	}
	return m, err
}

// topic makes of a tag what replaces an older message at the push service: 32 characters at most.
func topic(tag string) string {
	if tag == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(tag))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// send sends a message and records on its subscription what became of it.
func (c pushes) send(ctx context.Context, m pushMessage) error {
	answer, err := c.sender.post(ctx, m)
	if err != nil {
		c.sender.done(pushUnreachable)
		c.held.hold(m.row.Service, c.now())
		c.mark(ctx, m, 0, false)
		return err
	}
	outcome := judgePush(answer.status)
	c.sender.done(outcome)
	if outcome == pushGone {
		return c.drop(ctx, m)
	}
	if c.mark(ctx, m, answer.status, outcome == pushTaken); outcome == pushTaken {
		return nil
	}
	return &Failure{
		Permanent: outcome == pushRefused, After: retryAfter(answer.after, time.Now()),
		Why: fmt.Sprintf("%s answered %d%s", m.row.Service, answer.status, reason(answer.body, m.to)),
	}
}

// judgePush says what an answer means (RFC 8030, section 5).
func judgePush(status int) string {
	switch {
	case status/100 == 2:
		return pushTaken
	case status == http.StatusNotFound || status == http.StatusGone:
		return pushGone
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status/100 == 5:
		return pushLater
	}
	return pushRefused
}

// post sends the request. Its errors leave the endpoint out, by which anybody could push to the browser.
func (s *PushSender) post(ctx context.Context, m pushMessage) (reply, error) {
	if !strings.HasPrefix(m.to.Endpoint, "https://") {
		return reply{}, &Failure{Permanent: true, Why: "a push service has to be asked by https"}
	}
	m.options.HTTPClient, m.options.Subscriber, m.options.VAPIDPrivateKey = s.client, s.subject, s.private
	answer, err := webpush.SendNotificationWithContext(ctx, m.payload, &webpush.Subscription{
		Endpoint: m.to.Endpoint, Keys: webpush.Keys{P256dh: m.to.P256dh, Auth: m.to.Auth},
	}, &m.options)
	if err != nil {
		return reply{}, noAnswer(m.row.Service, err)
	}
	defer answer.Body.Close()
	const enough = 1 << 10
	body, _ := io.ReadAll(io.LimitReader(answer.Body, enough)) // the status is enough when the body is cut off
	return reply{answer.StatusCode, answer.Header.Get("Retry-After"), body}, nil
}

// noAnswer says why no answer came from a service.
func noAnswer(service string, err error) error {
	if errors.Is(err, outbound.ErrRefused) {
		return &Failure{Permanent: true, Why: service + " leads to an address that is not of the public internet"}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Failure{Why: service + " did not answer in time"}
	}
	var wrapped interface{ Unwrap() error }
	if errors.As(err, &wrapped) && wrapped.Unwrap() != nil { // *url.Error, whose text has the endpoint
		err = wrapped.Unwrap()
	}
	return &Failure{Why: service + " cannot be reached: " + err.Error()}
}

// reason is what a service said why it refused, for the operator, in one line and without the endpoint.
func reason(body []byte, to PushTarget) string {
	const longest = 200
	text := string(body)
	for _, theirs := range []string{to.Endpoint, to.Endpoint[strings.LastIndexByte(to.Endpoint, '/')+1:], to.P256dh, to.Auth} {
		if theirs != "" {
			text = strings.ReplaceAll(text, theirs, "…")
		}
	}
	text = strings.NewReplacer("{", " ", "}", " ", `"`, " ", ",", " ").Replace(text) // of JSON, which is one long word otherwise
	if text = oneLine(text, longest); text == "" {
		return ""
	}
	return ": " + text
}

// mark records an answer. One that cannot be recorded is no reason to send the message again.
func (c pushes) mark(ctx context.Context, m pushMessage, status int, taken bool) {
	ctx = context.WithoutCancel(ctx)
	_ = c.db.Write(ctx, func(tx *store.Tx) error {
		return tx.MarkPush(ctx, store.PushAnswer{TenantID: m.row.TenantID, ID: m.row.ID, Taken: taken, Status: status, At: c.now()})
	})
}

// drop deletes a subscription that its service does not know any more.
func (c pushes) drop(ctx context.Context, m pushMessage) error {
	ctx = context.WithoutCancel(ctx)
	err := c.db.Write(ctx, func(tx *store.Tx) error {
		return tx.DropPushSubscription(ctx, m.row.TenantID, m.row.ID)
	})
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	return pointless("the browser is not subscribed any more")
}

// heldServices are those that have just not answered. For a while nothing is sent to them, so that
// they do not keep all workers waiting, and messages to others are sent meanwhile.
type heldServices struct {
	mu    sync.Mutex
	until map[string]time.Time
}

const (
	holdFor  = 30 * time.Second
	mostHeld = 1000 // services; anybody can name one
)

func (h *heldServices) hold(service string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.until) >= mostHeld {
		clear(h.until)
	}
	h.until[service] = now.Add(holdFor)
}

func (h *heldServices) left(service string, now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := h.until[service].Sub(now)
	if left <= 0 {
		delete(h.until, service)
	}
	return max(0, left)
}

// pointless is why a message is not sent, and needs no other try and no operator.
type pointless string

func (p pointless) Error() string { return cmp.Or(string(p), "it is of no use") }
