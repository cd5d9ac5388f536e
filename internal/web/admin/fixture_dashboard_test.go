package admin

import (
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// lived is an organisation in a range.
func lived(r dashboard.Range) dashboard.Overview {
	o := dashboard.Overview{
		Range: r, At: kittest.Now, Counted: 1, Failed: 47, FailedBefore: 52, FailedSince: kittest.Now.Add(-24 * time.Hour),
		Now:       dashboard.Gauges{Users: 1461, Strong: 806, Weak: 173, Sessions: 2210, People: 1302, Trusted: 2874, Methods: map[string]int64{"totp": 612, "webauthn": 341, "sms": 204, "email": 12}},
		Countries: []dashboard.Country{{Code: "DE", Succeeded: 4120, Failed: 31}, {Code: "NO", Succeeded: 2210, Failed: 4}, {Code: "KE", Succeeded: 812, Failed: 0}, {Code: "BR", Succeeded: 402, Failed: 12}, {Code: "JP", Succeeded: 311, Failed: 0}, {Code: "US", Succeeded: 120, Failed: 88}, {Code: "SG", Succeeded: 44, Failed: 0}, {Code: "", Succeeded: 31, Failed: 40}, {Code: "MT", Succeeded: 12, Failed: 0}, {Code: "FR", Succeeded: 9, Failed: 1}, {Code: "IN", Succeeded: 4, Failed: 3}},
	}
	before := dashboard.Gauges{Users: 1440, Strong: 771, Weak: 180, Sessions: 2174, People: 1290, Trusted: 2890, Methods: map[string]int64{"totp": 600, "webauthn": 300, "sms": 210, "email": 12}}
	o.Before = &before
	for i := range r.Steps {
		wave := int64(i * 7 % 13)
		g := dashboard.Gauges{Users: 1450, Strong: 771 + int64(i), Weak: 178, Sessions: 2174 + 9*wave, People: 1290 + 3*wave, Trusted: 2870 + wave, Methods: map[string]int64{"totp": 600 + int64(i)/3, "webauthn": 300 + int64(i), "sms": 207, "email": 12}}
		p := dashboard.Point{Gauges: &g, Locks: wave % 3, Outcomes: map[string]int64{dashboard.Success: 90 + 11*wave, "invalid_credentials": 4 + wave%5, "mfa_failed": wave % 4, "account_locked": wave % 3, "device_not_trusted": wave % 2}}
		p.To = kittest.Now.Truncate(r.Step).Add(time.Duration(i-r.Steps+2) * r.Step)
		p.From = p.To.Add(-r.Step)
		o.Points = append(o.Points, p)
	}
	return o
}

// dashboardOf is the page of a reader.
func dashboardOf(s kit.Speaker, reader sallyport.Actor, o dashboard.Overview, needs ...dashboard.Need) dashboardRead {
	d := dashboardRead{reader: reader, overview: o, of: activities[0]}
	for _, n := range needs {
		d.needs = append(d.needs, viewNeed(s, n))
	}
	for i, name := range []string{"fewOwners", "adminsHaveFactors", "adminsMust", "strongFactors", "idleTimeout", "lifetime", "roleChange", "deviceLimit", "reverify", "removeIdle", "answerFlags", "review"} {
		d.checks.Checks = append(d.checks.Checks, dashboard.Check{Name: name, Done: i%4 != 3})
	}
	d.checks.ReviewedAt, d.checks.ReviewedBy, d.checks.Due = kittest.Now.Add(-40*kittest.Day), kittest.Amara, kittest.Now.Add(51*kittest.Day)
	d.activity = eventsOf("", happened()[:10]...)
	d.activity.reader = reader
	return d
}

func dashboardFixtures() []kittest.Fixture {
	page := func(name string, make func(kit.Speaker) dashboardRead) kittest.Fixture {
		return inAdmin("dashboard-"+name, "dashboard_show", dashboardPath, func(s kit.Speaker) any { return make(s).view(s) })
	}
	attack := lived(dashboard.Ranges[0])
	attack.Failed, attack.Locked, attack.Required, attack.Now.Compromised = 3121, 212, 31, 2
	attack.Attack = &dashboard.Attack{Failed: 2964, Usual: 3.4}
	attack.Points[22].Outcomes, attack.Points[23].Outcomes = map[string]int64{"success": 80, "invalid_credentials": 410, "account_locked": 61}, map[string]int64{"success": 72, "invalid_credentials": 1890, "account_locked": 640, "rate_limited": 310}
	attack.Points[23].Locks = 212
	needs := []dashboard.Need{
		{Kind: dashboard.UnderAttack, Count: 2964, Usual: 3.4}, {Kind: dashboard.Flagged, Count: 2}, {Kind: dashboard.Unanswered, Count: 5}, {Kind: dashboard.Locked, Count: 212},
		{Kind: dashboard.Certificates, Count: 1, Until: kittest.Now.Add(2 * kittest.Day)}, {Kind: dashboard.DeadMails, Count: 1000, More: true}, {Kind: dashboard.NotEnrolled, Count: 31}, {Kind: dashboard.QuarterReview, Count: 1},
	}
	return []kittest.Fixture{
		page("quiet", func(s kit.Speaker) dashboardRead { return dashboardOf(s, reader(), lived(dashboard.Ranges[2])) }),
		page("year", func(s kit.Speaker) dashboardRead {
			d := dashboardOf(s, reader(), lived(dashboard.Ranges[3]), needs[3], needs[6])
			d.digest = true
			return d
		}),
		page("attack", func(s kit.Speaker) dashboardRead {
			d := dashboardOf(s, reader(), attack, needs...)
			d.needs[0] = d.needs[0].from(s, reader(), account.GuessingNetwork{Guessing: store.Guessing{Network: netip.MustParsePrefix("203.0.113.0/24"), Failures: 2870}})
			d.needs[5].Acts = append(d.needs[5].Acts, dashboardAct{Ask: askRetry(s, 1000), First: true})
			return d
		}),
		page("new", func(s kit.Speaker) dashboardRead {
			o := dashboard.Overview{Range: dashboard.Ranges[0], At: kittest.Now, Counted: 0.34, Points: make([]dashboard.Point, 24)}
			for i := range o.Points {
				o.Points[i].From = kittest.Now.Truncate(time.Hour).Add(time.Duration(i-23) * time.Hour)
				o.Points[i].To = o.Points[i].From.Add(time.Hour)
			}
			d := dashboardOf(s, reader(), o)
			d.activity.found.Rows, d.checks.ReviewedAt = nil, time.Time{}
			return d
		}),
		page("little-permission", func(s kit.Speaker) dashboardRead {
			r := reader()
			r.Role, r.Granted = "custom", "dashboard.view"
			return dashboardOf(s, r, lived(dashboard.Ranges[1]), needs[7])
		}),
		lockedFixture("many", kittest.LongName, kittest.RightToLeft, kittest.EmojiName), lockedFixture("none"),
	}
}

func lockedFixture(name string, people ...sallyport.User) kittest.Fixture {
	return inAdmin("locked-"+name, "locked_list", lockedPath, func(s kit.Speaker) any {
		l := kit.Listed(httptest.NewRequest("GET", lockedPath, nil), lockedPath, list.Locked, registered)
		var found list.Page[dashboard.LockedUser]
		for i, u := range people {
			u.TenantID, u.LastSignInAt = "northwind", kittest.Now.Add(-time.Duration(i)*kittest.Day)
			locks := [][]throttle.Held{
				{{Scope: throttle.Account, Strangers: true, Until: kittest.Now.Add(9 * time.Minute)}, {Scope: throttle.Factor, Until: kittest.Now.Add(4 * time.Minute)}},
				{{Scope: throttle.FactorRun, Method: "totp", Until: throttle.UntilRecovery}}, {{Scope: throttle.Device, Until: kittest.Now.Add(3 * time.Minute)}},
			}[i]
			found.Rows = append(found.Rows, dashboard.LockedUser{User: u, Locks: locks})
		}
		return viewLocked(s, reader(), l, found)
	})
}
