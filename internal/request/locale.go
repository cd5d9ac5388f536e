package request

import (
	"net/http"
	"regexp"
	"sync"
	"time"
	_ "time/tzdata" // the zones of people, on machines that have none installed

	"github.com/sallyport/sallyport/internal/message"
)

// Cookies that say how a browser is spoken to. They are no secret and decide nothing; their prefix keeps
// neighbouring hosts from setting them.
const (
	LanguageCookie = "__Host-sallyport-language" // the tag that was chosen in it
	ZoneCookie     = "__Host-sallyport-zone"     // the IANA name of its time zone, which time.js tells
)

// Language returns the tag of the language that a browser is spoken to in: what was chosen in it,
// or the best one of those it asks for; "" when there are no texts in any of them.
func Language(r *http.Request) string {
	if c, err := r.Cookie(LanguageCookie); err == nil && message.Known(c.Value) {
		return c.Value
	}
	return message.Offered(r.Header.Get("Accept-Language"))
}

var (
	zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	zones    sync.Map // of the zones asked for; there are a few hundred in all
)

// Zone returns the time zone of the browser, UTC until it has told.
func Zone(r *http.Request) *time.Location {
	c, err := r.Cookie(ZoneCookie)
	if err != nil {
		return time.UTC
	}
	return ZoneNamed(c.Value)
}

// ZoneNamed returns the time zone of an IANA name, UTC where there is none.
func ZoneNamed(name string) *time.Location {
	if len(name) > 64 || !zoneName.MatchString(name) || name == "Local" {
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
