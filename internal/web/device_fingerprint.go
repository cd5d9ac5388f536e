package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
)

// Bounds of what a browser says of itself: it is a stranger's, and is kept.
const (
	maxFingerprint     = 4 << 10 // bytes, of the whole field
	maxFingerprintPart = 512     // bytes
	maxProcessors      = 4096
	maxMemory          = 1 << 20 // GiB
)

var resolution = regexp.MustCompile(`^[0-9]{1,5}x[0-9]{1,5}$`)

// fingerprintOf reads what fingerprint.js wrote into a form. It is evidence and no
// credential, so what cannot be read is none, and nobody is kept out for it.
func fingerprintOf(v *visit) sallyport.Fingerprint {
	var f sallyport.Fingerprint
	text := formOf(v, "fingerprint")
	if len(text) > maxFingerprint || json.Unmarshal([]byte(text), &f) != nil {
		return sallyport.Fingerprint{}
	}
	for _, part := range []*string{&f.UserAgent, &f.Timezone, &f.Language, &f.Platform} {
		*part = bounded(*part, maxFingerprintPart)
	}
	if !resolution.MatchString(f.ScreenResolution) {
		f.ScreenResolution = ""
	}
	if f.HardwareConcurrency < 0 || f.HardwareConcurrency > maxProcessors {
		f.HardwareConcurrency = 0
	}
	if !(f.DeviceMemory >= 0 && f.DeviceMemory <= maxMemory) {
		f.DeviceMemory = 0
	}
	return f
}

// bounded returns at most so many bytes of s, in a form that every database takes.
func bounded(s string, most int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
