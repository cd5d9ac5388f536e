package entry

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func posted(fingerprint string) *kit.Visit {
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(url.Values{"fingerprint": {fingerprint}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return &kit.Visit{R: r}
}

func TestFingerprintOf(t *testing.T) {
	full := sallyport.Fingerprint{
		UserAgent: "Mozilla/5.0", ScreenResolution: "2560x1440", Timezone: "Europe/Berlin", Language: "en-GB",
		Platform: "macOS", HardwareConcurrency: 10, DeviceMemory: 8, TouchSupport: true,
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if got := fingerprintOf(posted(string(text))); got != full {
		t.Errorf("%+v", got)
	}
	for said, want := range map[string]sallyport.Fingerprint{
		"":                                 {},
		"null":                             {},
		"[]":                               {},
		"{":                                {},
		`{"userAgent":7}`:                  {},
		`{"canvas":"x","language":"de"}`:   {Language: "de"},
		`{"screenResolution":"<script>"}`:  {},
		`{"hardwareConcurrency":-1}`:       {},
		`{"hardwareConcurrency":100000}`:   {},
		`{"deviceMemory":-0.5}`:            {},
		`{"timezone":"a\u0000b"}`:          {Timezone: "ab"},
		strings.Repeat(" ", 5_000) + "{}":  {},
		`{"screenResolution":"123456x10"}`: {},
	} {
		if got := fingerprintOf(posted(said)); got != want {
			t.Errorf("%.40q: %+v, want %+v", said, got, want)
		}
	}
}

func FuzzFingerprintOf(f *testing.F) {
	f.Add(`{"userAgent":"é","deviceMemory":1e308}`)
	f.Fuzz(func(t *testing.T, said string) {
		got := fingerprintOf(posted(said))
		for _, s := range []string{got.UserAgent, got.ScreenResolution, got.Timezone, got.Language, got.Platform} {
			if len(s) > 512 || !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Errorf("%q gives %q", said, s)
			}
		}
	})
}
