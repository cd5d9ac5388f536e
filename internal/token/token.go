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
	Session Kind = "sps_" // of a browser, in its cookie
	Access  Kind = "spa_" // of a native client, for minutes
	Refresh Kind = "spr_" // that gets a native client its next access token, see [Family]
	APIKey  Kind = "spk_" // see [NewKey]
	Client  Kind = "spc_" // of a service that asks about tokens, see [NewKey]
	Pass    Kind = "spp_" // of a browser to an app, in a cookie of the app's host
	Code    Kind = "spo_" // that an app exchanges for a pass
	Flow    Kind = "spf_"
	Device  Kind = "spd_"
	SetUp   Kind = "spu_"
	Link    Kind = "spl_" // in mailed links
)

// Row says what the tokens of a kind are.
type Row struct {
	Kind  Kind
	Name  string // as the OAuth answers and docs/rules.md have it
	Means string
	Opens bool // as bearer token it says who is asking: the session check accepts it
}

// Kinds is THE table of tokens. A test takes each of them to an account that was disabled, locked
// down, given another role or another password.
var Kinds = []Row{
	{Session, "session", "A browser's session, in an HttpOnly cookie.", true},
	{Access, "access_token", "A native client's session, for ten minutes.", true},
	{Refresh, "refresh_token", "Gets a native client its next access token and its own successor, once.", false},
	{APIKey, "api_key", "A program that acts for a user or a service account.", true},
	{Client, "client_secret", "A service that asks who the holder of a token is. It opens no account.", false},
	{Pass, "app_pass", "A browser at an app, until its session ends. It says who is asking at that app, and opens no account.", false},
	{Code, "app_code", "The way of a browser back to an app, once, within a minute, in the browser that asked.", false},
	{Flow, "flow", "The next step of a sign-in or step-up under way, and nothing else.", false},
	{Device, "device", "A device that its owner trusts. Alone it opens nothing.", false},
	{SetUp, "setup", "The set-up of an installation that nobody owns yet.", false},
	{Link, "link", "A mailed link, once.", false},
}

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
	var text [64]byte // longer than any kind and its text: a conversion would allocate
	return sha256.Sum256(text[:copy(text[:], t)]), true
}

// Is reports whether t has the prefix of a kind.
func Is(k Kind, t string) bool { return strings.HasPrefix(t, string(k)) }

// OfSession returns the hash of t when it has the form of what opens a session: a browser's token
// or an access token.
func OfSession(t string) (Hash, bool) {
	if Is(Access, t) {
		return Parse(Access, t)
	}
	return Parse(Session, t)
}

// WellFormed reports whether t has the form of a token that says who is asking.
func WellFormed(t string) bool {
	_, session := OfSession(t)
	_, key := ParseKey(APIKey, t)
	return session || key
}

// NewID returns a new UUIDv7: unique, ordered by time, not secret.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// IsID reports whether text is written as NewID writes.
func IsID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.Version() == 7 && id.String() == text
}
