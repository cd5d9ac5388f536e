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
	always, never := policy.Default(), policy.Default()
	always.PasswordMixUntil = always.PasswordMaxLength + 1
	never.PasswordMixUntil, never.PasswordMinLength = 12, 12
	strict, _ := policy.For(policy.PresetStrict)
	const madeByFirefox = "gRt7kPqv2XzLmN8"
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
		{"generated: 15 letters and digits", policy.Default(), madeByFirefox, policy.PasswordFacts{}, ""},
		{"one less", policy.Default(), madeByFirefox[1:], policy.PasswordFacts{}, "needs_symbol"},
		{"four words", policy.Default(), "anchor-lentil-orbit-vowel", policy.PasswordFacts{}, ""},
		{"hexadecimal", policy.Default(), strings.Repeat("3f9ac05b", 8), policy.PasswordFacts{}, ""},
		{"generated, where mix is always asked", always, madeByFirefox, policy.PasswordFacts{}, "needs_symbol"},
		{"generated, strict", strict, strings.Repeat("3f9ac05b", 8), policy.PasswordFacts{}, "needs_upper needs_symbol"},
		{"as long as the least, which needs none", never, "abcdefghijkl", policy.PasswordFacts{}, ""},
		{"Han, with a number and a symbol", always, "正確的馬電池釘書針一二三四5!", policy.PasswordFacts{}, ""},
		{"Hebrew", always, "סוס נכון סוללה 7", policy.PasswordFacts{}, ""},
		{"Arabic", always, "حصان صحيح بطارية 7", policy.PasswordFacts{}, ""},
		{"Thai", always, "ม้าถูกต้องแบตเตอรี่ 7", policy.PasswordFacts{}, ""},
		{"Devanagari", always, "सही घोड़ा बैटरी 7", policy.PasswordFacts{}, ""},
		{"kana", always, "ただしいうまのでんち-7", policy.PasswordFacts{}, ""},
		{"small letters of a script that has capitals", always, "ждалтыпароль-97", policy.PasswordFacts{}, "needs_upper"},
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
