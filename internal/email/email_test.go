package email_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport/sallyport/internal/email"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"ada@example.com", "ada@example.com"},
		{"  Ada.Lovelace+x@Example.COM ", "Ada.Lovelace+x@Example.COM"},
		{"root@localhost", "root@localhost"},
		{"用户@例子.公司", "用户@例子.公司"},
		{"o'brien@example.ie", "o'brien@example.ie"},
		{"", ""},
		{"no-at-sign", ""},
		{"a@b@c", ""},
		{"a@x.org,b@y.org", ""},
		{"a@x.org b@y.org", ""},
		{"a@x.org;b@y.org", ""},
		{"\"a@x.org,\"@y.org", ""},
		{"Ada <ada@example.com>", ""},
		{"ada@example.com\nBcc: eve@example.com", ""},
		{"ada@-example.com", ""},
		{"ada@example..com", ""},
		{".ada@example.com", ""},
		{"ada@", ""},
		{"@example.com", ""},
		{strings.Repeat("a", 65) + "@example.com", ""},
		{"a@" + strings.Repeat("b.", 130) + "com", ""},
	} {
		got, err := email.Parse(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("Parse(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestKey(t *testing.T) {
	same := []string{"straße@example.com", "STRASSE@EXAMPLE.COM", " straße@example.com", "strasse@\u200bexample.com", "ｓtrasse@example.com"}
	for _, s := range same {
		if got, want := email.Key(s), email.Key(same[0]); got != want {
			t.Errorf("Key(%q) = %q, want %q", s, got, want)
		}
	}
	if email.Key("a@example.com") == email.Key("b@example.com") {
		t.Error("two accounts share a key")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a@b", "a@x.org,b@y.org", "\x00@", "é@é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := email.Parse(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(got, ",;<>\" \r\n\x00") || strings.Count(got, "@") != 1 || !utf8.ValidString(got) {
			t.Fatalf("Parse(%q) = %q", s, got)
		}
		if k := email.Key(got); k == "" || email.Key(k) != k {
			t.Fatalf("Key(%q) = %q is not stable", got, k)
		}
	})
}
