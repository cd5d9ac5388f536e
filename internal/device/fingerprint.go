package device

import (
	"strings"

	"github.com/sallyport/sallyport"
)

// Most that is kept of what a client says of its machine: whatever it sends is stored
// with each of its sign-ins.
const (
	maxText       = 512  // bytes of each text; a user agent is the longest
	maxProcessors = 4096 // more than any machine has
	maxMemory     = 4096 // GiB; browsers say 8 at most
)

// Bound returns a fingerprint in which each text is at most 512 bytes of UTF-8 without
// NUL, and each number one that a machine can have. What cannot be true is left out.
func Bound(f sallyport.Fingerprint) sallyport.Fingerprint {
	for _, text := range []*string{&f.UserAgent, &f.ScreenResolution, &f.Timezone, &f.Language, &f.Platform} {
		*text = bound(*text)
	}
	if f.HardwareConcurrency < 0 || f.HardwareConcurrency > maxProcessors {
		f.HardwareConcurrency = 0
	}
	if !(f.DeviceMemory > 0 && f.DeviceMemory <= maxMemory) { // which NaN is not
		f.DeviceMemory = 0
	}
	return f
}

// bound cuts a text between two characters.
func bound(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	// A character that was cut in two is not valid any more.
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
