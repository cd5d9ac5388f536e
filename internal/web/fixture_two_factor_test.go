package web

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/mfa"
)

var allFactors = []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn, sallyport.MethodSMS, sallyport.MethodEmail}

const days = 24 * time.Hour

func fixtureFactor(id, method, name string, added, used time.Duration) sallyport.Factor {
	f := sallyport.Factor{ID: id, Method: method, Name: name, Status: sallyport.FactorActive, VerifiedAt: fixtureNow.Add(-added)}
	if used > 0 {
		f.LastUsedAt = fixtureNow.Add(-used)
	}
	return f
}

// fixtureFactors is an account that has a bit of everything.
func fixtureFactors() mfa.Factors {
	synced := fixtureFactor("f2", sallyport.MethodWebAuthn, "iCloud Keychain", 21*days, 3*time.Hour)
	synced.BackupEligible, synced.BackedUp = true, true
	copied := fixtureFactor("f3", sallyport.MethodWebAuthn, "Old key", 300*days, 60*days)
	copied.Status = sallyport.FactorSuspended
	phone := fixtureFactor("f4", sallyport.MethodSMS, "+49 ••• ••• 67", 90*days, 0)
	phone.PhoneNumber = "+4915123456767"
	mailed := fixtureFactor("f5", sallyport.MethodEmail, "a•••@northwind.example", 200*days, 120*days)
	mailed.Email = amara.Email
	former := []sallyport.Factor{
		fixtureFactor("f6", sallyport.MethodTOTP, "Old phone", 400*days, 0),
		fixtureFactor("f7", sallyport.MethodBackupCodes, "", 400*days, 0),
		fixtureFactor("f8", sallyport.MethodSMS, "", 500*days, 0),
	}
	for i, reason := range []string{"removed_by_user", "replaced", "reset_by_admin"} {
		former[i].Status, former[i].EndedReason, former[i].EndedAt = sallyport.FactorRevoked, reason, fixtureNow.Add(-time.Duration(20*(i+1))*days)
	}
	return mfa.Factors{
		Enabled: true, Since: fixtureNow.Add(-200 * days), Codes: true, CodesLeft: 2, CodesFrom: fixtureNow.Add(-200 * days),
		Current:   []sallyport.Factor{fixtureFactor("f1", sallyport.MethodTOTP, "Work phone", 200*days, 2*days), synced, copied, phone, mailed},
		Forbidden: []string{"f4"}, Former: former, Allowed: allFactors,
	}
}

func withTwoFactor(s speaker, u sallyport.User, f mfa.Factors) page {
	p := fixtureSecurity(s, u, fixtureSessions())
	v := p.Body.(*securityView)
	v.TwoFactor = viewTwoFactor(s, f, p.Organisation)
	v.protect(s, f)
	return p
}

func fixtureBegun(method string) mfa.Begun {
	b := mfa.Begun{Factor: sallyport.Factor{ID: "f9", Method: method, ExpiresAt: fixtureNow.Add(10 * time.Minute)}, CodeUntil: fixtureNow.Add(10 * time.Minute)}
	switch method {
	case sallyport.MethodTOTP:
		seed := []byte("twenty bytes of seed")
		b.Secret, b.Groups, b.URI = factor.TOTPText(seed), factor.TOTPGroups(seed), factor.TOTPURI(seed, "Northwind Logistics", amara.Email)
		svg, err := factor.QRSVG(b.URI)
		if err != nil {
			panic(err)
		}
		b.QRSVG = svg
	case sallyport.MethodWebAuthn:
		b.Options = json.RawMessage(`{"challenge":"AAAA","rp":{"name":"Northwind \"Logistics\""}}`)
	case sallyport.MethodSMS:
		b.SentTo = "+49 ••• ••• 67"
	case sallyport.MethodEmail:
		b.SentTo = "a•••@northwind.example"
	}
	return b
}

func fixtureCodes(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%04d-kq7m-%04d-wh3x", 1000+i*7, 9000-i*13))
	}
	return all
}

func twoFactorFixtures() []fixture {
	section := func(name string, u sallyport.User, change func(*mfa.Factors)) fixture {
		return fixture{"two-factor-" + name, "security_show", func(s speaker) page {
			f := fixtureFactors()
			change(&f)
			return withTwoFactor(s, u, f)
		}}
	}
	app := func(name, template string, body func(s speaker) any) fixture {
		return fixture{name, template, func(s speaker) page { return fixturePage(s, addFactorPath, name, &amara, body(s)) }}
	}
	long := "The passkey of the shared workstation at the reception desk on the ground floor of the eastern building"
	remove := func(f sallyport.Factor, last bool) func(s speaker) any {
		return func(s speaker) any { return confirmRemove(s, f, last, 7) }
	}
	return []fixture{
		section("many", amara, func(*mfa.Factors) {}),
		section("one", emojiName, func(f *mfa.Factors) {
			f.Current, f.Forbidden, f.Former = f.Current[:1], nil, nil
			f.CodesLeft = 10
		}),
		section("none", amara, func(f *mfa.Factors) { *f = mfa.Factors{Allowed: allFactors, Codes: true} }),
		section("closed", amara, func(f *mfa.Factors) { *f = mfa.Factors{Former: f.Former} }),
		section("enforced", rightToLeft, func(f *mfa.Factors) {
			f.Enforced, f.CodesLeft = true, 0
			f.Current = f.Current[:2]
			f.Current[0].Name = "هاتف العمل 📱"
		}),
		section("long", longName, func(f *mfa.Factors) {
			f.CodesFrom = time.Time{}
			for i := range f.Current {
				f.Current[i].Name = long
			}
			f.Current[1].Name = "Wolfeschlegelsteinhausenbergerdorffhohenlohewaldenburgschillingsfürst"
		}),
		{"two-factor-others", "security_show", func(s speaker) page {
			p := withTwoFactor(s, amara, fixtureFactors())
			p.Body.(*securityView).offerOthers(s)
			p.Flash = s.T("flash.factorRemoved")
			return p
		}},
		app("two-factor-add", "two_factor_add", func(s speaker) any { return viewChoose(s, profilePlace(s, ""), allFactors, true) }),
		app("two-factor-add-unverified", "two_factor_add", func(s speaker) any {
			return viewChoose(s, profilePlace(s, ""), allFactors, false)
		}),
		app("two-factor-add-over", "two_factor_add", func(s speaker) any {
			v := viewChoose(s, profilePlace(s, ""), allFactors[:2], true)
			v.refuse(s, sallyport.ErrNotFound)
			return v
		}),
		app("two-factor-app", "two_factor_add", func(s speaker) any { return viewSetUp(s, profilePlace(s, "f9"), fixtureBegun(sallyport.MethodTOTP)) }),
		app("two-factor-app-drift", "two_factor_add", func(s speaker) any {
			v := viewSetUp(s, profilePlace(s, "f9"), fixtureBegun(sallyport.MethodTOTP))
			v.App.Name.Value = long
			v.refuse(s, mfaFailed("clock_drift", "seconds", "180", "direction", "fast"))
			return v
		}),
		app("two-factor-passkey", "two_factor_add", func(s speaker) any {
			return viewSetUp(s, profilePlace(s, "f9"), fixtureBegun(sallyport.MethodWebAuthn))
		}),
		app("two-factor-sms", "two_factor_add", func(s speaker) any { return viewPhone(s, profilePlace(s, ""), "DE", "") }),
		app("two-factor-sms-refused", "two_factor_add", func(s speaker) any {
			v := viewPhone(s, profilePlace(s, ""), "DE", "030 1234")
			v.refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "phoneNumber", Code: "phone_too_short"}))
			return v
		}),
		app("two-factor-sms-code", "two_factor_add", func(s speaker) any { return viewSetUp(s, profilePlace(s, "f9"), fixtureBegun(sallyport.MethodSMS)) }),
		app("two-factor-email-code", "two_factor_add", func(s speaker) any {
			v := viewSetUp(s, profilePlace(s, "f9"), fixtureBegun(sallyport.MethodEmail))
			v.refuse(s, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 20 * time.Minute})
			return v
		}),
		app("two-factor-codes", "two_factor_codes", func(s speaker) any {
			v := viewCodes(s, "Northwind Logistics", amara.Email, fixtureCodes(10))
			v.Done = codesDone(s, mfa.Enrolled{First: true, Factor: fixtureFactor("f1", sallyport.MethodTOTP, "", 0, 0)})
			return v
		}),
		app("two-factor-codes-new", "two_factor_codes", func(s speaker) any {
			return viewCodes(s, "Regional Administration of Northwind Logistics", longName.Email, fixtureCodes(16))
		}),
		app("two-factor-codes-ask", "two_factor_codes_ask", func(s speaker) any { return askCodes(s, fixtureFactors()) }),
		app("two-factor-rename", "two_factor_rename", func(s speaker) any { return newRenameView(s, fixtureFactors().Current[0], "Work phone") }),
		app("two-factor-rename-refused", "two_factor_rename", func(s speaker) any {
			v := newRenameView(s, fixtureFactors().Current[0], long)
			v.ErrorSummary = refuse(s.Printer, sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "too_long", Args: map[string]string{"max": "100"}}), &v.Name)
			return v
		}),
		app("two-factor-remove", "act_confirm", remove(fixtureFactors().Current[1], false)),
		app("two-factor-remove-last", "act_confirm", remove(fixtureFactor("f1", sallyport.MethodTOTP, long, days, 0), true)),
		app("two-factor-disable", "act_confirm", func(s speaker) any { return confirmDisable(s, fixtureFactors()) }),
		app("two-factor-stays", "two_factor_enforced", func(s speaker) any { return viewEnforced(s, "Northwind Logistics") }),
	}
}

func enrolFixtures() []fixture {
	card := func(name string, body func(s speaker) any) fixture {
		return fixture{"enrol-" + name, "enrol_step", func(s speaker) page {
			p := fixturePage(s, enrolPath, name, nil, body(s))
			p.Wide = true
			return p
		}}
	}
	return []fixture{
		card("choose", func(s speaker) any {
			v := viewChoose(s, signInPlace(s, "/profile/security/activity"), allFactors, true)
			v.Title, v.Lead = s.T("enrol.signInHeading"), s.T("enrol.signInLead", "Organisation", "Northwind Logistics")
			return v
		}),
		card("nothing", func(s speaker) any { return viewChoose(s, signInPlace(s, ""), nil, true) }),
		card("app", func(s speaker) any { return viewSetUp(s, signInPlace(s, ""), fixtureBegun(sallyport.MethodTOTP)) }),
		card("app-wrong", func(s speaker) any {
			v := viewSetUp(s, signInPlace(s, ""), fixtureBegun(sallyport.MethodTOTP))
			v.refuse(s, mfaFailed("wrong_code"))
			return v
		}),
		card("passkey", func(s speaker) any { return viewSetUp(s, signInPlace(s, ""), fixtureBegun(sallyport.MethodWebAuthn)) }),
		card("sms", func(s speaker) any { return viewPhone(s, signInPlace(s, ""), "", "") }),
		card("sms-code", func(s speaker) any { return viewSetUp(s, signInPlace(s, ""), fixtureBegun(sallyport.MethodSMS)) }),
		{"enrol-codes", "enrol_codes", func(s speaker) page {
			v := viewCodes(s, "Northwind Logistics", amara.Email, fixtureCodes(10))
			v.Done = codesDone(s, mfa.Enrolled{First: true, Factor: fixtureFactor("f2", sallyport.MethodWebAuthn, "iCloud Keychain", 0, 0)})
			p := fixturePage(s, enrolPath, "codes", nil, v)
			p.Wide = true
			return p
		}},
	}
}
