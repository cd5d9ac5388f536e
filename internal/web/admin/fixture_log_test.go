package admin

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// happened is one event of each kind, by several people.
func happened() (out []sallyport.Event) {
	all := people()
	places := tried()
	for i, row := range audit.Kinds {
		e := sallyport.Event{
			Seq: int64(1000 - i), ID: fmt.Sprintf("0193-e%d", i), TenantID: "northwind", Kind: string(row.Kind), ActorType: sallyport.ActorUser, ActorID: all[i%5].ID, UserID: all[i%7].ID,
			SessionID: "0193-s1", TargetID: "0193-d1", IPAddress: places[i%4].IPAddress, Device: places[i%4].DeviceInfo, Location: places[i%4].Location,
			CreatedAt: kittest.Now.Add(-time.Duration(i*i) * time.Minute), Data: map[string]string{},
		}
		for _, name := range append(append([]string{}, row.Data...), row.Personal...) {
			e.Data[name] = map[string]string{"method": "totp", "name": "Werkstatt, Halle 3", "sessions": "4", "until": "2026-03-05T09:00:00Z", "field": "lockoutFailures", "old": "5", "new": "4", "key": "6f1d3c0a5b7e9d24", "events": "12041"}[name]
		}
		switch i % 11 {
		case 3:
			e.ActorType, e.ActorID = sallyport.ActorSystem, ""
		case 6:
			e.ActorType, e.ActorID = sallyport.ActorOperator, ""
		case 9:
			e.IPAddress, e.Device, e.Location, e.Forgotten = "", sallyport.DeviceInfo{}, sallyport.Location{}, true
		}
		out = append(out, e)
	}
	return out
}

// eventsOf is the log at an address.
func eventsOf(query string, found ...sallyport.Event) events {
	l := events{register: register{
		reader: reader(), groups: groups, names: map[string]sallyport.User{},
		list: kit.Listed(httptest.NewRequest("GET", logPath+query, nil), logPath, list.Events, registered),
	}}
	l.list.Typed = []string{"userId", "actorId"}
	for _, u := range people() {
		u.TenantID = "northwind"
		l.names[u.ID] = u
	}
	l.found.Rows = found
	return l
}

// provenOf is an event in the drawer.
func provenOf(e sallyport.Event, waits bool) *proven {
	p := &proven{Placed: audit.Placed{Event: e, Leaf: `{"v":1,"id":"` + e.ID + `","tenantId":"northwind","kind":"` + e.Kind + `","actorType":"user","createdAt":"2026-03-02T09:00:00Z"}`, Personal: `{"salt":"c2FsdA==","ipAddress":"` + e.IPAddress + `"}`, Position: 12040}, size: 20000}
	if e.Forgotten {
		p.Personal = ""
	}
	if !waits {
		h := tlog.RecordHash([]byte(p.Leaf))
		p.record = &proof.Record{Position: 12040, Hashes: tlog.RecordProof{h, h, h}, Checkpoint: checkpointText}
	}
	return p
}

const checkpointText = "sallyport/0193b1f2-6b6a-7c3e-9f8e-1f2a3b4c5d6e\n20000\nDtGrDM0L2XfzQnpNYs5C+sOavowPNFLh4WUd2hm/Wx8=\n\n— sallyport/0193b1f2-6b6a-7c3e-9f8e-1f2a3b4c5d6e 57dDoxA6Ul0KjG8xP3f0cW3V7dV6+Y6cVx2q1JmC0H9pN2w9d0u1Q6m4v2y0\n"

func logFixtures() []kittest.Fixture {
	page := func(name string, l events) kittest.Fixture {
		return inAdmin("log-"+name, "log_list", logPath, func(s kit.Speaker) any { return l.view(s) })
	}
	all := happened()
	many := eventsOf("", all...)
	many.found.Next = "1"
	none := eventsOf("?kind=policy.changed&ip=192.0.2.0/24&q=halle")
	none.drop = []kit.Chip{{Text: "Without “Kind: Policy”", Path: logPath}}
	searching := eventsOf("?q=halle")
	searching.found.Next, searching.found.Searched = "1", 15000
	open := func(query string, e sallyport.Event, waits bool) events {
		l := eventsOf(query, all[:12]...)
		l.open = provenOf(e, waits)
		return l
	}
	narrow := open("?show=sessions", all[13], false)
	narrow.reader, narrow.groups, narrow.left = reader("audit.view"), nil, true
	view := func(name, template, path string, v func(s kit.Speaker) any) kittest.Fixture {
		return inAdmin("log-"+name, template, path, v)
	}
	proving := func(signed string) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			v := &provingView{Crumb: kit.Anchor{Text: s.T("logPage.heading"), Path: logPath}, At: logPath + "/checkpoint", Checkpoint: signed, Sentences: provingSentences(s)}
			if signed != "" {
				v.Size = s.N("logPage.covers", 20000)
				v.Keys = []provingKey{{"sallyport/0193b1f2-6b6a-7c3e-9f8e-1f2a3b4c5d6e+67b8b58a+Ac+qWlIXRP8AunZSgf63gZEUZ5NSBwQ1E1/8ZrpfXcmj", s.Moment("logPage.keySince", kittest.Now.AddDate(0, -3, 0))}}
			}
			return v
		}
	}
	exports := func(found ...export.Export) func(s kit.Speaker) any {
		return func(s kit.Speaker) any { return viewExports(s, found) }
	}
	made := func(events, done int64, more bool, ago time.Duration) export.Export {
		return export.Export{
			ID: "0193-x" + strings.Repeat("1", int(events%7)), Wanted: audit.Export{Format: audit.CSV, After: -1}, Events: events, Last: events - 1, More: more, Done: done,
			CreatedAt: kittest.Now.Add(-ago - time.Minute), TouchedAt: kittest.Now.Add(-ago),
		}
	}
	return []kittest.Fixture{
		page("full", many), page("empty", eventsOf("")), page("none", none), page("searching", searching),
		page("filtered", eventsOf("?show=devices&userId="+people()[1].ID+"&actorId="+people()[0].ID, all[20:24]...)),
		page("open", open("", all[25], false)), page("waits", open("", all[2], true)), page("forgotten", open("", all[9], false)), page("narrow", narrow),
		view("proof", "log_proof", provingPath, proving(checkpointText)), view("proof-unsigned", "log_proof", provingPath, proving("")),
		view("exports", "log_exports", exportsPath, exports(made(1_000_000, 412_000, true, time.Second), made(12_041, 12_041, false, time.Hour), made(90_000, 4_000, false, 2*time.Hour))),
		view("exports-none", "log_exports", exportsPath, exports()),
	}
}
