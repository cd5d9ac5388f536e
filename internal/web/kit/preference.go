package kit

import (
	"net/http"
	"slices"
	"time"
	_ "time/tzdata" // the zones of people, on machines that have none installed

	"github.com/sallyport/sallyport/internal/request"
)

// Cookies that hold a preference. They are no secret and decide nothing; their prefix keeps neighbouring hosts
// from setting them.
const (
	themeCookie = "__Host-sallyport-theme" // what the page looks like, set by the switch
	flashCookie = "__Host-sallyport-flash"
	pushCookie  = "__Host-sallyport-push" // who let this browser be told by push
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
		p.prefer(v, themeCookie, choice)
	}
	v.Redirect(LocalPath(v.Value("next")))
	return nil
}

// KeepZone answers the script that tells the time zone of the browser, for pages from now on.
func (p *Shell) KeepZone(v *Visit) error {
	if zone := request.ZoneNamed(v.Value("zone")); zone != time.UTC {
		p.prefer(v, request.ZoneCookie, zone.String())
	}
	v.W.WriteHeader(http.StatusNoContent)
	return nil
}

// prefer keeps a preference in the browser for a year.
func (p *Shell) prefer(v *Visit, cookie, value string) {
	http.SetCookie(v.W, &http.Cookie{
		Name: cookie, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
