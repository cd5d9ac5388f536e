package notify

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseSMTP(t *testing.T) {
	for in, want := range map[string]SMTP{
		"smtp://mail.example.com":                     {Host: "mail.example.com", Port: 587, Security: StartTLS, Auth: AuthAuto},
		"smtp://u:p%40%3A%2F@mail.example.com:2525":   {Host: "mail.example.com", Port: 2525, Security: StartTLS, Auth: AuthAuto, User: "u", Password: "p@:/"},
		"smtps://u%40example.com:p@mail.example.com/": {Host: "mail.example.com", Port: 465, Security: ImplicitTLS, Auth: AuthAuto, User: "u@example.com", Password: "p"},
		"smtps://u:p@[2001:db8::1]?auth=login":        {Host: "2001:db8::1", Port: 465, Security: ImplicitTLS, Auth: AuthLogin, User: "u", Password: "p"},
		"smtp://localhost:25?tls=none":                {Host: "localhost", Port: 25, Security: NoTLS, Auth: AuthAuto},
		"smtp://[::1]:25?tls=none":                    {Host: "::1", Port: 25, Security: NoTLS, Auth: AuthAuto},
		"smtp://u:p@127.0.0.1:587?auth=plain":         {Host: "127.0.0.1", Port: 587, Security: StartTLS, Auth: AuthPlain, User: "u", Password: "p"},
	} {
		got, err := ParseSMTP(in)
		if err != nil || *got != want {
			t.Errorf("ParseSMTP(%q) = %+v, %v", in, got, err)
		}
	}
}

func TestParseSMTPRefuses(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for in, says := range map[string]string{
		"mail.example.com":                           "must be an address",
		"http://mail.example.com":                    "must be an address",
		"smtp://":                                    "must be an address",
		"smtp://u:secret@mail.example.com:port":      "must be an address",
		"smtp://u:sec%ret@mail.example.com":          "must be an address",
		"smtp://mail.example.com/inbox":              "must be an address",
		"smtp://mail.example.com:70000":              "port",
		"smtp://u@mail.example.com":                  "without a password",
		"smtp://:secret@mail.example.com":            "without a password",
		"smtp://mail.example.com?tls=none":           "another machine",
		"smtp://u:secret@localhost?tls=none":         "in the clear",
		"smtp://localhost?tls=none&ca=" + none:       "no certificate",
		"smtps://localhost?tls=none":                 "contradict",
		"smtp://mail.example.com?tls=maybe":          "tls=none",
		"smtp://mail.example.com?auth=plain":         "without a user",
		"smtp://u:secret@mail.example.com?auth=ntlm": "not known",
		"smtp://mail.example.com?starttls=off":       "not known",
		"smtp://localhost?tls=none&tls=none":         "more than once",
		"smtp://mail.example.com?ca=/no/such/file":   "cannot be read",
		"smtp://mail.example.com?%zz":                "cannot be read",
	} {
		_, err := ParseSMTP(in)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "sec") {
			t.Errorf("ParseSMTP(%q): %v; want a sentence with %q and no password", in, err, says)
		}
	}
}

func TestSettings(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, c := range []struct{ smtp, from, says string }{
		{"", "", ""},
		{"", "Acme <a@example.com>", ""},
		{"files", "", ""},
		{"file", "a@example.com", "--smtp must be an address"},
		{"smtp://mail.example.com", "Acme <a@example.com>", ""},
		{"smtp://mail.example.com", "", "without --mail-from"},
		{"smtp://mail.example.com?x=y", "", "--smtp has the option"},
		{"smtp://mail.example.com", "nobody", "--mail-from must be"},
		{"smtp://mail.example.com", "a@example.com, b@example.com", "--mail-from must be"},
		{"", "a@bücher.example", "xn--"},
		{"smtp://mail.example.com", "\"A\r\nBcc: b@example.com\" <a@example.com>", "--mail-from must be"},
	} {
		sender, from, err := Settings{SMTP: c.smtp, From: c.from, Folder: "mail"}.Open(log)
		switch {
		case c.says != "":
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v: %v", c, err)
			}
		case err != nil || sender == nil || from.Address == "":
			t.Errorf("%+v: %v from %v", c, err, from)
		case (sender.Notice() == "") != strings.Contains(c.smtp, ":"):
			t.Errorf("%+v: the console says %q", c, sender.Notice())
		}
	}
}

func FuzzParseSMTP(f *testing.F) {
	f.Add("smtp://u:p%40@mail.example.com:587?auth=plain&tls=none")
	f.Add("smtps://[::1]:465")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseSMTP(in)
		if err == nil && (s.Host == "" || s.Port < 1 || s.Port > 65535 || s.Security == NoTLS && (s.User != "" || !loopback(s.Host))) {
			t.Errorf("ParseSMTP(%q) = %+v", in, s)
		}
	})
}
