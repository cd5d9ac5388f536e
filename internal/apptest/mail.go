package apptest

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/notify"
)

// mailbox takes every mail.
type mailbox struct{ mails []*notify.Message }

func (b *mailbox) Send(_ context.Context, m *notify.Message) error {
	b.mails = append(b.mails, m)
	return nil
}

func (*mailbox) Notice() string { return "" }

// Mails answers what was asked for, delivers what waits, and returns the new
// mails, the oldest first.
func (a *App) Mails(t testing.TB) []*notify.Message {
	t.Helper()
	if err := a.Accounts.AnswerRequests(t.Context()); err != nil {
		t.Fatalf("apptest: answer requests: %v", err)
	}
	var box mailbox
	w := notify.NewWorker(notify.Config{
		DB: a.DB, Outbox: a.Outbox, Sender: &box, From: mail.Address{Address: "accounts@corp.test"}, Now: a.Clock.Now,
	})
	for {
		found, err := w.Deliver(t.Context())
		if err != nil {
			t.Fatalf("apptest: deliver mail: %v", err)
		}
		if !found {
			return box.mails
		}
	}
}

// Text returns a mail as it is sent, without the line breaks of its encoding.
func Text(t testing.TB, m *notify.Message) string {
	t.Helper()
	dir := t.TempDir()
	if err := (notify.Folder{Path: dir, Log: slog.New(slog.DiscardHandler)}).Send(t.Context(), m); err != nil {
		t.Fatalf("apptest: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("apptest: files of a mail: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(string(text))
}

// Secret returns the secret of the link in a mail whose path starts with prefix,
// such as "/recovery/".
func Secret(t testing.TB, m *notify.Message, prefix string) string {
	t.Helper()
	for _, l := range m.Links {
		u, err := url.Parse(l)
		if err != nil || !strings.HasPrefix(l, BaseURL+"/") {
			t.Fatalf("apptest: link %q does not start with %s", l, BaseURL)
		}
		if strings.HasPrefix(u.Path, prefix) {
			return path.Base(u.Path)
		}
	}
	t.Fatalf("apptest: the mail %s has no link %s: %v", m.Kind, prefix, m.Links)
	return ""
}
