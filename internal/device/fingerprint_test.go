package device_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
)

func TestBound(t *testing.T) {
	real := sallyport.Fingerprint{
		UserAgent: "Mozilla/5.0", ScreenResolution: "2560x1440", Timezone: "Pacific/Auckland", Language: "mi-NZ", Platform: "MacIntel",
		HardwareConcurrency: 8, DeviceMemory: 0.25, TouchSupport: true,
	}
	long := strings.Repeat("a", 511)
	for name, tt := range map[string]struct{ in, want sallyport.Fingerprint }{
		"nothing":          {},
		"a real one":       {real, real},
		"too long":         {sallyport.Fingerprint{UserAgent: long + "bc"}, sallyport.Fingerprint{UserAgent: long + "b"}},
		"cut in a letter":  {sallyport.Fingerprint{Platform: long + "é"}, sallyport.Fingerprint{Platform: long}},
		"NUL":              {sallyport.Fingerprint{Language: "e\x00n"}, sallyport.Fingerprint{Language: "en"}},
		"no UTF-8":         {sallyport.Fingerprint{Timezone: "A\xffB"}, sallyport.Fingerprint{Timezone: "AB"}},
		"negative":         {sallyport.Fingerprint{HardwareConcurrency: -1, DeviceMemory: -1}, sallyport.Fingerprint{}},
		"absurd":           {sallyport.Fingerprint{HardwareConcurrency: 4097, DeviceMemory: 4097}, sallyport.Fingerprint{}},
		"as much as it is": {sallyport.Fingerprint{HardwareConcurrency: 4096, DeviceMemory: 4096}, sallyport.Fingerprint{HardwareConcurrency: 4096, DeviceMemory: 4096}},
		"not a number":     {sallyport.Fingerprint{DeviceMemory: math.NaN()}, sallyport.Fingerprint{}},
		"infinite":         {sallyport.Fingerprint{DeviceMemory: math.Inf(1)}, sallyport.Fingerprint{}},
	} {
		if d := cmp.Diff(tt.want, device.Bound(tt.in)); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

// Whatever a client sends, the stored form is small and valid in both databases, and
// bounding it again changes nothing.
func FuzzBound(f *testing.F) {
	f.Add("Mozilla/5.0", "2560x1440", "Europe/Berlin", "de", "Linux x86_64", 16, 8.0, false)
	f.Add(strings.Repeat("\xf0\x9f\x98\x80", 200), "\x00", "\xc3", strings.Repeat("\x00", 600), "\xed\xa0\x80", -1, math.NaN(), true)
	f.Fuzz(func(t *testing.T, ua, screen, zone, language, platform string, processors int, memory float64, touch bool) {
		got := device.Bound(sallyport.Fingerprint{
			UserAgent: ua, ScreenResolution: screen, Timezone: zone, Language: language, Platform: platform,
			HardwareConcurrency: processors, DeviceMemory: memory, TouchSupport: touch,
		})
		for _, s := range []string{got.UserAgent, got.ScreenResolution, got.Timezone, got.Language, got.Platform} {
			if len(s) > 512 || !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Errorf("kept %q", s)
			}
		}
		if got.HardwareConcurrency < 0 || got.HardwareConcurrency > 4096 || !(got.DeviceMemory >= 0 && got.DeviceMemory <= 4096) {
			t.Errorf("kept %+v", got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
		if device.Bound(got) != got {
			t.Errorf("bounded again it is %+v", device.Bound(got))
		}
	})
}
