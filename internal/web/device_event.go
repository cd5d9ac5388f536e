package web

import (
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// deviceEvent adds to the title of an event what its details say of a device or of a
// sign-in.
func deviceEvent(s speaker, e sallyport.Event, title string) string {
	because := func(reason string) {
		if reason != "" {
			title = s.T("event.because", "Event", title, "Reason", reason)
		}
	}
	switch audit.Kind(e.Kind) {
	case audit.DeviceTrusted:
		because(s.trustedAs(e.Data["level"]))
		because(s.short("event.trusted.", e.Data["reason"]))
	case audit.DeviceTrustOverdue:
		because(s.trustedAs(e.Data["level"]))
	case audit.DeviceRevoked:
		because(s.short("event.removed.", e.Data["reason"]))
	case audit.DeviceFlagged:
		because(s.short("event.flagged.", e.Data["by"]))
		because(s.signals(e.Data["signals"]))
	case audit.SignInDoubted:
		because(s.signals(e.Data["signals"]))
	case audit.SignInAnswered:
		because(s.short("event.answered.", e.Data["answer"]))
	}
	return title
}

func (s speaker) trustedAs(level string) string {
	n, err := strconv.Atoi(level)
	if b, ok := trustBadges[sallyport.TrustLevel(n)]; err == nil && ok {
		return s.T("event.level", "Level", s.T("trust."+b.ID))
	}
	return ""
}

// short returns the words of a value, "" when it has none.
func (s speaker) short(family, value string) string {
	if id := family + value; s.Has(id) {
		return s.T(id)
	}
	return ""
}

// signals puts names of signals in words: "new country, impossible travel".
func (s speaker) signals(names string) string {
	list := ""
	for name := range strings.FieldsSeq(names) {
		said := s.short("risk.short.", name)
		switch {
		case said == "":
		case list == "":
			list = said
		default:
			list = s.T("risk.listNext", "First", list, "Next", said)
		}
	}
	return list
}
