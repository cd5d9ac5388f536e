package mfa

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
)

// A passkey belongs to a host name. Where the address is an IP address none is offered, since
// no browser would make one.
func TestPasskeysNeedAHostName(t *testing.T) {
	for base, want := range map[link.Base]bool{
		"https://accounts.corp.test": true, "http://localhost:8080": true, "https://accounts.corp.test:8443/": true,
		"http://127.0.0.1:8080": false, "https://192.0.2.7": false, "http://[::1]:8080": false, "https://[2001:db8::1]": false,
	} {
		s := New(Config{Base: base})
		if got := s.Available(sallyport.MethodWebAuthn); got != want {
			t.Errorf("%s: %v, want %v", base, got, want)
		}
	}
}
