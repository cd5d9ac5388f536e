// Package handshake is how every connection over TLS is agreed on, those that come in and those that go out.
//
// TLS 1.3 has good suites only. Of TLS 1.2 those are left that encrypt and authenticate in one (AEAD) with keys
// that nobody can make again later (ECDHE): CBC with SHA-1, which Go would still speak, gave rise to attack
// after attack. ASVS 5.0 12.1.2; RFC 9325 section 4.2.
package handshake

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
)

// suites are those of TLS 1.2. TLS 1.3 takes no list.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Server returns the settings of a server that shows a certificate.
func Server(pair tls.Certificate) *tls.Config {
	return Strict(&tls.Config{Certificates: []tls.Certificate{pair}}) //nolint:gosec // Strict sets the version
}

// Client returns the settings of a client that believes these roots; nil means those of the system.
func Client(roots *x509.CertPool) *tls.Config {
	return Strict(&tls.Config{RootCAs: roots}) //nolint:gosec // the same
}

// Strict lets settings that another package made speak only what these do. It changes and returns them.
func Strict(c *tls.Config) *tls.Config {
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	c.CipherSuites = slices.Clone(suites)
	return c
}
