package admin

import (
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func searchFixtures() []kittest.Fixture {
	page := func(name, text string, found search.Found, may ...string) kittest.Fixture {
		return inAdmin("search-"+name, "search_show", kit.SearchPath, func(s kit.Speaker) any {
			return viewFound(s, reader(may...), text, found)
		})
	}
	owners := map[string]sallyport.User{}
	for _, u := range people() {
		owners[u.ID] = u
	}
	sessions := everySession()
	var devices []device.Device
	for i, v := range sessions[:4] {
		devices = append(devices, device.Device{Device: sallyport.Device{
			ID: fmt.Sprint("d", i), UserID: v.UserID, Info: v.DeviceInfo, LastUsedAt: v.LastActivityAt, LastIP: v.IPAddress, LastLocation: v.Location,
			Status: []sallyport.DeviceStatus{sallyport.DeviceActive, sallyport.DeviceSuspended, sallyport.DeviceRevoked, sallyport.DeviceActive}[i],
		}})
	}
	network := search.Found{Kind: search.Network, Network: netip.MustParsePrefix("203.0.113.0/24"), Sessions: sessions, Devices: devices, Owners: owners, More: true}
	return append([]kittest.Fixture{
		page("people", "a", search.Found{Kind: search.Words, People: people()[:10], More: true}),
		page("network", "203.0.113.0/24", network),
		page("narrow", "203.0.113.9", search.Found{Kind: search.Network, Network: netip.MustParsePrefix("203.0.113.9/32"),
			Lacks: []access.Permission{access.SessionsView, access.DevicesView}}, "users.view"),
		page("none", "zebra", search.Found{Kind: search.Words}),
		inAdmin("search-empty", "search_show", kit.SearchPath, func(kit.Speaker) any { return &searchView{} }),
		inAdmin("search-short", "search_show", kit.SearchPath, func(s kit.Speaker) any {
			return &searchView{Text: "x", Fault: s.Rule(sallyport.FieldError{Field: "q", Code: "too_short", Args: map[string]string{"min": "2"}})}
		}),
	}, timelineFixtures()...)
}

func timelineFixtures() []kittest.Fixture {
	line := search.Timeline{People: map[string]sallyport.User{}, Next: "x.y"}
	for i, u := range people()[:12] {
		at := kittest.Now.Add(-time.Duration(i) * 5 * time.Hour)
		line.People[u.ID] = u
		if i%3 == 0 {
			line.Entries = append(line.Entries, search.Entry{At: at, Event: &sallyport.Event{
				Kind: string(audit.SessionRevoked), UserID: u.ID, ActorID: u.ID, IPAddress: "203.0.113.9", CreatedAt: at, Data: map[string]string{"reason": "password_changed"},
			}})
			continue
		}
		a := sallyport.Attempt{UserID: u.ID, Email: u.Email, IPAddress: "203.0.113.9", Successful: i%3 == 1, CreatedAt: at, Location: sallyport.Location{Country: "PT", City: "Lisbon"}}
		if !a.Successful {
			a.FailureReason = sallyport.CodeInvalidCredentials
		}
		if i == 5 {
			a.UserID, a.Email = "", "a-very-long-address-that-nobody-has-"+u.Email
		}
		line.Entries = append(line.Entries, search.Entry{At: at, Attempt: &a})
	}
	old := storyWith(
		kittest.Forgotten(byOwner(fixtureEvent(audit.SignedIn, 500*kittest.Day, "method", "totp"))), kittest.Forgotten(fixtureEvent(audit.SessionRevoked, 501*kittest.Day)),
		kittest.Forgotten(byOwner(fixtureEvent(audit.DeviceRenamed, 502*kittest.Day))),
	).Entries
	var visitors []search.Visitor
	for i, u := range people()[:6] {
		visitors = append(visitors, search.Visitor{User: u, Sessions: 1 + i*i, Last: kittest.Now.Add(-time.Duration(i) * 30 * time.Hour)})
	}
	page := func(name, title, path string, q url.Values, line search.Timeline, visitors []search.Visitor) kittest.Fixture {
		return inAdmin("timeline-"+name, "timeline_show", timelinePath, func(s kit.Speaker) any {
			v := viewTimeline(s, title, line, q)
			v.Path, v.Partly = path, len(visitors) > 3
			v.meet(s, visitors)
			return v
		})
	}
	return []kittest.Fixture{
		page("network", "203.0.113.0/24", "", url.Values{"ip": {"203.0.113.0/24"}}, line, visitors),
		page("person", kittest.LongName.Name(), personPath("u1"), url.Values{"userId": {"u1"}},
			search.Timeline{Entries: append(line.Entries[:3:3], old...), People: line.People, Lacks: []access.Permission{access.SessionsView}}, nil),
		page("empty", "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "", url.Values{"ip": {"2001:db8:0:ffff:ffff:ffff:ffff:ffff"}}, search.Timeline{}, nil),
	}
}
