package apptest

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/sso"
)

// Metadata returns that of an identity provider that speaks SAML. Nobody is there.
func Metadata(t testing.TB, now time.Time) []byte {
	t.Helper()
	key, err := saml.NewKey("https://idp.invalid", now)
	Must(t, err)
	return fmt.Appendf(nil, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.invalid"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`+
		`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`+
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.invalid/sso"/></IDPSSODescriptor></EntityDescriptor>`, base64.StdEncoding.EncodeToString(key.Cert.Raw))
}

// SetFetch replaces what reads metadata from addresses.
func (a *App) SetFetch(f sso.Fetch) {
	a.fetch = f
	a.wire()
}
