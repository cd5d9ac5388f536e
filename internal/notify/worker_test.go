package notify_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/trace"
)

func TestEveryMailArrivesOnce(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		const mails = 200
		h.sink.start(t, "starttls")
		a, b := h.node(t, nil), h.node(t, nil)
		a.enqueue(t, mails/2)
		stopA, stopB := a.run(t), b.run(t)
		b.enqueue(t, mails/2)
		seen := map[string]int{}
		for _, r := range h.sink.wait(t, mails) {
			seen[r.id()]++
			if !r.TLS {
				t.Error("a mail crossed in the clear")
			}
		}
		stopA()
		stopB()
		if got := len(h.sink.got()); got != mails || len(seen) != mails {
			t.Errorf("%d mails arrived with %d ids, want %d", got, len(seen), mails)
		}
		a.counts(t, 0, 0, 0)
	})
}

func TestWakeAfterCommit(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		n := h.node(t, nil)
		n.worker.Poll = time.Hour // so that only the commit wakes it
		stop := n.run(t)
		undone := errors.New("undone")
		if err := n.db.Write(t.Context(), func(tx *store.Tx) error {
			return errors.Join(n.outbox.Enqueue(t.Context(), tx, h.reset(1)), undone)
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		n.enqueue(t, 1)
		h.sink.wait(t, 1)
		stop()
		n.counts(t, 0, 0, 0)
		if got := len(h.sink.got()); got != 1 {
			t.Errorf("%d mails arrived: one was of a change that was rolled back", got)
		}
	})
}

func TestServerDownThenUp(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		n := h.node(t, nil)
		n.enqueue(t, 7)
		for _, wait := range []time.Duration{0, 38 * time.Second, 75 * time.Second} {
			h.clock.Advance(wait)
			if tried := n.deliver(t); tried != 7 {
				t.Fatalf("%d mails tried, want 7", tried)
			}
		}
		n.counts(t, 7, 7, 0)
		h.sink.start(t, "starttls")
		if n.deliver(t) != 0 {
			t.Error("a mail was tried again before its time")
		}
		h.clock.Advance(150 * time.Second)
		n.deliver(t)
		h.clock.Advance(24 * time.Hour)
		n.deliver(t)
		if got := len(h.sink.got()); got != 7 {
			t.Errorf("%d mails arrived, want 7", got)
		}
		n.counts(t, 0, 0, 0)
	})
}

func TestCrashBetweenSendingAndSettling(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		server := h.smtp(t, "smtp://"+h.sink.Addr)
		dies := h.node(t, senderFunc(func(ctx context.Context, m *notify.Message) error {
			if err := server.Send(ctx, m); err != nil {
				t.Error(err)
			}
			runtime.Goexit()
			return nil
		}))
		dies.enqueue(t, 1)
		done := make(chan struct{})
		go func() { defer close(done); dies.worker.Deliver(t.Context()) }()
		<-done
		other := h.node(t, nil)
		if other.deliver(t) != 0 {
			t.Fatal("a mail was taken from a worker that may still be at it")
		}
		h.clock.Advance(4 * time.Minute)
		other.deliver(t)
		got := h.sink.got()
		if len(got) != 2 || got[0].id() != got[1].id() || got[0].id() == "" {
			t.Errorf("%d mails arrived, want two of one id", len(got))
		}
		other.counts(t, 0, 0, 0)
	})
}

func TestRefusals(t *testing.T) {
	refusal := func(stage string, code int) func(string, string) error {
		return func(at, _ string) error {
			if at != stage {
				return nil
			}
			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1},
				Message: "no https://accounts.example.com/reset/" + secretPart + " for user0@example.com"}
		}
	}
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		for _, c := range []struct {
			stage string
			code  int
			dead  bool
		}{
			{"rcpt", 550, true}, {"data", 554, true},
			{"rcpt", 451, false}, {"data", 452, false},
			{"mail", 550, false}, {"rcpt", 530, false},
		} {
			n := h.node(t, nil)
			h.sink.set(refusal(c.stage, c.code), nil)
			n.enqueue(t, 1)
			n.deliver(t)
			if c.dead {
				n.counts(t, 0, 0, 1)
				dead, err := n.db.DeadOutbox(t.Context(), 9)
				if err != nil || len(dead) != 1 || !strings.Contains(dead[0].LastError, "5.1.1") {
					t.Fatalf("dead: %+v, %v", dead, err)
				}
				for _, secret := range []string{secretPart, "https", "user0"} {
					if strings.Contains(dead[0].LastError, secret) {
						t.Errorf("the error shows %q: %s", secret, dead[0].LastError)
					}
				}
				if again, err := notify.Retry(t.Context(), n.db, h.clock.Now()); err != nil || again != 1 {
					t.Errorf("%d mails retried, %v", again, err)
				}
			} else {
				n.counts(t, 1, 1, 0)
			}
			h.sink.set(nil, nil)
			h.clock.Advance(time.Minute)
			n.deliver(t)
			n.counts(t, 0, 0, 0)
		}
	})
}

func TestBackOffUntilGivenUp(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		n := h.node(t, senderFunc(func(context.Context, *notify.Message) error { return errUnreachable }))
		spans := tracetest.NewSpanRecorder()
		n.worker.Tracer = trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)))
		n.enqueue(t, 1)
		for i := range 12 {
			if n.deliver(t) != 1 {
				t.Fatalf("try %d was not made", i+1)
			}
			least := min(30*time.Second<<i, 6*time.Hour)
			h.clock.Advance(least - time.Second)
			if n.deliver(t) != 0 {
				t.Fatalf("try %d came earlier than %v after the one before", i+2, least)
			}
			h.clock.Advance(least/4 + time.Second)
		}
		if n.deliver(t) != 0 {
			t.Error("a mail that was given up was tried again")
		}
		n.counts(t, 0, 0, 1)
		deliveries(t, spans.Ended(), 12)
		h.clock.Advance(31 * 24 * time.Hour)
		if err := notify.Forget(t.Context(), n.db, h.clock.Now()); err != nil {
			t.Fatal(err)
		}
		n.counts(t, 0, 0, 0)
	})
}

// deliveries checks the spans of a mail that was given up with its last try.
func deliveries(t *testing.T, spans []sdk.ReadOnlySpan, tries int) {
	t.Helper()
	if len(spans) != tries {
		t.Fatalf("%d tries made %d spans", tries, len(spans))
	}
	for i, s := range spans {
		got := map[string]string{}
		for _, a := range s.Attributes() {
			got[string(a.Key)] = a.Value.String()
		}
		want := map[string]string{
			"sallyport.outbox.channel": "email", "sallyport.outbox.kind": "password_reset", "sallyport.outbox.attempt": strconv.Itoa(i + 1), "sallyport.outcome": "failed",
		}
		if i == tries-1 {
			want["sallyport.outcome"] = "given_up"
		}
		if s.Name() != "outbox.deliver" || !maps.Equal(got, want) || s.Parent().IsValid() || s.Status().Code != codes.Error || s.Status().Description != "" {
			t.Errorf("the span of try %d is %s with %v, want %v", i+1, s.Name(), got, want)
		}
	}
}

// What waits is forgotten, and nothing of it is sent later.
func TestDiscard(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		n := h.node(t, senderFunc(func(context.Context, *notify.Message) error { return nil }))
		n.enqueue(t, 3)
		if err := notify.Discard(t.Context(), n.db); err != nil {
			t.Fatal(err)
		}
		n.counts(t, 0, 0, 0)
		n.enqueue(t, 1)
		if sent := n.deliver(t); sent != 1 {
			t.Errorf("%d mails sent, want the one that came afterwards", sent)
		}
	})
}

// A server that accepts a connection and then does not answer.
func TestSlowServerHoldsNoConnection(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		hold := make(chan struct{})
		h.sink.set(nil, hold)
		n := h.node(t, nil)
		stop := n.run(t)
		n.enqueue(t, 2)
		h.sink.wait(t, 2) // both workers are with the server now
		for name, pool := range n.db.Stats() {
			if pool.InUse != 0 {
				t.Errorf("%d connections of pool %s are held while the mail server thinks", pool.InUse, name)
			}
		}
		n.enqueue(t, 1) // and nobody is kept from writing
		close(hold)
		stop() // waits for the mails under way
		if got := len(h.sink.got()); got != 2 {
			t.Errorf("%d mails arrived, want the two under way", got)
		}
		h.sink.set(nil, nil)
		h.node(t, nil).deliver(t)
		n.counts(t, 0, 0, 0)
		if got := len(h.sink.got()); got != 3 {
			t.Errorf("%d mails arrived, want 3", got)
		}
	})
}

func TestSendGivesUpInTime(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		hold := make(chan struct{})
		defer close(hold)
		h.sink.set(nil, hold)
		n := h.node(t, nil)
		n.worker.Timeout = 300 * time.Millisecond
		n.enqueue(t, 1)
		began := time.Now()
		n.deliver(t)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v to give up", took)
		}
		n.counts(t, 1, 1, 0)
	})
}

func TestPayloadIsSealedAndThenErased(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		n := h.node(t, nil)
		n.enqueue(t, 1)
		raw := dbtest.Raw(t, h.dsn)
		payload := func() (p []byte) {
			if err := raw.QueryRowContext(t.Context(), "SELECT payload FROM outbox").Scan(&p); err != nil {
				t.Fatal(err)
			}
			return p
		}
		sealed := payload()
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("http")) || bytes.Contains(sealed, []byte(secretPart)) {
			t.Errorf("the row shows its link: %q", sealed)
		}
		// A changed database does not redirect the link.
		if _, err := raw.ExecContext(t.Context(), "UPDATE outbox SET recipient = 'thief@example.com'"); err != nil {
			t.Fatal(err)
		}
		n.deliver(t)
		got := h.sink.got()
		if len(got) != 1 || got[0].To != "user0@example.com" || !bytes.Contains(got[0].Body, []byte(secretPart[:20])) {
			t.Fatalf("%d mails arrived, or to somebody else, or without the link", len(got))
		}
		if left := payload(); len(left) != 0 {
			t.Errorf("%d bytes are left of what was sent", len(left))
		}
	})
}

// Another row's payload does not open, so it is not sent.
func TestSwappedPayload(t *testing.T) {
	each(t, func(t *testing.T, h *installation) {
		h.sink.start(t, "starttls")
		n := h.node(t, nil)
		n.enqueue(t, 1)
		n.write(t, func(tx *store.Tx) error {
			rows, err := tx.LeaseOutbox(t.Context(), "email", store.Lease{Token: "x", Now: h.clock.Now(), Until: h.clock.Now()}, 1)
			if err != nil {
				return err
			}
			rows[0].ID += "x"
			return tx.AddOutboxRow(t.Context(), rows[0])
		})
		n.deliver(t)
		if got := len(h.sink.got()); got != 1 {
			t.Errorf("%d mails arrived, want the one in its own row", got)
		}
		n.counts(t, 1, 1, 0)
	})
}
