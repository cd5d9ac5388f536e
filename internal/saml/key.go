package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"time"
)

const (
	keyBits  = 3072
	keyYears = 10 // providers take the key of the certificate; a new one means work at each of them
)

// Key is what we sign with at a provider, and what it encrypts for.
type Key struct {
	Private *rsa.PrivateKey
	Cert    *x509.Certificate
}

// NewKey makes a key, and a certificate that it signs itself and that names an entity id.
func NewKey(entityID string, at time.Time) (Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Key{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: entityID},
		NotBefore: at.Add(-skew), NotAfter: at.AddDate(keyYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return Key{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return Key{private, cert}, err
}

const (
	pemKey  = "PRIVATE KEY"
	pemCert = "CERTIFICATE"
)

// PEM returns both as text, which the caller seals.
func (k Key) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: k.Cert.Raw})...), nil
}

// ParseKey reads what PEM wrote.
func ParseKey(text []byte) (Key, error) {
	blocks := map[string][]byte{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		blocks[block.Type] = block.Bytes
	}
	parsed, err := x509.ParsePKCS8PrivateKey(blocks[pemKey])
	if err != nil {
		return Key{}, errors.New("saml: this holds no private key")
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return Key{}, errors.New("saml: the key is not one of RSA, with which alone assertions can be encrypted")
	}
	cert, err := x509.ParseCertificate(blocks[pemCert])
	if err != nil {
		return Key{}, errors.New("saml: this holds no certificate")
	}
	if !private.PublicKey.Equal(cert.PublicKey) {
		return Key{}, errors.New("saml: the certificate is of another key")
	}
	return Key{private, cert}, nil
}
