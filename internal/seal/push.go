package seal

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
)

// PushKey returns the key by which push services know this installation (RFC 8292). Every
// subscription of a browser belongs to the key that it was made with.
func (k *Keys) PushKey() *ecdsa.PrivateKey { return k.set.Load().push }

func newPushKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// parsePushKey reads a key as it is in the file; nil for none.
func parsePushKey(raw []byte) (*ecdsa.PrivateKey, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
}

// derivePushKey makes the key of an installation whose keys are from before there was push. Each
// node has a copy of them, in its own folder or as text: all come to the same key, and at each start
// to the same again. It tells nothing of the key that it is made of. The next rotation writes it into
// the file, so that it stays when former keys of the log are removed.
func derivePushKey(from ed25519.PrivateKey) (*ecdsa.PrivateKey, error) {
	// 16 bytes more than the key has make every key as likely as any other.
	const size = 32
	long, err := hkdf.Key(sha256.New, from.Seed(), nil, "sallyport push key", size+16)
	if err != nil {
		return nil, errors.New("the key for push cannot be derived")
	}
	most := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	d := new(big.Int).SetBytes(long)
	d.Mod(d, most).Add(d, big.NewInt(1))
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, size)))
}
