package profile

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func fixtureOwned() owned {
	return owned{devices: kittest.Devices(), current: sallyport.TrustHigh, factor: true, policy: kittest.Policy}
}

// fixtureDoubt makes a session doubtful.
func fixtureDoubt(session *sallyport.Session) {
	session.Assessment = sallyport.Assessment{Score: 65, Findings: []sallyport.Finding{
		{Signal: risk.Travel, Weight: 40, Args: map[string]string{"km": "1900", "from": "Lisbon", "minutes": "40"}},
		{Signal: risk.NewCountry, Weight: 25, Args: map[string]string{"country": "NG"}},
	}}
}

func deviceFixtures() []kittest.Fixture {
	list := func(name string, u sallyport.User, change func(*owned)) kittest.Fixture {
		return kittest.Fixture{Name: "devices-" + name, Template: "devices_list", Page: func(s kit.Speaker) kit.Page {
			all := fixtureOwned()
			change(&all)
			return kittest.Page(s, kit.DevicesPath, "Devices", &u, viewDevices(s, all))
		}}
	}
	ask := func(name, template string, body func(s kit.Speaker, all owned) any) kittest.Fixture {
		return kittest.Fixture{Name: "device-" + name, Template: template, Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, kit.DevicesPath, name, &kittest.Amara, body(s, fixtureOwned()))
		}}
	}
	trustOf := func(i int, change func(*owned)) func(s kit.Speaker, all owned) any {
		return func(s kit.Speaker, all owned) any {
			change(&all)
			return askTrust(s, all.devices[i], all)
		}
	}
	return []kittest.Fixture{
		list("many", kittest.Amara, func(*owned) {}),
		list("limit", kittest.RightToLeft, func(all *owned) {
			all.policy.DeviceMaxPerUser = 3
			all.devices = all.devices[:3]
			all.devices[0].Name, all.devices[1].Name = "حاسوب نور", "🦊"
		}),
		list("once", kittest.Amara, func(all *owned) {
			all.devices = all.devices[:1]
			d := &all.devices[0]
			d.Trust, d.TrustLevel, d.Primary, d.Name = sallyport.TrustNone, sallyport.TrustNone, false, ""
			all.current = sallyport.TrustNone
		}),
		list("long", kittest.LongName, func(all *owned) {
			all.devices[1].Name = "Wolfeschlegelsteinhausenbergerdorffs Dienstmobiltelefon der Regionalverwaltung Hohenlohe"
			all.devices[1].LastLocation = sallyport.Location{Country: "GB", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}
		}),
		list("none", kittest.Amara, func(all *owned) { all.devices = nil }),
		ask("trust", "act_confirm", trustOf(0, func(all *owned) { all.devices[0].Trust = sallyport.TrustNone })),
		ask("trust-full", "act_confirm", func(s kit.Speaker, all owned) any {
			all.devices[0].Trust = sallyport.TrustNone
			v := askTrust(s, all.devices[0], all)
			v.ErrorSummary = kit.TooManyDevices(s, sallyport.Invalid(sallyport.FieldError{Field: "giveUp", Code: "too_many_devices", Args: map[string]string{"max": "5"}}))
			return v
		}),
		ask("verify", "act_confirm", trustOf(0, func(all *owned) { all.devices[0].Trust = sallyport.TrustLow })),
		ask("verify-unproven", "act_confirm", func(s kit.Speaker, all owned) any {
			all.devices[0].Trust = sallyport.TrustLow
			v := askTrust(s, all.devices[0], all)
			v.Notice = unproven(s)
			return v
		}),
		ask("verify-mail", "act_confirm", trustOf(0, func(all *owned) { all.devices[0].Trust, all.factor = sallyport.TrustLow, false })),
		ask("confirm", "act_confirm", trustOf(2, func(*owned) {})),
		ask("confirm-first", "act_confirm", trustOf(2, func(all *owned) { all.current = sallyport.TrustLow })),
		ask("primary", "act_confirm", func(s kit.Speaker, all owned) any { return askPrimary(s, all.devices[1], all) }),
		ask("rename", "act_form", func(s kit.Speaker, all owned) any { return viewDeviceName(s, all.devices[0]) }),
		ask("remove", "act_confirm", func(s kit.Speaker, all owned) any { return confirmRemoveDevice(s, all.devices[1]) }),
		ask("remove-this", "act_confirm", func(s kit.Speaker, all owned) any { return confirmRemoveDevice(s, all.devices[0]) }),
		ask("lost", "act_confirm", func(s kit.Speaker, all owned) any { return confirmLost(s, all.devices[1], "Northwind Logistics") }),
		{Name: "security-doubt", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			sessions := kittest.Sessions()
			return fixtureStanding(s, standing{
				user: kittest.LongName, policy: kittest.Policy, live: liveSessions{fixtureOn(sessions), "s1", true, fixtureDevices()},
				unusual: []unusual{fixtureUnusual(s, sessions[0], true), fixtureUnusual(s, sessions[2], true), fixtureUnusual(s, sessions[3], false)},
				factors: mfa.Factors{Enabled: true, Codes: true, CodesFrom: kittest.Now.Add(-kittest.Day), CodesLeft: 1},
			})
		}},
		{Name: "security-unsaved", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			return fixtureStanding(s, standing{
				user: kittest.Amara, policy: kittest.Policy, live: liveSessions{fixtureOn(kittest.Sessions()), "s1", true, fixtureDevices()},
				factors: mfa.Factors{Enabled: true, Codes: true, Unsaved: true, CodesFrom: kittest.Now.Add(-kittest.Day), CodesLeft: 10},
			})
		}},
		{Name: "not-mine", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			session := kittest.Sessions()[2]
			return kittest.Page(s, "/", "Not me", &kittest.Amara, confirmDenial(s, session, true))
		}},
		{Name: "activity-devices", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			mac, berlin := kittest.DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), sallyport.Location{Country: "DE", City: "Berlin"}
			var events []sallyport.Event
			for i, e := range []sallyport.Event{
				{Kind: "device.trusted", Data: map[string]string{"level": "2", "reason": "factor_passed"}},
				{Kind: "device.renamed", Data: map[string]string{"name": "Work laptop"}},
				{Kind: "device.flagged", Data: map[string]string{"by": "system", "signals": "impossible_travel new_country", "sessions": "2"}},
				{Kind: "device.revoked", Data: map[string]string{"reason": "given_up_for_another", "sessions": "1"}},
				{Kind: "device.trust_lowered", Data: map[string]string{"level": "1"}},
				{Kind: "device.credential_reused"}, {Kind: "device.suspended"}, {Kind: "device.resumed"}, {Kind: "device.cleared"}, {Kind: "device.primary_chosen"},
				{Kind: "device.confirmation_requested"}, {Kind: "device.revocation_announced"},
				{Kind: "auth.sign_in_doubted", Data: map[string]string{"score": "65", "signals": "new_country impossible_travel"}},
				{Kind: "auth.sign_in_answered", Data: map[string]string{"answer": "mine"}},
			} {
				events = append(events, fixtureEvent(e.Kind, time.Duration(i)*time.Hour, kittest.From(mac, berlin, "203.0.113.42"), e.Data))
			}
			return kittest.Page(s, activityPath, "Activity", &kittest.Amara, fixtureActivity(s, "", events))
		}},
	}
}
