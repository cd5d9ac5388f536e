package factor

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NewOneTimeCode returns a code to mail or text: six random digits, all equally
// likely, leading zeros kept. That is the least NIST SP 800-63B-4 section
// 3.1.3.2 allows, and it needs the limit on attempts that the caller keeps.
func NewOneTimeCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand's reader ends the program rather than fail
	}
	return fmt.Sprintf("%06d", n)
}

// SameCode reports whether two codes are the same once normalised, in a time
// that tells nothing but their lengths. An empty code equals none.
func SameCode(a, b string) bool {
	a, b = NormalizeCode(a), NormalizeCode(b)
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// codeBytes is how much of a code is looked at: three times the longest code
// there is, typed in full-width characters.
const codeBytes = 64

// NormalizeCode returns a code as it was meant, from how it was typed or pasted:
// without spaces of any kind, dashes, dots and invisible characters, and with
// the decimal digits of every script as ASCII digits. Everything else stays,
// and so stays wrong. At most 64 bytes are looked at and returned; a byte that
// is no UTF-8 becomes "?".
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

// digit returns the value of a decimal digit. Unicode keeps the ten of a script
// together, in order (Unicode Standard, section 4.6), so each range of the table
// is some whole sets of ten.
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
	return 0 // not reached: the caller asked the same table
}
