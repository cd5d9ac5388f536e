package profile

import (
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// manySessions stands for a number of sessions too large to have been counted.
const manySessions = 1 << 30

func confirmRevoke(s kit.Speaker, session sallyport.Session, device string) *kit.ConfirmView {
	where := s.PlaceAt(session.Location, session.IPAddress).Text
	return &kit.ConfirmView{
		ID:    "revoke-" + session.ID,
		Path:  sessionsPath + "/" + session.ID + "/revoke",
		Back:  sessionsSection,
		Text:  s.T("session.revoke"),
		Label: s.T("session.revokeLabel", "Device", device, "Place", where),
		Title: s.T("session.revokeTitle", "Device", device),
		Lines: []string{
			s.T("session.revokeText", "Device", device, "Place", where, "Ago", s.Ago(s.Now, session.LastActivityAt)),
			s.T("session.revokeAdvice"),
		},
		Act: s.T("session.revokeAct"),
	}
}

// confirmRevokeOthers asks before ending all sessions but this one.
func confirmRevokeOthers(s kit.Speaker, others int) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID:    "revoke-others",
		Path:  sessionsPath + "/revoke-others",
		Back:  sessionsSection,
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
func confirmRevokeAll(s kit.Speaker, total int) *kit.ConfirmView {
	v := &kit.ConfirmView{
		ID:    "revoke-all",
		Path:  sessionsPath + "/revoke-all",
		Back:  sessionsSection,
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

// sessionFind leads to a session in the list of them: whoever is told of one comes here.
func sessionFind(v *kit.Visit) error {
	v.Redirect(kit.HomePath + "#session-" + url.PathEscape(v.R.PathValue("id")))
	return nil
}
