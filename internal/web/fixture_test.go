package web

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
)

// fixture is one page in one state, as believable as the real ones.
type fixture struct {
	name     string
	template string
	page     func(s speaker) page
}

var fixtureNow = time.Date(2026, time.November, 21, 13, 32, 10, 0, time.UTC)

func fixtureSpeaker() speaker {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return speaker{Printer: message.For("en"), now: fixtureNow, zone: zone}
}

var fixturePolicy = sallyport.Policy{PasswordMinLength: 12, PasswordMaxLength: 128, PasswordRequireMix: true}

var (
	amara = sallyport.User{
		ID: "0193-amara", FirstName: "Amara", LastName: "Okonkwo", Email: "amara.okonkwo@northwind.example",
		PasswordChangedAt: fixtureNow.Add(-97 * 24 * time.Hour), EmailVerifiedAt: fixtureNow.Add(-97 * 24 * time.Hour),
	}
	longName = sallyport.User{
		ID: "0193-long", FirstName: "Wolfeschlegelsteinhausenbergerdorff", LastName: "von und zu Hohenlohe-Waldenburg-Schillingsfürst",
		Email: "wolfeschlegelsteinhausenbergerdorff.hohenlohe@regional-administration.northwind-logistics.example",
	}
	rightToLeft = sallyport.User{ID: "0193-rtl", FirstName: "نور", LastName: "الحسيني", Email: "nour@northwind.example"}
	emojiName   = sallyport.User{ID: "0193-emoji", FirstName: "🦊 Foxy", LastName: "👩🏽‍🚀", Email: "foxy@northwind.example"}
)

func fixtureSession(id string, d sallyport.DeviceInfo, at sallyport.Location, ip string, active, started time.Duration) sallyport.Session {
	return sallyport.Session{
		ID: id, Status: sallyport.SessionActive, DeviceInfo: d, Location: at, IPAddress: ip,
		CreatedAt: fixtureNow.Add(-started), LastActivityAt: fixtureNow.Add(-active),
		ExpiresAt: fixtureNow.Add(60 * 24 * time.Hour), IdleTimeout: 30 * 24 * time.Hour,
	}
}

func deviceInfo(t sallyport.DeviceType, browser, os, model string) sallyport.DeviceInfo {
	return sallyport.DeviceInfo{Type: t, Browser: browser, OS: os, Model: model}
}

func fixtureSessions() []sallyport.Session {
	berlin := sallyport.Location{Country: "DE", City: "Berlin"}
	suspended := fixtureSession("s4", deviceInfo(sallyport.DeviceTablet, "Safari", "iPadOS", "iPad"),
		sallyport.Location{Country: "PT", City: "Lisbon"}, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01", 49*time.Hour, 20*24*time.Hour)
	suspended.Status = sallyport.SessionSuspended
	return []sallyport.Session{
		fixtureSession("s1", deviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), berlin, "203.0.113.42", 10*time.Second, 26*time.Hour),
		fixtureSession("s2", deviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone"), berlin, "203.0.113.42", 5*time.Minute, 9*24*time.Hour),
		fixtureSession("s3", deviceInfo(sallyport.DeviceDesktop, "Firefox", "Windows", ""), sallyport.Location{Country: "NG"}, "198.51.100.7", 3*time.Hour, 3*time.Hour+12*time.Minute),
		suspended,
		fixtureSession("s5", sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, sallyport.Location{}, "192.0.2.200", 6*24*time.Hour, 40*24*time.Hour),
	}
}

func fixtureEvent(kind string, ago time.Duration, d sallyport.DeviceInfo, at sallyport.Location, ip string, data map[string]string) sallyport.Event {
	return sallyport.Event{
		Kind: kind, ActorType: sallyport.ActorUser, Device: d, Location: at, IPAddress: ip,
		CreatedAt: fixtureNow.Add(-ago), Data: data,
	}
}

func fixtureEvents() []sallyport.Event {
	chrome, iphone := deviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), deviceInfo(sallyport.DeviceMobile, "Safari", "iOS", "iPhone")
	berlin, lagos := sallyport.Location{Country: "DE", City: "Berlin"}, sallyport.Location{Country: "NG", City: "Lagos"}
	operator := fixtureEvent("auth.account_unlocked", 30*time.Hour, sallyport.DeviceInfo{}, sallyport.Location{}, "", nil)
	operator.ActorType = sallyport.ActorOperator
	return []sallyport.Event{
		fixtureEvent("auth.session_revoked", 4*time.Minute, chrome, berlin, "203.0.113.42", map[string]string{"browser": "Safari", "system": "iPad"}),
		fixtureEvent("auth.password_changed", 2*time.Hour, chrome, berlin, "203.0.113.42", map[string]string{"sessions": "3"}),
		fixtureEvent("auth.signed_in", 3*time.Hour, chrome, berlin, "203.0.113.42", nil),
		fixtureEvent("device.added", 25*time.Hour, iphone, berlin, "203.0.113.42", nil),
		operator,
		fixtureEvent("auth.account_locked", 31*time.Hour, deviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", ""), lagos, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01", nil),
		fixtureEvent("auth.sign_in_failed", 31*time.Hour, deviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", ""), lagos, "2001:db8:4f3a:91c2:d0aa:27ff:fe3c:5d01", map[string]string{"reason": "invalid_credentials"}),
		fixtureEvent("session.expired", 9*24*time.Hour, iphone, sallyport.Location{}, "192.0.2.200", nil),
		fixtureEvent("user.created", 400*24*time.Hour, chrome, berlin, "203.0.113.42", nil),
	}
}

func fixturePage(s speaker, path, title string, u *sallyport.User, body any) page {
	p := page{
		Lang: s.Lang(), Dir: s.Dir(), Theme: "auto", Zone: "Europe/Berlin", Path: path,
		Title: title, Organisation: "Northwind Logistics", Body: body,
	}
	if u != nil {
		p.User, p.Nav = viewUser(*u), navigation(s.Printer, path)
	}
	return p
}

func fixtureSecurity(s speaker, u sallyport.User, sessions []sallyport.Session) page {
	v := viewSecurity(s, u, fixturePolicy, liveSessions{sessions, "s1", false})
	return fixturePage(s, "/profile/security", "Security", &u, v)
}

func cardFixtures() []fixture {
	signIn := func(change func(s speaker, v *signInView)) func(s speaker) page {
		return func(s speaker) page {
			v := newSignInView(s, "Northwind Logistics", "/profile/security", "")
			change(s, v)
			return fixturePage(s, "/sign-in", s.T("signIn.heading"), nil, v)
		}
	}
	return []fixture{
		{"sign-in", "sign_in", signIn(func(speaker, *signInView) {})},
		{"sign-in-signed-out", "sign_in", func(s speaker) page {
			p := signIn(func(speaker, *signInView) {})(s)
			p.Flash = s.T("flash.signedOut")
			return p
		}},
		{"sign-in-ended", "sign_in", signIn(func(s speaker, v *signInView) { v.Notice = sessionNotice(s, sallyport.CodeSessionRevoked) })},
		{"sign-in-wrong", "sign_in", signIn(func(s speaker, v *signInView) {
			v.Email.Value = amara.Email
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeInvalidCredentials, "")))
		})},
		{"sign-in-locked", "sign_in", signIn(func(s speaker, v *signInView) {
			v.Email.Value = amara.Email
			v.fail(signInProblem(s, &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}))
		})},
		{"sign-in-limited", "sign_in", signIn(func(s speaker, v *signInView) {
			v.Email.Value = amara.Email
			v.fail(signInProblem(s, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: time.Minute}))
		})},
		{"set-up", "set_up", func(s speaker) page {
			v := newSetUpView(s, "/setup/secret", setUpInput{}, fixturePolicy)
			p := fixturePage(s, "/setup/secret", s.T("setUp.heading"), nil, v)
			p.Organisation, p.Wide = "Sallyport", true
			return p
		}},
		{"set-up-refused", "set_up", func(s speaker) page {
			v := newSetUpView(s, "/setup/secret", setUpInput{Organisation: "Northwind Logistics", FirstName: "Amara", Email: "amara@"}, fixturePolicy)
			v.ErrorSummary = refuse(s.Printer, sallyport.Invalid(
				sallyport.FieldError{Field: "email", Code: "invalid_email"},
				sallyport.FieldError{Field: "password", Code: "too_short", Args: map[string]string{"min": "12"}},
				sallyport.FieldError{Field: "password", Code: "common"},
				sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"}), &v.Email, &v.Password, &v.Confirm)
			p := fixturePage(s, "/setup/secret", s.T("setUp.heading"), nil, v)
			p.Organisation, p.Wide = "Sallyport", true
			return p
		}},
	}
}

func appFixtures() []fixture {
	return []fixture{
		{"security-rotation", "security_show", func(s speaker) page {
			policy := fixturePolicy
			policy.PasswordRotation = 90 * 24 * time.Hour
			return fixturePage(s, "/profile/security", "Security", &amara, viewSecurity(s, amara, policy, liveSessions{fixtureSessions(), "s1", false}))
		}},
		{"security", "security_show", func(s speaker) page { return fixtureSecurity(s, amara, fixtureSessions()) }},
		{"security-one", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, emojiName, fixtureSessions()[:1])
			p.Flash = s.T("flash.sessionRevoked")
			return p
		}},
		{"security-long", "security_show", func(s speaker) page {
			sessions := fixtureSessions()
			sessions[1].DeviceInfo.Browser, sessions[1].DeviceInfo.Model = "Internationalised Enterprise Browser", "Galaxy Tab Active5 Enterprise Edition"
			sessions[1].Location = sallyport.Location{Country: "GB", City: "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}
			p := fixtureSecurity(s, longName, sessions)
			p.Organisation = "Regional Administration of Northwind Logistics and Associated Freight Companies"
			return p
		}},
		{"security-rtl-name", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, rightToLeft, fixtureSessions()[:2])
			p.Organisation = "شركة النور للخدمات"
			return p
		}},
		{"security-password", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, amara, fixtureSessions())
			p.Body.(*securityView).Password.Open = true
			return p
		}},
		{"security-password-refused", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, amara, fixtureSessions())
			v := p.Body.(*securityView)
			v.refusePassword(s, sallyport.Invalid(
				sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"},
				sallyport.FieldError{Field: "newPassword", Code: "needs_symbol"},
				sallyport.FieldError{Field: "newPassword", Code: "reused", Args: map[string]string{"count": "5"}}))
			return p
		}},
		{"security-password-confirmed", "security_show", func(s speaker) page {
			p := fixtureSecurity(s, amara, fixtureSessions())
			v := p.Body.(*securityView)
			v.Password.Open, v.Password.Notice = true, noticeOf(s, "flash.confirmedPassword", s.T("flash.confirmedPassword"))
			return p
		}},
		{"activity", "activity_list", func(s speaker) page {
			v := viewActivity(s, fixtureEvents(), nil, fixturePolicy)
			v.Pages = pagesView{Previous: "?before=9", Next: "?before=1"}
			return fixturePage(s, "/profile/security/activity", "Activity", &amara, v)
		}},
		{"activity-empty", "activity_list", func(s speaker) page {
			return fixturePage(s, "/profile/security/activity", "Activity", &rightToLeft, viewActivity(s, nil, nil, fixturePolicy))
		}},
		{"activity-filtered", "activity_list", func(s speaker) page {
			groups := []audit.Group{audit.SignIns, audit.Devices}
			v := viewActivity(s, fixtureEvents()[2:6], groups, fixturePolicy)
			return fixturePage(s, "/profile/security/activity?show=sign-ins&show=devices", "Activity", &amara, v)
		}},
		{"activity-none", "activity_list", func(s speaker) page {
			return fixturePage(s, "/profile/security/activity?show=devices", "Activity", &amara, viewActivity(s, nil, []audit.Group{audit.Devices}, fixturePolicy))
		}},
		{"confirm", "act_confirm", func(s speaker) page {
			return fixturePage(s, "/profile/security/sessions/s3/revoke", "Revoke", &amara, confirmRevoke(s, fixtureSessions()[2]))
		}},
	}
}

func kitFixtures() []fixture {
	all := []fixture{
		{"pieces", "pieces", func(s speaker) page { return fixturePage(s, "/pieces", "Pieces", &amara, viewPieces(s)) }},
	}
	for status, code := range map[int]sallyport.Code{
		403: sallyport.CodeForbidden, 404: sallyport.CodeNotFound, 429: sallyport.CodeRateLimited,
		500: sallyport.CodeInternal, 503: sallyport.CodeUnavailable,
	} {
		all = append(all, fixture{"error-" + string(code), "error_show", func(s speaker) page {
			v := viewError(s, status, code, "/profile/security")
			return fixturePage(s, "/nowhere", v.Title, nil, v)
		}})
	}
	return all
}

// piecesView shows the parts that several later pages share, side by side.
type piecesView struct {
	Pills   []pill
	Trust   []trustBadge
	Code    field
	Notices []*notice
	Empty   emptyView
	Pages   pagesView
}

func viewPieces(s speaker) piecesView {
	v := piecesView{
		Code:  codeField("code", "Code"),
		Empty: emptyView{Icon: "devices", Title: "No devices yet", Text: "A device you trust at sign-in is listed here.", Action: &anchor{"Learn more", "/"}},
		Pages: pagesView{Next: "?before=1"},
	}
	for status := range statusPills {
		v.Pills = append(v.Pills, s.statusPill(status))
	}
	for level := sallyport.TrustNone; level <= sallyport.TrustHigh; level++ {
		v.Trust = append(v.Trust, s.trust("d"+string(rune('0'+level)), level, "Added 3 months ago on this device."))
	}
	for _, tone := range []string{"info", "success", "warning"} {
		v.Notices = append(v.Notices, &notice{Tone: tone, Icon: "info-circle", Title: "A notice of tone " + tone, Text: "What it means, and what to do."})
	}
	return v
}
