package notify

import (
	"bytes"
	"maps"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

var from = mail.Address{Address: "accounts@example.com"}

// enqueued is a mail as a use would give it.
func enqueued(k Kind) Mail {
	c := sample(k)
	return Mail{TenantID: "t1", To: c.To, Kind: k, Lang: c.Lang, Zone: c.Zone, Data: c.Data}
}

func TestCheck(t *testing.T) {
	for _, row := range Kinds {
		if _, _, err := enqueued(row.Kind).check(); err != nil {
			t.Errorf("%s: %v", row.Kind, err)
		}
		for _, f := range row.Needs {
			m := enqueued(row.Kind)
			switch f {
			case Origin:
				m.Data.At = time.Time{}
			case Attempts:
				m.Data.Attempts = 0
			case Until:
				m.Data.Until = time.Time{}
			case Link:
				m.Data.LinkUntil = time.Time{}
			case NotMe:
				m.Data.NotMe = ""
			case Mine:
				m.Data.Mine = ""
			case Code:
				m.Data.CodeUntil = time.Time{}
			case Address:
				m.Data.Address = ""
			case Method:
				m.Data.Method = ""
			case Remaining:
				m.Data.Remaining = nil
			case KeyName:
				m.Data.KeyName = ""
			case DeviceName:
				m.Data.DeviceName = ""
			case Reasons:
				m.Data.Why = Why{}
			case Person:
				m.Data.Person = ""
			case Role:
				m.Data.Role = ""
			case ChannelName:
				m.Data.ChannelName = ""
			case WebhookName:
				m.Data.WebhookName = ""
			case ProviderName:
				m.Data.ProviderName = ""
			case Page:
				m.Data.Page = ""
			case Figures:
				m.Data.Figures = nil
			}
			if _, _, err := m.check(); err == nil || !strings.Contains(err.Error(), string(f)) {
				t.Errorf("%s without %q: %v", row.Kind, f, err)
			}
		}
	}
	for name, change := range map[string]func(*Mail){
		"a kind without a row":   func(m *Mail) { m.Kind = "newsletter" },
		"a part of another kind": func(m *Mail) { m.Data.Attempts = 3 },
		"no tenant":              func(m *Mail) { m.TenantID = "" },
		"no organisation":        func(m *Mail) { m.Data.Organisation = " \n" },
		"no recipient":           func(m *Mail) { m.To = "" },
		"two recipients":         func(m *Mail) { m.To = "ann@example.com, bo@example.com" },
		"a header":               func(m *Mail) { m.To = "ann@example.com\r\nBcc: bo@example.com" },
		"a named recipient":      func(m *Mail) { m.To = "Ann <ann@example.com>" },
		"a link without a host":  func(m *Mail) { m.Data.Link = "/reset/" },
		"a link that runs":       func(m *Mail) { m.Data.Link = "javascript:alert(1)//a" },
		"a link with a password": func(m *Mail) { m.Data.Link = "https://u:p@example.com/" },
	} {
		m := enqueued(PasswordReset)
		change(&m)
		if _, _, err := m.check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What a figure counts, and what needs somebody, has words.
func TestCheckFigures(t *testing.T) {
	for name, change := range map[string]func(*Data){
		"a figure": func(d *Data) { d.Figures[0].Name = "visitors" },
		"a task":   func(d *Data) { d.Tasks[0].Kind = "holiday" },
	} {
		m := enqueued(WeeklyDigest)
		change(&m.Data)
		if _, _, err := m.check(); err == nil {
			t.Errorf("%s without words is accepted", name)
		}
	}
}

// Codes and methods must have a known form, and the error shows no code.
func TestCheckCodesAndMethods(t *testing.T) {
	for _, code := range []string{"12345", "12345678901", "12 34 56", "12345x", "123456\r\nBcc: a@example.com", "١٢٣٤٥٦"} {
		m := enqueued(SignInCode)
		m.Data.Code = code
		if _, _, err := m.check(); err == nil || strings.Contains(err.Error(), "123") {
			t.Errorf("%q: %v", code, err)
		}
	}
	m := enqueued(FactorAdded)
	m.Data.Method = "pigeon"
	if _, _, err := m.check(); err == nil {
		t.Error("a method without words is accepted")
	}
	m = enqueued(NewSignIn)
	m.Data.Mine = "javascript:alert(1)//a"
	if _, _, err := m.check(); err == nil {
		t.Error("a link that runs is accepted")
	}
}

// headers lists all headers of a mail, whatever its content.
var headers = []string{
	"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress",
}

// FuzzMail checks that no text chosen by a person becomes a header, a recipient or a second
// mail.
func FuzzMail(f *testing.F) {
	f.Add("ann@example.com", "Acme", "Ann", "https://accounts.example.com/l/x")
	f.Add("ann@example.com\r\nBcc: b@example.com", "A\r\nBcc: c@example.com", "\r\n.\r\n", "https://a/\r\nX: y")
	f.Add("!#$%&'*+-/=?^_`{|}~@example.com", "=?utf-8?q?=0D=0ABcc:_d@example.com?=", "\u2028Bcc:", "https://a/?q=\"><script>")
	f.Add("müller@bücher.example", "شركة النور", "\u202eevil", "https://a/%0d%0aBcc:x")
	f.Fuzz(func(t *testing.T, to, organisation, name, link string) {
		m := enqueued(PasswordReset)
		m.To, m.Data.Organisation, m.Data.Name, m.Data.Link = to, organisation, name, link
		m, _, err := m.check()
		if err != nil {
			return
		}
		message, err := compose(store.OutboxRow{ID: "id", CreatedAt: m.Data.At},
			content{To: m.To, Kind: m.Kind, Data: m.Data}, from, m.Data.At)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := message.mime.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		got, err := mail.ReadMessage(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if names := slices.Sorted(maps.Keys(got.Header)); !slices.Equal(names, headers) {
			t.Errorf("headers %q", names)
		}
		for _, name := range headers {
			if len(got.Header[name]) != 1 {
				t.Errorf("%s: %q", name, got.Header[name])
			}
		}
		list, err := got.Header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Address != m.To {
			t.Errorf("to %v, %v; want %q", list, err, m.To)
		}
		if rcpts, err := message.mime.GetRecipients(); err != nil || len(rcpts) != 1 || strings.ContainsAny(rcpts[0], "\r\n") {
			t.Errorf("handed to %q, %v", rcpts, err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		if err != nil || strings.ContainsAny(subject, "\r\n\x00") {
			t.Errorf("subject %q, %v", subject, err)
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add("Ann Lee")
	f.Add("a\u202eb\r\nc\x00\xff")
	f.Fuzz(func(t *testing.T, in string) {
		once := plain(in)
		if strings.ContainsAny(once, "\r\n\x00\u202e\u2066\u2069") || len([]rune(once)) > longestName || plain(once) != once {
			t.Errorf("plain(%q) = %q", in, once)
		}
		if isolated := isolate(once, "ltr"); !strings.Contains(isolated, once) {
			t.Errorf("isolate(%q) = %q", once, isolated)
		}
	})
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"550 5.1.1 no such user":                             "550 5.1.1 no such user",
		"554 spam: https://accounts.example.com/l/spl_x.":    "554 spam: [left out]",
		"550 <ann@example.com>: unknown":                     "550 [left out] unknown",
		"554 spl_0123456789abcdefghijklmnopqrstuvwxyzABC":    "554 [left out]",
		"421 later\r\n\x1b[31mnow":                           "421 later [31mnow",
		strings.Repeat("ab ", 200):                           strings.Repeat("ab ", 100) + "…",
		"dial tcp 127.0.0.1:25: connect: connection refused": "dial tcp 127.0.0.1:25: connect: connection refused",
	} {
		if got := harmless(in); got != want {
			t.Errorf("harmless(%q) = %q, want %q", in, got, want)
		}
	}
}
