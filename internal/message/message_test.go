package message

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

func TestFor(t *testing.T) {
	for _, header := range []string{"", "en", "fr-FR,fr;q=0.9", "*", "en;q=zzz", string(make([]byte, 4096))} {
		if got := For(header).Lang(); got != "en" {
			t.Errorf("For(%.20q) speaks %q", header, got)
		}
	}
	if For("en").Dir() != "ltr" {
		t.Error("English is written from left to right")
	}
}

func TestT(t *testing.T) {
	p := For("")
	for _, c := range []struct{ got, want string }{
		{p.T("place.city", "City", "Berlin", "Country", "Germany"), "Berlin, Germany"},
		{p.N("sessions.count", 1), "1 session"},
		{p.N("sessions.count", 5), "5 sessions"},
		{p.T("no.such.message"), "no.such.message"},
		{p.T("place.city", "City", "Berlin"), "place.city"}, // never "<no value>"
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAgo(t *testing.T) {
	p, now := For(""), time.Date(2026, 11, 21, 13, 32, 0, 0, time.UTC)
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{-time.Hour, "just now"},
		{0, "just now"},
		{59 * time.Second, "just now"},
		{time.Minute, "1 minute ago"},
		{59 * time.Minute, "59 minutes ago"},
		{23*time.Hour + 59*time.Minute, "23 hours ago"},
		{24 * time.Hour, "1 day ago"},
		{29 * 24 * time.Hour, "29 days ago"},
		{30 * 24 * time.Hour, "1 month ago"},
		{364 * 24 * time.Hour, "12 months ago"},
		{2 * 365 * 24 * time.Hour, "2 years ago"},
	} {
		if got := p.Ago(now, now.Add(-c.ago)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.ago, got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	p := For("")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no zone data on this machine")
	}
	// The day on which clocks are set back has 25 hours.
	now := time.Date(2026, 10, 25, 22, 30, 0, 0, time.UTC)
	yesterday := time.Date(2026, 10, 24, 22, 5, 0, 0, time.UTC) // 00:05 on the 25th in Berlin
	for _, c := range []struct{ got, want string }{
		{p.Exact(now, berlin), "25 Oct 2026, 23:30 CET"},
		{p.Exact(now, time.UTC), "25 Oct 2026, 22:30 UTC"},
		{p.Clock(now, now.Add(5*time.Minute), berlin), "23:35"},
		{p.Clock(now, now.Add(time.Hour), berlin), "26 Oct 2026, 00:30"},
		{p.Day(now, yesterday, berlin), "Today"},
		{p.Day(now, yesterday, time.UTC), "Yesterday"},
		{p.Day(now, yesterday.Add(-time.Hour), berlin), "Yesterday"},
		{p.Day(now, yesterday.Add(-48*time.Hour), berlin), "Friday, 23 Oct 2026"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPlaceAndDevice(t *testing.T) {
	p := For("")
	for _, c := range []struct{ got, want string }{
		{p.Country("DE"), "Germany"},
		{p.Country("XK"), "Kosovo"},
		{p.Country("nonsense"), "nonsense"},
		{p.Place(sallyport.Location{}), "Unknown location"},
		{p.Place(sallyport.Location{Country: "NG"}), "Nigeria"},
		{p.Place(sallyport.Location{Country: "NG", City: "Lagos"}), "Lagos, Nigeria"},
		{p.Device(sallyport.DeviceInfo{}), "Unknown device"},
		{p.Device(sallyport.DeviceInfo{Browser: "Chrome", OS: "macOS"}), "Chrome on macOS"},
		{p.Device(sallyport.DeviceInfo{Browser: "Safari", OS: "iOS", Model: "iPhone"}), "Safari on iPhone"},
		{p.Device(sallyport.DeviceInfo{Browser: "curl"}), "curl"},
		{p.Device(sallyport.DeviceInfo{OS: "Android"}), "Android"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func FuzzFor(f *testing.F) {
	f.Add("de-DE,de;q=0.9,en;q=0.8")
	f.Add("en;q=1.00000,*;q=0")
	f.Fuzz(func(t *testing.T, header string) {
		if For(header) == nil {
			t.Fatal("no language")
		}
	})
}
