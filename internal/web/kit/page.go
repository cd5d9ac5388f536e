package kit

import "github.com/sallyport/sallyport"

// Progress is how far work is that goes on while people look at other pages.
type Progress struct {
	Path      string // of the page that has more
	Title     string
	Text      string // how far it is, or how it ended
	All, Done int64
	Running   bool
	Here      bool // this is that page
	Tone      string
}

// Page is what the shell around every page shows. Body is the view of the page
// itself, one struct for each template.
type Page struct {
	Lang, Dir    string
	Theme        string // "auto", "light" or "dark"
	Languages    []LanguageView
	Zone         string    // IANA name the times are written in, "" when not known yet
	ZoneTold     string    // the one that the browser told, "" until it has
	ZoneKept     bool      // they stay in it, whatever the zone of the browser is
	Alive        string    // address that says whether the session that the page was made for lives; "" without one
	Left         *LeftView // how much time the session has left; nil without one
	Path         string    // of this page, for coming back to it
	Title        string
	Organisation string
	Look         LookView  // of the organisation
	Wide         bool      // a wider card
	User         *UserView // nil on the card shell
	Nav          []NavGroup
	Search       *SearchBox        // of whoever may look for people; nil for others
	Bell         *BellView         // of whoever is signed in
	Jobs         []Progress        // under way, or just over
	Flash        string            // said once, after an act that succeeded
	Preview      *sallyport.Tenant // the organisation as somebody would have it, on the page that shows that; nil elsewhere
	Body         any
}
