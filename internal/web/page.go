package web

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// page is what the shell around every page shows. Body is the view of the page
// itself, one struct for each template.
type page struct {
	Lang, Dir    string
	Theme        string // "auto", "light" or "dark"
	Zone         string // IANA name the times are written in, "" when not known yet
	Path         string // of this page, for coming back to it
	Title        string
	Organisation string
	Wide         bool      // a wider card
	User         *userView // nil on the card shell
	Nav          []navGroup
	Flash        string // said once, after an act that succeeded
	Body         any
}

// speaker is how one request is spoken to: language, zone, and what time it is.
type speaker struct {
	*message.Printer
	now  time.Time
	zone *time.Location
}

// userView is the person the page is for.
type userView struct {
	Name, Email, Initials string
	Tint                  int // colour of the avatar, 0 to 5, the same for a person everywhere
}

func viewUser(u sallyport.User) *userView {
	tint := 0
	for _, b := range []byte(u.ID) {
		tint = (tint*31 + int(b)) % avatarTints
	}
	return &userView{Name: u.Name(), Email: u.Email, Initials: initials(u), Tint: tint}
}

const avatarTints = 6

// initials returns the first letters of the names, or "" when a name does not
// start with a letter; the avatar then shows a drawing.
func initials(u sallyport.User) string {
	var out []rune
	for _, name := range []string{u.FirstName, u.LastName} {
		if name == "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(name)
		if !unicode.IsLetter(first) {
			return ""
		}
		out = append(out, unicode.ToUpper(first))
	}
	if len(out) > 0 {
		return string(out)
	}
	if first, _ := utf8.DecodeRuneInString(u.Email); unicode.IsLetter(first) {
		return string(unicode.ToUpper(first))
	}
	return ""
}

// navGroup is one heading of the left navigation with its pages.
type navGroup struct {
	ID, Title string
	Items     []navItem
}

type navItem struct {
	Title, Icon, Path string
	Current           bool // this page, or one below it
	Exact             bool // this very page
}

// tab is one page of several that share a heading.
type tab struct {
	Title, Path string
	Current     bool
}

// anchor is a place to go.
type anchor struct{ Text, Path string }

// navigation returns the left navigation as seen from path. It lists only pages
// there are.
func navigation(p *message.Printer, path string) []navGroup {
	return []navGroup{{
		ID:    "profile",
		Title: p.T("nav.profile"),
		Items: []navItem{{
			Title: p.T("nav.security"), Icon: "shield-lock", Path: homePath,
			Current: path == homePath || strings.HasPrefix(path, homePath+"/"),
			Exact:   path == homePath,
		}},
	}}
}

// moment is a time as a page shows it.
type moment struct {
	ISO     string // for machines
	Exact   string // in full, in the reader's zone
	Text    string // what is shown
	Pattern string // the text around {ago}, for keeping it true; "" when it does not age
	Clock   bool   // the text is the time of day
}

// ago shows how long ago t was, within the message id, which mentions {{.Ago}}.
func (s speaker) ago(id string, t time.Time) moment {
	return moment{
		ISO:     t.UTC().Format(time.RFC3339),
		Exact:   s.Exact(t, s.zone),
		Text:    s.T(id, "Ago", s.Ago(s.now, t)),
		Pattern: s.T(id, "Ago", "{ago}"),
	}
}

// clockAt returns the time of day that will be in d, with the zone where that is
// not the reader's own.
func (s speaker) clockAt(d time.Duration) string {
	text := s.Clock(s.now, s.now.Add(d), s.zone)
	if s.zone == time.UTC {
		text += " UTC"
	}
	return text
}

// clock shows the time of day of t.
func (s speaker) clock(t time.Time) moment {
	return moment{ISO: t.UTC().Format(time.RFC3339), Exact: s.Exact(t, s.zone), Text: t.In(s.zone).Format("15:04"), Clock: true}
}
