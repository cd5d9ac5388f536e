package factor_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport/internal/factor"
)

// hotpNumber is RFC 4226 section 5.3, before the modulus.
func hotpNumber(secret []byte, counter int64) uint32 {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	return binary.BigEndian.Uint32(sum[sum[19]&15:]) & (1<<31 - 1)
}

func hotpSix(secret []byte, counter int64) string {
	return fmt.Sprintf("%06d", hotpNumber(secret, counter)%1_000_000)
}

func TestNormalizeCode(t *testing.T) {
	for in, want := range map[string]string{
		"123456": "123456", " 123 456\r\n": "123456", "123-456": "123456", "123.456": "123456", "1 2 3 4 5 6": "123456",
		"123\u00a0456": "123456", "123\u2009456\u202f": "123456", "123\u3000456": "123456", // kinds of space
		"123\u2013456": "123456", "123\u2014456": "123456", "123\u2212456": "123456", "123\u2011456": "123456", // kinds of dash
		"\ufeff123\u200b456\u200e": "123456", "\u2066123456\u2069": "123456", // invisible
		"１２３４５６": "123456", "١٢٣٤٥٦": "123456", "۱۲۳۴۵۶": "123456", "१२३४५६": "123456", "𝟏𝟐𝟑𝟜𝟝𝟞": "123456", "𞥐𞥑": "01",
		"": "", "  ": "", "12345a": "12345a", "O12345": "O12345", "²": "²", "Ⅷ": "Ⅷ", "+12": "+12", "12\xff3": "12?3", "\ufffd1": "\ufffd1",
		strings.Repeat("9", 100): strings.Repeat("9", 64), strings.Repeat(" ", 64) + "1": "", strings.Repeat("1", 63) + "é": strings.Repeat("1", 63) + "?",
	} {
		if got := factor.NormalizeCode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// The digits are read off Go's table of ranges, so the table must be as Unicode
// promises: sets of ten, from zero.
func TestEveryDigitOfUnicode(t *testing.T) {
	sets := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		sets++
		got := factor.NormalizeCode(string(r))
		if len(got) != 1 || got[0] < '0' || got[0] > '9' {
			t.Fatalf("%U becomes %q", r, got)
		}
		if want := fmt.Sprint((sets - 1) % 10); got != want {
			t.Errorf("%U becomes %s, counted it is %s", r, got, want)
		}
		if k := norm.NFKC.String(string(r)); len(k) == 1 && k != got { // full-width and mathematical ones
			t.Errorf("%U becomes %s, compatible with it is %s", r, got, k)
		}
	}
	if sets%10 != 0 || sets < 600 {
		t.Errorf("%d digits", sets)
	}
}

func TestNewOneTimeCode(t *testing.T) {
	seen, zeros := map[string]bool{}, 0
	var digits [10]int
	const n = 5000
	for range n {
		code := factor.NewOneTimeCode()
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
		if code[0] == '0' {
			zeros++
		}
		for _, d := range code {
			digits[d-'0']++
		}
	}
	if len(seen) < n-60 { // 12 repetitions are expected
		t.Errorf("%d different ones of %d", len(seen), n)
	}
	for d, count := range digits { // 3000 expected, deviation 52
		if count < 2600 || count > 3400 {
			t.Errorf("digit %d: %d times of %d", d, count, 6*n)
		}
	}
	if zeros == 0 {
		t.Error("no leading zero")
	}
}

func TestSameCode(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"012345", "012345", true}, {"012345", "012 345", true}, {"012345", "０１２-３４５", true},
		{"012345", "12345", false}, {"012345", "012346", false}, {"012345", "", false}, {"", "", false}, {" ", "-", false},
		{"012345", "0123450", false},
	} {
		if got := factor.SameCode(tt.a, tt.b); got != tt.want || factor.SameCode(tt.b, tt.a) != tt.want {
			t.Errorf("%q and %q: %v", tt.a, tt.b, got)
		}
	}
}

func FuzzNormalizeCode(f *testing.F) {
	for _, s := range []string{"123 456", "１２３\u00a0۴۵۶", "a-b.c", "\xff\u200b", strings.Repeat("é", 50), "\xc2 \xa0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := factor.NormalizeCode(s)
		if len(once) > 64 || !utf8.ValidString(once) {
			t.Fatalf("%q becomes %q", s, once)
		}
		if twice := factor.NormalizeCode(once); twice != once {
			t.Fatalf("%q becomes %q and then %q", s, once, twice)
		}
		for _, r := range once {
			if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || r > '9' && unicode.Is(unicode.Nd, r) {
				t.Fatalf("%q keeps %U", s, r)
			}
		}
		if factor.SameCode(s, s) != (once != "") {
			t.Fatalf("%q is not the same as itself", s)
		}
	})
}
