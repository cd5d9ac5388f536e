package kit

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/request"
)

// LogDetails says in short texts what the sentence of an event leaves out. It is in English where the
// language leaves such texts out.
func (s Speaker) LogDetails(e sallyport.Event) (out []string) {
	s.Printer = s.Complete()
	add := func(text string) {
		if text != "" {
			out = append(out, text)
		}
	}
	add(s.deviceOf(e))
	if kind := audit.Kind(e.Kind); kind != audit.SignInAnswered { // its sentence says all of it
		for _, text := range deviceDetails(s, e) {
			add(upperFirst(text))
		}
	}
	for _, d := range logDetails {
		if value := e.Data[d.name]; value != "" {
			add(d.text(s, e, value))
		}
	}
	return out
}

// detailText says what one detail of an event tells, "" for nothing.
type detailText = func(s Speaker, e sallyport.Event, value string) string

// logDetails are what the details of events say in a text of their own, in the order in which
// it is said.
var logDetails = []struct {
	name string
	text detailText
}{
	{"name", ofKinds(func(s Speaker, _ sallyport.Event, name string) string { return s.quoted(name) }, audit.PasskeySuspended, audit.PasskeySynced)},
	{"method", ofKinds(Speaker.methodDetail, audit.SignedIn, audit.ReauthFailed, audit.MFAEnabled, audit.CodeSent, audit.SteppedUp, audit.UserReopened)},
	{"role", Speaker.roleDetail},
	{"permissions", Speaker.permissionsDetail},
	{"owner", func(s Speaker, _ sallyport.Event, role string) string {
		if !sallyport.Role(role).BuiltIn() {
			return ""
		}
		return s.T("log.ownedBy", "Role", s.roleNamed(role))
	}},
	{"from", Speaker.fromDetail},
	{"fields", func(s Speaker, _ sallyport.Event, fields string) string {
		var names []string
		for name := range strings.FieldsSeq(fields) {
			names = append(names, s.T("field."+name))
		}
		return strings.Join(names, ", ")
	}},
	{"on", topics("log.toldOf")},
	{"off", topics("log.notToldOf")},
	{"old", Speaker.oldDetail},
	{"new", ofKinds(Speaker.givenDetail, audit.RoleChanged)},
	{"reason", Speaker.reasonDetail},
	{"scope", func(s Speaker, _ sallyport.Event, scope string) string { return s.mapped(lockedScopes, scope) }},
	{"until", ofKinds(moment("log.until"), audit.AccountLocked, audit.NetworkLimited, audit.SessionExtended, audit.NetworkBlocked, audit.MFAExempted, audit.KeyCreated)},
	{"until", ofKinds(moment("log.formerUntil"), audit.KeyRotated, audit.ClientRotated, audit.WebhookRotated)},
	{"until", ofKinds(moment("log.removal"), audit.DeviceRevocationTold)},
	{"at", moment("log.deletesAt")},
	{"before", moment("log.before")},
	{"action", ofKinds(Speaker.beginsDetail, audit.BulkStarted)},
	{"sessions", Speaker.sessionsDetail},
	{"skipped", counted("bulk.leftOut")},
	{"failed", counted("log.failed")},
	{"takenBack", counted("log.takenBack")},
	{"count", ofKinds(counted("log.codesMade"), audit.BackupCodesMade)},
	{"count", ofKinds(counted("log.methodsRemoved"), audit.MFAReset)},
	{"checked", ofKinds(func(s Speaker, _ sallyport.Event, way string) string { return s.short("person.checked.", way) }, audit.MFAReset)},
	{"count", ofKinds(counted("log.mailsRetried"), audit.MailRetried)},
	{"count", ofKinds(counted("log.refusals"), audit.RefusalsRepeated)},
	{"remaining", Speaker.remainingDetail},
	{"attempts", counted("log.removed.attempts")},
	{"credentials", counted("log.removed.credentials")},
	{"revokedCredentials", counted("log.removed.revokedCredentials")},
	{"users", ofKinds(counted("log.restored.users"), audit.DatabaseRestored)},
	{"apiKeys", ofKinds(counted("log.removed.apiKeys"), audit.RetentionApplied)},
	{"apiKeys", ofKinds(counted("log.restored.apiKeys"), audit.DatabaseRestored)},
	{"backupCodes", ofKinds(counted("log.restored.backupCodes"), audit.DatabaseRestored)},
	{"passwords", Speaker.passwordsDetail},
	{"personalParts", counted("log.removed.personalParts")},
	{"personalBefore", moment("log.personalBefore")},
	{"events", counted("logPage.exportedEvents")},
	{"format", ofKinds(func(s Speaker, _ sallyport.Event, format string) string { return s.T("alerts.format." + format) },
		audit.AlertChannelMade, audit.AlertChannelChanged, audit.AlertChannelRemoved, audit.AlertChannelOff)},
	{"format", ofKinds(func(_ Speaker, _ sallyport.Event, format string) string { return strings.ToUpper(format) }, audit.LogExported, audit.DataExported)},
	{"provider", func(s Speaker, _ sallyport.Event, name string) string { return s.quoted(name) }},
	{"protocol", func(_ Speaker, _ sallyport.Event, protocol string) string {
		return map[string]string{"openid": "OpenID Connect", "github": "GitHub", "saml": "SAML"}[protocol]
	}},
	{"domain", func(_ Speaker, _ sallyport.Event, domain string) string { return domain }},
	{"address", func(_ Speaker, _ sallyport.Event, address string) string { return address }},
	{"rules", func(_ Speaker, _ sallyport.Event, rules string) string { return rules }},
	{"host", func(_ Speaker, _ sallyport.Event, host string) string { return host }},
	{"topics", func(s Speaker, _ sallyport.Event, topics string) string {
		var names []string
		for name := range strings.FieldsSeq(topics) {
			names = append(names, s.T("alerts.topic."+name))
		}
		return strings.Join(names, ", ")
	}},
	{"kinds", func(s Speaker, _ sallyport.Event, kinds string) string {
		return strings.Join(s.KindNames(strings.Fields(kinds)), ", ")
	}},
	{"named", func(s Speaker, _ sallyport.Event, named string) string {
		return s.mapped(map[string]string{"yes": "alerts.namesPeople", "no": "alerts.namesNobody"}, named)
	}},
	{"key", func(s Speaker, _ sallyport.Event, key string) string { return s.T("logPage.keyId", "Key", key) }},
}

// lockedScopes are what a lock holds for.
var lockedScopes = map[string]string{
	"account": "person.lockStrangers", "device": "person.lockDevice", "reauth": "person.lockSession", "factor": "person.lockFactor",
}

// ofKinds says something of some kinds only.
func ofKinds(say detailText, kinds ...audit.Kind) detailText {
	return func(s Speaker, e sallyport.Event, value string) string {
		if !slices.Contains(kinds, audit.Kind(e.Kind)) {
			return ""
		}
		return say(s, e, value)
	}
}

// counted says how many there were, and nothing of none.
func counted(id string) detailText {
	return func(s Speaker, _ sallyport.Event, value string) string {
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			return s.N(id, n)
		}
		return ""
	}
}

// mapped is the text of a value in a table of ids, "" when it has none.
func (s Speaker) mapped(ids map[string]string, value string) string {
	if id := ids[value]; id != "" {
		return s.T(id)
	}
	return ""
}

// moment says a time in full, and nothing of what is none.
func moment(id string) detailText {
	return func(s Speaker, _ sallyport.Event, value string) string {
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return ""
		}
		return s.T(id, "Time", s.Exact(t, s.Zone))
	}
}

// fromDetail says since when a key signs, and of other events what was there before.
func (s Speaker) fromDetail(e sallyport.Event, from string) string {
	switch audit.Kind(e.Kind) {
	case audit.SigningKeyMade:
		return moment("log.signsFrom")(s, e, from)
	case audit.WebhookReplayed:
		return s.T("log.positions", "From", from, "To", e.Data["to"])
	}
	return s.T("log.valueBefore", "Value", from)
}

func (s Speaker) methodDetail(_ sallyport.Event, method string) string {
	return s.short("method.", method)
}

// roleDetail says the role of somebody new. That of a role which the organisation made is an id there.
func (s Speaker) roleDetail(_ sallyport.Event, role string) string {
	if !sallyport.Role(role).BuiltIn() {
		return ""
	}
	return s.T("log.role", "Role", s.roleNamed(role))
}

func (s Speaker) permissionsDetail(_ sallyport.Event, names string) string {
	return s.permissions("log.allows", names, "")
}

// oldDetail says what somebody had before, or what a role allows no longer.
func (s Speaker) oldDetail(e sallyport.Event, old string) string {
	switch audit.Kind(e.Kind) {
	case audit.UserRoleChanged:
		return s.T("log.roleBefore", "Role", s.roleNamed(old))
	case audit.RoleChanged:
		return s.permissions("log.allowsNoMore", old, e.Data["new"])
	}
	return ""
}

func (s Speaker) givenDetail(e sallyport.Event, names string) string {
	return s.permissions("log.allowsAlso", names, e.Data["old"])
}

// permissions says which of the names of permissions are not among others.
func (s Speaker) permissions(id, names, others string) string {
	left, said := strings.Fields(others), []string(nil)
	for name := range strings.FieldsSeq(names) {
		if !slices.Contains(left, name) {
			said = append(said, s.short("permission.", name))
		}
	}
	list := s.list(said)
	if list == "" {
		return ""
	}
	return s.T(id, "Permissions", list)
}

// written are kinds whose reason is what somebody wrote.
var written = map[audit.Kind]bool{
	audit.PolicyChanged: true, audit.GroupPolicyChanged: true, audit.NetworkBlocked: true, audit.MFAExempted: true, audit.MFAReset: true, audit.DeviceFlagged: true,
}

func (s Speaker) reasonDetail(e sallyport.Event, reason string) string {
	if written[audit.Kind(e.Kind)] {
		return reason
	}
	if scope, limited := strings.CutPrefix(reason, request.LimitPrefix); limited {
		return upperFirst(s.short("log.limit.", scope))
	}
	for _, family := range []string{"log.reason.", "reason.", "bulk.why."} {
		if text := s.short(family, reason); text != "" {
			return upperFirst(text)
		}
	}
	return ""
}

// beginsDetail says what an act on many sessions began to do.
func (s Speaker) beginsDetail(e sallyport.Event, action string) string {
	return s.bulkCount("bulk."+action+"Act", e.Data["sessions"])
}

// sessionsDetail says how many sessions ended, changed or were removed.
func (s Speaker) sessionsDetail(e sallyport.Event, sessions string) string {
	switch audit.Kind(e.Kind) {
	case audit.BulkFinished, audit.BulkStopped, audit.BulkCancelled:
		return s.bulkCount("bulk.done."+e.Data["action"], sessions)
	case audit.RetentionApplied:
		return counted("log.removed.sessions")(s, e, sessions)
	case audit.BulkStarted, audit.DeviceRevoked, audit.DeviceSuspended, audit.DeviceFlagged: // said already
		return ""
	}
	return s.endedOn(sessions)
}

// bulkCount counts sessions in the words of an act, where it has some.
func (s Speaker) bulkCount(id, sessions string) string {
	n, err := strconv.Atoi(sessions)
	if err != nil || !s.Has(id) {
		return ""
	}
	return s.N(id, n)
}

// passwordsDetail says what became of how many passwords when the database was set back.
func (s Speaker) passwordsDetail(e sallyport.Event, passwords string) string {
	id := "log.restored." + e.Data["then"]
	n, err := strconv.Atoi(passwords)
	if err != nil || n == 0 || !s.Has(id) {
		return ""
	}
	return s.N(id, n)
}

// remainingDetail says how many backup codes are left, also when none is.
func (s Speaker) remainingDetail(_ sallyport.Event, left string) string {
	n, err := strconv.Atoi(left)
	if err != nil {
		return ""
	}
	return s.N("log.codesLeft", n)
}

// topics says which topics somebody wants to be told of, or does not, and by which channel.
func topics(words string) detailText {
	return func(s Speaker, _ sallyport.Event, chosen string) string {
		var names []string
		for one := range strings.FieldsSeq(chosen) {
			topic, way, _ := strings.Cut(one, ".")
			names = append(names, s.T("notifications.switch", "Topic", s.T("notifications.topic."+topic), "Way", s.T("notifications.way."+way)))
		}
		return s.T(words, "Topics", strings.Join(names, ", "))
	}
}
