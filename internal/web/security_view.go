package web

import (
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

// securityView is Profile > Security.
type securityView struct {
	Tabs         []tab
	ErrorSummary *errorSummary
	Banners      []banner
	Glance       []glance
	Password     *passwordView // nil where the organisation signs in elsewhere
	TwoFactor    *twoFactorView
	Sessions     []sessionRow
	Devices      *devicesView
	Pages        pagesView
	RevokeOthers *confirmView // nil with one session
	RevokeAll    *confirmView
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
	Time         *moment
	Note         string
}

// passwordView is the form that changes the password.
type passwordView struct {
	Open     bool
	Notice   *notice
	Username string // for password managers
	Current  field
	New      field
	Confirm  field
}

// liveSessions are the sessions of a user that a page shows.
type liveSessions struct {
	shown   []sallyport.Session
	current string // id of the one in use
	more    bool   // there are others on further pages
}

// viewSecurity builds the page of a user.
func viewSecurity(s speaker, user sallyport.User, p sallyport.Policy, live liveSessions) *securityView {
	v := &securityView{
		Tabs:   securityTabs(s.Printer, homePath),
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
		v.Sessions = append(v.Sessions, viewOwnSession(s, policy.OwnSession(p, session), session.ID == live.current))
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
func viewOwnSession(s speaker, session sallyport.Session, current bool) sessionRow {
	row := viewSession(s, session, current)
	row.Doubt = s.doubt(session, current)
	if !current {
		row.Revoke = confirmRevoke(s, session)
	}
	return row
}

// verifyBanner offers to prove the address that mails go to.
func verifyBanner(s speaker, user sallyport.User) banner {
	return banner{
		ID: "verify", Icon: "mail", Tone: "info",
		Title: s.T("verify.bannerTitle"), Text: s.T("verify.bannerText", "Email", user.Email),
		Act: s.T("verify.bannerAct"), Path: verificationPath, Post: true,
	}
}

// rotationBanner reminds of changing a password that is older than the policy
// likes, or is nil. It is a reminder and locks nothing.
func rotationBanner(s speaker, user sallyport.User, p sallyport.Policy) *banner {
	if !policy.RotationDue(p, user.PasswordChangedAt, s.now) {
		return nil
	}
	age := s.now.Sub(user.PasswordChangedAt)
	return &banner{
		ID: "rotation", Icon: "calendar-clock", Tone: "warning",
		Title: s.N("rotation.title", int(age.Hours()/24)),
		Text:  s.N("rotation.text", int(p.PasswordRotation.Hours()/24)),
		Act:   s.T("password.change"), Path: passwordPath,
	}
}

// refusePassword opens the password form with what was wrong in it.
func (v *securityView) refusePassword(s speaker, err *sallyport.Error) {
	f := v.Password
	f.Open = true
	if err.Code == sallyport.CodeRateLimited { // seconds, between two wrong ones
		v.ErrorSummary = &errorSummary{Title: s.T("error.tooManyTitle"), Text: s.T("error.tooManyText")}
		return
	}
	if err.Code == sallyport.CodeAccountLocked {
		v.ErrorSummary = &errorSummary{
			Title: s.T("password.lockedTitle"),
			Text:  s.T("password.lockedText", "Time", s.clockAt(err.RetryAfter)),
		}
		return
	}
	v.ErrorSummary = refuse(s.Printer, err, &f.Current, &f.New, &f.Confirm)
}

func newPasswordView(s speaker, email string, policy sallyport.Policy) *passwordView {
	v := &passwordView{
		Username: email,
		Current:  passwordField("currentPassword", s.T("field.currentPassword"), "current-password"),
		New:      passwordField("newPassword", s.T("field.newPassword"), "new-password"),
		Confirm:  passwordField("confirmPassword", s.T("field.confirmPassword"), "new-password"),
	}
	v.New.Rules = passwordRules(s.Printer, policy)
	v.Confirm.Confirms = "newPassword"
	return v
}

// passwordRules lists what a new password must satisfy, in the order people
// meet them. The codes are those of package policy.
func passwordRules(p *message.Printer, policy sallyport.Policy) []rule {
	var rules []rule
	add := func(code string, number int, pairs ...any) {
		rules = append(rules, rule{Code: code, Number: number, Text: p.T("rule."+code, pairs...)})
	}
	add("too_short", policy.PasswordMinLength, "Min", strconv.Itoa(policy.PasswordMinLength))
	if policy.PasswordRequireMix {
		add("needs_upper", 0)
		add("needs_number", 0)
		add("needs_symbol", 0)
	}
	return rules
}

// securityTabs returns the tabs of Profile > Security as seen from path.
func securityTabs(p *message.Printer, path string) []tab {
	tabs := []tab{
		{Title: p.T("security.overview"), Path: homePath},
		{Title: p.T("devices.heading"), Path: devicesPath},
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
func glances(s speaker, user sallyport.User, live liveSessions) []glance {
	out := []glance{{Icon: "key", Tone: "good", Title: s.T("glance.password"), Value: s.T("glance.passwordSet")}}
	if !user.PasswordChangedAt.IsZero() {
		changed := s.ago("time.changed", user.PasswordChangedAt)
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
		when := s.ago("time.plain", latest.CreatedAt)
		out = append(out, glance{
			Icon: "login", Tone: "info", Title: s.T("glance.latest"),
			Value: s.Device(latest.DeviceInfo), Time: &when,
		})
	}
	return out
}
