package kit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
)

// PolicyField is what people call a field of the policy.
func (s Speaker) PolicyField(name string) string { return s.T("policy.field." + name) }

// PolicyName is what people call a field where its section is not at hand.
func (s Speaker) PolicyName(name string) string {
	f, known := policy.Named(name)
	if !known {
		return name
	}
	section, _ := s.PolicySection(f.Section())
	return s.T("policy.name", "Section", section, "Field", s.PolicyField(name))
}

// PolicyHelp says what a field of the policy does.
func (s Speaker) PolicyHelp(name string) string { return s.T("policy.help." + name) }

// PolicySection is what people call a section of the policy, and what it is about.
func (s Speaker) PolicySection(name string) (title, lead string) {
	return s.T("policy.section." + name), s.T("policy.sectionLead." + name)
}

// PresetName is what people call a preset, and what it is for.
func (s Speaker) PresetName(p policy.Preset) (name, lead string) {
	return s.T("policy.preset." + string(p)), s.T("policy.presetLead." + string(p))
}

// PolicyValue is a value of a field of the policy in words.
func (s Speaker) PolicyValue(name string, value any) string {
	return s.PolicyText(name, policy.Text(value))
}

// ofPolicy reports whether an event is a change of the policy.
func ofPolicy(e sallyport.Event) bool {
	return audit.Kind(e.Kind) == audit.PolicyChanged || audit.Kind(e.Kind) == audit.GroupPolicyChanged
}

// policyTitle adds what changed to the title of an event: "Sessions: Idle time of browsers: 7 days → 1 day".
// A language without pages for administrators has no words for the fields, and says only that something changed.
func policyTitle(s Speaker, e sallyport.Event, title string) string {
	if !ofPolicy(e) || s.Complete() != s.Printer {
		return title
	}
	return s.T("policy.change", "Event", title, "Field", s.PolicyName(e.Data["field"]),
		"Old", s.policyValue(e, e.Data["old"]), "New", s.policyValue(e, e.Data["new"]))
}

// policyValue is what a change of the policy changed, before or after, in words.
func (s Speaker) policyValue(e sallyport.Event, text string) string {
	if text == "" && audit.Kind(e.Kind) == audit.GroupPolicyChanged { // also of a list, of which "" could be an empty one
		return s.T("policy.leftToOrganisation")
	}
	return s.PolicyText(e.Data["field"], text)
}

// policyNotes is why the policy was changed, as whoever did it wrote it.
func policyNotes(e sallyport.Event) []string {
	if reason := e.Data["reason"]; ofPolicy(e) && reason != "" {
		return []string{reason}
	}
	return nil
}

// zeroes are what 0 means, for fields where it is no number.
var zeroes = map[string]string{
	"passwordHistory": "policy.zero.none", "passwordRotationDays": "policy.zero.never", "deviceMinTrust": "policy.zero.anyDevice",
	"deviceMaxPerUser": "policy.zero.noLimit", "deviceAutoRevokeDays": "policy.zero.never", "deviceReverifyDays": "policy.zero.never",
	"retentionDays": "policy.zero.forEver", "retentionEventsDays": "policy.zero.forEver",
}

// PolicyText is a value in words, as the text that versions and events have. Of a group "" is what it leaves to the organisation.
func (s Speaker) PolicyText(name, text string) string {
	f, known := policy.Named(name)
	switch {
	case !known:
		return text
	case text == "" && f.Kind != policy.Choices && f.Kind != policy.Words:
		return s.T("policy.leftToOrganisation")
	case text == "":
		return s.T("policy.none")
	}
	switch f.Kind {
	case policy.Switch:
		return s.T("policy.switch." + text)
	case policy.Choice:
		return s.T("policy.choice." + name + "." + text)
	case policy.Words:
		return strings.ReplaceAll(text, ",", ", ")
	case policy.Choices:
		options := strings.Split(text, ",")
		for i, o := range options {
			options[i] = s.PolicyOption(name, o)
		}
		return strings.Join(options, ", ")
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return text // somebody typed it, and is told that it is no number
	}
	if zero := zeroes[name]; n == 0 && zero != "" {
		return s.T(zero)
	}
	switch f.Kind {
	case policy.Minutes:
		return s.minutes(n)
	case policy.Days, policy.Keep:
		return s.N("policy.days", n)
	}
	if counted := "policy.count." + name; slices.Contains(countedFields, name) {
		return s.N(counted, n)
	}
	return s.T("policy.level", "Level", n)
}

// minutes is a number of minutes in the largest unit in which it is a whole number.
func (s Speaker) minutes(n int) string {
	const hour, day = 60, 24 * 60
	switch {
	case n > 0 && n%day == 0:
		return s.N("policy.days", n/day)
	case n > 0 && n%hour == 0:
		return s.N("policy.hours", n/hour)
	}
	return s.N("policy.minutes", n)
}

// PolicyOption is one of several values of a field in words.
func (s Speaker) PolicyOption(name, option string) string {
	if name == "mfaMethods" {
		return s.T("method." + option)
	}
	return s.T("policy.choice." + name + "." + option)
}

// countedFields are the numbers that count something.
var countedFields = []string{"passwordMinLength", "passwordMinLengthAlone", "passwordMaxLength", "passwordMixUntil", "passwordHistory", "mfaBackupCodes", "lockoutFailures", "deviceMaxPerUser"}
