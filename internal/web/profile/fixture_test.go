package profile

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func fixtureEvent(kind string, ago time.Duration, from sallyport.Client, data map[string]string) sallyport.Event {
	return sallyport.Event{
		Kind: kind, ActorType: sallyport.ActorUser, Device: from.Info, Location: from.Location, IPAddress: from.IPAddress,
		CreatedAt: kittest.Now.Add(-ago), Data: data,
	}
}

func fixtureEvents() []sallyport.Event {
	chrome, iphone := kittest.DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), kittest.DeviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone")
	berlin, lagos := sallyport.Location{Country: "DE", City: "Berlin"}, sallyport.Location{Country: "NG", City: "Lagos"}
	operator := fixtureEvent("auth.account_unlocked", 30*time.Hour, kittest.From(sallyport.DeviceInfo{}, sallyport.Location{}, ""), nil)
	operator.ActorType = sallyport.ActorOperator
	return []sallyport.Event{
		fixtureEvent("auth.session_revoked", 4*time.Minute, kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"browser": "Safari", "system": "iPad"}),
		fixtureEvent("auth.password_changed", 2*time.Hour, kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"sessions": "3"}),
		fixtureEvent("auth.signed_in", 3*time.Hour, kittest.From(chrome, berlin, "203.0.113.42"), nil),
		fixtureEvent("device.added", 25*time.Hour, kittest.From(iphone, berlin, "203.0.113.42"), nil),
		operator,
		fixtureEvent("auth.account_locked", 31*time.Hour, kittest.From(kittest.DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", ""), lagos, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01"), nil),
		fixtureEvent("auth.sign_in_failed", 31*time.Hour, kittest.From(kittest.DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", ""), lagos, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01"), map[string]string{"reason": "invalid_credentials"}),
		fixtureEvent("session.expired", 9*24*time.Hour, kittest.From(iphone, sallyport.Location{}, "192.0.2.200"), nil),
		kittest.Forgotten(fixtureEvent("auth.2fa_method_renamed", 399*24*time.Hour, kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"method": "webauthn"})),
		kittest.Forgotten(fixtureEvent("user.created", 400*24*time.Hour, kittest.From(chrome, berlin, "203.0.113.42"), nil)),
	}
}

func fixtureSecurity(s kit.Speaker, u sallyport.User, sessions []sallyport.Session) kit.Page {
	return fixtureStanding(s, standing{user: u, policy: kittest.Policy, live: liveSessions{fixtureOn(sessions), "s1", false, fixtureDevices()}})
}

// fixtureStanding is the page of an account in some state.
func fixtureStanding(s kit.Speaker, st standing) kit.Page {
	v := viewSecurity(s, st.user, st.policy, st.live)
	v.Verdict = viewVerdict(s, st)
	v.Keys = viewKeysCard(s, 0)
	v.pin(s, st.unusual)
	return kittest.Page(s, "/profile/security", "Security", &st.user, v)
}

// fixtureOn puts sessions on devices of the fixtures.
func fixtureOn(sessions []sallyport.Session) []sallyport.Session {
	on := map[string]string{"s1": "d1", "s2": "d2", "s4": "d3"}
	for i := range sessions {
		sessions[i].DeviceID = on[sessions[i].ID]
	}
	return sessions
}

func fixtureDevices() ownedDevices {
	all := ownedDevices{}
	for _, d := range kittest.Devices() {
		all[d.ID] = d
	}
	return all
}

// fixtureUnusual is the unusual sign-in of a session.
func fixtureUnusual(s kit.Speaker, session sallyport.Session, live bool) unusual {
	fixtureDoubt(&session)
	return unusual{live: live, deny: confirmDenial(s, session, true), current: session.ID == "s1", Attempt: sallyport.Attempt{
		SessionID: session.ID, DeviceInfo: session.DeviceInfo, Location: session.Location, Assessment: session.Assessment, CreatedAt: session.CreatedAt,
	}}
}

func appFixtures() []kittest.Fixture {
	return []kittest.Fixture{
		{Name: "security-rotation", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			policy := kittest.Policy
			policy.PasswordRotation = 90 * 24 * time.Hour
			return fixtureStanding(s, standing{user: kittest.Amara, policy: policy, live: liveSessions{fixtureOn(kittest.Sessions()), "s1", false, fixtureDevices()}})
		}},
		{Name: "security-longer", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			user, policy := kittest.Amara, kittest.Policy
			user.PasswordHash, user.PasswordShort, policy.PasswordMinLengthAlone = "hash", true, 15
			p := fixtureStanding(s, standing{user: user, policy: policy, live: liveSessions{fixtureOn(kittest.Sessions()), "s1", false, fixtureDevices()}})
			p.Left = &kit.LeftView{Idle: 1800, All: 86400}
			return p
		}},
		{Name: "security", Template: "security_show", Page: func(s kit.Speaker) kit.Page { return fixtureSecurity(s, kittest.Amara, kittest.Sessions()) }},
		{Name: "security-one", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.EmojiName, kittest.Sessions()[:1])
			p.Flash = s.T("flash.sessionRevoked")
			return p
		}},
		{Name: "security-long", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			sessions := kittest.Sessions()
			sessions[1].DeviceInfo.Browser, sessions[1].DeviceInfo.Model = "Internationalised Enterprise Browser", "Galaxy Tab Active5 Enterprise Edition"
			sessions[1].Location = sallyport.Location{Country: "GB", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}
			p := fixtureSecurity(s, kittest.LongName, sessions)
			p.Organisation = "Regional Administration of Northwind Logistics and Associated Freight Companies"
			return p
		}},
		{Name: "security-rtl-name", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.RightToLeft, kittest.Sessions()[:2])
			p.Organisation = "شركة النور للخدمات"
			return p
		}},
		{Name: "security-password", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.Amara, kittest.Sessions())
			p.Body.(*securityView).Password.Open = true
			return p
		}},
		{Name: "security-password-refused", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.Amara, kittest.Sessions())
			v := p.Body.(*securityView)
			v.refusePassword(s, sallyport.Invalid(
				sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"},
				sallyport.FieldError{Field: "newPassword", Code: "needs_symbol"},
				sallyport.FieldError{Field: "newPassword", Code: "reused", Args: map[string]string{"count": "5"}}))
			return p
		}},
		{Name: "security-password-prove", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.Amara, kittest.Sessions())
			v := p.Body.(*securityView)
			v.Password.Open, v.Password.Prove = true, &kit.Anchor{Text: s.T("password.proveAct"), Path: kit.StepUpWith("change_password", kit.PasswordPath)}
			return p
		}},
		{Name: "security-password-confirmed", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := fixtureSecurity(s, kittest.Amara, kittest.Sessions())
			v := p.Body.(*securityView)
			v.Password.Open, v.Password.Notice = true, kit.NoticeOf(s, "flash.confirmedPassword", s.T("flash.confirmedPassword"))
			return p
		}},
		{Name: "activity", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			v := fixtureActivity(s, "", fixtureEvents())
			v.Pages = kit.PagesView{Previous: "?cursor=9", Next: "?cursor=1"}
			return kittest.Page(s, "/profile/security/activity", "Activity", &kittest.Amara, v)
		}},
		{Name: "activity-sign-ins", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, activityPath, "Activity", &kittest.Amara, fixtureActivity(s, "", fixtureSignInEvents()))
		}},
		{Name: "activity-empty", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/profile/security/activity", "Activity", &kittest.RightToLeft, fixtureActivity(s, "", nil))
		}},
		{Name: "activity-filtered", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			v := fixtureActivity(s, "show=sign_ins&show=devices", fixtureEvents()[2:6])
			return kittest.Page(s, "/profile/security/activity?show=sign_ins&show=devices", "Activity", &kittest.Amara, v)
		}},
		{Name: "activity-none", Template: "activity_list", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/profile/security/activity?show=devices", "Activity", &kittest.Amara, fixtureActivity(s, "show=devices", nil))
		}},
		{Name: "confirm", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/profile/security/sessions/s3/revoke", "Revoke", &kittest.Amara, confirmRevoke(s, kittest.Sessions()[2], "Firefox on Windows"))
		}},
	}
}

// fixtureActivity is the activity page with some filters.
func fixtureActivity(s kit.Speaker, filters string, events []sallyport.Event) *activityView {
	r := httptest.NewRequest(http.MethodGet, activityPath+"?"+filters, nil)
	return viewActivity(s, kit.Listed(r, activityPath, list.OwnEvents, eventsListed), list.Page[sallyport.Event]{Rows: events}, fixtureSignIns())
}

// fixtureSignIns knows the sessions of the fixtures, on their devices.
func fixtureSignIns() signIns {
	all := signIns{attempts: map[string]sallyport.Attempt{}, devices: fixtureDevices(), live: map[string]sallyport.Session{}, missing: missing{}, fresh: map[string]bool{"s2": true, "s3": true}}
	for _, session := range fixtureOn(kittest.Sessions()) {
		all.live[session.ID] = session
		all.attempts[session.ID] = sallyport.Attempt{SessionID: session.ID, DeviceID: session.DeviceID}
	}
	all.current = all.live["s1"]
	doubted := all.live["s3"]
	fixtureDoubt(&doubted)
	all.attempts["s3"] = sallyport.Attempt{SessionID: "s3", DeviceID: "d4", Assessment: doubted.Assessment}
	all.attempts["s9"] = sallyport.Attempt{SessionID: "s9", DeviceID: "d3"}
	return all
}

// fixtureSignInEvents are sign-ins of every sort.
func fixtureSignInEvents() []sallyport.Event {
	var events []sallyport.Event
	add := func(kind, session string, from sallyport.Client, data map[string]string) {
		e := fixtureEvent(kind, time.Duration(len(events))*5*time.Hour, from, data)
		e.SessionID = session
		events = append(events, e)
	}
	chrome, iphone := kittest.DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), kittest.DeviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone")
	firefox := kittest.DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", "")
	berlin, tokyo := sallyport.Location{Country: "DE", City: "Berlin"}, sallyport.Location{Country: "JP"}
	add("auth.signed_in", "s1", kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"method": "webauthn"})
	add("auth.signed_in", "s2", kittest.From(iphone, tokyo, "198.51.100.77"), map[string]string{"method": "totp"})
	add("auth.signed_in", "s3", kittest.From(firefox, sallyport.Location{Country: "NG", City: "Lagos"}, "198.51.100.7"), nil)
	add("auth.sign_in_failed", "", kittest.From(firefox, tokyo, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01"), map[string]string{"reason": "invalid_credentials"})
	add("auth.sign_in_failed", "", kittest.From(firefox, sallyport.Location{}, "192.0.2.1"), map[string]string{"reason": "mfa_failed"})
	add("auth.sign_in_failed", "", kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"reason": "account_locked"})
	add("auth.signed_in", "s9", kittest.From(chrome, berlin, "203.0.113.42"), nil)
	add("auth.sign_in_failed", "", kittest.From(sallyport.DeviceInfo{}, tokyo, "192.0.2.1"), map[string]string{"reason": "invalid_credentials"})
	add("auth.signed_in", "s8", kittest.From(sallyport.DeviceInfo{}, sallyport.Location{}, ""), nil)
	add("auth.signed_in", "s4", kittest.From(iphone, tokyo, "198.51.100.77"), map[string]string{"method": "totp"})
	add("auth.signed_in", "s7", kittest.From(chrome, berlin, "203.0.113.42"), map[string]string{"method": "webauthn"})
	add("auth.sign_in_failed", "", kittest.From(firefox, tokyo, "192.0.2.1"), map[string]string{"reason": "mfa_failed"})
	for i := len(events) - 3; i < len(events); i++ { // of a session that goes on, of one that is over, of none
		events[i] = kittest.Forgotten(events[i])
	}
	return events
}

// brandFixtures are a page of an account in looks that are hard to read.
func brandFixtures() []kittest.Fixture {
	return kittest.InBrands(kittest.Fixture{Name: "security", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
		return fixtureSecurity(s, kittest.Amara, kittest.Sessions())
	}})
}
