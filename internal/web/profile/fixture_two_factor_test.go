package profile

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// fixtureFactors is an account that has a bit of everything.
func fixtureFactors() mfa.Factors {
	synced := kittest.Factor("f2", sallyport.MethodWebAuthn, "iCloud Keychain", 21*kittest.Day, 3*time.Hour)
	synced.BackupEligible, synced.BackedUp = true, true
	copied := kittest.Factor("f3", sallyport.MethodWebAuthn, "Old key", 300*kittest.Day, 60*kittest.Day)
	copied.Status = sallyport.FactorSuspended
	phone := kittest.Factor("f4", sallyport.MethodSMS, "+49 ••• ••• 67", 90*kittest.Day, 0)
	phone.PhoneNumber = "+4915123456767"
	mailed := kittest.Factor("f5", sallyport.MethodEmail, "a•••@northwind.example", 200*kittest.Day, 120*kittest.Day)
	mailed.Email = kittest.Amara.Email
	former := []sallyport.Factor{
		kittest.Factor("f6", sallyport.MethodTOTP, "Old phone", 400*kittest.Day, 0),
		kittest.Factor("f7", sallyport.MethodBackupCodes, "", 400*kittest.Day, 0),
		kittest.Factor("f8", sallyport.MethodSMS, "", 500*kittest.Day, 0),
	}
	for i, reason := range []string{"removed_by_user", "replaced", "reset_by_admin"} {
		former[i].Status, former[i].EndedReason, former[i].EndedAt = sallyport.FactorRevoked, reason, kittest.Now.Add(-time.Duration(20*(i+1))*kittest.Day)
	}
	return mfa.Factors{
		Enabled: true, Since: kittest.Now.Add(-200 * kittest.Day), Codes: true, CodesLeft: 2, CodesFrom: kittest.Now.Add(-200 * kittest.Day),
		Current:   []sallyport.Factor{kittest.Factor("f1", sallyport.MethodTOTP, "Work phone", 200*kittest.Day, 2*kittest.Day), synced, copied, phone, mailed},
		Forbidden: []string{"f4"}, Former: former, Allowed: kittest.AllFactors,
	}
}

func withTwoFactor(s kit.Speaker, u sallyport.User, f mfa.Factors) kit.Page {
	p := fixtureStanding(s, standing{user: u, policy: kittest.Policy, factors: f, live: liveSessions{fixtureOn(kittest.Sessions()), "s1", false, fixtureDevices()}})
	v := p.Body.(*securityView)
	v.TwoFactor = viewTwoFactor(s, f, p.Organisation, missing{policy.BackupCodes: true})
	return p
}

func twoFactorFixtures() []kittest.Fixture {
	section := func(name string, u sallyport.User, change func(*mfa.Factors)) kittest.Fixture {
		return kittest.Fixture{Name: "two-factor-" + name, Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			f := fixtureFactors()
			change(&f)
			return withTwoFactor(s, u, f)
		}}
	}
	app := func(name, template string, body func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page { return kittest.Page(s, kit.AddFactorPath, name, &kittest.Amara, body(s)) }}
	}
	long := "The passkey of the shared workstation at the reception desk on the ground floor of the eastern building"
	remove := func(f sallyport.Factor, last bool) func(s kit.Speaker) any {
		return func(s kit.Speaker) any { return confirmRemove(s, f, last, 7) }
	}
	return []kittest.Fixture{
		section("many", kittest.Amara, func(*mfa.Factors) {}),
		section("one", kittest.EmojiName, func(f *mfa.Factors) {
			f.Current, f.Forbidden, f.Former = f.Current[:1], nil, nil
			f.CodesLeft = 10
		}),
		section("none", kittest.Amara, func(f *mfa.Factors) { *f = mfa.Factors{Allowed: kittest.AllFactors, Codes: true} }),
		section("closed", kittest.Amara, func(f *mfa.Factors) { *f = mfa.Factors{Former: f.Former} }),
		section("enforced", kittest.RightToLeft, func(f *mfa.Factors) {
			f.Enforced, f.CodesLeft = true, 0
			f.Staying = []string{f.Current[0].ID}
			f.Current = f.Current[:2]
			f.Current[0].Name = "هاتف العمل 📱"
		}),
		section("long", kittest.LongName, func(f *mfa.Factors) {
			f.CodesFrom = time.Time{}
			for i := range f.Current {
				f.Current[i].Name = long
			}
			f.Current[1].Name = "Wolfeschlegelsteinhausenbergerdorffhohenlohewaldenburgschillingsfürst"
		}),
		{Name: "two-factor-others", Template: "security_show", Page: func(s kit.Speaker) kit.Page {
			p := withTwoFactor(s, kittest.Amara, fixtureFactors())
			p.Body.(*securityView).offerOthers(s)
			p.Flash = s.T("flash.factorRemoved")
			return p
		}},
		app("two-factor-add-taken", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewChoose(s, profilePlace(s, "", ""), kittest.AllFactors[1:], true)
			v.MarkTaken(s, kittest.Amara.Email, fixtureFactors().Current)
			return v
		}),
		app("two-factor-add", "two_factor_add", func(s kit.Speaker) any { return kit.ViewChoose(s, profilePlace(s, "", ""), kittest.AllFactors, true) }),
		app("two-factor-add-unverified", "two_factor_add", func(s kit.Speaker) any {
			return kit.ViewChoose(s, profilePlace(s, "", ""), kittest.AllFactors, false)
		}),
		app("two-factor-add-over", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewChoose(s, profilePlace(s, "", ""), kittest.AllFactors[:2], true)
			v.Refuse(s, sallyport.ErrNotFound)
			return v
		}),
		app("two-factor-app", "two_factor_add", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodTOTP))
		}),
		app("two-factor-app-drift", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodTOTP))
			v.App.Name.Value = long
			v.Refuse(s, kittest.MFAFailed("clock_drift", "seconds", "180", "direction", "fast"))
			return v
		}),
		app("two-factor-passkey", "two_factor_add", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodWebAuthn))
		}),
		app("two-factor-sms", "two_factor_add", func(s kit.Speaker) any { return kit.ViewPhone(s, profilePlace(s, "", ""), "DE", "") }),
		app("two-factor-sms-country", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewPhone(s, profilePlace(s, "", ""), "", "01512 3456767")
			v.Refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "phoneNumber", Code: "phone_country"}))
			return v
		}),
		app("two-factor-sms-refused", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewPhone(s, profilePlace(s, "", ""), "DE", "030 1234")
			v.Refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "phoneNumber", Code: "phone_too_short"}))
			return v
		}),
		app("two-factor-sms-code", "two_factor_add", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodSMS))
		}),
		app("two-factor-email-code", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodEmail))
			v.Refuse(s, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 20 * time.Minute})
			return v
		}),
		app("two-factor-push-refused", "two_factor_add", func(s kit.Speaker) any {
			v := kit.ViewChoose(s, profilePlace(s, "", ""), slices.Concat(kittest.AllFactors[:2], []string{sallyport.MethodPush}, kittest.AllFactors[2:]), true)
			v.Refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "push_not_subscribed"}))
			return v
		}),
		app("two-factor-push-code", "two_factor_add", func(s kit.Speaker) any {
			return kit.ViewSetUp(s, profilePlace(s, "f9", ""), kittest.Begun(sallyport.MethodPush))
		}),
		app("two-factor-codes", "two_factor_codes", func(s kit.Speaker) any {
			v := kit.ViewCodes(s, "Northwind Logistics", kittest.Amara.Email, kittest.Codes(10))
			v.Done = kit.CodesDone(s, mfa.Enrolled{First: true, Factor: kittest.Factor("f1", sallyport.MethodTOTP, "", 0, 0)})
			return v
		}),
		app("two-factor-codes-new", "two_factor_codes", func(s kit.Speaker) any {
			return kit.ViewCodes(s, "Regional Administration of Northwind Logistics", kittest.LongName.Email, kittest.Codes(16))
		}),
		app("two-factor-codes-ask", "act_confirm", func(s kit.Speaker) any { return askCodes(s, fixtureFactors()) }),
		app("two-factor-rename", "act_form", func(s kit.Speaker) any { return viewFactorName(s, fixtureFactors().Current[0]) }),
		app("two-factor-rename-refused", "act_form", func(s kit.Speaker) any {
			v := viewFactorName(s, fixtureFactors().Current[0])
			v.Refill(s, &kit.Again{Typed: map[string]string{"name": long}, Err: sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "too_long", Args: map[string]string{"max": "100"}})})
			return v
		}),
		app("two-factor-rename-unsent", "act_form", func(s kit.Speaker) any {
			v := viewFactorName(s, fixtureFactors().Current[0])
			v.Refill(s, &kit.Again{Typed: map[string]string{"name": "Telephone"}, Unsent: true})
			return v
		}),
		app("two-factor-remove", "act_confirm", remove(fixtureFactors().Current[1], false)),
		app("two-factor-remove-last", "act_confirm", remove(kittest.Factor("f1", sallyport.MethodTOTP, long, kittest.Day, 0), true)),
		app("two-factor-disable", "act_confirm", func(s kit.Speaker) any { return confirmDisable(s, fixtureFactors()) }),
		app("two-factor-stays", "two_factor_enforced", func(s kit.Speaker) any { return viewEnforced(s, "Northwind Logistics") }),
	}
}
