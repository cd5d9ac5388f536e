// Package token makes secret tokens and the ids of rows.
//
// A token is a secret: 32 bytes from crypto/rand. Its holder gets it once, and the
// database keeps only its SHA-256 hash, so a stolen database gives no access. A fast hash
// is enough for 256 random bits; package factor hashes passwords and short codes. An id
// is a UUIDv7 and never a secret.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// Kind is the purpose of a token and the prefix of its text. The token of an unfinished
// sign-in is therefore never accepted as a session, and secret scanners recognise tokens.
type Kind string

// Token kinds.
const (
	Session Kind = "sps_"
	Flow    Kind = "spf_"
	Device  Kind = "spd_"
	SetUp   Kind = "spu_"
	Link    Kind = "spl_" // in mailed links
)

// Size is the length in bytes of a token's text after its prefix.
const Size = 43

// Hash is the SHA-256 of a token's text. The database stores it.
type Hash = [sha256.Size]byte

// New returns a fresh token and its hash.
func New(k Kind) (string, Hash) {
	var b [32]byte
	rand.Read(b[:]) // never fails since Go 1.24: the program would end
	t := string(k) + base64.RawURLEncoding.EncodeToString(b[:])
	return t, sha256.Sum256([]byte(t))
}

// Parse returns the hash of t when it has the form of a token of kind k. It does not
// check that the token was issued.
func Parse(k Kind, t string) (Hash, bool) {
	if len(t) != len(k)+Size || !strings.HasPrefix(t, string(k)) {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(t)), true
}

// NewID returns a new UUIDv7: unique, ordered by time, not secret.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
