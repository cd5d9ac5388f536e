package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

const secretPart = "spl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

// installation is one installation with a tenant; its nodes share database and keys.
type installation struct {
	dsn    string
	keys   *seal.Keys
	clock  *apptest.Clock
	sink   *sink
	tenant sallyport.Tenant
}

// node is one program of an installation.
type node struct {
	*installation
	db     *store.Store
	outbox *notify.Outbox
	worker *notify.Worker
}

func newInstallation(t *testing.T, engine store.Engine) *installation {
	t.Helper()
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	h := &installation{dsn: apptest.Migrated(t, engine), keys: keys, clock: apptest.NewClock(), sink: newSink(t)}
	h.tenant = sallyport.Tenant{ID: token.NewID(), Name: "Acme", CreatedAt: h.clock.Now()}
	n := h.node(t, nil)
	n.write(t, func(tx *store.Tx) error { return tx.AddTenant(t.Context(), h.tenant) })
	return h
}

// node starts one more program. Without a sender it sends to the sink.
func (h *installation) node(t *testing.T, sender notify.Sender) *node {
	t.Helper()
	db, err := store.Open(t.Context(), h.dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if sender == nil {
		sender = h.smtp(t, "smtp://"+h.sink.Addr)
	}
	n := &node{installation: h, db: db, outbox: notify.NewOutbox(h.keys, h.clock.Now)}
	n.worker = notify.NewWorker(notify.Config{
		DB: db, Outbox: n.outbox, Sender: sender, From: mail.Address{Address: "accounts@example.com"},
		Log: slog.New(slog.DiscardHandler), Now: h.clock.Now,
	})
	return n
}

func (h *installation) smtp(t *testing.T, address string) *notify.SMTP {
	t.Helper()
	s, err := notify.ParseSMTP(address + "?ca=" + url.QueryEscape(h.sink.CA))
	if err != nil {
		t.Fatal(err)
	}
	s.Hello = "node.example"
	return s
}

func (n *node) write(t *testing.T, f func(*store.Tx) error) {
	t.Helper()
	if err := n.db.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (h *installation) reset(i int) notify.Mail {
	now := h.clock.Now()
	return notify.Mail{
		TenantID: h.tenant.ID, To: fmt.Sprintf("user%d@example.com", i), Kind: notify.PasswordReset,
		Data: notify.Data{
			Organisation: h.tenant.Name, At: now,
			Link: "https://accounts.example.com/reset/" + secretPart, LinkUntil: now.Add(time.Hour),
		},
	}
}

func (n *node) enqueue(t *testing.T, mails int) {
	t.Helper()
	n.write(t, func(tx *store.Tx) error {
		for i := range mails {
			if err := n.outbox.Enqueue(t.Context(), tx, n.reset(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliver works off the due rows and returns how many were tried.
func (n *node) deliver(t *testing.T) int {
	t.Helper()
	for tried := 0; ; tried++ {
		found, err := n.worker.Deliver(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return tried
		}
	}
}

func (n *node) counts(t *testing.T, pending, retrying, dead int64) {
	t.Helper()
	c, err := notify.Counts(t.Context(), n.db, notify.ChannelEmail)
	if err != nil {
		t.Fatal(err)
	}
	if c.Pending != pending || c.Retrying != retrying || c.Dead != dead {
		t.Errorf("%d pending, %d of them retrying, %d dead; want %d, %d, %d", c.Pending, c.Retrying, c.Dead, pending, retrying, dead)
	}
}

// run starts the worker and returns a function that stops it and waits for it.
func (n *node) run(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.worker.Run(ctx) }()
	return func() { cancel(); <-done }
}

// senderFunc is a sender of one test.
type senderFunc func(context.Context, *notify.Message) error

func (f senderFunc) Send(ctx context.Context, m *notify.Message) error { return f(ctx, m) }
func (senderFunc) Notice() string                                      { return "" }

var errUnreachable = errors.New("nobody answers")

func each(t *testing.T, f func(t *testing.T, h *installation)) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			f(t, newInstallation(t, engine))
		})
	}
}
