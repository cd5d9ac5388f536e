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
	Glance       []glance
	Password     *passwordView // nil where the organisation signs in elsewhere
	TwoFactor    *twoFactorView
	Sessions     []kit.SessionRow
	Devices      *devicesView
	Pages        kit.PagesView
	RevokeOthers *kit.ConfirmView // nil with one session
	RevokeAll    *kit.ConfirmView
}

// banner is something calm to do that somebody should know of. It is a link, or a
// button where the act changes something.
type banner struct {
	ID, Icon, Tone string
	Title, Text    string
	Act, Path      string
	Post           bool
}

// glance is one of the few facts at the top: am I safe, who is in.
type glance struct {
	Icon, Tone   string
	Title, Value string
	Time         *kit.Moment
	Note         string
}

// passwordView is the form that changes the password.
type passwordView struct {
	Open     bool
	Notice   *kit.Notice
	Prove    *kit.Anchor // what comes first, instead of the form: nobody should type in vain
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
}

// viewSecurity builds the page of a user.
func viewSecurity(s kit.Speaker, user sallyport.User, p sallyport.Policy, live liveSessions) *securityView {
	v := &securityView{
		Tabs:   securityTabs(s.Printer, kit.HomePath),
		Glance: glances(s, user, live),
	}
	if user.EmailVerifiedAt.IsZero() {
		v.Banners = append(v.Banners, verifyBanner(s, user))
	}
	if !p.SSORequired { // credentials then live with the identity provider
		v.Password = newPasswordView(s, user.Email, p)
		if b := rotationBanner(s, user, p); b != nil {
			v.Banners = append(v.Banners, *b)
		}
	}
	for _, session := range live.shown {
		v.Sessions = append(v.Sessions, viewOwnSession(s, session, session.ID == live.current))
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

// viewOwnSession is the row of a session with what its owner can say and do about it.
func viewOwnSession(s kit.Speaker, session sallyport.Session, current bool) kit.SessionRow {
	row := kit.ViewSession(s, session, current)
	row.Doubt = viewDoubt(s, session, current)
	if !current {
		row.Revoke = confirmRevoke(s, session)
	}
	return row
}

// verifyBanner offers to prove the address that mails go to.
func verifyBanner(s kit.Speaker, user sallyport.User) banner {
	return banner{
		ID: "verify", Icon: "mail", Tone: "info",
		Title: s.T("verify.bannerTitle"), Text: s.T("verify.bannerText", "Email", user.Email),
		Act: s.T("verify.bannerAct"), Path: verificationPath, Post: true,
	}
}

// rotationBanner reminds of changing a password that is older than the policy
// likes, or is nil. It is a reminder and locks nothing.
func rotationBanner(s kit.Speaker, user sallyport.User, p sallyport.Policy) *banner {
	if !policy.RotationDue(p, user.PasswordChangedAt, s.Now) {
		return nil
	}
	age := s.Now.Sub(user.PasswordChangedAt)
	return &banner{
		ID: "rotation", Icon: "calendar-clock", Tone: "warning",
		Title: s.N("rotation.title", int(age.Hours()/24)),
		Text:  s.N("rotation.text", int(p.PasswordRotation.Hours()/24)),
		Act:   s.T("password.change"), Path: kit.PasswordPath,
	}
}

// refusePassword opens the password form with what was wrong in it.
func (v *securityView) refusePassword(s kit.Speaker, err *sallyport.Error) {
	f := v.Password
	f.Open = true
	if err.Code == sallyport.CodeRateLimited { // seconds, between two wrong ones
		v.ErrorSummary = &kit.ErrorSummary{Title: s.T("error.tooManyTitle"), Text: s.T("error.tooManyText")}
		return
	}
	if err.Code == sallyport.CodeAccountLocked {
		v.ErrorSummary = &kit.ErrorSummary{
			Title: s.T("password.lockedTitle"),
			Text:  s.LockedText(err, "password.lockedText", "password.suspendedText"),
		}
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
	v.New.Rules = kit.PasswordRules(s.Printer, policy)
	v.Confirm.Confirms = "newPassword"
	return v
}

// securityTabs returns the tabs of Profile > Security as seen from path.
func securityTabs(p *message.Printer, path string) []kit.Tab {
	tabs := []kit.Tab{
		{Title: p.T("security.overview"), Path: kit.HomePath},
		{Title: p.T("devices.heading"), Path: kit.DevicesPath},
		{Title: p.T("activity.heading"), Path: activityPath},
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

// glances sums up the account: the password, where it is signed in, and the
// latest sign-in.
func glances(s kit.Speaker, user sallyport.User, live liveSessions) []glance {
	out := []glance{{Icon: "key", Tone: "good", Title: s.T("glance.password"), Value: s.T("glance.passwordSet")}}
	if !user.PasswordChangedAt.IsZero() {
		changed := s.Moment("time.changed", user.PasswordChangedAt)
		out[0].Time = &changed
	}
	countries := map[string]bool{}
	var latest sallyport.Session
	for _, session := range live.shown {
		if session.Location.Country != "" {
			countries[session.Location.Country] = true
		}
		if session.CreatedAt.After(latest.CreatedAt) {
			latest = session
		}
	}
	where := glance{Icon: "devices", Tone: "info", Title: s.T("glance.sessions"), Value: s.N("sessions.count", len(live.shown))}
	if live.more {
		where.Value = s.T("sessions.many", "Count", len(live.shown))
	}
	switch len(countries) {
	case 0:
		where.Note = s.T("place.unknown")
	case 1:
		for code := range countries {
			where.Note = s.T("glance.oneCountry", "Country", s.Country(code))
		}
	default:
		where.Note = s.N("glance.countries", len(countries))
	}
	out = append(out, where)
	if latest.ID != "" {
		when := s.Moment("time.plain", latest.CreatedAt)
		out = append(out, glance{
			Icon: "login", Tone: "info", Title: s.T("glance.latest"),
			Value: s.Device(latest.DeviceInfo), Time: &when,
		})
	}
	return out
}
