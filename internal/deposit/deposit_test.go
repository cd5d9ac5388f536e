package deposit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/deposit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// book is a log that tests read.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// take returns what was logged since the last time.
func (b *book) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.text.Reset()
	return b.text.String()
}

func depositor(t *testing.T, a *apptest.App, c deposit.Config) (*deposit.Depositor, *book) {
	t.Helper()
	log := new(book)
	c.DB, c.Now, c.Log = a.DB, a.Clock.Now, slog.New(slog.NewTextHandler(log, nil))
	apptest.Must(t, c.Check())
	d, err := deposit.New(c)
	apptest.Must(t, err)
	return d, log
}

// grow adds to the owner's log, and returns its head.
func grow(t *testing.T, a *apptest.App) store.AuditHead {
	t.Helper()
	a.AddUser(t, fmt.Sprintf("u%d@corp.test", time.Now().UnixNano()), "member")
	a.Sequence(t)
	head, err := a.DB.AuditHead(t.Context(), a.TenantID(t))
	apptest.Must(t, err)
	if head.Checkpoint == "" || head.CheckpointSize != head.Size {
		t.Fatalf("the log is not signed: %+v", head)
	}
	return head
}

func run(t *testing.T, d *deposit.Depositor) {
	t.Helper()
	apptest.Must(t, d.Run(t.Context()))
}

func fileOf(a *apptest.App, t *testing.T, folder string, h store.AuditHead) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%012d.checkpoint", a.TenantID(t), h.CheckpointSize))
}

func TestFolder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		folder := t.TempDir()
		count := func() int {
			entries, err := os.ReadDir(folder)
			apptest.Must(t, err)
			return len(entries)
		}
		d, log := depositor(t, a, deposit.Config{Settings: deposit.Settings{Folder: folder}})
		run(t, d) // nothing is there yet
		first := grow(t, a)
		run(t, d)
		text, err := os.ReadFile(fileOf(a, t, folder, first))
		if err != nil || string(text) != first.Checkpoint || count() != 1 {
			t.Fatalf("%v, %d files, %q", err, count(), text)
		}
		if info, err := os.Stat(fileOf(a, t, folder, first)); err != nil || info.Mode().Perm() != 0o644 && runtime.GOOS != "windows" {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		a.Clock.Advance(2 * time.Hour)
		run(t, d) // nothing grew
		second := grow(t, a)
		run(t, d)
		third := grow(t, a)
		run(t, d) // too soon
		a.Clock.Advance(59 * time.Minute)
		run(t, d)
		if count() != 2 {
			t.Errorf("%d files before the interval is over", count())
		}
		a.Clock.Advance(2 * time.Minute)
		run(t, d)
		for _, h := range []store.AuditHead{second, third} {
			if text, err := os.ReadFile(fileOf(a, t, folder, h)); err != nil || string(text) != h.Checkpoint {
				t.Errorf("%v, %q", err, text)
			}
		}
		if count() != 3 || log.take() != "" {
			t.Errorf("%d files", count())
		}

		// What is there already stays, and is tried again once it is gone.
		fourth := grow(t, a)
		apptest.Must(t, os.WriteFile(fileOf(a, t, folder, fourth), []byte("mine"), 0o600))
		a.Clock.Advance(2 * time.Hour)
		run(t, d)
		if said := log.take(); !strings.Contains(said, "way=folder") || !strings.Contains(said, "another checkpoint of as many events") {
			t.Errorf("the log says %q", said)
		}
		apptest.Must(t, os.WriteFile(fileOf(a, t, folder, fourth), []byte(fourth.Checkpoint), 0o600))
		run(t, d)
		a.Clock.Advance(6 * time.Minute)
		run(t, d)
		if said := log.take(); said != "" {
			t.Errorf("the log says %q", said)
		}
		deliveries, err := a.DB.Deliveries(t.Context(), a.TenantID(t))
		if err != nil || len(deliveries) != 1 || deliveries[0].Size != fourth.Size || deliveries[0].Way != "folder" {
			t.Errorf("%+v, %v", deliveries, err)
		}
	})
}

// counted is a way that counts.
type counted struct {
	mu    sync.Mutex
	sizes []int64
	err   error
}

func (*counted) Name() string { return "counted" }

func (w *counted) Take(_ context.Context, c deposit.Checkpoint) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sizes = append(w.sizes, c.Size)
	return w.err
}

// Of nodes that run at once one takes a checkpoint.
func TestNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := new(counted)
		var nodes []*deposit.Depositor
		for _, n := range []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})} {
			d, _ := depositor(t, n, deposit.Config{Ways: []deposit.Way{w}})
			nodes = append(nodes, d)
		}
		for round := range 5 {
			head := grow(t, a)
			var wg sync.WaitGroup
			for _, d := range nodes {
				wg.Go(func() {
					for range 3 {
						if err := d.Run(context.Background()); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if len(w.sizes) != round+1 || w.sizes[round] != head.Size {
				t.Fatalf("round %d: %v, want %d", round, w.sizes, head.Size)
			}
			a.Clock.Advance(time.Hour)
		}
	})
}

// A way that fails is tried again after five minutes, and does not keep others from theirs.
func TestFailure(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w, folder := &counted{err: errors.New("no disk")}, t.TempDir()
		told := map[string]int{}
		d, log := depositor(t, a, deposit.Config{Ways: []deposit.Way{w}, Settings: deposit.Settings{Folder: folder}, Done: func(way string, err error) { told[fmt.Sprint(way, err)]++ }})
		head := grow(t, a)
		run(t, d)
		run(t, d)
		if want := map[string]int{"countedno disk": 1, "folder<nil>": 1}; !maps.Equal(told, want) || !slices.Equal(d.Ways(), []string{"folder", "counted"}) {
			t.Errorf("of the ways %v it tells %v", d.Ways(), told)
		}
		if said := log.take(); strings.Count(said, "no disk") != 1 || !strings.Contains(said, "way=counted") {
			t.Errorf("the log says %q", said)
		}
		if _, err := os.Stat(fileOf(a, t, folder, head)); err != nil {
			t.Error(err)
		}
		a.Clock.Advance(5 * time.Minute)
		w.err = nil
		run(t, d)
		a.Clock.Advance(5 * time.Minute)
		run(t, d)
		if len(w.sizes) != 2 {
			t.Errorf("%d tries", len(w.sizes))
		}
	})
}

func TestURL(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		var answer func(http.ResponseWriter, *http.Request)
		var got []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			user, password, _ := r.BasicAuth()
			got = append(got, strings.Join([]string{r.Method, r.URL.RequestURI(), user, password, r.Header.Get("Content-Type"), string(body)}, " "))
			answer(w, r)
		}))
		defer server.Close()
		with := func(query string) (*deposit.Depositor, *book) {
			return depositor(t, a, deposit.Config{Settings: deposit.Settings{URL: strings.Replace(server.URL, "://", "://u:geheim@", 1) + "/hidden?token=geheim" + query}})
		}
		status := func(n int) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
		}
		d, log := with("&private=yes")
		head := grow(t, a)
		for what, c := range map[string]struct {
			answer func(http.ResponseWriter, *http.Request)
			says   string
		}{
			"refuses": {status(403), "answered 403"},
			"redirects": {func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			}, "redirects are not followed"},
			"dies": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot be reached"},
		} {
			answer, got = c.answer, nil
			run(t, d)
			if said := log.take(); !strings.Contains(said, c.says) || !strings.Contains(said, "way=url") || strings.Contains(said, "geheim") || strings.Contains(said, "hidden") {
				t.Errorf("%s: the log says %q", what, said)
			}
			if len(got) != 1 {
				t.Errorf("%s: %d requests", what, len(got))
			}
			a.Clock.Advance(5 * time.Minute)
		}
		answer, got = status(204), nil
		run(t, d)
		a.Clock.Advance(2 * time.Hour)
		run(t, d)
		if want := "POST /hidden?token=geheim u geheim text/plain; charset=utf-8 " + head.Checkpoint; len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if said := log.take(); said != "" {
			t.Errorf("the log says %q", said)
		}
	})
}

// A server that is slow is not waited for longer than the node runs, and one in a private network is
// refused unless it is meant.
func TestURLSlowOrPrivate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		arrived, release := make(chan bool, 1), make(chan bool)
		server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			arrived <- true
			<-release
		}))
		defer server.Close()
		defer close(release)
		private, log := depositor(t, a, deposit.Config{Settings: deposit.Settings{URL: server.URL}})
		grow(t, a)
		run(t, private)
		if said := log.take(); !strings.Contains(said, "private=yes") || len(arrived) != 0 {
			t.Errorf("the log says %q", said)
		}
		plain := httptest.NewServer(server.Config.Handler)
		defer plain.Close()
		slow, log := depositor(t, a, deposit.Config{Settings: deposit.Settings{URL: plain.URL + "?private=yes"}})
		a.Clock.Advance(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- slow.Run(ctx) }()
		<-arrived
		cancel()
		<-done
		if said := log.take(); !strings.Contains(said, "way=url") {
			t.Errorf("the log says %q", said)
		}
		release <- true
	})
}

// postbox is a mail server.
type postbox struct {
	mails  []*netmail.Message
	bodies []string
	refuse error
}

func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (p *postbox) Reset()                                      {}
func (p *postbox) Logout() error                               { return nil }
func (p *postbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (p *postbox) Rcpt(string, *smtp.RcptOptions) error        { return p.refuse }

func (p *postbox) Data(r io.Reader) error {
	m, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(decoded(m))
	p.mails, p.bodies = append(p.mails, m), append(p.bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	return err
}

func TestMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		box := new(postbox)
		server := smtp.NewServer(box)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		apptest.Must(t, err)
		go server.Serve(listener)
		defer server.Close()
		sender, from, err := notify.Settings{SMTP: "smtp://" + listener.Addr().String() + "?tls=none", From: "accounts@corp.test"}.Open(slog.New(slog.DiscardHandler))
		apptest.Must(t, err)
		d, log := depositor(t, a, deposit.Config{Mail: deposit.Mail{Sender: sender, From: from}, Settings: deposit.Settings{To: "audit@corp.test"}})
		head := grow(t, a)
		box.refuse = &smtp.SMTPError{Code: 550, Message: "nobody audit@corp.test here"}
		run(t, d)
		if said := log.take(); !strings.Contains(said, "way=mail") || !strings.Contains(said, "550") || strings.Contains(said, "audit@corp.test") {
			t.Errorf("the log says %q", said)
		}
		box.refuse = nil
		a.Clock.Advance(5 * time.Minute)
		run(t, d)
		a.Clock.Advance(5 * time.Hour)
		run(t, d)
		if len(box.mails) != 1 {
			t.Fatalf("%d mails, %s", len(box.mails), log.take())
		}
		m := box.mails[0].Header
		if want := fmt.Sprintf("Checkpoint of the audit log: %d events", head.Size); m.Get("Subject") != want || m.Get("To") != "<audit@corp.test>" ||
			!strings.Contains(m.Get("Content-Type"), "text/plain") || !strings.Contains(m.Get("From"), "accounts@corp.test") {
			t.Errorf("header %v", m)
		}
		if !strings.Contains(box.bodies[0], "\n"+head.Checkpoint+"\n") {
			t.Errorf("%s\nis not in\n%s", head.Checkpoint, box.bodies[0])
		}

		// Without a mail server it is a file.
		folder := t.TempDir()
		sender, from, err = notify.Settings{Folder: folder}.Open(slog.New(slog.DiscardHandler))
		apptest.Must(t, err)
		d, _ = depositor(t, a, deposit.Config{Mail: deposit.Mail{Sender: sender, From: from}, Settings: deposit.Settings{To: "audit@corp.test"}})
		grow(t, a)
		run(t, d)
		if files, err := filepath.Glob(filepath.Join(folder, "*-checkpoint-*.eml")); err != nil || len(files) != 1 {
			t.Errorf("%v, %v", files, err)
		}
	})
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	apptest.Must(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		in   deposit.Settings
		says string
	}{
		{deposit.Settings{}, ""},
		{deposit.Settings{URL: "https://u:p@archive.example.com/x?token=1&private=yes", To: "a@b.example", Every: time.Minute}, ""},
		{deposit.Settings{URL: "http://localhost:80?private=yes", Every: 24 * time.Hour}, ""},
		{deposit.Settings{Folder: file}, "--checkpoint-folder"},
		{deposit.Settings{Folder: file + "/no"}, "make it first"},
		{deposit.Settings{URL: "ftp://geheim"}, "must be an address"},
		{deposit.Settings{URL: "https://u:ge%heim@host"}, "must be an address"},
		{deposit.Settings{URL: "https://host?%zz=geheim"}, "cannot be read"},
		{deposit.Settings{URL: "https://host?private=geheim"}, "private option"},
		{deposit.Settings{URL: "http://localhost"}, "http://"},
		{deposit.Settings{URL: "http://10.0.0.1?private=yes"}, "http://"},
		{deposit.Settings{URL: "https://host?ca=/no/such/file"}, "ca file"},
		{deposit.Settings{URL: "https://host?ca=" + file}, "no certificate"},
		{deposit.Settings{To: "nobody"}, "--checkpoint-mail"},
		{deposit.Settings{Every: time.Second}, "--checkpoint-every"},
		{deposit.Settings{Every: 25 * time.Hour}, "--checkpoint-every"},
	} {
		err := c.in.Check()
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "geheim")) {
			t.Errorf("%+v: %v, want %q", c.in, err, c.says)
		}
	}
}

// decoded reads a body in the encoding that its header names.
func decoded(m *netmail.Message) io.Reader {
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		return quotedprintable.NewReader(m.Body)
	}
	return m.Body
}
