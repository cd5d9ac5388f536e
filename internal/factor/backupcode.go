package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// backupAlphabet is Douglas Crockford's base32 in lower case. It has no i, l and o, which
// look like digits, and no u. 256 is a multiple of its 32 characters, so a random byte
// picks one without bias.
const backupAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	backupCodeLength = 24 // 120 bits; OWASP ASVS 5.0 6.5.2 requires 112, or a slow hash
	formerCodeLength = 16 // 80 bits: codes that were made before stay good until they are replaced
	backupCodeGroup  = 4
	backupKeyBytes   = 32
	backupKeyLeast   = 16
)

// NewBackupCodes returns n different codes of 120 random bits each, as they are shown:
// xxxx-xxxx-xxxx-xxxx-xxxx-xxxx.
func NewBackupCodes(n int) []string {
	codes := make([]string, 0, max(n, 0))
	for range n {
		codes = append(codes, newBackupCode())
	}
	return codes
}

func newBackupCode() string {
	random := make([]byte, backupCodeLength)
	_, _ = rand.Read(random) // does not fail: crypto/rand ends the program instead
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%backupCodeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(backupAlphabet[int(r)%len(backupAlphabet)])
	}
	return b.String()
}

// NewBackupKey returns 32 random bytes: the key that hashes one person's codes.
func NewBackupKey() []byte {
	key := make([]byte, backupKeyBytes)
	_, _ = rand.Read(key) // does not fail: crypto/rand ends the program instead
	return key
}

// HashBackupCode returns the 32 bytes by which a code is stored and found: HMAC-SHA256 of
// the normalised code. Nobody can try 2^120 codes, so a slow hash would have no benefit.
// Case, spaces and dashes are ignored, and similar characters are read as Crockford does:
// i and l as 1, o as 0.
//
// It returns nil when the text is not in the form of a code, or the key is shorter than 16
// bytes. Callers must not compare nil with a stored hash.
func HashBackupCode(key []byte, code string) []byte {
	meant := normalizeBackupCode(code)
	if meant == "" || len(key) < backupKeyLeast {
		return nil
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(meant))
	return mac.Sum(nil)
}

// normalizeBackupCode returns the 24 characters of a code, or the 16 of a former one, or "" when the text is not in
// the form of a code.
func normalizeBackupCode(s string) string {
	var b strings.Builder
	for _, r := range NormalizeCode(s) {
		if r >= 'Ａ' && r <= 'ｚ' { // full-width letters, as Japanese keyboards type them
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
	if n := b.Len(); n != backupCodeLength && n != formerCodeLength {
		return ""
	}
	return b.String()
}
