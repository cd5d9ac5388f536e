package request

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ cookie, accept, want string }{
		{"", "", ""},
		{"", "de-AT,de;q=0.9,en;q=0.8", "de"},
		{"", "fr-FR,fr;q=0.9", ""},
		{"", "fr-FR,fr;q=0.9,de;q=0.5", "de"},
		{"", "ar-EG", "ar"},
		{"", "en-GB", "en"},
		{"de", "en-GB", "de"},
		{"xx", "en-GB", "en"},
		{"de-CH", "en-GB", "en"}, // only what the switch sets
		{"", "*", ""},
		{"", "de;q=zzz", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: LanguageCookie, Value: c.cookie})
		}
		if got := Language(r); got != c.want {
			t.Errorf("cookie %q, header %q: %q, want %q", c.cookie, c.accept, got, c.want)
		}
	}
}

func TestZone(t *testing.T) {
	for said, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", "America/Argentina/Ushuaia": "America/Argentina/Ushuaia", "Etc/GMT+5": "Etc/GMT+5",
		"": "UTC", "Local": "UTC", "../../etc/passwd": "UTC", "Nowhere/Land": "UTC",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: ZoneCookie, Value: said})
		if got := Zone(r).String(); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
	if Zone(httptest.NewRequest(http.MethodGet, "/", nil)) != time.UTC {
		t.Error("a browser that told none has a zone")
	}
}

// A cookie is a stranger's: whatever it says, there is a zone and a language or none.
func FuzzLocale(f *testing.F) {
	f.Add("Europe/Berlin", "de")
	f.Add("../../etc/passwd", "x-klingon;q=2")
	f.Fuzz(func(t *testing.T, zone, language string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: ZoneCookie, Value: zone})
		r.Header.Set("Accept-Language", language)
		if Zone(r) == nil {
			t.Error("no zone")
		}
		Language(r)
	})
}
