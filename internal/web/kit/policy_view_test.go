package kit

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

// admins are the languages that pages for administrators have.
func admins(t *testing.T) []Speaker {
	t.Helper()
	var all []Speaker
	for _, p := range message.All() {
		if p.Complete() == p {
			all = append(all, Speaker{Printer: p})
		}
	}
	if len(all) < 2 {
		t.Fatal("only", len(all))
	}
	return all
}

// spoken fails for words that are missing: they come back as an id or as the name in code.
func spoken(t *testing.T, s Speaker, name string, words ...string) {
	t.Helper()
	for _, said := range words {
		if said == "" || said == name || strings.Contains(said, "policy.") || strings.Contains(said, "_") {
			t.Errorf("%s: %s is %q", s.Lang(), name, said)
		}
	}
}

func TestPolicyHasWords(t *testing.T) {
	for _, s := range admins(t) {
		var labels []string
		for _, f := range policy.Fields {
			spoken(t, s, f.Name, s.PolicyField(f.Name), s.PolicyHelp(f.Name))
			labels = append(labels, s.PolicyField(f.Name))
		}
		slices.Sort(labels)
		if distinct := slices.Compact(slices.Clone(labels)); len(distinct) != len(policy.Fields) {
			t.Errorf("%s has a label twice: %q", s.Lang(), labels)
		}
		for _, section := range policy.Sections {
			title, lead := s.PolicySection(section)
			spoken(t, s, section, title, lead)
		}
		for _, preset := range policy.Presets {
			name, lead := s.PresetName(preset)
			spoken(t, s, string(preset), name, lead)
		}
	}
}

// Every option, every bound and every value of a preset is in words, also as text.
func TestPolicyValuesHaveWords(t *testing.T) {
	for _, s := range admins(t) {
		for _, f := range policy.Fields {
			var values []any
			for _, preset := range policy.Presets {
				values = append(values, f.In(preset))
			}
			switch f.Kind {
			case policy.Switch:
				values = append(values, true, false)
			case policy.Choice:
				for _, option := range f.Options {
					values = append(values, option)
				}
			case policy.Choices:
				for _, option := range f.Options {
					values = append(values, []string{option})
				}
			default:
				values = append(values, f.Min, f.Max)
			}
			for _, value := range values {
				said := s.PolicyValue(f.Name, value)
				spoken(t, s, policy.Text(value), said)
				if again := s.PolicyText(f.Name, policy.Text(value)); again != said {
					t.Errorf("%s: %s of %v is %q, and of its text %q", s.Lang(), f.Name, value, said, again)
				}
			}
		}
	}
}

func TestPolicyTextSays(t *testing.T) {
	en, de := Speaker{Printer: message.For("en")}, Speaker{Printer: message.For("de")}
	for _, c := range []struct{ got, want string }{
		{en.PolicyText("passwordMinLength", "12"), "12 characters"},
		{en.PolicyText("passwordRotationDays", "0"), "Never"},
		{en.PolicyText("retentionDays", "0"), "For ever"},
		{en.PolicyText("deviceMaxPerUser", "0"), "No limit"},
		{en.PolicyText("passwordHistory", "0"), "None"},
		{en.PolicyText("sessionIdleWebDays", "1"), "1 day"},
		{en.PolicyText("lockoutWindowMinutes", "15"), "15 minutes"},
		{en.PolicyText("deviceMinTrust", "2"), "Level 2"},
		{en.PolicyText("mfaEnforced", "everyone"), "Everyone"},
		{en.PolicyText("mfaMethods", "webauthn,totp"), "Authenticator app, Passkey"},
		{en.PolicyValue("mfaMethods", []string{}), "None"},
		{en.PolicyText("passwordRequireMix", "true"), "On"},
		{en.PolicyText("passwordRequireMix", ""), "As the organisation"},
		{de.PolicyText("retentionDays", "1000"), "1.000 Tage"},
		{de.PolicyText("passwordRequireMix", "false"), "Aus"},
		{en.PolicyText("passwordMinLength", "4"), "4"}, // no value of today
		{en.PolicyText("goneField", "x"), "x"},
		{en.PolicyField("goneField"), "goneField"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
