package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
)

// passkey is an authenticator with one key pair on P-256, as W3C Web Authentication
// Level 3 describes it: it verifies its user at each use.
type passkey struct {
	id      []byte
	key     *ecdsa.PrivateKey
	counter uint32 // of uses; 0 for one that does not count
	synced  bool
}

func newPasskey(name string) *passkey {
	k := &passkey{id: make([]byte, 32), synced: name == "iCloud Keychain" || name == "Google Password Manager"}
	rand.Read(k.id) // never fails since Go 1.24: the program ends instead
	var err error
	if k.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err) // likewise
	}
	return k
}

// ceremony is the part of the options that an authenticator looks at.
type ceremony struct {
	Challenge string                `json:"challenge"`
	RPID      string                `json:"rpId"`
	RP        struct{ ID string }   `json:"rp"` // of a registration
	Allow     []struct{ ID string } `json:"allowCredentials"`
}

// Flags of authenticator data.
const (
	present, verified, eligible, backedUp, attested = 1, 4, 8, 16, 64
)

// data is the authenticator data for a relying party.
func (k *passkey) data(rpID string, flags byte) []byte {
	flags |= present | verified
	if k.synced {
		flags |= eligible | backedUp
	} else {
		k.counter++
	}
	hash := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), k.counter)
}

// answer answers the options of a ceremony, nil when another passkey is asked for.
func (k *passkey) answer(options json.RawMessage) []byte {
	var c ceremony
	if err := json.Unmarshal(options, &c); err != nil {
		panic(err) // package factor made them
	}
	var response map[string]string
	switch {
	case c.RP.ID != "":
		response = k.create(c)
	case slices.ContainsFunc(c.Allow, func(a struct{ ID string }) bool { return a.ID == encode(k.id) }):
		response = k.assert(c)
	default:
		return nil
	}
	return text(map[string]any{
		"id": encode(k.id), "rawId": encode(k.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
}

// client is what the browser says of a ceremony.
func (c ceremony) client(kind string) []byte {
	return text(map[string]any{"type": kind, "challenge": c.Challenge, "origin": string(base), "crossOrigin": false})
}

// create makes the response of a registration.
func (k *passkey) create(c ceremony) map[string]string {
	point, err := k.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err) // it was made here
	}
	// A COSE key (RFC 9053): EC2, ES256, P-256, x and y.
	public := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	data := slices.Concat(k.data(c.RP.ID, attested), make([]byte, 16), []byte{0, byte(len(k.id))}, k.id, public)
	// CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return map[string]string{"attestationObject": encode(object), "clientDataJSON": encode(c.client("webauthn.create"))}
}

// assert makes the response of an assertion.
func (k *passkey) assert(c ceremony) map[string]string {
	data, client := k.data(c.RPID, 0), c.client("webauthn.get")
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, digest[:])
	if err != nil {
		panic(err) // the key was made here
	}
	return map[string]string{"authenticatorData": encode(data), "clientDataJSON": encode(client), "signature": encode(signature)}
}

func text(v map[string]any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values
	}
	return b
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
