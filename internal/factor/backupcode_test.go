package factor_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/factor"
)

func TestNewBackupCodes(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){5}$`)
	key := factor.NewBackupKey()
	if len(key) != 32 || bytes.Equal(key, factor.NewBackupKey()) {
		t.Fatalf("key %x", key)
	}
	const n = 1000
	seen := map[string]bool{}
	letters := map[rune]int{}
	for _, code := range factor.NewBackupCodes(n) {
		if !shape.MatchString(code) {
			t.Fatalf("code %q", code)
		}
		hash := factor.HashBackupCode(key, code)
		if len(hash) != 32 || seen[string(hash)] {
			t.Fatalf("code %q has the hash %x", code, hash)
		}
		seen[string(hash)] = true
		for _, r := range strings.ReplaceAll(code, "-", "") {
			letters[r]++
		}
	}
	// 24 characters of 32 kinds are 120 bits only when all kinds come, equally
	// often: 750 times each, with a deviation of 27.
	if len(letters) != 32 {
		t.Errorf("%d characters in use", len(letters))
	}
	for r, count := range letters {
		if count < 560 || count > 940 {
			t.Errorf("%q comes %d times of %d", r, count, n*24)
		}
	}
	if got := factor.NewBackupCodes(0); len(got) != 0 {
		t.Errorf("none wanted, %v made", got)
	}
}

func TestHashBackupCode(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("0123456789abcdef"))
	want := mac.Sum(nil)
	for _, same := range []string{
		"0123-4567-89ab-cdef", "0123456789abcdef", "0123-4567-89AB-CDEF", " 0123 4567 89ab cdef\n", "0123–4567–89ab–cdef",
		"oi23-4567-89ab-cdef", "OL23-4567-89ab-cdef", "Ol23-4567-89ab-cdef", "oI23-4567-89ab-cdef", "01.23.4567.89ab.cdef",
		"０１２３４５６７８９ａｂＣＤＥＦ", "\u200e0123\u00a04567\u00a089ab\u00a0cdef",
	} {
		if got := factor.HashBackupCode(key, same); !bytes.Equal(got, want) {
			t.Errorf("%q: %x, want %x", same, got, want)
		}
	}
	// A code of today has 24 characters; the 16 above are those of a former one, which stays good.
	for _, long := range []string{"0123-4567-89ab-cdef-ghjk-mnpq", "0123456789abcdefghjkmnpq"} {
		if got := factor.HashBackupCode(key, long); len(got) != 32 || bytes.Equal(got, want) {
			t.Errorf("%q: %x", long, got)
		}
	}
	for _, other := range []string{"0123-4567-89ab-cdeg", "1123-4567-89ab-cdef", "fedc-ba98-7654-3210"} {
		if got := factor.HashBackupCode(key, other); len(got) != 32 || bytes.Equal(got, want) {
			t.Errorf("%q: %x", other, got)
		}
	}
	for _, none := range []string{
		"", "0123-4567-89ab-cde", "0123-4567-89ab-cdef0", "0123-4567-89ab-cdef-ghjk-mnp", "0123-4567-89ab-cdef-ghjk-mnpqr", "0123-4567-89ab-cdeu", "0123-4567-89ab-cde!", "123456",
		"0123-4567-89ab-cdeé", "0123-4567-89ab-cde\xff", strings.Repeat("a", 1000), strings.Repeat("-", 60),
	} {
		if got := factor.HashBackupCode(key, none); got != nil {
			t.Errorf("%q has the shape of a code: %x", none, got)
		}
	}
	if bytes.Equal(factor.HashBackupCode(factor.NewBackupKey(), "0123-4567-89ab-cdef"), want) {
		t.Error("another key gives the same hash")
	}
	for _, short := range [][]byte{nil, {}, key[:15]} {
		if factor.HashBackupCode(short, "0123-4567-89ab-cdef") != nil {
			t.Errorf("a key of %d bytes hashes", len(short))
		}
	}
}

func FuzzHashBackupCode(f *testing.F) {
	for _, s := range append(factor.NewBackupCodes(3), "", "oil", "０１２３ ４５６７ ８９ａｂ ＣＤＥＦ", "u123-4567-89ab-cdef") {
		f.Add(s)
	}
	key := factor.NewBackupKey()
	f.Fuzz(func(t *testing.T, s string) {
		hash := factor.HashBackupCode(key, s)
		if hash == nil {
			return
		}
		if len(hash) != 32 {
			t.Fatalf("%q: %x", s, hash)
		}
		plain := factor.NormalizeCode(s)
		for _, same := range []string{plain, strings.ToUpper(plain), strings.ToLower(plain), "- " + plain + " "} {
			if len(same) <= 64 && !bytes.Equal(factor.HashBackupCode(key, same), hash) {
				t.Fatalf("%q and %q differ", s, same)
			}
		}
	})
}
