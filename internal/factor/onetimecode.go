package factor

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CodeLifetime is how long a sent code is valid. NIST SP 800-63B-4 section 3.1.3.2
// allows at most ten minutes.
const CodeLifetime = 10 * time.Minute

// NewOneTimeCode returns a code to send: six random digits, all equally likely, with
// leading zeros. NIST SP 800-63B-4 section 3.1.3.2 requires at least six. The caller must
// limit the tries.
func NewOneTimeCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand ends the program before it fails
	}
	return fmt.Sprintf("%06d", n)
}

// SameCode reports whether two codes are equal after normalisation. Its time depends only
// on their lengths. An empty code equals none.
func SameCode(a, b string) bool {
	a, b = NormalizeCode(a), NormalizeCode(b)
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// codeBytes is how many bytes of a code are read: three times the longest code in
// full-width characters.
const codeBytes = 64

// NormalizeCode returns a code from what was typed or pasted: it removes spaces of any
// kind, dashes, dots and invisible characters, and replaces the decimal digits of every
// script by ASCII digits. Other characters stay, so that the code stays wrong. It reads and
// returns at most 64 bytes; a byte that is not UTF-8 becomes "?".
func NormalizeCode(s string) string {
	s = s[:min(len(s), codeBytes)]
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsSpace(r), unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf), strings.ContainsRune(".\u00b7\u2212\uff0e", r):
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digit(r))
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// HasDigit reports whether a code that NormalizeCode returned has a digit. One without is no code that was mistyped, but none.
func HasDigit(code string) bool { return strings.ContainsAny(code, "0123456789") }

// digit returns the value of a decimal digit. The ten digits of a script follow each other
// in Unicode (Unicode Standard, section 4.6), so each range of the table is made of whole
// sets of ten.
func digit(r rune) byte {
	for _, set := range unicode.Nd.R16 {
		if rune(set.Lo) <= r && r <= rune(set.Hi) {
			return byte((r - rune(set.Lo)) % 10)
		}
	}
	for _, set := range unicode.Nd.R32 {
		if rune(set.Lo) <= r && r <= rune(set.Hi) {
			return byte((r - rune(set.Lo)) % 10)
		}
	}
	return 0 // not reached: the caller checked with the same table
}
