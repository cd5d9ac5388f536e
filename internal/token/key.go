package token

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"
)

const (
	keySize   = 43 // characters of 62 that hold 256 bits
	checkSize = 6  // characters of 62 that hold a CRC-32
	alphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// KeySize is the length in bytes of a key's text.
const KeySize = len(APIKey) + keySize + checkSize

// NewKey returns a fresh secret that people copy into the settings of programs, and its hash. It has
// letters and digits only, so that a double click selects it, and ends with check digits, the CRC-32
// of what is before them in base 62: a scanner knows one without asking anybody.
func NewKey(k Kind) (string, Hash) {
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24: the program would end
	body := string(k) + base62(new(big.Int).SetBytes(b), keySize)
	t := body + checkDigits(body)
	return t, sha256.Sum256([]byte(t))
}

// ParseKey returns the hash of t when it has the form of a key of kind k, its check digits included.
// It does not check that the key was issued.
func ParseKey(k Kind, t string) (Hash, bool) {
	if len(t) != KeySize || !Is(k, t) || checkDigits(t[:KeySize-checkSize]) != t[KeySize-checkSize:] {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(t)), true
}

// Hint is what a list shows of a key: enough to know one's own again, and no help in guessing.
func Hint(key string) string { return key[len(key)-checkSize:] }

func checkDigits(body string) string {
	return base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), checkSize)
}

// base62 returns a number in this many digits.
func base62(n *big.Int, digits int) string {
	out := []byte(strings.Repeat("0", digits))
	rest, digit, base := new(big.Int).Set(n), new(big.Int), big.NewInt(int64(len(alphabet)))
	for i := digits - 1; i >= 0; i-- {
		rest.DivMod(rest, base, digit)
		out[i] = alphabet[digit.Int64()]
	}
	return string(out)
}
