package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
)

// AlertConfig says how messages reach chats.
type AlertConfig struct {
	DB     *store.Store
	Outbox *Outbox
	Now    func() time.Time
	Client *http.Client                 // nil for one that reaches the public internet alone
	Done   func(format, outcome string) // hears how each try ended, one of AlertOutcomes; nil for nobody
}

// Alerter sends messages to the chats and tools of organisations. It is safe for concurrent use.
type Alerter struct {
	AlertConfig
	held *heldServices
}

// AlertTimeout is how long a chat may take for one message.
const AlertTimeout = 10 * time.Second

// NewAlerter returns an alerter.
func NewAlerter(c AlertConfig) *Alerter {
	if c.Client == nil {
		c.Client = outbound.Client(outbound.Options{Timeout: AlertTimeout})
	}
	if c.Done == nil {
		c.Done = func(string, string) {}
	}
	return &Alerter{c, &heldServices{until: map[string]time.Time{}}}
}

// How a try to tell a chat ends. The words are "alerts.outcome." and the name.
const (
	AlertTaken       = "taken"
	alertGone        = "gone"    // the address leads to nothing any more
	alertDenied      = "denied"  // nobody may write there with this address
	alertRefused     = "refused" // it does not take this message
	alertMoved       = "moved"   // it is elsewhere; redirects are not followed
	alertBusy        = "busy"    // it takes no more for now
	alertBroken      = "broken"  // it has a fault
	alertLate        = "late"    // no answer in time
	alertPrivate     = "private" // the name leads to an address that is not of the public internet
	alertUnreachable = "unreachable"
)

// AlertOutcomes are how a try to tell a chat can end.
var AlertOutcomes = []string{AlertTaken, alertGone, alertDenied, alertRefused, alertMoved, alertBusy, alertBroken, alertLate, alertPrivate, alertUnreachable}

// Judge says what the status of an answer of a receiver means: one of AlertOutcomes.
func Judge(status int) string {
	switch status / 100 {
	case 2:
		return AlertTaken
	case 3:
		return alertMoved
	case 5:
		return alertBroken
	}
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout:
		return alertBusy
	case http.StatusNotFound, http.StatusGone:
		return alertGone
	case http.StatusUnauthorized, http.StatusForbidden:
		return alertDenied
	}
	return alertRefused
}

// lasting are the outcomes after which another try would end the same way.
var lasting = map[string]bool{alertGone: true, alertDenied: true, alertRefused: true, alertMoved: true, alertPrivate: true}

// AlertResult is what became of one message.
type AlertResult struct {
	Outcome string // one of AlertOutcomes
	Status  int    // the answer, as a status of HTTP; 0 for none
	Said    string // the beginning of the answer, where it was no; it does not have the address
	after   time.Duration
}

// alertChannel is the channel of alerts.
type alertChannel struct{ *Alerter }

func (alertChannel) name() string { return ChannelAlert }

func (c alertChannel) prepare(ctx context.Context, o *Outbox, r store.OutboxRow, now time.Time) (func(context.Context) error, error) {
	var n AlertNews
	if err := o.open(r, &n); err != nil {
		return nil, err
	}
	if now.Sub(r.CreatedAt) > alertTTL {
		return nil, pointless("its time was over before it could be sent")
	}
	to, err := c.DB.AlertChannel(ctx, r.TenantID, r.UserID)
	switch {
	case errors.Is(err, sallyport.ErrNotFound):
		return nil, pointless("its channel was removed")
	case err != nil:
		return nil, err
	case !to.OffAt.IsZero():
		return nil, pointless("its channel is switched off")
	}
	if wait := c.held.left(to.Host, now); wait > 0 {
		return nil, &Failure{Why: to.Host + " has just not answered", After: wait}
	}
	w, err := c.writerFor(ctx, to, n.UserID, n.ActorID)
	if err != nil {
		return nil, err
	}
	m := w.write(r.ID, n)
	return func(ctx context.Context) error {
		result, err := c.send(ctx, to, m)
		if err != nil || result.Outcome == AlertTaken {
			return err
		}
		return result.failure(to)
	}, nil
}

// failure says why a message was not taken.
func (r AlertResult) failure(c store.AlertChannel) error {
	f := &Failure{Permanent: lasting[r.Outcome], After: r.after}
	if f.Why = fmt.Sprintf("%s (%s) answered %d", c.Host, r.Outcome, r.Status); r.Status == 0 {
		f.Why = fmt.Sprintf("%s did not answer (%s)", c.Host, r.Outcome)
	}
	if r.Said != "" {
		f.Why += ": " + r.Said
	}
	return f
}

// Test sends a message at once, past the outbox, and says what became of it.
func (a *Alerter) Test(ctx context.Context, c store.AlertChannel, id, page string) (AlertResult, error) {
	w, err := a.writerFor(ctx, c)
	if err != nil {
		return AlertResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, AlertTimeout)
	defer cancel()
	return a.send(ctx, c, w.test(id, page, a.Now()))
}

// send sends a message and records on its channel what became of it. An error means that it was not sent.
func (a *Alerter) send(ctx context.Context, c store.AlertChannel, m alertMessage) (AlertResult, error) {
	address, err := OpenAddress(a.Outbox.keys, c)
	if err != nil {
		return AlertResult{}, err
	}
	to, body, err := m.write(c.Format, address)
	if err != nil {
		return AlertResult{}, err
	}
	result := a.post(ctx, to, body)
	result.Said = oneLine(WithoutAddress(result.Said, address), maxSaid)
	if result.Outcome == alertLate || result.Outcome == alertUnreachable {
		a.held.hold(c.Host, a.Now())
	}
	a.Done(c.Format, result.Outcome)
	a.mark(ctx, c, result)
	return result, nil
}

// post asks a chat to take a message.
func (a *Alerter) post(ctx context.Context, to string, body []byte) AlertResult {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil || r.URL.Scheme != "https" {
		return AlertResult{Outcome: alertUnreachable}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sallyport")
	answer, err := a.Client.Do(r)
	if err != nil {
		return AlertResult{Outcome: NoAnswer(err)}
	}
	defer answer.Body.Close()
	said := make([]byte, 1<<10)
	n := readSome(answer, said)
	result := AlertResult{Outcome: Judge(answer.StatusCode), Status: answer.StatusCode, after: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	if result.Outcome != AlertTaken {
		result.Said = string(said[:n])
	}
	return result
}

// readSome reads the beginning of an answer, as much as comes.
func readSome(answer *http.Response, into []byte) (n int) {
	for n < len(into) {
		m, err := answer.Body.Read(into[n:])
		n += m
		if err != nil {
			break
		}
	}
	return n
}

// NoAnswer says why no answer came: one of AlertOutcomes.
func NoAnswer(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, outbound.ErrRefused):
		return alertPrivate
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &timeout) && timeout.Timeout():
		return alertLate
	}
	return alertUnreachable
}

// maxSaid is how much of an answer is shown, in characters.
const maxSaid = 300

// WithoutAddress is what a service said without the address, which it may repeat, and without its parts.
func WithoutAddress(said, address string) string {
	secrets := []string{address}
	if u, err := url.Parse(address); err == nil {
		secrets = append(secrets, u.RequestURI(), u.Path, u.RawQuery)
		secrets = append(secrets, strings.FieldsFunc(u.Path+"/"+u.RawQuery, func(r rune) bool { return strings.ContainsRune("/&=", r) })...)
	}
	const short = 6 // a shorter part is no secret
	for _, s := range secrets {
		if len(s) >= short {
			said = strings.ReplaceAll(said, s, "…")
		}
	}
	return said
}

// mark records what became of a message. A message whose result cannot be recorded is not sent again for that.
func (a *Alerter) mark(ctx context.Context, c store.AlertChannel, r AlertResult) {
	ctx = context.WithoutCancel(ctx)
	_ = a.DB.Write(ctx, func(tx *store.Tx) error {
		return tx.MarkAlertChannel(ctx, store.AlertAnswer{
			TenantID: c.TenantID, ID: c.ID, Taken: r.Outcome == AlertTaken, Outcome: r.Outcome, Status: r.Status, Said: r.Said, At: a.Now(),
		})
	})
}
