package profile

import (
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// securityView is Profile > Security.
type securityView struct {
	Tabs         []kit.Tab
	ErrorSummary *kit.ErrorSummary
	Banners      []banner
	Verdict      *verdict
	Password     *passwordView // nil where the organisation signs in elsewhere
	TwoFactor    *twoFactorView
	Keys         *keysCard
	Linked       *linkedCard // nil where there is no provider
	sessionsView
}

// sessionsView is the list of one's sessions, the same wherever it stands.
type sessionsView struct {
	Sessions     []kit.SessionRow
	Pages        kit.PagesView
	RevokeOthers *kit.ConfirmView // nil with one session
	RevokeAll    *kit.ConfirmView
}

// banner is something calm to do after an act.
type banner struct {
	ID, Icon, Tone string
	Title, Text    string
	Act, Path      string
}

// passwordView is the form that changes the password.
type passwordView struct {
	Open     bool
	Notice   *kit.Notice
	Prove    *kit.Anchor // what comes first, instead of the form: nobody should type in vain
	Changed  *kit.Moment // nil when that is not known
	Username string      // for password managers
	Current  kit.Field
	New      kit.Field
	Confirm  kit.Field
}

// liveSessions are the sessions of a user that a page shows.
type liveSessions struct {
	shown   []sallyport.Session
	current string // id of the one in use
	more    bool   // there are others on further pages
	devices ownedDevices
}

// viewSecurity builds the page of a user.
func viewSecurity(s kit.Speaker, user sallyport.User, p sallyport.Policy, live liveSessions) *securityView {
	v := &securityView{
		Tabs: securityTabs(s.Printer, kit.HomePath),
	}
	if !p.SSORequired { // credentials then live with the identity provider
		v.Password = newPasswordView(s, user.Email, policy.ForPassword(p, user, s.Now))
		v.Password.Changed = s.Since("time.changed", user.PasswordChangedAt)
	}
	v.sessionsView = viewSessions(s, live)
	return v
}

// viewSessions builds the list of a user's sessions.
func viewSessions(s kit.Speaker, live liveSessions) (v sessionsView) {
	for _, session := range live.shown {
		v.Sessions = append(v.Sessions, viewOwnSession(s, session, live))
	}
	total := len(live.shown)
	if live.more {
		total = manySessions
	}
	if total > 1 {
		v.RevokeOthers = confirmRevokeOthers(s, total-1)
	}
	v.RevokeAll = confirmRevokeAll(s, total)
	return v
}

// leadBack makes the acts of the list lead back to a page other than Profile > Security.
func (v *sessionsView) leadBack(to string) {
	asks := []*kit.ConfirmView{v.RevokeOthers, v.RevokeAll}
	for i := range v.Sessions {
		asks = append(asks, v.Sessions[i].Revoke)
	}
	for _, ask := range asks {
		if ask != nil {
			ask.Path, ask.Back = kit.WithBack(ask.Path, to), to
		}
	}
}

// viewOwnSession is the row of a session, with its device and what its owner can do about it.
func viewOwnSession(s kit.Speaker, session sallyport.Session, live liveSessions) kit.SessionRow {
	row := kit.ViewSession(s, session, session.ID == live.current)
	if d, ok := live.devices[session.DeviceID]; ok {
		if d.Name != "" {
			row.Name, row.What = d.Name, row.Name
		}
		row.Trust = kit.ViewTrust(s, session.ID, d)
	}
	if !row.Current {
		row.Revoke = confirmRevoke(s, session, row.Name)
	}
	return row
}

// refusePassword opens the password form with what was wrong in it.
func (v *securityView) refusePassword(s kit.Speaker, err *sallyport.Error) {
	f := v.Password
	f.Open, f.Current.Focus = true, false
	if err.Code == sallyport.CodeRateLimited { // seconds, between two wrong ones
		v.ErrorSummary = s.Waiting(err, "error.tooManyTitle", "password.suspendedText")
		return
	}
	if err.Code == sallyport.CodeAccountLocked {
		v.ErrorSummary = s.Waiting(err, "password.lockedTitle", "password.suspendedText")
		return
	}
	v.ErrorSummary = kit.Problems(s.Printer, err, &f.Current, &f.New, &f.Confirm)
}

func newPasswordView(s kit.Speaker, email string, policy sallyport.Policy) *passwordView {
	v := &passwordView{
		Username: email,
		Current:  kit.PasswordField("currentPassword", s.T("field.currentPassword"), "current-password"),
		New:      kit.PasswordField("newPassword", s.T("field.newPassword"), "new-password"),
		Confirm:  kit.PasswordField("confirmPassword", s.T("field.confirmPassword"), "new-password"),
	}
	v.New.Demand(s.Printer, policy)
	v.Confirm.Confirms = "newPassword"
	return v
}

// securityTabs returns the tabs of Profile > Security as seen from path.
func securityTabs(p *message.Printer, path string) []kit.Tab {
	tabs := []kit.Tab{
		{Title: p.T("security.overview"), Path: kit.HomePath},
		{Title: p.T("devices.heading"), Path: kit.DevicesPath},
		{Title: p.T("activity.heading"), Path: activityPath},
		{Title: p.T("notifications.heading"), Path: kit.NotificationsPath},
	}
	current := 0
	for i, t := range tabs[1:] {
		if strings.HasPrefix(path, t.Path) {
			current = i + 1
		}
	}
	tabs[current].Current = true
	return tabs
}
