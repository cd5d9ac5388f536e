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

// mailbox keeps every mail.
type mailbox struct {
	mails []*notify.Message
	codes func(to, code string)
}

func (b *mailbox) Send(_ context.Context, m *notify.Message) error {
	b.mails = append(b.mails, m)
	b.codes(m.To, m.Code)
	return nil
}

func (*mailbox) Notice() string { return "" }

// phone keeps every text message.
type phone struct {
	texts []notify.SentText
	codes func(to, code string)
}

func (p *phone) Send(_ context.Context, t notify.SentText) error {
	p.texts = append(p.texts, t)
	p.codes(t.To, t.Code)
	return nil
}

func (*phone) Notice() string { return "" }

// Mails writes the mails that wait to be addressed, delivers all waiting mails, and returns
// the new ones, oldest first.
func (a *App) Mails(t testing.TB) []*notify.Message {
	t.Helper()
	if err := a.Accounts.AnswerRequests(t.Context()); err != nil {
		t.Fatalf("apptest: answer requests: %v", err)
	}
	box := mailbox{codes: a.keepCode}
	a.deliver(t, notify.Config{Sender: &box, From: mail.Address{Address: "accounts@corp.test"}})
	return box.mails
}

// Texts delivers the waiting text messages and returns them, oldest first.
func (a *App) Texts(t testing.TB) []notify.SentText {
	t.Helper()
	phone := phone{codes: a.keepCode}
	a.deliver(t, notify.Config{Texts: &phone})
	return phone.texts
}

func (a *App) deliver(t testing.TB, c notify.Config) {
	t.Helper()
	c.DB, c.Outbox, c.Now = a.DB, a.Outbox, a.Clock.Now
	w := notify.NewWorker(c)
	for {
		found, err := w.Deliver(t.Context())
		if err != nil {
			t.Fatalf("apptest: deliver: %v", err)
		}
		if !found {
			return
		}
	}
}

// LastCode delivers all waiting mails and text messages, and returns the newest code that
// any node has sent to an address or a number.
func (a *App) LastCode(t testing.TB, to string) string {
	t.Helper()
	a.Mails(t)
	a.Texts(t)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.codes[to] == "" {
		t.Fatalf("apptest: no code was sent to %s", to)
	}
	return a.codes[to]
}

func (i *installation) keepCode(to, code string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if code != "" {
		if i.codes == nil {
			i.codes = map[string]string{}
		}
		i.codes[to] = code
	}
}

// Text returns the text of a mail without the line breaks of its encoding.
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

// Secret returns the secret in the first link of a mail whose path starts with prefix, such
// as "/recovery/".
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
