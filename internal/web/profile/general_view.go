package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// generalView is Profile > General.
type generalView struct {
	Tabs         []kit.Tab
	ErrorSummary *kit.ErrorSummary
	Notice       *kit.Notice
	Avatar       *avatarCard
	Details      *detailsView
	Email, Phone contactView
}

// generalSessionsView is its tab with one's sessions.
type generalSessionsView struct {
	Tabs []kit.Tab
	sessionsView
}

// contactView is one way in which somebody is reached.
type contactView struct {
	ID, Icon, Title, Lead string
	Value                 string // "" for none
	Pill                  *kit.Pill
	Time                  *kit.Moment
	Notes                 []string
	Acts                  []kit.Anchor
	Verify                *kit.Anchor // an act that is not asked about; nil for none
	Remove                *kit.ConfirmView
}

func viewGeneral(s kit.Speaker, of contacts) *generalView {
	return &generalView{Tabs: generalTabs(s, kit.GeneralPath), Avatar: viewAvatarCard(s, of.user), Email: viewEmail(s, of), Phone: viewPhone(s, of)}
}

// generalTabs returns the tabs of Profile > General as seen from path.
func generalTabs(s kit.Speaker, path string) []kit.Tab {
	return []kit.Tab{
		{Title: s.T("general.details"), Path: kit.GeneralPath, Current: path == kit.GeneralPath},
		{Title: s.T("nav.sessions"), Path: generalSessionsPath, Current: path == generalSessionsPath},
		{Title: s.T("general.data"), Path: dataPath, Current: path == dataPath},
	}
}

func viewGeneralSessions(s kit.Speaker, live liveSessions, unusual []unusual) *generalSessionsView {
	v := &generalSessionsView{Tabs: generalTabs(s, generalSessionsPath), sessionsView: viewSessions(s, live)}
	v.pin(s, unusual)
	v.leadBack(generalSessionsPath)
	return v
}

func viewEmail(s kit.Speaker, of contacts) contactView {
	v := contactView{
		ID: "email", Icon: "mail", Title: s.T("general.email"), Lead: s.T("general.emailLead"), Value: of.user.Email,
		Pill: verifiedPill(s, !of.user.EmailVerifiedAt.IsZero()), Time: s.Since("time.verified", of.user.EmailVerifiedAt),
	}
	if of.email != nil {
		v.Notes = append(v.Notes, s.T("general.codeWaits", "Address", of.email.Address, "Time", s.Clock(s.Now, of.email.Until, s.Zone)))
		v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.enterCode"), Path: emailCodePath})
	}
	for _, f := range of.former {
		v.Notes = append(v.Notes, s.T("general.reserved", "Address", f.Email, "Date", s.Date(f.ReservedUntil, s.Zone)))
	}
	v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.emailChange"), Path: emailPath})
	if of.user.EmailVerifiedAt.IsZero() {
		v.Verify = &kit.Anchor{Text: s.T("general.verify"), Path: verificationPath}
	}
	return v
}

func viewPhone(s kit.Speaker, of contacts) contactView {
	v := contactView{
		ID: "phone", Icon: "device-mobile", Title: s.T("general.phone"), Lead: s.T("general.phoneLead"), Value: of.user.Phone,
		Time: s.Since("time.verified", of.user.PhoneVerifiedAt),
	}
	if of.phone != nil {
		v.Notes = append(v.Notes, s.T("general.codeWaits", "Address", of.phone.Address, "Time", s.Clock(s.Now, of.phone.Until, s.Zone)))
		v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.enterCode"), Path: phoneCodePath})
	}
	if v.Value == "" {
		v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.phoneAdd"), Path: phonePath})
		return v
	}
	v.Pill = verifiedPill(s, true)
	if !of.texts {
		v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.phoneFactor"), Path: addPhonePath})
	}
	v.Acts = append(v.Acts, kit.Anchor{Text: s.T("general.phoneChange"), Path: phonePath})
	v.Remove = confirmPhoneRemoval(s, of.user)
	return v
}

func verifiedPill(s kit.Speaker, verified bool) *kit.Pill {
	if verified {
		return &kit.Pill{Tone: "good", Icon: "circle-check", Text: s.T("general.verified")}
	}
	return &kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("general.unverified")}
}

func confirmPhoneRemoval(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remove-phone", Path: phoneRemovePath, Back: kit.GeneralPath, Text: s.T("general.phoneRemove"),
		Title: s.T("general.phoneRemoveTitle", "Number", u.Phone), Lines: []string{s.T("general.phoneRemoveText")}, Act: s.T("general.phoneRemoveAct"),
	}
}
