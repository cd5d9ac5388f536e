// Package token makes the unguessable values the service hands out and the
// plain identifiers it files things under.
//
// A token is a secret: 32 bytes from crypto/rand, shown once to its holder and
// kept as a SHA-256 hash only, so that a stolen database opens nothing. (A fast
// hash is enough for 256 random bits; passwords and short codes need package
// factor.) An id is a UUIDv7 and never a secret.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// Kind is what a token is for. It is the prefix of the token's text, so that a
// half-finished sign-in cannot pass for a session, and leak scanners can tell
// what they found.
type Kind string

// Token kinds.
const (
	Session Kind = "sps_"
	Flow    Kind = "spf_"
	Device  Kind = "spd_"
	SetUp   Kind = "spu_"
	Link    Kind = "spl_" // mailed links
)

// Size is the length of a token's text after its prefix.
const Size = 43

// Hash is the SHA-256 of a token's text: what the database holds.
type Hash = [sha256.Size]byte

// New returns a fresh token and its hash.
func New(k Kind) (string, Hash) {
	var b [32]byte
	rand.Read(b[:]) // never fails since Go 1.24: the program ends instead
	t := string(k) + base64.RawURLEncoding.EncodeToString(b[:])
	return t, sha256.Sum256([]byte(t))
}

// Parse returns the hash of t when it has the shape of a token of kind k. It
// does not say whether such a token was ever issued.
func Parse(k Kind, t string) (Hash, bool) {
	if len(t) != len(k)+Size || !strings.HasPrefix(t, string(k)) {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(t)), true
}

// NewID returns a new UUIDv7: unique, ordered by time, not secret.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }
