package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

func TestPassword(t *testing.T) {
	loose := policy.Default()
	loose.PasswordMinLength, loose.PasswordRequireMix, loose.PasswordRejectCommon, loose.PasswordHistory = 8, false, false, 0
	ada := policy.PasswordFacts{Context: []string{"Ada", "Lovelace", "ada.lovelace@example.com", "Analytical Engines Ltd"}}
	for _, tt := range []struct {
		name     string
		policy   sallyport.Policy
		password string
		facts    policy.PasswordFacts
		want     string
	}{
		{"good", policy.Default(), "Correct-horse 7 battery", ada, ""},
		{"every rule at once", policy.Default(), "short", policy.PasswordFacts{Common: true, Breached: true, Reused: true}, "too_short needs_upper needs_number needs_symbol common breached reused"},
		{"eleven characters", policy.Default(), "Abcdefgh1! ", policy.PasswordFacts{}, "too_short"},
		{"twelve characters", policy.Default(), "Abcdefgh1! x", policy.PasswordFacts{}, ""},
		{"128 characters", policy.Default(), "A1!" + strings.Repeat("é", 125), policy.PasswordFacts{}, ""},
		{"129 characters", policy.Default(), "A1!" + strings.Repeat("é", 126), policy.PasswordFacts{}, "too_long"},
		{"upper case of another script", policy.Default(), "Ждалтыпароль-9", policy.PasswordFacts{}, ""},
		{"own surname inside", policy.Default(), "xX-loveLACE-99-y", ada, "context"},
		{"organisation inside", policy.Default(), "Analytical!2026", ada, "context"},
		{"generic word of the address", policy.Default(), "Example-of-7-seas", ada, ""},
		{"short name is no context", policy.Default(), "Canada-goose-12", ada, ""},
		{"loose: any characters", loose, "aaaaaaaa", policy.PasswordFacts{Common: true, Reused: true}, ""},
		{"loose: breached", loose, "aaaaaaaa", policy.PasswordFacts{Breached: true}, "breached"},
		{"loose: seven", loose, "aaaaaaa", policy.PasswordFacts{}, "too_short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, e := range policy.Password(tt.policy, "newPassword", tt.password, tt.facts) {
				if e.Field != "newPassword" {
					t.Errorf("field %q", e.Field)
				}
				got = append(got, e.Code)
			}
			if want := strings.Fields(tt.want); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestSessionTimes(t *testing.T) {
	p := policy.Default()
	for _, tt := range []struct {
		native bool
		device sallyport.DeviceType
		days   int
	}{
		{false, sallyport.DeviceDesktop, 7},
		{false, sallyport.DeviceMobile, 7},
		{true, sallyport.DeviceMobile, 30},
		{true, sallyport.DeviceTablet, 30},
		{true, sallyport.DeviceDesktop, 7},
	} {
		life, idle := policy.SessionTimes(p, tt.native, tt.device)
		if life.Hours() != 90*24 || idle.Hours() != float64(tt.days*24) {
			t.Errorf("native %v on %s: %v, %v", tt.native, tt.device, life, idle)
		}
	}
}
