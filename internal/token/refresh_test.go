package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/token"
)

var began = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// What a refresh token is in its family, over three uses.
func TestClaim(t *testing.T) {
	id := token.NewID()
	f, first := token.NewFamily(id, began)
	if got, ok := token.SessionOf(first); !ok || got != id {
		t.Errorf("it names the session %q", got)
	}
	_, other := token.NewFamily(id, began)
	used := began.Add(10 * time.Minute)
	next := f.Next(id, first, used)
	access, second := next.Successors(id, first)
	later := next.Next(id, second, used.Add(10*time.Minute))
	_, third := later.Successors(id, second)
	if a, r := next.Successors(id, first); a != access || r != second || second == first || third == second {
		t.Error("the same reply is another one")
	}
	if _, ok := token.Parse(token.Access, access); !ok {
		t.Errorf("no access token: %s", access)
	}
	for _, tt := range []struct {
		name string
		in   token.Family
		text string
		at   time.Time
		want token.Claim
	}{
		{"the first one", f, first, used, token.Good},
		{"of another family of the session", f, other, used, token.Foreign},
		{"its successor before it is one", f, second, used, token.Reused}, // its mark is right: only somebody with the database and the token could have made it
		{"the successor", next, second, used, token.Good},
		{"again at once", next, first, used, token.Again},
		{"again after a minute less a microsecond", next, first, used.Add(token.RefreshGrace - time.Microsecond), token.Again},
		{"again after a minute", next, first, used.Add(token.RefreshGrace), token.Reused},
		{"again, by a clock that was set back", next, first, used.Add(-time.Microsecond), token.Reused},
		{"the one before the last", later, first, used.Add(10 * time.Minute), token.Reused},
		{"the last one", later, second, used.Add(10 * time.Minute), token.Again},
		{"with another mark", next, swap(first, 80), used, token.Foreign},
		{"with another secret", next, swap(first, 40), used, token.Foreign},
		{"of another session", next, swap(first, 10), used, token.Foreign},
		{"no refresh token", next, access, used, token.Foreign},
		{"of no family", token.Family{}, first, used, token.Foreign},
	} {
		if got := tt.in.Claim(tt.text, tt.at); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// swap changes one character of a text.
func swap(s string, at int) string {
	c := "A"
	if s[at] == 'A' {
		c = "B"
	}
	return s[:at] + c + s[at+1:]
}

func FuzzSessionOf(f *testing.F) {
	_, text := token.NewFamily(token.NewID(), began)
	for _, s := range []string{text, "", "spr_", text + "A", text[:50], strings.ToUpper(text)} {
		f.Add(s)
	}
	family, _ := token.NewFamily(token.NewID(), began)
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := token.SessionOf(s); ok && (len(id) != 36 || !strings.HasPrefix(s, "spr_")) {
			t.Errorf("%q names %q", s, id)
		}
		if got := family.Claim(s, began); got != token.Foreign {
			t.Errorf("%q is %d", s, got)
		}
	})
}

// A key has 256 random bits in letters and digits, and check digits that anybody can verify.
func TestKey(t *testing.T) {
	text, hash := token.NewKey(token.APIKey)
	if got, ok := token.ParseKey(token.APIKey, text); !ok || got != hash || len(text) != token.KeySize {
		t.Fatalf("%q", text)
	}
	if other, _ := token.NewKey(token.APIKey); other == text || token.Hint(text) != text[len(text)-6:] {
		t.Error("not a fresh one")
	}
	// The CRC-32 of "spk_" and 43 zeroes, worked out by another program.
	const zeroes = "spk_0000000000000000000000000000000000000000000"
	const check = "3wzY0b"
	if _, ok := token.ParseKey(token.APIKey, zeroes+check); !ok {
		t.Errorf("%s is not the check of %s", check, zeroes)
	}
	for name, bad := range map[string]string{
		"empty": "", "another kind": "spc_" + text[4:], "a digit more": text + "0", "a digit less": text[:len(text)-1],
		"a typing mistake": swap(text, 40), "other case": strings.ToLower(text), "a wrong check": text[:len(text)-1] + string(text[len(text)-1]^1),
	} {
		if _, ok := token.ParseKey(token.APIKey, bad); ok && bad != text {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	text, _ := token.NewKey(token.APIKey)
	for _, s := range []string{text, "", "spk_", text[:20], strings.ToLower(text)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, ok := token.ParseKey(token.APIKey, s); ok && (len(s) != token.KeySize || !token.Is(token.APIKey, s) || !token.WellFormed(s)) {
			t.Errorf("%q is a key", s)
		}
	})
}

// Every kind has its row, and no prefix is that of another.
func TestKinds(t *testing.T) {
	seen := map[token.Kind]bool{}
	for _, r := range token.Kinds {
		if r.Name == "" || r.Means == "" || seen[r.Kind] || len(r.Kind) != 4 {
			t.Errorf("%+v", r)
		}
		seen[r.Kind] = true
	}
}
