package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// backupAlphabet is Douglas Crockford's base32 in lower case: no i, l or o,
// which look like digits, and no u. Its 32 characters divide 256, so a random
// byte picks one without bias.
const backupAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	backupCodeLength = 16 // 80 bits; NIST SP 800-63B-4 section 3.1.2.2 asks for 64 or for a slow hash
	backupCodeGroup  = 4
	backupKeyBytes   = 32
	backupKeyLeast   = 16
)

// NewBackupCodes returns n different codes of 80 random bits each, in the form
// that they are shown in: xxxx-xxxx-xxxx-xxxx.
func NewBackupCodes(n int) []string {
	codes := make([]string, 0, max(n, 0))
	for range n {
		codes = append(codes, newBackupCode())
	}
	return codes
}

func newBackupCode() string {
	random := make([]byte, backupCodeLength)
	_, _ = rand.Read(random) // never fails, or ends the program
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%backupCodeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(backupAlphabet[int(r)%len(backupAlphabet)])
	}
	return b.String()
}

// NewBackupKey returns 32 random bytes, the key of the hashes of one person's
// codes.
func NewBackupKey() []byte {
	key := make([]byte, backupKeyBytes)
	_, _ = rand.Read(key) // never fails, or ends the program
	return key
}

// HashBackupCode returns the 32 bytes to store for a code, and to look for when
// it is used: HMAC-SHA256 of the code as it was meant. Nobody can try 2^80
// codes, so a slow hash would only cost us. Case, spaces and dashes do not
// count, and what looks alike is read as Crockford does: i and l as 1, o as 0.
//
// It is nil when the text has not the shape of a code, or the key is shorter
// than 16 bytes. Nil is never to be compared with anything.
func HashBackupCode(key []byte, code string) []byte {
	meant := normalizeBackupCode(code)
	if meant == "" || len(key) < backupKeyLeast {
		return nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(meant))
	return mac.Sum(nil)
}

// normalizeBackupCode returns the 16 characters of a code, or "" when the text
// is none.
func normalizeBackupCode(s string) string {
	var b strings.Builder
	for _, r := range NormalizeCode(s) {
		if r >= 'Ａ' && r <= 'ｚ' { // full-width letters, as a Japanese keyboard gives them
			r += 'a' - 'ａ'
		}
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		switch r {
		case 'i', 'l':
			r = '1'
		case 'o':
			r = '0'
		}
		if !strings.ContainsRune(backupAlphabet, r) {
			return ""
		}
		b.WriteRune(r)
	}
	if b.Len() != backupCodeLength {
		return ""
	}
	return b.String()
}
