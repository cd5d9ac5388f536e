package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones of people, on machines that have none installed
)

// Cookies that hold a preference. They are no secret and decide nothing.
const (
	themeCookie = "theme" // what the page looks like, set by the switch
	zoneCookie  = "zone"  // IANA name of the time zone, set by time.js
	flashCookie = "__Host-sallyport-flash"
)

var themes = []string{"auto", "light", "dark"}

func themeOf(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && slices.Contains(themes, c.Value) {
		return c.Value
	}
	return "auto"
}

// theme answers the switch: it remembers the choice and goes back.
func (p *Pages) theme(w http.ResponseWriter, r *http.Request) {
	if choice := r.PostFormValue("theme"); slices.Contains(themes, choice) {
		http.SetCookie(w, &http.Cookie{
			Name: themeCookie, Value: choice, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	//nolint:gosec // localPath leads to this server only, which its tests and fuzzing show
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}

var (
	zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	zones    sync.Map // of the zones asked for; there are a few hundred in all
)

// zoneOf returns the time zone of the browser, UTC until it has told.
func zoneOf(r *http.Request) *time.Location {
	c, err := r.Cookie(zoneCookie)
	if err != nil {
		return time.UTC
	}
	name, err := url.QueryUnescape(c.Value)
	if err != nil || len(name) > 64 || !zoneName.MatchString(name) || name == "Local" {
		return time.UTC
	}
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location) // only these are stored
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, z)
	return z
}

// zoneName is what time.js compares with the browser's zone.
func (s speaker) zoneName() string { return s.zone.String() }

// flashes are the messages that a redirect can carry, and whether they speak of a
// count. Only a message of this table is shown, so a planted cookie can say
// nothing else.
var flashes = map[string]bool{
	"flash.backupCodeUsed":       true,
	"flash.confirmed":            false,
	"flash.confirmedPassword":    false,
	"flash.codesSaved":           false,
	"flash.deviceBlocked":        false,
	"flash.deviceForgotten":      false,
	"flash.deviceLost":           false,
	"flash.deviceMailed":         false,
	"flash.devicePrimary":        false,
	"flash.deviceRemoved":        false,
	"flash.deviceRenamed":        false,
	"flash.deviceTrusted":        false,
	"flash.deviceVerified":       false,
	"flash.emailVerified":        false,
	"flash.factorAdded":          false,
	"flash.factorRemoved":        false,
	"flash.factorRenamed":        false,
	"flash.flowExpired":          false,
	"flash.invitationAccepted":   false,
	"flash.activityConfirmed":    false,
	"flash.activityDenied":       false,
	"flash.passwordChanged":      false,
	"flash.passwordChangedEnded": true,
	"flash.passwordReset":        false,
	"flash.sessionRevoked":       false,
	"flash.sessionsRevoked":      true,
	"flash.setUp":                false,
	"flash.signedOut":            false,
	"flash.signedOutEverywhere":  false,
	"flash.twoFactorOff":         false,
	"flash.unlocked":             false,
	"flash.verificationSent":     false,
}

// flashNotices are the messages that somebody has to have read before going on,
// with what they mean. A card shows them in the page: a toast goes.
var flashNotices = map[string]string{
	"flash.confirmedPassword":  "flash.confirmedPasswordText",
	"flash.deviceForgotten":    "flash.deviceForgottenText",
	"flash.emailVerified":      "flash.emailVerifiedText",
	"flash.flowExpired":        "flash.flowExpiredText",
	"flash.invitationAccepted": "flash.invitationAcceptedText",
	"flash.activityDenied":     "flash.activityDeniedText",
	"flash.passwordReset":      "flash.passwordResetText",
	"flash.unlocked":           "flash.unlockedText",
}

// flash leaves a message for the next page. count is for messages that have one.
func flash(v *visit, id string, count int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: flashCookie, Value: id + "-" + strconv.Itoa(count), Path: "/", MaxAge: 60,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// takeFlash returns the message that was left and its id, once.
func takeFlash(v *visit) (id, said string) {
	c, err := v.r.Cookie(flashCookie)
	if err != nil || v.flashed {
		return "", ""
	}
	v.flashed = true
	http.SetCookie(v.w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	id, number, _ := strings.Cut(c.Value, "-")
	count, err := strconv.Atoi(number)
	counted, known := flashes[id]
	switch {
	case err != nil || !known:
		return "", ""
	case counted:
		return id, v.N(id, count)
	}
	return id, v.T(id)
}

// takeNotice returns the message that was left, once: as a notice when it is one
// to be read, and as a flash otherwise.
func takeNotice(v *visit) (*notice, string) {
	id, said := takeFlash(v)
	if n := noticeOf(v.speaker, id, said); n != nil {
		return n, ""
	}
	return nil, said
}

// noticeOf returns a message as a notice, or nil when it is none to be read.
func noticeOf(s speaker, id, said string) *notice {
	text, ok := flashNotices[id]
	switch {
	case !ok:
		return nil
	case id == "flash.flowExpired":
		return &notice{Tone: "warning", Icon: "clock", Title: said, Text: s.T(text)}
	}
	return &notice{Tone: "success", Icon: "circle-check", Title: said, Text: s.T(text)}
}

// localPath returns next when it is a path of this server, and the first page
// otherwise: a link to the sign-in page must not lead to another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return homePath
	}
	return u.RequestURI()
}

// signInWith returns the sign-in page that leads on to next.
func signInWith(next string) string { return withNext(signInPath, next) }

// withNext returns the address of a page of the sign-in that leads on to next.
func withNext(path, next string) string {
	if next = localPath(next); next == homePath {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}
