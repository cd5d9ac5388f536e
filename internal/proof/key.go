package proof

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// originBefore is what the names of our logs begin with.
const originBefore = "sallyport/"

// Origin returns the name of an organisation's log. It does not depend on an address, which may
// change, and is also the name of the keys that sign for it.
func Origin(tenantID string) string { return originBefore + tenantID }

// TenantOf returns the organisation of a log's name; "" for a name of another kind.
func TenantOf(origin string) string {
	id, ours := strings.CutPrefix(origin, originBefore)
	if !ours {
		return ""
	}
	return id
}

// VerifierKey returns the public key of a log in the form that programs for such notes read:
// name+hash+key.
func VerifierKey(origin string, public ed25519.PublicKey) (string, error) {
	key, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return "", fmt.Errorf("the key of %s: %w", origin, err)
	}
	return key, nil
}

// Verifier returns the verifier of a key in that form.
func Verifier(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return nil, fmt.Errorf("%q is not a key of a log, as sallyport audit key prints it", key)
	}
	return v, nil
}

// VerifierOf returns the verifier of a public key for a log.
func VerifierOf(origin string, public ed25519.PublicKey) (note.Verifier, error) {
	key, err := VerifierKey(origin, public)
	if err != nil {
		return nil, err
	}
	return Verifier(key)
}

// signer signs notes with an Ed25519 key under the name of a log.
type signer struct {
	note.Verifier
	key crypto.Signer
}

// SignerOf returns what signs the checkpoints of a log with an Ed25519 key.
func SignerOf(origin string, key crypto.Signer) (note.Signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key of %s is not an Ed25519 key", origin)
	}
	v, err := VerifierOf(origin, public)
	return signer{v, key}, err
}

// Sign implements note.Signer.
func (s signer) Sign(message []byte) ([]byte, error) {
	return s.key.Sign(nil, message, crypto.Hash(0))
}
