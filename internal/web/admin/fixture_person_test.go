package admin

import (
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// fixtureActor is an admin who looks at somebody.
var fixtureActor = sallyport.Actor{Type: sallyport.ActorUser, TenantID: "northwind", UserID: "0193-admin", Role: sallyport.RoleAdmin}

// fixturePerson is somebody with a bit of everything.
func fixturePerson(u sallyport.User) person {
	p := person{reader: viewer{actor: fixtureActor}, policy: kittest.Policy, sessions: kittest.Sessions()[1:], devices: kittest.Devices()}
	p.User = u
	p.TenantID, p.Role, p.Status, p.PasswordHash = "northwind", sallyport.RoleMember, sallyport.UserActive, "x"
	p.CreatedAt, p.LastSignInAt, p.SecondFactor = kittest.Now.Add(-400*kittest.Day), kittest.Now.Add(-5*time.Minute), sallyport.StrongFactor
	p.Groups = []sallyport.Group{{ID: "g1", Name: "Finance"}, {ID: "g2", Name: "Warehouse and everything that moves between the docks"}}
	p.Locks = []throttle.Held{
		{Scope: throttle.Account, Strangers: true, Until: kittest.Now.Add(20 * time.Minute)},
		{Scope: throttle.FactorRun, Method: sallyport.MethodTOTP, Until: throttle.UntilRecovery},
	}
	p.stricter = []tenant.Stricter{
		{Field: "mfaEnforced", Value: sallyport.EnforcedEveryone, Group: p.Groups[1]},
		{Field: "mfaMethods", Value: []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn, sallyport.MethodBackupCodes}, Group: p.Groups[0]},
		{Field: "sessionIdleWebMinutes", Value: 60, Group: p.Groups[0]},
	}
	suspended := kittest.Factor("f3", sallyport.MethodWebAuthn, "Blue key", 90*kittest.Day, 9*kittest.Day)
	suspended.Status = sallyport.FactorSuspended
	p.factors = mfa.Factors{
		Enabled: true, Codes: true, CodesLeft: 4, Enforced: true, Allowed: kittest.AllFactors,
		Current: []sallyport.Factor{
			kittest.Factor("f1", sallyport.MethodTOTP, "Work phone", 200*kittest.Day, 2*kittest.Day),
			kittest.Factor("f2", sallyport.MethodSMS, "+49 ••• ••• 67", 90*kittest.Day, 0), suspended,
		},
	}
	p.attempts = fixtureAttempts()
	return p
}

func fixtureAttempts() []sallyport.Attempt {
	from := kittest.From(kittest.DeviceInfo(sallyport.DeviceDesktop, "Firefox", "Linux", ""), sallyport.Location{Country: "BR", City: "São Paulo"}, "203.0.113.9")
	at := func(ago time.Duration, reason sallyport.Code) sallyport.Attempt {
		return sallyport.Attempt{
			ID: ago.String(), Successful: reason == "", FailureReason: reason, CreatedAt: kittest.Now.Add(-ago),
			DeviceInfo: from.Info, Location: from.Location, IPAddress: from.IPAddress,
		}
	}
	unusual := at(40*time.Minute, "")
	unusual.Assessment = sallyport.Assessment{Score: 65, Findings: []sallyport.Finding{{Signal: "new_country", Args: map[string]string{"country": "BR"}}}}
	all := []sallyport.Attempt{unusual}
	for i := range 6 {
		all = append(all, at(time.Duration(50+i)*time.Minute, sallyport.CodeInvalidCredentials))
	}
	return append(all, at(30*time.Hour, sallyport.CodeMFAFailed), at(80*time.Hour, ""))
}

func personFixtures() []kittest.Fixture {
	show := func(name string, u sallyport.User, change func(*person)) kittest.Fixture {
		return kittest.Fixture{Name: "person-" + name, Template: "person_show", Page: func(s kit.Speaker) kit.Page {
			p := fixturePerson(u)
			change(&p)
			reader := kittest.Amara
			reader.Role = sallyport.RoleAdmin
			return kittest.Page(s, personPath(p.ID), p.Name(), &reader, viewPerson(s, p))
		}}
	}
	quiet := func(p *person) {
		p.Locks, p.attempts, p.devices, p.Groups, p.stricter = nil, p.attempts[8:], p.devices[:2], nil, nil
		p.factors.Enforced = false
	}
	fresh := func(p *person) {
		quiet(p)
		p.sessions, p.devices, p.attempts, p.factors = nil, nil, nil, mfa.Factors{Allowed: kittest.AllFactors}
		p.SecondFactor, p.LastSignInAt = sallyport.NoFactor, time.Time{}
	}
	status := func(to sallyport.UserStatus) func(*person) {
		return func(p *person) {
			quiet(p)
			p.Status, p.sessions, p.DisabledAt, p.DisputedSince = to, nil, kittest.Now.Add(-3*kittest.Day), kittest.Now.Add(-3*kittest.Day)
		}
	}
	return []kittest.Fixture{
		show("everything", kittest.Amara, func(*person) {}),
		show("quiet", kittest.RightToLeft, quiet),
		show("new", kittest.EmojiName, fresh),
		show("long", kittest.LongName, func(p *person) { p.SecondFactor = sallyport.WeakFactor }),
		show("invited", kittest.EmojiName, func(p *person) {
			fresh(p)
			p.Status, p.PasswordHash = sallyport.UserInvited, ""
		}),
		show("disabled", kittest.Amara, status(sallyport.UserDisabled)),
		show("closed", kittest.Amara, status(sallyport.UserClosed)),
		show("leaving", kittest.Amara, func(p *person) { p.DeletesAt = kittest.Now.Add(9 * kittest.Day) }),
		show("exempt", kittest.Amara, func(p *person) {
			fresh(p)
			p.factors.ExemptUntil, p.factors.ExemptReason = kittest.Now.Add(20*kittest.Day), "Waits for a new key from the supplier"
			p.LastSignInAt, p.MustChangePassword = kittest.Now.Add(-200*kittest.Day), true
		}),
		show("required", kittest.Amara, func(p *person) {
			fresh(p)
			p.MFARequired, p.factors.Enforced = true, true
		}),
		show("self", kittest.Amara, func(p *person) { p.reader.self = true }),
		show("stronger", kittest.Amara, func(p *person) { p.Role = sallyport.RoleOwner }),
		show("little-permission", kittest.Amara, func(p *person) {
			p.reader.actor.Role, p.reader.actor.Granted = "custom", "users.view"
			p.stricter, p.RoleName = nil, "Second line of the help desk"
		}),
		{Name: "person-codes", Template: "person_codes", Page: func(s kit.Speaker) kit.Page {
			view := viewCodesOf(s, "Northwind Logistics", kittest.LongName, kittest.Codes(10))
			return kittest.Page(s, personPath("u"), view.Title, &kittest.Amara, view)
		}},
		{Name: "person-exempting", Template: "act_form", Page: func(s kit.Speaker) kit.Page {
			view := viewExempt(s, kittest.LongName)
			return kittest.Page(s, personPath("u"), view.Title, &kittest.Amara, view)
		}},
		{Name: "person-resetting", Template: "act_form", Page: func(s kit.Speaker) kit.Page {
			view := viewReset(s, kittest.LongName)
			return kittest.Page(s, personPath("u"), view.Title, &kittest.Amara, view)
		}},
		{Name: "person-handed", Template: "person_codes", Page: func(s kit.Speaker) kit.Page {
			view := viewHandedCode(s, "Northwind Logistics", kittest.LongName, mfa.Reset{Code: kittest.Codes(1)[0], Until: s.Now.Add(mfa.HandedCodeLifetime)})
			return kittest.Page(s, personPath("u"), view.Title, &kittest.Amara, view)
		}},
		personActivityFixture("many", "", []sallyport.Event{
			fixtureEvent(audit.UserRoleChanged, time.Hour, "old", "member", "new", "admin", "sessions", "2"),
			fixtureEvent(audit.GroupPolicyChanged, 90*time.Minute, "name", "Finance", "field", "sessionIdleWebMinutes", "old", "10080", "new", "60", "reason", "Ledgers are open on shared desks"),
			fixtureEvent(audit.PolicyChanged, 100*time.Minute, "field", "mfaMethods", "old", "totp,webauthn,push,sms,email,backup_codes", "new", "totp,webauthn,backup_codes"),
			fixtureEvent(audit.MFAReset, 2*time.Hour, "count", "2"), fixtureEvent(audit.SignedIn, 30*time.Hour, "method", "totp"),
			kittest.Forgotten(byOwner(fixtureEvent(audit.SignedIn, 500*kittest.Day, "method", "totp"))), kittest.Forgotten(fixtureEvent(audit.DeviceFlagged, 501*kittest.Day, "by", "admin")),
		}),
		personActivityFixture("filtered", "?show=devices", nil),
	}
}

func fixtureEvent(kind audit.Kind, ago time.Duration, data ...string) sallyport.Event {
	e := sallyport.Event{Kind: string(kind), UserID: kittest.Amara.ID, ActorType: sallyport.ActorUser, ActorID: "0193-admin", CreatedAt: kittest.Now.Add(-ago), Data: map[string]string{}}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return e
}

func personActivityFixture(name, query string, events []sallyport.Event) kittest.Fixture {
	return kittest.Fixture{Name: "person-activity-" + name, Template: "person_activity", Page: func(s kit.Speaker) kit.Page {
		p := fixturePerson(kittest.Amara)
		path := personPath(p.ID, "activity")
		l := kit.Listed(httptest.NewRequest("GET", path+query, nil), path, list.OwnEvents, activityListed)
		return kittest.Page(s, path, p.Name(), &kittest.Amara, viewPersonActivity(s, p, l, list.Page[sallyport.Event]{Rows: events}))
	}}
}

func mfaFixtures() []kittest.Fixture {
	show := func(name string, now mfa.Overview, days []mfa.Day, may bool) kittest.Fixture {
		return kittest.Fixture{Name: "mfa-" + name, Template: "mfa_show", Page: func(s kit.Speaker) kit.Page {
			reader := kittest.Amara
			reader.Role = sallyport.RoleAdmin
			return kittest.Page(s, mfaPath, s.T("mfa.heading"), &reader, viewMFA(s, now, days, may))
		}}
	}
	var days []mfa.Day
	for i := range mfaDays {
		day := kittest.Now.AddDate(0, 0, i-mfaDays+1).Format(time.DateOnly)
		days = append(days, mfa.Day{Day: day, Users: 1200 + 9*i, Strong: 380 + 14*i + i%3*20, Weak: 260 - 3*i})
	}
	many := mfa.Overview{Strong: 806, Weak: 173, None: 482, Required: 31, ByMethod: map[string]int{"totp": 612, "webauthn": 341, "sms": 204, "email": 12}}
	return []kittest.Fixture{
		show("many", many, days, true),
		show("reader", many, days, false),
		show("new", mfa.Overview{None: 1, ByMethod: map[string]int{}}, nil, true),
		notEnrolledFixture("many", kittest.LongName, kittest.RightToLeft, kittest.EmojiName), notEnrolledFixture("none"),
		{Name: "mfa-reminding", Template: "mfa_remind", Page: func(s kit.Speaker) kit.Page {
			view := viewReminding(s, mfa.WithoutAny, mfa.Reminded{Sent: 12500, Next: "x"})
			return kittest.Page(s, mfaPath, view.Title, &kittest.Amara, view)
		}},
	}
}

func notEnrolledFixture(name string, people ...sallyport.User) kittest.Fixture {
	return kittest.Fixture{Name: "mfa-required-" + name, Template: "mfa_list", Page: func(s kit.Speaker) kit.Page {
		l := kit.Listed(httptest.NewRequest("GET", notEnrolledPath, nil), notEnrolledPath, list.NotEnrolled, teamListed)
		for i := range people {
			people[i].LastSignInAt = kittest.Now.Add(-time.Duration(i) * kittest.Day)
		}
		return kittest.Page(s, notEnrolledPath, s.T("mfa.audience.required"), &kittest.Amara, viewNotEnrolled(s, l, list.Page[sallyport.User]{Rows: people}))
	}}
}
