package device

import (
	"strings"

	"github.com/sallyport/sallyport"
)

// Limits for a fingerprint. A client may send anything, and it is stored with each
// sign-in.
const (
	maxText       = 512  // bytes of each text; a user agent is the longest
	maxProcessors = 4096 // more processors than any machine has
	maxMemory     = 4096 // GiB; browsers say 8 at most
)

// Bound returns a fingerprint with at most 512 bytes of valid UTF-8 without NUL in each
// text, and only numbers that a machine can have. Other values are left out.
func Bound(f sallyport.Fingerprint) sallyport.Fingerprint {
	for _, text := range []*string{&f.UserAgent, &f.ScreenResolution, &f.Timezone, &f.Language, &f.Platform} {
		*text = bound(*text)
	}
	if f.HardwareConcurrency < 0 || f.HardwareConcurrency > maxProcessors {
		f.HardwareConcurrency = 0
	}
	if !(f.DeviceMemory > 0 && f.DeviceMemory <= maxMemory) { // false for NaN too
		f.DeviceMemory = 0
	}
	return f
}

// bound cuts a text at a character boundary.
func bound(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	// Drops a character that was cut in two.
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
