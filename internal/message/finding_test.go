package message

import (
	"testing"

	"github.com/sallyport/sallyport"
)

func TestFinding(t *testing.T) {
	type args = map[string]string
	p := For("")
	for _, c := range []struct {
		signal sallyport.Signal
		args   args
		want   string
	}{
		{"credential_reuse", nil, "A copy of this device’s credential was used"},
		{"impossible_travel", args{"km": "1900", "minutes": "40", "from": "Lisbon", "fromCountry": "PT", "to": "Zürich", "toCountry": "CH"},
			"1,900 km from a sign-in in Lisbon 40 minutes earlier"},
		{"impossible_travel", args{"km": "12300", "minutes": "1", "fromCountry": "US"}, "12,300 km from a sign-in in the United States 1 minute earlier"},
		{"impossible_travel", args{"km": "740", "minutes": "0", "fromCountry": "PT"}, "740 km from a sign-in in Portugal moments earlier"},
		{"impossible_travel", args{"km": "9000", "minutes": "180"}, "9,000 km from a sign-in 3 hours earlier"},
		{"impossible_travel", args{"km": "9000", "minutes": "119"}, "9,000 km from a sign-in 119 minutes earlier"},
		{"new_country", args{"country": "BR"}, "First sign-in from Brazil"},
		{"new_country", args{"country": "NL"}, "First sign-in from the Netherlands"},
		{"new_country", args{"country": "BR", "days": "50"}, "First sign-in from Brazil in at least 50 days"},
		{"new_country", args{"country": "BR", "days": "1"}, "First sign-in from Brazil in at least 1 day"},
		{"new_country", args{"country": "BR", "days": "400"}, "First sign-in from Brazil in at least 13 months"},
		{"mfa_failures", args{"count": "5"}, "5 wrong codes on this device within 24 hours"},
		{"many_accounts", args{"count": "4"}, "4 other accounts were used in this browser within 24 hours"},
		{"long_silence", args{"days": "245"}, "First sign-in in 8 months"},
		{"long_silence", args{"days": "800"}, "First sign-in in 2 years"},
		{"fingerprint_jump", args{"changed": "system,screen"}, "The device looks different: system and screen changed"},
		{"fingerprint_jump", args{"changed": "system,touch,processors,memory,screen,timezone,language"},
			"The device looks different: system, touch screen, processor, memory, screen, time zone and language changed"},
		{"fingerprint_jump", args{"changed": "system"}, "The device looks different: system changed"},
		{"fingerprint_jump", args{"changed": "system,gills"}, "The device looks different: system and gills changed"},
		{"not_yet_known", nil, "risk.not_yet_known"},
	} {
		if got := p.Finding(sallyport.Finding{Signal: c.signal, Args: c.args}); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.signal, c.args, got, c.want)
		}
	}
}
