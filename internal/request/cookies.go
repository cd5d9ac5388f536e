package request

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Names of cookies. The prefix __Host- makes the browser refuse a cookie that is not
// Secure or that a sibling domain sets (RFC 6265bis section 4.1.3.2).
const (
	sessionCookie = "__Host-sallyport"
	flowCookie    = "__Host-sallyport-flow"
	deviceCookie  = "__Host-sallyport-devices"
)

// deviceCookieAge is how long a browser is told to keep its device credentials: 400 days,
// the longest that browsers keep a cookie.
const deviceCookieAge = 400 * 24 * time.Hour

// SessionToken returns the session token of a request: the bearer token, or the cookie
// when there is no Authorization header.
func SessionToken(r *http.Request) string {
	if a := r.Header.Get("Authorization"); a != "" {
		scheme, t, ok := strings.Cut(a, " ")
		if !ok || !strings.EqualFold(scheme, "bearer") {
			return ""
		}
		return strings.TrimSpace(t)
	}
	return cookie(r, sessionCookie)
}

// Left is the result of a step of a sign-in or step-up for a browser: the token of the
// next step or, at the end, the session and the device credential.
type Left struct {
	Done         bool
	FlowToken    string
	FlowEnds     time.Time
	SessionToken string
	Session      sallyport.Session

	DeviceToken, FormerDeviceToken string // "" for an unchanged credential, or a new device
}

// Deliver sets the cookies after a step of a sign-in or step-up.
func Deliver(w http.ResponseWriter, r *http.Request, l Left) {
	if !l.Done {
		setFlow(w, l.FlowToken, l.FlowEnds)
		return
	}
	ClearFlow(w)
	SetSession(w, l.SessionToken, l.Session.ExpiresAt)
	if l.DeviceToken != "" { // a sign-in, not a step-up: the session begins now
		replaceDevice(w, r, l.FormerDeviceToken, l.DeviceToken, l.Session.CreatedAt)
	}
}

// endedFor is how long a browser keeps the token of a session that is over. It opens nothing by
// then: the sign-in says why the session ended, and what was typed in it finds its user.
const endedFor = 24 * time.Hour

// SetSession gives the browser a session token, new or in place of its former one.
func SetSession(w http.ResponseWriter, token string, expires time.Time) {
	set(w, sessionCookie, token, expires.Add(endedFor), http.SameSiteLaxMode)
}

// EndSession has a browser forget a session that is over: its cookie, and what pages left in the browser. Other
// cookies stay, of which the one of the device is wanted at the next sign-in. ASVS 5.0 14.3.1.
func EndSession(w http.ResponseWriter) {
	clearCookie(w, sessionCookie, http.SameSiteLaxMode)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

// FlowToken returns the token of the browser's sign-in or step-up, "" for none.
func FlowToken(r *http.Request) string { return cookie(r, flowCookie) }

// setFlow gives the browser the token of the next step.
func setFlow(w http.ResponseWriter, token string, expires time.Time) {
	set(w, flowCookie, token, expires, http.SameSiteStrictMode)
}

// ClearFlow deletes the cookie of the sign-in or step-up.
func ClearFlow(w http.ResponseWriter) { clearCookie(w, flowCookie, http.SameSiteStrictMode) }

// Devices returns the device credentials of the browser, one for each of its
// users, newest first.
func Devices(r *http.Request) []string {
	v := cookie(r, deviceCookie)
	if v == "" {
		return nil
	}
	return strings.SplitN(v, ".", sallyport.MaxDeviceCredentials+1)
}

// replaceDevice gives the browser a device credential in place of a former one, or an
// additional one when former is "". The oldest is dropped when there are too many.
func replaceDevice(w http.ResponseWriter, r *http.Request, former, credential string, now time.Time) {
	others := slices.DeleteFunc(Devices(r), func(c string) bool { return c == former })
	all := append([]string{credential}, others...)
	all = all[:min(len(all), sallyport.MaxDeviceCredentials)]
	set(w, deviceCookie, strings.Join(all, "."), now.Add(deviceCookieAge), http.SameSiteLaxMode)
}

// ClearDevices deletes the device credentials of all users of the browser. It is an
// unknown device afterwards.
func ClearDevices(w http.ResponseWriter) { clearCookie(w, deviceCookie, http.SameSiteLaxMode) }

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func set(w http.ResponseWriter, name, value string, expires time.Time, s http.SameSite) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", Expires: expires, Secure: true, HttpOnly: true, SameSite: s,
	})
}

func clearCookie(w http.ResponseWriter, name string, s http.SameSite) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: s})
}
