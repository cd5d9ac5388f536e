package kit

import (
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// deviceEvent says what the details of an event about a device, a doubted sign-in or how its user is
// reached tell, "" for other events and where they tell nothing.
func deviceEvent(s Speaker, e sallyport.Event) string { return s.list(deviceDetails(s, e)) }

// deviceDetails are what deviceEvent says, one by one; some may be "".
func deviceDetails(s Speaker, e sallyport.Event) (parts []string) {
	switch audit.Kind(e.Kind) {
	case audit.DeviceTrusted:
		parts = []string{s.trustedAs(e.Data["level"]), s.short("event.trusted.", e.Data["reason"])}
	case audit.DeviceTrustOverdue:
		parts = []string{s.trustedAs(e.Data["level"])}
	case audit.DeviceRevoked:
		parts = []string{s.short("event.removed.", e.Data["reason"]), s.endedOn(e.Data["sessions"])}
	case audit.DeviceSuspended:
		parts = []string{s.endedOn(e.Data["sessions"])}
	case audit.DeviceFlagged: // of an admin the title says it, as of all their acts
		parts = []string{s.short("event.flagged.", e.Data["by"]), s.signals(e.Data["signals"]), s.endedOn(e.Data["sessions"])}
	case audit.SignInDoubted:
		parts = []string{s.signals(e.Data["signals"])}
	case audit.EmailChangeRequested, audit.EmailChanged, audit.EmailRestored, audit.PhoneChangeRequested, audit.PhoneChanged:
		parts = []string{e.Data["to"]}
	case audit.SignInAnswered:
		parts = []string{s.short("event.answered.", e.Data["answer"])}
	}
	return parts
}

// list puts what there is of some parts in a row.
func (s Speaker) list(parts []string) string {
	out := ""
	for _, part := range parts {
		switch {
		case part == "":
		case out == "":
			out = part
		default:
			out = s.T("risk.listNext", "First", out, "Next", part)
		}
	}
	return out
}

// endedOn says how many sessions ended with a device, "" for none.
func (s Speaker) endedOn(sessions string) string {
	if n, err := strconv.Atoi(sessions); err == nil && n > 0 {
		return s.N("event.sessionsOnIt", n)
	}
	return ""
}

func (s Speaker) trustedAs(level string) string {
	n, err := strconv.Atoi(level)
	if b, ok := trustBadges[sallyport.TrustLevel(n)]; err == nil && ok {
		return s.T("event.level", "Level", s.T("trust."+b.ID))
	}
	return ""
}

// short returns the words of a value, "" when it has none.
func (s Speaker) short(family, value string) string {
	if id := family + value; s.Has(id) {
		return s.T(id)
	}
	return ""
}

// signals puts names of signals in words: "new country, impossible travel".
func (s Speaker) signals(names string) string {
	var said []string
	for name := range strings.FieldsSeq(names) {
		said = append(said, s.short("risk.short.", name))
	}
	return s.list(said)
}
