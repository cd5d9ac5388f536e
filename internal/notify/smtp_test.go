package notify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// message returns a mail as a worker makes it.
func message(t *testing.T, h *installation) (m *notify.Message) {
	t.Helper()
	n := h.node(t, senderFunc(func(_ context.Context, got *notify.Message) error { m = got; return nil }))
	n.enqueue(t, 1)
	n.deliver(t)
	return m
}

func TestSMTP(t *testing.T) {
	refuseAuth := func(except string) func(string, string) error {
		return func(stage, arg string) error {
			if stage == "auth" && arg != except {
				return errors.New("another mechanism was asked for")
			}
			return nil
		}
	}
	for _, c := range []struct {
		name, server, address string
		refuse                func(string, string) error
		user, fails           string
	}{
		{"STARTTLS", "starttls", "smtp://", nil, "", ""},
		{"STARTTLS and a password", "starttls", "smtp://sally:p%40ss%2Fword@", nil, "sally", ""},
		{"implicit TLS", "tls", "smtps://", nil, "", ""},
		{"implicit TLS and a password", "tls", "smtps://sally:p%40ss%2Fword@", refuseAuth(sasl.Plain), "sally", ""},
		{"PLAIN", "starttls", "smtp://sally:p%40ss%2Fword@ auth=plain", refuseAuth(sasl.Plain), "sally", ""},
		{"LOGIN", "starttls", "smtp://sally:p%40ss%2Fword@ auth=login", refuseAuth(sasl.Login), "sally", ""},
		{"a wrong password", "starttls", "smtp://sally:hunter2@", nil, "", "535"},
		{"a server without STARTTLS", "none", "smtp://", nil, "", "STARTTLS"},
		{"a server without STARTTLS, with a password", "none", "smtp://sally:p%40ss%2Fword@", nil, "", "STARTTLS"},
		{"TLS where none is spoken", "none", "smtps://", nil, "", "tls"},
		{"this machine in the clear", "none", "smtp:// tls=none", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newInstallation(t, store.SQLite)
			h.sink.start(t, c.server)
			h.sink.set(c.refuse, nil)
			address, option, _ := strings.Cut(c.address, " ")
			s := h.smtp(t, address+h.sink.Addr)
			switch _, value, _ := strings.Cut(option, "="); value {
			case "none":
				s.Security = notify.NoTLS
			case "plain", "login":
				s.Auth = notify.Auth(value)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := s.Send(ctx, message(t, h))
			if c.fails != "" {
				var f *notify.Failure
				if !errors.As(err, &f) || f.Permanent || !strings.Contains(f.Why, c.fails) || strings.Contains(f.Why, "hunter2") {
					t.Errorf("Send() = %v", err)
				}
				if len(h.sink.got()) != 0 {
					t.Error("the mail arrived all the same")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := h.sink.got(); len(got) != 1 || got[0].TLS != (s.Security != notify.NoTLS) || got[0].User != c.user ||
				got[0].From != "accounts@example.com" || got[0].To != "user0@example.com" {
				t.Errorf("arrived: %+v", got)
			}
		})
	}
}

func TestUntrustedServer(t *testing.T) {
	h := newInstallation(t, store.SQLite)
	h.sink.start(t, "starttls")
	s := h.smtp(t, "smtp://"+h.sink.Addr)
	s.TLS = nil
	if err := s.Send(t.Context(), message(t, h)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
}

func TestHeaders(t *testing.T) {
	h := newInstallation(t, store.SQLite)
	h.sink.start(t, "starttls")
	n := h.node(t, nil)
	n.enqueue(t, 1)
	n.deliver(t)
	got := h.sink.got()[0]
	for name, want := range map[string]string{
		"From": `"Acme" <accounts@example.com>`, "To": "<user0@example.com>", "Subject": "Choose a new password for Acme",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Mime-Version": "1.0",
		"Date": apptest.Start.Format(time.RFC1123Z),
	} {
		if v := got.Mail.Header[name]; len(v) != 1 || v[0] != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	for _, name := range []string{"User-Agent", "X-Mailer", "List-Unsubscribe", "Bcc", "Cc", "Reply-To"} {
		if v, ok := got.Mail.Header[name]; ok {
			t.Errorf("%s: %q", name, v)
		}
	}
	if id := got.id(); !strings.HasPrefix(id, "<") || !strings.HasSuffix(id, "@example.com>") {
		t.Errorf("Message-ID %s", id)
	}
	kind, params, err := mime.ParseMediaType(got.Mail.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(got.Mail.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), want) || !bytes.Contains(body, []byte(secretPart)) {
			t.Errorf("part %s: %v, or the link is broken", p.Header.Get("Content-Type"), err)
		}
	}
}

func TestFolder(t *testing.T) {
	h := newInstallation(t, store.SQLite)
	var log bytes.Buffer
	settings := notify.Settings{Folder: filepath.Join(t.TempDir(), "mail")}
	sender, from, err := settings.Open(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || from.Address != "sallyport@localhost" || !strings.Contains(sender.Notice(), settings.Folder) {
		t.Fatalf("%v, %v, %q", err, from, sender.Notice())
	}
	m := message(t, h)
	for range 2 { // a second try is the same file
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(settings.Folder)
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0].Name(), ".eml") {
		t.Fatalf("%v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	file, err := os.Open(filepath.Join(settings.Folder, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var text bytes.Buffer
	if got, err := mail.ReadMessage(io.TeeReader(file, &text)); err != nil || got.Header.Get("To") != "<user0@example.com>" {
		t.Errorf("the file is no mail: %v", err)
	}
	if _, err := text.ReadFrom(file); err != nil || !strings.Contains(text.String(), "https://accounts.example.com/reset/"+secretPart) {
		t.Errorf("the file has no link to copy: %v\n%s", err, text.String())
	}
	if said := log.String(); strings.Contains(said, secretPart) || strings.Contains(said, "user0@") || !strings.Contains(said, files[0].Name()) {
		t.Errorf("the log says %s", said)
	}
}
