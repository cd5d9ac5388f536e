package kit

import (
	"net/http"
	"slices"
	"time"
	_ "time/tzdata" // the zones of people, on machines that have none installed
)

// Cookies that hold a preference. They are no secret and decide nothing.
const (
	themeCookie = "theme" // what the page looks like, set by the switch
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
		p.prefer(v, themeCookie, choice)
	}
	v.Redirect(LocalPath(v.Value("next")))
	return nil
}

// prefer keeps a preference in the browser for a year.
func (p *Shell) prefer(v *Visit, cookie, value string) {
	http.SetCookie(v.W, &http.Cookie{
		Name: cookie, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
