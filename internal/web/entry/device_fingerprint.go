package entry

import (
	"encoding/json"
	"regexp"

	"github.com/sallyport/sallyport"
	known "github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// maxFingerprint bounds, in bytes, the field that fingerprint.js writes.
const maxFingerprint = 4 << 10

var resolution = regexp.MustCompile(`^[0-9]{1,5}x[0-9]{1,5}$`)

// fingerprintOf reads what fingerprint.js wrote into a form. It is evidence and no
// credential, so what cannot be read is none, and nobody is kept out for it.
func fingerprintOf(v *kit.Visit) sallyport.Fingerprint {
	var f sallyport.Fingerprint
	text := v.Value("fingerprint")
	if len(text) > maxFingerprint || json.Unmarshal([]byte(text), &f) != nil {
		return sallyport.Fingerprint{}
	}
	if !resolution.MatchString(f.ScreenResolution) {
		f.ScreenResolution = ""
	}
	return known.Bound(f)
}

// opening is who begins a sign-in, with what the browser says of its machine and of itself.
func (p *Pages) opening(v *kit.Visit) signin.From {
	from := p.from(v)
	from.Fingerprint, from.Passkeys = fingerprintOf(v), v.Value("passkeys") == "yes"
	return from
}
