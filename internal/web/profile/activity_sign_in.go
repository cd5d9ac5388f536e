package profile

import (
	"cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// signInRow is a sign-in as a sentence that opens.
type signInRow struct {
	Sentence string
	Unusual  *kit.Pill
	Facts    []signInFact
	Note     string           // what it means that it failed, "" for one that did not
	Deny     *kit.ConfirmView // that it was somebody else; nil for the session in use
}

// signInFact is one of the facts that a sign-in opens to.
type signInFact struct{ Name, Text string }

// signIns are what the sentences about sign-ins are made of.
type signIns struct {
	attempts map[string]sallyport.Attempt // by the session that began
	fresh    map[string]bool              // sessions that began on a device used for the first time
	devices  ownedDevices
	live     map[string]sallyport.Session
	current  sallyport.Session // in use
	missing  missing
}

// signInWords are the sentences about a sign-in: with a place, and without.
var signInWords = map[string][2]string{
	"newTrusted": {"activity.signedIn.newTrusted", "activity.signedIn.newTrustedNowhere"},
	"new":        {"activity.signedIn.new", "activity.signedIn.newNowhere"},
	"trusted":    {"activity.signedIn.trusted", "activity.signedIn.trustedNowhere"},
	"untrusted":  {"activity.signedIn.untrusted", "activity.signedIn.untrustedNowhere"},
	"plain":      {"activity.signedIn.plain", "activity.signedIn.plainNowhere"},
	"unknown":    {"activity.signedIn.unknown", "activity.signedIn.unknownNowhere"}, // a device that does not say what it is
	"failed":     {"activity.failed.other", "activity.failed.otherNowhere"},

	"failedUnknown": {"activity.failed.unknown", "activity.failed.unknownNowhere"},

	// Of an old one nobody knows any more from where it came.
	"forgotten":       {"activity.signedIn.forgotten", "activity.signedIn.forgotten"},
	"failedForgotten": {"activity.failed.forgotten", "activity.failed.forgotten"},

	string(sallyport.CodeInvalidCredentials): {"activity.failed.password", "activity.failed.passwordNowhere"},
	string(sallyport.CodeMFAFailed):          {"activity.failed.factor", "activity.failed.factorNowhere"},
}

// viewSignIn is the row of a sign-in, nil for other events.
func viewSignIn(s kit.Speaker, e sallyport.Event, all signIns) *signInRow {
	switch audit.Kind(e.Kind) {
	case audit.SignedIn:
		return viewSignedIn(s, e, all)
	case audit.SignInFailed:
		return viewFailed(s, e)
	}
	return nil
}

func viewSignedIn(s kit.Speaker, e sallyport.Event, all signIns) *signInRow {
	attempt, known := all.attempts[e.SessionID]
	d, has := all.devices[attempt.DeviceID]
	name := s.Device(e.Device)
	if has {
		name = s.DeviceName(d)
	}
	state := all.deviceState(e.SessionID, attempt.DeviceID, d)
	switch {
	case has:
	case e.Forgotten:
		state = "forgotten"
	case nameless(e):
		state = "unknown"
	}
	row := &signInRow{Sentence: signInSentence(s, state, name, e.Location)}
	if known && attempt.Assessment.Score >= risk.Unusual {
		row.Unusual = &kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("session.unusual")}
	}
	row.Facts = all.facts(s, e)
	_, live := all.live[e.SessionID]
	if e.SessionID != all.current.ID && (live || !e.Forgotten) { // of what was removed nobody can say whether it was theirs
		row.Deny = all.deny(s, name, e)
	}
	return row
}

// facts are when and where a sign-in was, with what, and whether its session goes on.
func (all signIns) facts(s kit.Speaker, e sallyport.Event) []signInFact {
	method := s.T("activity.fact.passwordOnly")
	if m := e.Data["method"]; m != "" {
		method = s.MethodName(m)
	}
	_, live := all.live[e.SessionID]
	lasts := s.T("activity.fact.ended")
	switch {
	case e.SessionID == all.current.ID:
		lasts = s.T("activity.fact.current")
	case live:
		lasts = s.T("activity.fact.active")
	}
	return append(placeFacts(s, e), signInFact{s.T("activity.fact.method"), method}, signInFact{s.T("activity.fact.session"), lasts})
}

// deny is what to do about a sign-in that was somebody else's: its session ends, or where that is
// over the account is looked after.
func (all signIns) deny(s kit.Speaker, name string, e sallyport.Event) *kit.ConfirmView {
	if session, live := all.live[e.SessionID]; live {
		return all.missing.before(s, policy.EndDevice, confirmDenial(s, session, blocksDevice(session, all.current.DeviceID)))
	}
	label := s.T("confirmActivity.notLabel", "Device", name, "Place", s.PlaceAt(e.Location, e.IPAddress).Text)
	return &kit.ConfirmView{Text: s.T("confirmActivity.not"), Label: label, Path: lockdownPath}
}

// deviceState is what the sentence says of the device. One that is not listed was let in once, or
// is gone: either is not trusted.
func (all signIns) deviceState(session, deviceID string, d device.Device) string {
	trusted, fresh := d.Trust > sallyport.TrustNone && device.MayStart(d.Device), all.fresh[session]
	switch {
	case deviceID == "":
		return "plain"
	case fresh && trusted:
		return "newTrusted"
	case fresh:
		return "new"
	case trusted:
		return "trusted"
	}
	return "untrusted"
}

// nameless reports whether nobody knows what an event came from.
func nameless(e sallyport.Event) bool {
	return e.Device.Browser == "" && e.Device.OS == "" && e.Device.Model == ""
}

// viewFailed is the row of a sign-in that failed.
func viewFailed(s kit.Speaker, e sallyport.Event) *signInRow {
	reason := e.Data["reason"]
	state := reason
	if _, ok := signInWords[reason]; !ok {
		state = "failed"
	}
	switch {
	case e.Forgotten:
		state = "failedForgotten"
	case nameless(e):
		state = "failedUnknown"
	}
	row := &signInRow{Sentence: signInSentence(s, state, s.Device(e.Device), e.Location), Facts: placeFacts(s, e), Note: s.T("activity.failed.note")}
	if id := "reason." + reason; s.Has(id) {
		row.Facts = append(row.Facts, signInFact{s.T("activity.fact.reason"), s.T(id)})
	}
	if e.Forgotten {
		return row
	}
	switch sallyport.Code(reason) {
	case sallyport.CodeMFAFailed, sallyport.CodeDeviceNotTrusted, sallyport.CodeFactorUnavailable, sallyport.CodeApprovalDenied: // after the password
		row.Note = s.T("activity.failed.noteKnown")
		row.Deny = &kit.ConfirmView{
			Text: s.T("confirmActivity.not"), Path: kit.PasswordPath,
			Label: s.T("confirmActivity.notLabel", "Device", s.Device(e.Device), "Place", s.PlaceAt(e.Location, e.IPAddress).Text),
		}
	}
	return row
}

// signInSentence is the sentence of a state.
func signInSentence(s kit.Speaker, state, name string, at sallyport.Location) string {
	words := signInWords[state]
	if at.Country == "" {
		return s.T(words[1], "Device", name)
	}
	return s.T(words[0], "Device", name, "Place", s.Place(at))
}

// placeFacts are when and where something happened, as far as it is kept.
func placeFacts(s kit.Speaker, e sallyport.Event) []signInFact {
	place, address, device := s.PlaceAt(e.Location, e.IPAddress).Text, cmp.Or(kit.AddressText(e.IPAddress), s.T("activity.fact.unknown")), s.Device(e.Device)
	if e.Forgotten {
		removed := s.T("activity.fact.removed")
		place, address, device = removed, removed, removed
	}
	return []signInFact{
		{s.T("activity.fact.time"), s.Exact(e.CreatedAt, s.Zone)},
		{s.T("activity.fact.place"), place},
		{s.T("activity.fact.address"), address},
		{s.T("activity.fact.device"), device},
	}
}
