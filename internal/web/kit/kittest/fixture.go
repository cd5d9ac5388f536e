// Package kittest has what the tests of pages share: made-up people and their things, pages
// in every state, and what must hold of each. It is for tests.
package kittest

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Room is the pages of a room in every state.
type Room struct {
	Name     string // the directory of its templates
	Fixtures []Fixture
}

// Fixture is one page in one state, as believable as the real ones.
type Fixture struct {
	Name     string
	Template string
	Page     func(s kit.Speaker) kit.Page
}

// Now is the time of all fixtures.
var Now = time.Date(2026, time.November, 21, 13, 32, 10, 0, time.UTC)

// Speaker speaks English to somebody in Berlin.
func Speaker() kit.Speaker {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return kit.Speaker{Printer: message.For("en"), Now: Now, Zone: zone}
}

// navigation stands for the entries of the rooms, which this package does not know.
var navigation = []kit.Route{
	{Pattern: "GET " + kit.GeneralPath, Entry: kit.Entry{Section: kit.Profile, Words: "nav.general", Icon: "user"}},
	{Pattern: "GET " + kit.HomePath, Entry: kit.Entry{Section: kit.Profile, Words: "nav.security", Icon: "shield-lock"}},
	{
		Pattern: "GET /settings/team", Need: act.Need{Permission: access.UsersView},
		Entry: kit.Entry{Section: kit.Settings, Words: "nav.team", Icon: "user"},
	},
}

// Page puts a view into its shell: that of a card without a user.
func Page(s kit.Speaker, path, title string, u *sallyport.User, body any) kit.Page {
	p := kit.Page{
		Lang: s.Lang(), Dir: s.Dir(), Theme: "auto", Zone: "Europe/Berlin", Path: path,
		Title: title, Organisation: "Northwind Logistics", Body: body, Languages: kit.ViewLanguages(s),
	}
	if u != nil {
		bell := kit.ViewBell(s, 2)
		p.Bell = &bell
		p.Search = kit.ViewSearch(sallyport.Actor{Type: sallyport.ActorUser, TenantID: "northwind", UserID: u.ID, Role: u.Role}, "")
		p.User, p.Nav = kit.ViewUser(*u), kit.Navigation(s, navigation, sallyport.Actor{Type: sallyport.ActorUser, TenantID: "northwind", UserID: u.ID, Role: u.Role}, path)
	}
	return p
}
