package admin

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// registerOf is a list at an address, as somebody sees it; names are of the people of rows.
func registerOf(path, query string, t *list.Table, reader sallyport.Actor) register {
	r := register{
		reader: reader, list: kit.Listed(httptest.NewRequest("GET", path+query, nil), path, t, registered),
		groups: groups, names: map[string]sallyport.User{},
	}
	r.list.Typed = []string{"userId"}
	for _, u := range people() {
		u.TenantID, u.Role = "northwind", sallyport.RoleMember
		r.names[u.ID] = u
	}
	return r
}

// everySession are sessions in every state.
func everySession() (out []sallyport.Session) {
	places := []sallyport.Location{
		{Country: "DE", City: "Berlin"}, {Country: "PT", City: "Lisbon"}, {Country: "BR", City: "São José do Vale do Rio Preto"}, {Country: "JP"}, {},
	}
	infos := []sallyport.DeviceInfo{
		{Type: sallyport.DeviceDesktop, Browser: "Chrome", BrowserVersion: "141.0", OS: "macOS", OSVersion: "15.6"},
		{Type: sallyport.DeviceMobile, Browser: "Safari", BrowserVersion: "26.0", OS: "iOS", OSVersion: "26.1", Model: "iPhone"},
		{Type: sallyport.DeviceDesktop, Browser: "Samsung Internet", OS: "Android"}, {Type: sallyport.DeviceUnknown},
		{Type: sallyport.DeviceTablet, Browser: "Firefox", OS: "Android", Model: "Galaxy Tab S9"},
	}
	addresses := []string{"203.0.113.9", "198.51.100.200", "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01", "192.0.2.44"}
	statuses := []sallyport.SessionStatus{
		sallyport.SessionActive, sallyport.SessionActive, sallyport.SessionSuspended, sallyport.SessionTerminated, sallyport.SessionRevoked, sallyport.SessionExpired,
	}
	for i, u := range people()[:registered] {
		one := kittest.Session(fmt.Sprintf("s%d", i), kittest.From(infos[i%len(infos)], places[i%len(places)], addresses[i%len(addresses)]),
			time.Duration(i*i)*time.Minute, time.Duration(i*i)*time.Minute+time.Hour)
		one.UserID, one.Status, one.TenantID, one.DeviceID = u.ID, statuses[i%len(statuses)], "northwind", "d1"
		one.AuthenticatedAt, one.MFAVerifiedAt, one.MFAMethod = one.CreatedAt, one.CreatedAt, sallyport.MethodTOTP
		one.UserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
		if i%7 == 1 {
			one.Assessment = sallyport.Assessment{Score: 65, Findings: []sallyport.Finding{
				{Signal: "new_country", Args: map[string]string{"country": "BR"}},
				{Signal: "impossible_travel", Args: map[string]string{"km": "1900", "minutes": "40", "from": "Lisbon"}},
			}}
		}
		if !one.Status.Live() {
			one.TerminatedAt, one.TerminatedBy, one.TerminationReason = one.LastActivityAt.Add(time.Minute), "0193-8", "terminated_by_admin"
		}
		out = append(out, one)
	}
	return out
}

func sessionsOf(query string, rows ...sallyport.Session) sessions {
	return sessions{register: registerOf(sessionsPath, query, list.Sessions, reader()), found: list.Page[sallyport.Session]{Rows: rows}}
}

// opened is a list with one of its sessions in the drawer.
func opened(l sessions, i int) sessions {
	one := l.found.Rows[i]
	d := kittest.Devices()[0]
	l.open = &openSession{Session: one, device: &d, story: storyWith(
		fixtureEvent(audit.SessionSuspended, 5*time.Minute), fixtureEvent(audit.PasswordChanged, 20*time.Minute, "sessions", "2"),
		byOwner(fixtureEvent(audit.SignedIn, 3*time.Hour, "method", "totp")),
	)}
	return l
}

// storyWith is what happened.
func storyWith(events ...sallyport.Event) *search.Timeline {
	t := &search.Timeline{}
	for _, e := range events {
		t.Entries = append(t.Entries, search.Entry{At: e.CreatedAt, Event: &e})
	}
	return t
}

// byOwner is an event of somebody's own doing.
func byOwner(e sallyport.Event) sallyport.Event {
	e.ActorID = e.UserID
	return e
}

// ended is a session that ended for a reason.
func ended(status sallyport.SessionStatus, by, reason string) sessions {
	one := everySession()[1]
	one.Status, one.TerminatedAt, one.TerminatedBy, one.TerminationReason = status, kittest.Now.Add(-26*time.Hour), by, reason
	l := opened(sessionsOf("?status=revoked", one, everySession()[4]), 0)
	l.open.device, l.open.story = nil, storyWith()
	return l
}

func sessionFixtures() []kittest.Fixture {
	page := func(name string, l sessions) kittest.Fixture {
		return inAdmin("sessions-"+name, "session_list", sessionsPath, func(s kit.Speaker) any { return l.view(s) })
	}
	many := sessionsOf("", everySession()...)
	many.found.Next = "1"
	bulk := sessionsOf("?deviceType=desktop", everySession()...)
	bulk.bulk = true
	wrong := sessionsOf("?status=active&ip=192.0.2&from=yesterday", everySession()...)
	none := sessionsOf("?status=suspended&deviceType=tablet&ip=192.0.2.0%2F24&userId=0193-long&from=2026-10-01&to=2026-11-01&deviceId=d1&groupId=g3")
	none.drop = []kit.Chip{{Text: "Without “Status: Suspended”", Path: sessionsPath}}
	searching := sessionsOf("?ip=192.0.2.0%2F24&deviceType=tablet", everySession()[:3]...)
	searching.found.Next, searching.found.Searched = "1", 50_000
	searchingNone := sessionsOf("?ip=192.0.2.0%2F24&deviceType=tablet")
	searchingNone.found.Next, searchingNone.found.Searched = "1", 50_000
	narrow := opened(sessionsOf("", everySession()...), 1)
	narrow.reader, narrow.groups, narrow.left, narrow.open.device, narrow.open.story = reader("sessions.view"), nil, true, nil, nil
	narrow.list.Typed = nil
	cut := opened(sessionsOf("?userId=0193-long", everySession()...), 2)
	cut.open.story.Next = "1"
	flagged := opened(many, 8)
	marked := kittest.Devices()[4]
	flagged.open.device = &marked
	return []kittest.Fixture{
		page("many", many), page("bulk", bulk), page("wrong", wrong), page("none", none), page("empty", sessionsOf("")),
		page("searching", searching), page("searching-none", searchingNone),
		page("drawer", opened(many, 0)), page("drawer-unusual", flagged), page("drawer-cut", cut), page("drawer-emoji", opened(many, 3)),
		page("drawer-terminated", ended(sallyport.SessionTerminated, "0193-8", "terminated_by_admin")),
		page("drawer-idle", ended(sallyport.SessionExpired, "system", "idle_timeout")),
		page("drawer-narrow-role", narrow),
		inAdmin("sessions-terminate", "act_confirm", sessionsPath, func(s kit.Speaker) any {
			return sessionActs[2].ask(s, kittest.LongName, everySession()[0], sessionsPath)
		}),
	}
}

// everyDevice are devices in every state.
func everyDevice() (out []device.Device) {
	for round := range 4 {
		for i, d := range kittest.Devices() {
			n := round*7 + i
			d.ID, d.UserID, d.TenantID, d.LastIP = fmt.Sprintf("d%d", n+1), people()[n%20].ID, "northwind", "203.0.113.9"
			d.TrustLevel, d.CreatedAt = d.Trust, kittest.Now.Add(-time.Duration(n+90)*kittest.Day)
			d.Fingerprint = sallyport.Fingerprint{
				UserAgent:        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
				ScreenResolution: "2560x1440", Timezone: "Europe/Berlin", Language: "de-DE", Platform: "MacIntel", HardwareConcurrency: 10, DeviceMemory: 8,
			}
			out = append(out, d)
		}
	}
	out[1].Name = "Wolfeschlegelsteinhausenbergerdorffs Zweitgerät im Außenlager"
	return out[:registered]
}

func devicesOf(query string, rows ...device.Device) devices {
	return devices{register: registerOf(devicesPath, query, list.Devices, reader()), found: list.Page[device.Device]{Rows: rows}}
}

func deviceFixtures() []kittest.Fixture {
	page := func(name string, l devices) kittest.Fixture {
		return inAdmin("devices-"+name, "device_list", devicesPath, func(s kit.Speaker) any { return l.view(s) })
	}
	open := func(l devices, i int, change func(*openDevice)) devices {
		l.open = &openDevice{Device: l.found.Rows[i], proven: true, story: storyWith(
			byOwner(fixtureEvent(audit.DeviceTrusted, time.Hour, "level", "2", "reason", "factor_passed")), byOwner(fixtureEvent(audit.DeviceAdded, 40*kittest.Day)),
		)}
		l.open.Sessions = everySession()[:3]
		change(l.open)
		return l
	}
	as := func(*openDevice) {}
	many := devicesOf("", everyDevice()...)
	many.found.Next = "1"
	none := devicesOf("?trustLevel=3&compromised=yes&lastUsedTo=2026-08-01")
	none.drop = []kit.Chip{{Text: "Without “Compromised: Yes”", Path: devicesPath}}
	narrow := open(devicesOf("", everyDevice()...), 1, func(o *openDevice) { o.story, o.Sessions = nil, nil })
	narrow.reader, narrow.groups, narrow.list.Typed = reader("devices.view"), nil, nil
	unknown := open(many, 4, func(o *openDevice) {
		o.Sessions, o.Fingerprint, o.story = nil, sallyport.Fingerprint{}, storyWith()
	})
	act := func(name string, a int, d int) kittest.Fixture {
		return inAdmin("devices-"+name, "act_confirm", devicesPath, func(s kit.Speaker) any {
			return deviceActs[a].ask(s, kittest.LongName, everyDevice()[d], devicesPath)
		})
	}
	return []kittest.Fixture{
		page("many", many), page("none", none), page("empty", devicesOf("")),
		page("drawer-trusted", open(many, 0, as)), page("drawer-long", open(many, 1, as)), page("drawer-flagged", open(many, 3, as)), page("drawer-unknown", unknown),
		page("drawer-suspended", open(many, 5, as)), page("drawer-removed", open(many, 6, as)), page("drawer-narrow-role", narrow),
		act("clear", 0, 3), act("revoke", 6, 0),
		inAdmin("devices-level", "act_form", devicesPath, func(s kit.Speaker) any {
			return viewDeviceLevel(s, kittest.LongName, everyDevice()[1], devicesPath)
		}),
		inAdmin("devices-flag", "act_form", devicesPath, func(s kit.Speaker) any {
			return viewDeviceFlag(s, kittest.RightToLeft, everyDevice()[0], devicesPath)
		}),
	}
}
