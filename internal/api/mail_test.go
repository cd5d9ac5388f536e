package api

import (
	"context"
	"net/mail"
	"strings"

	"github.com/sallyport/sallyport/internal/notify"
)

// mailbox keeps every mail.
type mailbox struct{ mails []*notify.Message }

func (b *mailbox) Send(_ context.Context, m *notify.Message) error {
	b.mails = append(b.mails, m)
	return nil
}

func (*mailbox) Notice() string { return "" }

// mails writes the mails that wait to be addressed, delivers all, and returns the new ones.
func (a *app) mails() []*notify.Message {
	a.t.Helper()
	ctx := a.t.Context()
	if err := a.deps.Accounts.AnswerRequests(ctx); err != nil {
		a.t.Fatal(err)
	}
	var box mailbox
	w := notify.NewWorker(notify.Config{DB: a.db, Outbox: a.outbox, Sender: &box, From: mail.Address{Address: "accounts@example.test"}, Now: a.now})
	for {
		found, err := w.Deliver(ctx)
		if err != nil {
			a.t.Fatal(err)
		}
		if !found {
			return box.mails
		}
	}
}

// link returns the path, below the API, of the link in the only mail of this kind that
// waits for address. The link's path begins with page.
func (a *app) link(address string, kind notify.Kind, page string) string {
	a.t.Helper()
	var found []string
	var got []notify.Kind
	for _, m := range a.mails() {
		got = append(got, m.Kind)
		for _, l := range m.Links {
			if path, ok := strings.CutPrefix(l, baseURL); ok && m.Kind == kind && m.To == address && strings.HasPrefix(path, page+"/") {
				found = append(found, path)
			}
		}
	}
	if len(found) != 1 {
		a.t.Fatalf("links %s in mails of kind %s for %s: %v; the mails were %v", page, kind, address, found, got)
	}
	return found[0]
}

// reset requests a password reset and returns the link's path.
func (a *app) reset(address string) string {
	a.t.Helper()
	a.client().post("/recovery", object("email", address)).is(202)
	return a.link(address, notify.PasswordReset, "/recovery")
}
