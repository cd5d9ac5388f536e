package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"

	"github.com/google/uuid"
)

// RefreshGrace is how long a refresh token is answered again after it was used, with the tokens that
// it got: a reply can get lost. The first use of those ends it.
const RefreshGrace = time.Minute

// Family is what the database keeps of the refresh tokens of one session: the one that is good, by
// its hash, and the one before it for as long as it may be answered again. Whatever else has a mark
// that was made with Key was good once, and is somebody's copy.
//
// The successor of a token is derived from it and from Salt. So the same reply can be given again,
// a copy that is used at the same time cannot fork the family, and neither the database nor the
// holder of a former token alone knows the next one.
type Family struct {
	Key    []byte // makes the marks
	Hash   []byte // of the token that is good
	Former []byte // of the one before it; empty for the first
	Salt   []byte // the good one was derived with
	At     time.Time
}

// Claim is what a refresh token is in its family.
type Claim int

// Claims.
const (
	Foreign Claim = iota // never one of the family
	Reused               // a former one whose time is over
	Again                // the last one, whose reply may have got lost
	Good
)

const (
	idSize     = 16
	secretSize = 32
	markSize   = 16
)

// NewFamily returns a family and its first refresh token, for the session with this id.
func NewFamily(sessionID string, now time.Time) (Family, string) {
	f := Family{Key: random(), At: now}
	text := f.text(sessionID, random())
	f.Hash = hash(text)
	return f, text
}

// SessionOf returns the id of the session that a refresh token names, and false for a text that is none.
func SessionOf(text string) (string, bool) {
	b, ok := parts(text)
	if !ok {
		return "", false
	}
	return uuid.UUID(b[:idSize]).String(), true
}

// Claim says what a refresh token of this session is.
func (f Family) Claim(text string, now time.Time) Claim {
	b, ok := parts(text)
	if !ok || len(f.Key) == 0 {
		return Foreign
	}
	h := hash(text)
	switch {
	case subtle.ConstantTimeCompare(h, f.Hash) == 1:
		return Good
	case !hmac.Equal(f.mark(b[:idSize+secretSize]), b[idSize+secretSize:]):
		return Foreign
	case subtle.ConstantTimeCompare(h, f.Former) == 1 && !now.Before(f.At) && now.Sub(f.At) < RefreshGrace:
		return Again
	}
	return Reused
}

// Next returns the family after the use of its good token. Its successors are those of [Family.Successors].
func (f Family) Next(sessionID, used string, now time.Time) Family {
	next := Family{Key: f.Key, Former: hash(used), Salt: random(), At: now}
	_, refresh := next.Successors(sessionID, used)
	next.Hash = hash(refresh)
	return next
}

// Successors returns the access token and the refresh token that take the place of former.
func (f Family) Successors(sessionID, former string) (access, refresh string) {
	derive := func(what string) []byte {
		m := hmac.New(sha256.New, []byte(former))
		m.Write([]byte(what))
		m.Write(f.Salt)
		return m.Sum(nil)
	}
	return string(Access) + base64.RawURLEncoding.EncodeToString(derive("access")), f.text(sessionID, derive("refresh"))
}

// text returns the refresh token with a secret.
func (f Family) text(sessionID string, secret []byte) string {
	id := uuid.MustParse(sessionID)
	b := append(id[:], secret...)
	return string(Refresh) + base64.RawURLEncoding.EncodeToString(append(b, f.mark(b)...))
}

func (f Family) mark(b []byte) []byte {
	m := hmac.New(sha256.New, f.Key)
	m.Write(b)
	return m.Sum(nil)[:markSize]
}

// parts returns the bytes of a refresh token: session, secret and mark.
func parts(text string) ([]byte, bool) {
	if !Is(Refresh, text) {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text[len(Refresh):])
	return b, err == nil && len(b) == idSize+secretSize+markSize
}

func random() []byte {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails since Go 1.24: the program would end
	return b
}

func hash(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}
