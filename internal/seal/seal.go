// Package seal encrypts the secrets in the database: links in waiting mails, seeds of
// one-time codes, keys of providers. A copy of the database or of a backup does not
// reveal them.
//
//	keys.json ── Open ──► Keys ── Seal(row, secret) ──► column
//	(data folder)          ▲
//	key_checks ── CheckInstallation: are these the keys of this database?
//
// The key is in a file of the data folder or in the environment, never in the database.
// A sealed value is bound to its place: a copy in another row, column or tenant does not
// open. So an attacker who can write to the database cannot make the service use another
// user's secret. A value can authenticate what stands beside it in plain, too: package mfa seals a
// digest of the row of a second factor.
//
// The file has the keys that sign checkpoints of the audit log besides ([Keys.LogKeys]), and the one
// that this installation shows to push services ([Keys.PushKey]).
//
// Values are AES-256-GCM with a Tink keyset. Each value begins with the id of its key. A
// new primary key can be added at any time, and the old keys still open what they sealed.
// Nonces are random, which is safe for about four billion values under one key.
package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrCannotOpen is the error for every value that does not open: it was sealed with an
// unknown key or for another place, or it was changed.
var ErrCannotOpen = errors.New("a sealed value does not open with the keys of this installation")

// Place is where a sealed value is stored. The value is bound to every field.
type Place struct {
	Column   string // table and column, for example "outbox.payload"
	TenantID string
	ID       string // primary key of the row within the tenant
}

// associated returns the associated data of a place. Two different places never have the same.
func (p Place) associated() []byte {
	var b []byte
	for _, part := range []string{p.Column, p.TenantID, p.ID} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// Keys seal and open values. They are safe for concurrent use.
type Keys struct {
	path string // where Rotate writes; "" for keys that were given as text
	set  atomic.Pointer[set]
}

// set is one keyset with its cipher and the id of its primary key, and the other keys.
type set struct {
	handle  *keyset.Handle
	cipher  tink.AEAD
	primary string
	others
}

// others are the keys that do not seal.
type others struct {
	log  []ed25519.PrivateKey
	push *ecdsa.PrivateKey
}

// file is the form of keys.json.
type file struct {
	Sealing json.RawMessage `json:"sealing"` // a Tink keyset
	Log     [][]byte        `json:"log"`     // seeds of Ed25519 keys, the newest last
	Push    []byte          `json:"push"`    // a P-256 key; missing in files of before there was push
}

// Seal encrypts plaintext for one place.
func (k *Keys) Seal(at Place, plaintext []byte) ([]byte, error) {
	sealed, err := k.set.Load().cipher.Encrypt(plaintext, at.associated())
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", at.Column, err)
	}
	return sealed, nil
}

// Open decrypts a value that was sealed for this place with the primary key or a
// former one. Otherwise the error is ErrCannotOpen.
func (k *Keys) Open(at Place, sealed []byte) ([]byte, error) {
	plaintext, err := k.set.Load().cipher.Decrypt(sealed, at.associated())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.Column, ErrCannotOpen)
	}
	return plaintext, nil
}

// Known reports whether a key of this installation sealed a value, whatever became of the value since. With the
// keys of another installation nothing opens, and nothing was changed.
func (k *Keys) Known(sealed []byte) bool {
	const prefix = 5 // of Tink: a byte 1 and the id of the key
	if len(sealed) < prefix || sealed[0] != 1 {
		return false
	}
	id := binary.BigEndian.Uint32(sealed[1:prefix])
	for _, key := range k.set.Load().handle.KeysetInfo().GetKeyInfo() {
		if key.GetKeyId() == id {
			return true
		}
	}
	return false
}

// Primary returns the id of the key that seals. The id is not secret.
func (k *Keys) Primary() string { return k.set.Load().primary }

// LogKeys returns the keys that sign checkpoints of the audit log, at least one, the newest last.
func (k *Keys) LogKeys() []crypto.Signer {
	var out []crypto.Signer
	for _, key := range k.set.Load().log {
		out = append(out, key)
	}
	return out
}

// Parse reads the contents of keys.json. Keys without a file cannot be rotated.
func Parse(text []byte) (*Keys, error) {
	// Errors of Tink and of the decoder could quote the text, which holds the keys.
	unread := errors.New("the keys cannot be read: they must be as in the keys.json of a data folder")
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, unread
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Sealing)))
	if err != nil {
		return nil, unread
	}
	var log []ed25519.PrivateKey
	for _, seed := range f.Log {
		if len(seed) != ed25519.SeedSize {
			return nil, unread
		}
		log = append(log, ed25519.NewKeyFromSeed(seed))
	}
	if len(log) == 0 {
		return nil, errors.New("the keys lack one that signs checkpoints of the audit log: use a keys.json that this version made")
	}
	o := others{log: log}
	if o.push, err = parsePushKey(f.Push); err != nil {
		return nil, unread
	}
	if o.push == nil {
		if o.push, err = derivePushKey(log[0]); err != nil {
			return nil, err
		}
	}
	return fromHandle(handle, o)
}

// generate makes one key to seal with, one for the log, and one for push.
func generate() (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	log, err := newLogKey()
	if err != nil {
		return nil, err
	}
	push, err := newPushKey()
	if err != nil {
		return nil, err
	}
	return fromHandle(handle, others{log: []ed25519.PrivateKey{log}, push: push})
}

func newLogKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

func fromHandle(handle *keyset.Handle, o others) (*Keys, error) {
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("read the keys: %w", err)
		}
		// A weaker key, or one whose id does not precede its values, would not be noticed later.
		p, ok := entry.Key().Parameters().(*aesgcm.Parameters)
		if !ok || p.KeySizeInBytes() != 32 || p.Variant() != aesgcm.VariantTink {
			return nil, fmt.Errorf("key %d is not an AES256-GCM key with a Tink prefix: use keys that Sallyport made", entry.KeyID())
		}
	}
	cipher, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the keys: %w", err)
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, fmt.Errorf("use the keys: %w", err)
	}
	k := &Keys{}
	k.set.Store(&set{handle, cipher, strconv.FormatUint(uint64(primary.KeyID()), 10), o})
	return k, nil
}

func (s *set) text() ([]byte, error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(s.handle, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("write the keys: %w", err)
	}
	f := file{Sealing: b.Bytes()}
	for _, key := range s.log {
		f.Log = append(f.Log, key.Seed())
	}
	var err error
	if f.Push, err = s.push.Bytes(); err != nil {
		return nil, errors.New("the keys cannot be written")
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, errors.New("the keys cannot be written") // the error could quote them
	}
	return append(text, '\n'), nil
}
