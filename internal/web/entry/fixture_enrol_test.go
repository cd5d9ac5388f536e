package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func enrolFixtures() []kittest.Fixture {
	card := func(name string, body func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: "enrol-" + name, Template: "enrol_step", Page: func(s kit.Speaker) kit.Page {
			p := kittest.Page(s, enrolPath, name, nil, body(s))
			p.Wide = true
			return p
		}}
	}
	return []kittest.Fixture{
		card("choose", func(s kit.Speaker) any {
			v := kit.ViewChoose(s, signInPlace(s, "/profile/security/activity"), kittest.AllFactors, true)
			v.Title, v.Lead = s.T("enrol.signInHeading"), s.T("enrol.signInLead", "Organisation", "Northwind Logistics")
			return v
		}),
		card("nothing", func(s kit.Speaker) any { return kit.ViewChoose(s, signInPlace(s, ""), nil, true) }),
		card("app", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, signInPlace(s, ""), kittest.Begun(sallyport.MethodTOTP))
		}),
		card("app-wrong", func(s kit.Speaker) any {
			v := kit.ViewSetUp(s, signInPlace(s, ""), kittest.Begun(sallyport.MethodTOTP))
			v.Refuse(s, kittest.MFAFailed("wrong_code"))
			return v
		}),
		card("passkey", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, signInPlace(s, ""), kittest.Begun(sallyport.MethodWebAuthn))
		}),
		card("sms", func(s kit.Speaker) any { return kit.ViewPhone(s, signInPlace(s, ""), "", "") }),
		card("sms-code", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, signInPlace(s, ""), kittest.Begun(sallyport.MethodSMS))
		}),
		{Name: "enrol-codes", Template: "enrol_codes", Page: func(s kit.Speaker) kit.Page {
			v := kit.ViewCodes(s, "Northwind Logistics", kittest.Amara.Email, kittest.Codes(10))
			v.Done = kit.CodesDone(s, mfa.Enrolled{First: true, Factor: kittest.Factor("f2", sallyport.MethodWebAuthn, "iCloud Keychain", 0, 0)})
			p := kittest.Page(s, enrolPath, "codes", nil, v)
			p.Wide = true
			return p
		}},
	}
}
