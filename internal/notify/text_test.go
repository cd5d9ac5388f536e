package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func sampleText() Text {
	return Text{
		TenantID: "t1", To: "+41791234567", Kind: SignInCode,
		Data: TextData{Organisation: "Quayside", Host: "accounts.corp.test", Code: "048151", CodeUntil: time.Date(2026, 11, 21, 13, 12, 0, 0, time.UTC)},
	}
}

// The texts people get, with how many messages each costs.
func TestTexts(t *testing.T) {
	var all strings.Builder
	for _, c := range []struct{ organisation, host, code string }{
		{"Quayside", "accounts.corp.test", "123456"},
		{"Quayside", "Accounts.Corp.Test:8443", "0123456789"},
		{"Müller & Söhne", "accounts.corp.test", "123456"},
		{"The Honourable Company of Harbour Masters, Pilots, Lightermen and Watermen of the Northern Estuaries", "accounts.corp.test", "123456"},
		{"The Honourable Company of Harbour Masters", strings.Repeat("a-very-long-label.", 7) + "test", "123456"},
		{"[brackets cost two] " + strings.Repeat("[]", 60), "accounts.corp.test", "123456"},
		{"شركة النور", "accounts.corp.test", "123456"},
		{strings.Repeat("Zażółć gęślą jaźń ", 20), "accounts.corp.test", "123456"},
		{"Evil\r\n\r\n@evil.test #999999", "accounts.corp.test", "123456"},
		{"🦊🦊🦊", "accounts.corp.test", "123456"},
	} {
		x := sampleText()
		x.Data.Organisation, x.Data.Host, x.Data.Code = c.organisation, c.host, c.code
		x, row, err := x.check()
		if err != nil {
			t.Fatalf("%q: %v", c.organisation, err)
		}
		text := x.write(row)
		lines := strings.Split(text, "\n")
		host, _, _ := strings.Cut(strings.ToLower(c.host), ":")
		if want := "@" + host + " #" + c.code; len(lines) != 3 || lines[2] != want || lines[1] != "" || !strings.HasPrefix(text, c.code+" ") {
			t.Errorf("%q does not begin with its code, or end with the line %q", text, want)
		}
		if _, ok := gsmLength(c.organisation); ok && len(c.host) < 60 && parts(text) != 1 {
			t.Errorf("%q is %d messages", text, parts(text))
		}
		fmt.Fprintf(&all, "%s\n-- %d\n\n", text, parts(text))
	}
	golden(t, "texts.txt", all.String())
}

func TestTextRefuses(t *testing.T) {
	if _, _, err := sampleText().check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Text){
		"a mail alone":       func(x *Text) { x.Kind = PasswordChanged },
		"a kind without row": func(x *Text) { x.Kind = "newsletter" },
		"no tenant":          func(x *Text) { x.TenantID = "" },
		"no organisation":    func(x *Text) { x.Data.Organisation = " \n" },
		"no number":          func(x *Text) { x.To = "" },
		"no country":         func(x *Text) { x.To = "0791234567" },
		"a zero":             func(x *Text) { x.To = "+0791234567" },
		"spaces":             func(x *Text) { x.To = "+41 79 123 45 67" },
		"two numbers":        func(x *Text) { x.To = "+41791234567,+41791234568" },
		"a line":             func(x *Text) { x.To = "+41791234567\n" },
		"too long a number":  func(x *Text) { x.To = "+1234567890123456" },
		"no code":            func(x *Text) { x.Data.Code = "" },
		"a short code":       func(x *Text) { x.Data.Code = "04815" },
		"a code with more":   func(x *Text) { x.Data.Code = "048151 or so" },
		"a code for ever":    func(x *Text) { x.Data.CodeUntil = time.Time{} },
		"no host":            func(x *Text) { x.Data.Host = "" },
		"a URL":              func(x *Text) { x.Data.Host = "https://accounts.corp.test" },
		"a second line":      func(x *Text) { x.Data.Host = "a.test #1\n@b.test" },
	} {
		x := sampleText()
		change(&x)
		if _, _, err := x.check(); err == nil || strings.Contains(err.Error(), "048") || strings.Contains(err.Error(), "4179") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMasked(t *testing.T) {
	for in, want := range map[string]string{"+41791234567": "+41…67", "+1234567": "+12…67"} {
		if got := masked(in); got != want || !e164.MatchString(in) {
			t.Errorf("masked(%q) = %q", in, got)
		}
	}
}

func TestParts(t *testing.T) {
	for in, want := range map[string]int{
		"":                       1,
		strings.Repeat("x", 160): 1,
		strings.Repeat("x", 161): 2,
		strings.Repeat("x", 307): 3,
		strings.Repeat("€", 80):  1,
		strings.Repeat("€", 81):  2,
		strings.Repeat("ż", 70):  1,
		strings.Repeat("ż", 71):  2,
		strings.Repeat("🦊", 35):  1,
		strings.Repeat("🦊", 36):  2,
		"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ": 1,
	} {
		if got := parts(in); got != want {
			t.Errorf("%.12q, %d bytes: %d parts, want %d", in, len(in), got, want)
		}
	}
}

// FuzzText checks that no name of an organisation moves the code or the last line, or adds
// another.
func FuzzText(f *testing.F) {
	f.Add("Quayside")
	f.Add("Evil\r\n\r\n@evil.test #999999")
	f.Add(strings.Repeat("Zażółć [€] ", 40))
	f.Fuzz(func(t *testing.T, organisation string) {
		x := sampleText()
		x.Data.Organisation = organisation
		x, row, err := x.check()
		if err != nil {
			return
		}
		text := x.write(row)
		if !strings.HasPrefix(text, "048151 is your ") || !strings.HasSuffix(text, " code. Do not share it.\n\n@accounts.corp.test #048151") ||
			strings.Count(text, "\n") != 2 || parts(text) > 2 {
			t.Errorf("%q", text)
		}
		if _, err := json.Marshal(text); err != nil {
			t.Error(err)
		}
	})
}
