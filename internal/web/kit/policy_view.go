package kit

import (
	"strconv"

	"github.com/sallyport/sallyport/internal/policy"
)

// PolicyField returns the label of a field of the policy; the name itself of one that is not
// in the table, which an old event can have.
func (s Speaker) PolicyField(name string) string {
	if id := "policy.field." + name; s.Has(id) {
		return s.T(id)
	}
	return name
}

// PolicyHelp says what a field's value does, and where one goes against a standard's advice.
func (s Speaker) PolicyHelp(name string) string { return s.short("policy.help.", name) }

// PolicySection returns the heading of one of [policy.Sections], and what it is about.
func (s Speaker) PolicySection(name string) (title, lead string) {
	return s.T("policy.section." + name), s.T("policy.sectionLead." + name)
}

// PresetName returns the name of a preset, and in a line what it is for.
func (s Speaker) PresetName(p policy.Preset) (name, lead string) {
	return s.T("policy.preset." + string(p)), s.T("policy.presetLead." + string(p))
}

// quantity is how a number is said: the message that counts it, and the one that stands for 0,
// "" where 0 is a number like others.
type quantity struct{ count, zero string }

// quantities is THE table of the numbers of the policy: by field, or else by kind.
var quantities = map[string]quantity{
	"passwordMinLength": {"policy.characters", ""},
	"passwordMaxLength": {"policy.characters", ""},
	"passwordHistory":   {"policy.passwords", "policy.none"},
	"mfaBackupCodes":    {"policy.codes", ""},
	"lockoutFailures":   {"policy.attempts", ""},
	"deviceMaxPerUser":  {"policy.devices", "policy.noLimit"},

	string(policy.Minutes): {"policy.minutes", ""},
	string(policy.Days):    {"policy.days", "policy.never"},
	string(policy.Keep):    {"policy.days", "policy.forEver"},
}

// levelField is a number that is a level and no quantity.
const levelField = "deviceMinTrust"

// PolicyValue puts a field's value in words: "12 characters", "Never", "Authenticator app, Passkey".
// value has the type that [policy.Field.Get] returns.
func (s Speaker) PolicyValue(name string, value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return s.T("policy.on")
		}
		return s.T("policy.off")
	case int:
		return s.policyNumber(name, v)
	case []string:
		if len(v) == 0 {
			return s.T("policy.none")
		}
		var said []string
		for _, method := range v {
			said = append(said, s.MethodName(method))
		}
		return s.list(said)
	case string:
		if said := s.short("policy.option.", v); said != "" {
			return said
		}
	}
	return policy.Text(value)
}

func (s Speaker) policyNumber(name string, n int) string {
	if name == levelField {
		if n == 0 {
			return s.T("policy.anyLevel")
		}
		return s.T("policy.level", "Level", strconv.Itoa(n))
	}
	q, ok := quantities[name]
	if f, known := policy.Named(name); !ok && known {
		q, ok = quantities[string(f.Kind)]
	}
	switch {
	case !ok:
		return s.Number(n)
	case n == 0 && q.zero != "":
		return s.T(q.zero)
	}
	return s.N(q.count, n)
}

// PolicyText puts in words what [policy.Text] wrote of a field's value. "" is a field that a
// group leaves to the organisation. What no value of the field is today is shown as it was written.
func (s Speaker) PolicyText(name, text string) string {
	if text == "" {
		return s.T("policy.asOrganisation")
	}
	if f, known := policy.Named(name); known {
		if value, ok := f.FromText(text); ok {
			return s.PolicyValue(name, value)
		}
	}
	return text
}
