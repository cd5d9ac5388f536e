package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
)

func fixtureDevice(id string, info sallyport.DeviceInfo, at sallyport.Location, level sallyport.TrustLevel, why policy.TrustReason, used time.Duration) device.Device {
	return device.Device{Trust: level, Device: sallyport.Device{
		ID: id, Info: info, LastLocation: at, Status: sallyport.DeviceActive, LastUsedAt: fixtureNow.Add(-used),
		TrustLevel: level, TrustReason: string(why), VerifiedAt: fixtureNow.Add(-40 * days),
	}}
}

// fixtureDevices are those of an account that has a bit of everything.
func fixtureDevices() []device.Device {
	berlin, lisbon := sallyport.Location{Country: "DE", City: "Berlin"}, sallyport.Location{Country: "PT", City: "Lisbon"}
	mac := fixtureDevice("d1", deviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), berlin, sallyport.TrustHigh, policy.PasskeyStepUp, 10*time.Second)
	mac.Current, mac.Primary, mac.Name, mac.Sessions = true, true, "Work laptop", make([]sallyport.Session, 1)
	phone := fixtureDevice("d2", deviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone"), berlin, sallyport.TrustMedium, policy.FactorPassed, 5*time.Minute)
	phone.Sessions = make([]sallyport.Session, 2)
	tablet := fixtureDevice("d3", deviceInfo(sallyport.DeviceTablet, "Safari", "iPadOS", "iPad"), lisbon, sallyport.TrustLow, policy.ChosenAtSignIn, 9*days)
	lost := fixtureDevice("d4", deviceInfo(sallyport.DeviceDesktop, "Firefox", "Windows", ""), sallyport.Location{Country: "NG"}, sallyport.TrustNone, policy.FactorPassed, 20*days)
	lost.CompromisedAt, lost.CompromisedBy, lost.Name = fixtureNow.Add(-19*days), "user", "Old ThinkPad"
	marked := fixtureDevice("d5", sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, sallyport.Location{}, sallyport.TrustNone, policy.ChosenAtSignIn, 30*days)
	marked.CompromisedAt, marked.CompromisedBy, marked.CompromisedReason = fixtureNow.Add(-2*days), "admin", "Seen in the lost-property office in Porto"
	blocked := fixtureDevice("d6", deviceInfo(sallyport.DeviceMobile, "Chrome", "Android", "Pixel 8"), lisbon, sallyport.TrustNone, policy.ChosenAtSignIn, 50*days)
	blocked.Status, blocked.EndedAt, blocked.EndedReason = sallyport.DeviceSuspended, fixtureNow.Add(-4*time.Hour), "suspended_by_admin"
	gone := fixtureDevice("d7", deviceInfo(sallyport.DeviceDesktop, "Edge", "Windows", ""), berlin, sallyport.TrustNone, policy.ChosenAtSignIn, 80*days)
	gone.Status, gone.EndedAt, gone.EndedReason = sallyport.DeviceRevoked, fixtureNow.Add(-12*days), "given_up_for_another"
	return []device.Device{mac, phone, tablet, lost, marked, blocked, gone}
}

func fixtureOwned() owned {
	return owned{devices: fixtureDevices(), current: sallyport.TrustHigh, factor: true, sessions: homePath + "#sessions", policy: fixturePolicy}
}

// fixtureDoubt makes a session doubtful.
func fixtureDoubt(session *sallyport.Session) {
	session.Assessment = sallyport.Assessment{Score: 65, Findings: []sallyport.Finding{
		{Signal: risk.Travel, Weight: 40, Args: map[string]string{"km": "1900", "from": "Lisbon", "minutes": "40"}},
		{Signal: risk.NewCountry, Weight: 25, Args: map[string]string{"country": "NG"}},
	}}
}

func deviceFixtures() []fixture {
	list := func(name string, u sallyport.User, change func(*owned)) fixture {
		return fixture{"devices-" + name, "devices_list", func(s speaker) page {
			all := fixtureOwned()
			change(&all)
			return fixturePage(s, devicesPath, "Devices", &u, viewDevices(s, all))
		}}
	}
	ask := func(name, template string, body func(s speaker, all owned) any) fixture {
		return fixture{"device-" + name, template, func(s speaker) page {
			return fixturePage(s, devicesPath, name, &amara, body(s, fixtureOwned()))
		}}
	}
	trustOf := func(i int, change func(*owned)) func(s speaker, all owned) any {
		return func(s speaker, all owned) any {
			change(&all)
			return askTrust(s, all.devices[i], all)
		}
	}
	return []fixture{
		list("many", amara, func(*owned) {}),
		list("limit", rightToLeft, func(all *owned) {
			all.policy.DeviceMaxPerUser = 3
			all.devices = all.devices[:3]
			all.devices[0].Name, all.devices[1].Name = "حاسوب نور", "🦊"
		}),
		list("once", amara, func(all *owned) {
			all.devices = all.devices[:1]
			d := &all.devices[0]
			d.Trust, d.TrustLevel, d.Primary, d.Name = sallyport.TrustNone, sallyport.TrustNone, false, ""
			all.current = sallyport.TrustNone
		}),
		list("long", longName, func(all *owned) {
			all.devices[1].Name = "Wolfeschlegelsteinhausenbergerdorffs Dienstmobiltelefon der Regionalverwaltung Hohenlohe"
			all.devices[1].LastLocation = sallyport.Location{Country: "GB", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}
		}),
		list("none", amara, func(all *owned) { all.devices = nil }),
		ask("trust", "device_ask", trustOf(0, func(all *owned) { all.devices[0].Trust = sallyport.TrustNone })),
		ask("trust-full", "device_ask", func(s speaker, all owned) any {
			all.devices[0].Trust = sallyport.TrustNone
			v := askTrust(s, all.devices[0], all)
			v.ErrorSummary = tooManyDevices(s, sallyport.Invalid(sallyport.FieldError{Field: "giveUp", Code: "too_many_devices", Args: map[string]string{"max": "5"}}))
			return v
		}),
		ask("verify", "device_ask", trustOf(0, func(all *owned) { all.devices[0].Trust = sallyport.TrustLow })),
		ask("verify-unproven", "device_ask", func(s speaker, all owned) any {
			all.devices[0].Trust = sallyport.TrustLow
			v := askTrust(s, all.devices[0], all)
			v.Notice = unproven(s)
			return v
		}),
		ask("verify-mail", "device_ask", trustOf(0, func(all *owned) { all.devices[0].Trust, all.factor = sallyport.TrustLow, false })),
		ask("confirm", "device_ask", trustOf(2, func(*owned) {})),
		ask("confirm-first", "device_ask", trustOf(2, func(all *owned) { all.current = sallyport.TrustLow })),
		ask("primary", "device_ask", func(s speaker, all owned) any { return askPrimary(s, all.devices[1], all) }),
		ask("rename", "two_factor_rename", func(s speaker, all owned) any { return newDeviceName(s, all.devices[0], "Work laptop") }),
		ask("remove", "act_confirm", func(s speaker, all owned) any { return confirmRemoveDevice(s, all.devices[1]) }),
		ask("remove-this", "act_confirm", func(s speaker, all owned) any { return confirmRemoveDevice(s, all.devices[0]) }),
		ask("lost", "act_confirm", func(s speaker, all owned) any { return confirmLost(s, all.devices[1], "Northwind Logistics") }),
		{"security-devices", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, amara, fixtureSessions())
			p.Body.(*securityView).Devices = viewDeviceSection(s, crowdOf(4))
			return p
		}},
		{"security-devices-none", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, amara, fixtureSessions()[:1])
			p.Body.(*securityView).Devices = viewDeviceSection(s, owned{})
			return p
		}},
		{"security-doubt", "security_show", func(s speaker) page {
			sessions := fixtureSessions()
			fixtureDoubt(&sessions[0])
			fixtureDoubt(&sessions[2])
			return fixtureSecurity(s, amara, sessions)
		}},
		{"not-mine", "act_confirm", func(s speaker) page {
			session := fixtureSessions()[2]
			d := fixtureDevices()[3]
			return fixturePage(s, "/", "Not me", &amara, confirmDenial(s, session, &d))
		}},
		{"activity-devices", "activity_list", func(s speaker) page {
			mac, berlin := deviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), sallyport.Location{Country: "DE", City: "Berlin"}
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
				events = append(events, fixtureEvent(e.Kind, time.Duration(i)*time.Hour, mac, berlin, "203.0.113.42", e.Data))
			}
			return fixturePage(s, activityPath, "Activity", &amara, viewActivity(s, events, nil, fixturePolicy))
		}},
	}
}

// deviceStepFixtures are the device in the sign-in, and in mailed links.
func deviceStepFixtures() []fixture {
	step := func(name string, change func(s speaker, v *deviceStepView), p sallyport.Policy, trusted ...sallyport.Device) fixture {
		return fixture{"device-step-" + name, "device_step", func(s speaker) page {
			c := sallyport.Client{Info: deviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), Location: sallyport.Location{Country: "DE", City: "Berlin"}}
			v := viewDeviceStep(s, c, p, trusted, "/")
			change(s, v)
			return fixturePage(s, deviceStepPath, "Trust this device?", nil, v)
		}}
	}
	same := func(speaker, *deviceStepView) {}
	skip, required, few := fixturePolicy, fixturePolicy, fixturePolicy
	skip.DeviceSkipMFA, required.DeviceRequireTrusted, few.DeviceMaxPerUser = true, true, 3
	var trusted []sallyport.Device
	for _, d := range fixtureDevices()[:3] {
		trusted = append(trusted, d.Device)
	}
	trusted[2].Name = "The tablet of the reception desk on the ground floor of the eastern building 🦊"
	card := func(name, template string, body func(s speaker) any) fixture {
		return fixture{name, template, func(s speaker) page { return fixturePage(s, "/"+name, name, nil, body(s)) }}
	}
	return []fixture{
		step("plain", same, fixturePolicy),
		step("skip", same, skip),
		step("required", same, required),
		step("crowd", same, few, trusted...),
		step("crowd-refused", func(s speaker, v *deviceStepView) { v.refuse(s, "") }, few, trusted...),
		card("trust-device", "link_ask", func(s speaker) any { return viewTrustLink(s, "/trust-device/secret") }),
		card("it-was-me", "link_ask", func(s speaker) any { return viewConfirmLink(s, "/it-was-me/secret") }),
		card("it-was-me-done", "link_done", func(s speaker) any { return viewConfirmDone(s, false) }),
		card("it-was-me-before", "link_done", func(s speaker) any { return viewConfirmDone(s, true) }),
		card("trust-device-full", "error_show", func(s speaker) any {
			return viewTrustLinkFull(s, tooManyDevices(s, sallyport.Invalid(sallyport.FieldError{Code: "too_many_devices", Args: map[string]string{"max": "5"}})), http.StatusUnprocessableEntity)
		}),
		card("sign-in-device", "sign_in", func(s speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", amara.Email)
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "")))
			return v
		}),
		card("sign-in-removed", "sign_in", func(s speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", amara.Email)
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "")))
			v.Removed = true
			return v
		}),
	}
}

// crowdOf is a long list of devices.
func crowdOf(n int) owned {
	all := fixtureOwned()
	for i := range n {
		d := all.devices[1]
		d.ID = fmt.Sprintf("more-%d", i)
		all.devices = append(all.devices, d)
	}
	return all
}
