package kit

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// ofPolicy reports whether an event can be told as a change of the policy, in words. A language
// without the pages for administrators has none for its fields, and says only that it changed.
func ofPolicy(s Speaker, e sallyport.Event) bool {
	kind := audit.Kind(e.Kind)
	return (kind == audit.PolicyChanged || kind == audit.GroupPolicyChanged) && e.Data["field"] != "" && s.Complete() == s.Printer
}

// policyTitle adds what changed to the title of an event: "Idle time of browsers: 7 days → 1 day".
func policyTitle(s Speaker, e sallyport.Event, title string) string {
	if !ofPolicy(s, e) {
		return title
	}
	field := e.Data["field"]
	words := func(text string) string {
		if text == "" && audit.Kind(e.Kind) == audit.PolicyChanged { // the organisation leaves nothing to others: the list is empty
			return s.PolicyValue(field, []string{})
		}
		return s.PolicyText(field, text)
	}
	return s.T("policy.changedTo", "Event", title, "Field", s.PolicyField(field), "Old", words(e.Data["old"]), "New", words(e.Data["new"]))
}

// policyNotes says why the policy was changed.
func policyNotes(s Speaker, e sallyport.Event) []string {
	if reason := e.Data["reason"]; reason != "" && ofPolicy(s, e) {
		return []string{s.T("policy.because", "Reason", reason)}
	}
	return nil
}
