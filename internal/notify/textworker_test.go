package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// phone receives text messages, or answers as the test says.
type phone struct {
	mu     sync.Mutex
	texts  []notify.SentText
	answer func(context.Context, notify.SentText) error
}

func (p *phone) Send(ctx context.Context, t notify.SentText) error {
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, t); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.texts = append(p.texts, t)
	return nil
}

func (*phone) Notice() string { return "" }

func (p *phone) got() []notify.SentText {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.texts
}

func (p *phone) say(answer func(context.Context, notify.SentText) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// texting starts a node whose worker sends to a phone.
func (h *installation) texting(t *testing.T, p *phone) *node {
	t.Helper()
	n := h.node(t, senderFunc(func(context.Context, *notify.Message) error { return nil }))
	n.worker = notify.NewWorker(notify.Config{DB: n.db, Outbox: n.outbox, Texts: p, Log: slog.New(slog.DiscardHandler), Now: h.clock.Now})
	return n
}

func (n *node) text(t *testing.T, texts int) {
	t.Helper()
	n.write(t, func(tx *store.Tx) error {
		for range texts {
			if err := n.outbox.EnqueueText(t.Context(), tx, notify.Text{
				TenantID: n.tenant.ID, To: "+41791234567", Kind: notify.SignInCode, Data: notify.TextData{
					Organisation: n.tenant.Name, Host: "accounts.example.com", Code: "048151", CodeUntil: n.clock.Now().Add(10 * time.Minute),
				},
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *node) textCounts(t *testing.T, pending, retrying, dead int64) {
	t.Helper()
	c, err := notify.Counts(t.Context(), n.db, notify.ChannelSMS)
	if err != nil || c.Pending != pending || c.Retrying != retrying || c.Dead != dead {
		t.Errorf("%+v, %v; want %d pending, %d retrying, %d dead", c, err, pending, retrying, dead)
	}
}

func TestTextArrives(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		var p phone
		n := h.texting(t, &p)
		n.text(t, 1)
		n.enqueue(t, 1) // a mail, which is another worker's
		if n.deliver(t) != 1 {
			t.Fatal("not one row was tried")
		}
		got := p.got()
		if len(got) != 1 || got[0].To != "+41791234567" || got[0].Code != "048151" || got[0].TenantID != h.tenant.ID || got[0].Kind != notify.SignInCode ||
			got[0].Text != "048151 is your Acme code. Do not share it.\n\n@accounts.example.com #048151" {
			t.Errorf("%+v", got)
		}
		n.textCounts(t, 0, 0, 0)
		n.counts(t, 1, 0, 0)
	})
}

func TestEveryTextArrivesOnce(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		const texts = 100
		arrived := make(chan string, 2*texts)
		p := phone{answer: func(_ context.Context, x notify.SentText) error { arrived <- x.ID; return nil }}
		a, b := h.texting(t, &p), h.texting(t, &p)
		a.text(t, texts/2)
		stopA, stopB := a.run(t), b.run(t)
		b.text(t, texts/2)
		seen := map[string]bool{}
		for range texts {
			select {
			case id := <-arrived:
				seen[id] = true
			case <-time.After(time.Minute):
				t.Fatalf("%d texts arrived", len(seen))
			}
		}
		stopA()
		stopB()
		if len(seen) != texts || len(p.got()) != texts {
			t.Errorf("%d texts arrived, %d of them once", len(p.got()), len(seen))
		}
		a.textCounts(t, 0, 0, 0)
	})
}

// Only a worker that stops between sending and settling causes a second copy, which has the
// id of the first.
func TestTextOfAWorkerThatDied(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		var p phone
		died := h.texting(t, &p)
		died.text(t, 1)
		died.write(t, func(tx *store.Tx) error {
			_, err := tx.LeaseOutbox(t.Context(), notify.ChannelSMS, store.Lease{Token: "dead", Now: h.clock.Now(), Until: h.clock.Now().Add(90 * time.Second)}, 1)
			return err
		})
		n := h.texting(t, &p)
		if n.deliver(t) != 0 {
			t.Error("a row was taken from a worker that may still be at it")
		}
		h.clock.Advance(91 * time.Second)
		if n.deliver(t) != 1 || len(p.got()) != 1 {
			t.Errorf("%d texts", len(p.got()))
		}
	})
}

// An expired code is not sent, neither as a text nor by mail.
func TestEndedCodesAreNotSent(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		var p phone
		p.say(func(context.Context, notify.SentText) error { return errUnreachable })
		n := h.texting(t, &p)
		n.text(t, 1)
		for range 4 {
			if n.deliver(t) != 1 {
				t.Fatal("it was not tried")
			}
			h.clock.Advance(5 * time.Minute / 2)
		}
		n.textCounts(t, 1, 1, 0)
		p.say(nil) // the gateway is back, too late
		h.clock.Advance(10 * time.Minute)
		n.deliver(t)
		n.textCounts(t, 0, 0, 1)
		dead, err := n.db.DeadOutbox(t.Context(), 9)
		if err != nil || len(dead) != 1 || dead[0].LastError != "the code had ended before it could be sent" || len(p.got()) != 0 {
			t.Errorf("%+v, %v, %d texts", dead, err, len(p.got()))
		}
		if again, err := notify.Retry(t.Context(), n.db, h.clock.Now()); err != nil || again != 1 || n.deliver(t) != 1 || len(p.got()) != 0 {
			t.Errorf("%d retried, %v, %d texts", again, err, len(p.got()))
		}
		n.textCounts(t, 0, 0, 1)

		mails := 0
		m := h.node(t, senderFunc(func(context.Context, *notify.Message) error { mails++; return nil }))
		for _, wait := range []time.Duration{9 * time.Minute, 10 * time.Minute} {
			m.write(t, func(tx *store.Tx) error {
				return m.outbox.Enqueue(t.Context(), tx, notify.Mail{TenantID: h.tenant.ID, To: "ann@example.com", Kind: notify.SignInCode, Data: notify.Data{
					Organisation: h.tenant.Name, At: h.clock.Now(), Code: "048151", CodeUntil: h.clock.Now().Add(10 * time.Minute),
				}})
			})
			h.clock.Advance(wait)
			m.deliver(t)
		}
		if mails != 1 {
			t.Errorf("%d mails, want the one in time", mails)
		}
		m.counts(t, 0, 0, 1)
	})
}

func TestFailuresOfTexts(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		var p phone
		n := h.texting(t, &p)
		for _, c := range []struct {
			failure notify.Failure
			after   time.Duration // when it is tried again; 0 for never
		}{
			{notify.Failure{Permanent: true, Why: "the number is none"}, 0},
			{notify.Failure{Why: "busy"}, 38 * time.Second},
			{notify.Failure{Why: "busy", After: 2 * time.Minute}, 2 * time.Minute},
		} {
			p.say(func(context.Context, notify.SentText) error { return &c.failure })
			n.text(t, 1)
			n.deliver(t)
			p.say(nil)
			if c.after == 0 {
				n.textCounts(t, 0, 0, 1)
				continue
			}
			n.textCounts(t, 1, 1, 1)
			if h.clock.Advance(c.after - 10*time.Second); n.deliver(t) != 0 {
				t.Errorf("%+v: tried again too early", c.failure)
			}
			if h.clock.Advance(10 * time.Second); n.deliver(t) != 1 {
				t.Errorf("%+v: not tried again in time", c.failure)
			}
			n.textCounts(t, 0, 0, 1)
		}
	})
}

// A slow gateway holds no database connection, and no mail waits for it.
func TestSlowGateway(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		arrived, hold := make(chan struct{}, 9), make(chan struct{})
		p := phone{answer: func(context.Context, notify.SentText) error { arrived <- struct{}{}; <-hold; return nil }}
		n := h.texting(t, &p)
		stop := n.run(t)
		n.text(t, 2)
		for range 2 {
			<-arrived // both workers are with the gateway now
		}
		for name, pool := range n.db.Stats() {
			if pool.InUse != 0 {
				t.Errorf("%d connections of pool %s are held", pool.InUse, name)
			}
		}
		mails := 0
		m := h.node(t, senderFunc(func(context.Context, *notify.Message) error { mails++; return nil }))
		m.enqueue(t, 1)
		if m.deliver(t); mails != 1 {
			t.Error("a mail waits for the gateway")
		}
		close(hold)
		stop()
		n.textCounts(t, 0, 0, 0)
	})
}

func TestTextIsSealedAndThenErased(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		var p phone
		n := h.texting(t, &p)
		n.text(t, 1)
		raw := dbtest.Raw(t, h.dsn)
		row := func() (recipient, all string, payload []byte) {
			var kind, channel, lastError string
			if err := raw.QueryRowContext(t.Context(), "SELECT recipient, kind, channel, last_error, payload FROM outbox").
				Scan(&recipient, &kind, &channel, &lastError, &payload); err != nil {
				t.Fatal(err)
			}
			return recipient, recipient + kind + channel + lastError, payload
		}
		recipient, all, payload := row()
		if recipient != "+41…67" || strings.Contains(all, "048151") || len(payload) == 0 ||
			bytes.Contains(payload, []byte("048151")) || bytes.Contains(payload, []byte("79123")) {
			t.Errorf("the row shows %q, %q", all, payload)
		}
		// A changed database does not redirect the code.
		if _, err := raw.ExecContext(t.Context(), "UPDATE outbox SET recipient = '+15005550006'"); err != nil {
			t.Fatal(err)
		}
		n.deliver(t)
		if got := p.got(); len(got) != 1 || got[0].To != "+41791234567" {
			t.Errorf("%+v", got)
		}
		if _, _, left := row(); len(left) != 0 {
			t.Errorf("%d bytes are left of what was sent", len(left))
		}
	})
}

// When text messages are off none is added, and waiting ones are given up.
func TestTextsOff(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		off, err := notify.TextSettings{SMS: "off"}.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		n := h.texting(t, nil)
		n.text(t, 1)
		n.worker = notify.NewWorker(notify.Config{DB: n.db, Outbox: n.outbox, Texts: off, Now: h.clock.Now})
		n.deliver(t)
		n.textCounts(t, 0, 0, 1)
		if !n.outbox.TextsAvailable() {
			t.Error("text messages are off from the start")
		}
		n.outbox.WithoutTexts()
		err = n.db.Write(t.Context(), func(tx *store.Tx) error { return n.outbox.EnqueueText(t.Context(), tx, notify.Text{}) })
		if !errors.Is(err, notify.ErrNoTexts) || n.outbox.TextsAvailable() {
			t.Errorf("%v", err)
		}
	})
}
