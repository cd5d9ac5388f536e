package web

import "github.com/sallyport/sallyport"

// confirmView asks before an act that cannot be taken back. It is a dialog where
// scripts run and a page of its own where they do not; the link goes to the page.
type confirmView struct {
	ID    string // of the dialog, unique on a page
	Path  string // of the page that asks, and of the act itself
	Back  string
	Text  string // of the link
	Label string // of the link for screen readers, when the text is not enough
	Class string // of the link
	Title string
	Lines []string // what will happen to whom
	Act   string   // of the button: names the act
}

// manySessions stands for a number of sessions too large to have been counted.
const manySessions = 1 << 30

func confirmRevoke(s speaker, session sallyport.Session) *confirmView {
	device, where := s.Device(session.DeviceInfo), s.Place(session.Location)
	return &confirmView{
		ID:    "revoke-" + session.ID,
		Path:  sessionsPath + "/" + session.ID + "/revoke",
		Back:  homePath + "#sessions",
		Text:  s.T("session.revoke"),
		Label: s.T("session.revokeLabel", "Device", device, "Place", where),
		Title: s.T("session.revokeTitle", "Device", device),
		Lines: []string{
			s.T("session.revokeText", "Device", device, "Place", where, "Ago", s.Ago(s.now, session.LastActivityAt)),
			s.T("session.revokeAdvice"),
		},
		Act: s.T("session.revokeAct"),
	}
}

// confirmRevokeOthers asks before ending all sessions but this one.
func confirmRevokeOthers(s speaker, others int) *confirmView {
	v := &confirmView{
		ID:    "revoke-others",
		Path:  sessionsPath + "/revoke-others",
		Back:  homePath + "#sessions",
		Text:  s.T("sessions.revokeOthers"),
		Title: s.N("sessions.revokeOthersTitle", others),
		Lines: []string{s.T("sessions.revokeOthersText")},
		Act:   s.N("sessions.revokeOthersAct", others),
	}
	if others >= manySessions-1 {
		v.Title, v.Act = s.T("sessions.revokeOthersTitleMany"), s.T("sessions.revokeOthersActMany")
	}
	return v
}

// confirmRevokeAll asks before ending all sessions, this one included.
func confirmRevokeAll(s speaker, total int) *confirmView {
	v := &confirmView{
		ID:    "revoke-all",
		Path:  sessionsPath + "/revoke-all",
		Back:  homePath + "#sessions",
		Text:  s.T("sessions.revokeAll"),
		Class: "btn-outline-danger",
		Title: s.T("sessions.revokeAllTitle"),
		Lines: []string{s.N("sessions.revokeAllText", total)},
		Act:   s.T("sessions.revokeAll"),
	}
	if total >= manySessions {
		v.Lines[0] = s.T("sessions.revokeAllTextMany")
	}
	return v
}
