package kit

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

// ThemeOf returns the theme that was chosen, "auto" for none.
func ThemeOf(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && slices.Contains(themes, c.Value) {
		return c.Value
	}
	return "auto"
}

// SwitchTheme answers the switch: it remembers the choice and goes back.
func (p *Shell) SwitchTheme(v *Visit) error {
	if choice := v.Value("theme"); slices.Contains(themes, choice) {
		http.SetCookie(v.W, &http.Cookie{
			Name: themeCookie, Value: choice, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	v.Redirect(LocalPath(v.Value("next")))
	return nil
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
