package entry

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// fixtureChoices are all the ways somebody may have.
func fixtureChoices() []mfa.Choice {
	return []mfa.Choice{
		{Method: sallyport.MethodTOTP, FactorID: "f1", Name: "Work phone"},
		{Method: sallyport.MethodWebAuthn, FactorID: "f2"},
		{Method: sallyport.MethodPush, FactorID: "f6"},
		{Method: sallyport.MethodSMS, FactorID: "f3", Name: "Phone", Hint: "+41 ••• ••• 67"},
		{Method: sallyport.MethodEmail, FactorID: "f4", Name: "Mail", Hint: "a•••@northwind.example"},
		{Method: sallyport.MethodBackupCodes, FactorID: "f5"},
	}
}

func fixtureChallenge(s kit.Speaker) challenge {
	return (&Pages{}).signInChallenge(&kit.Visit{Speaker: s, R: httptest.NewRequest(http.MethodGet, factorPath, nil)})
}

func factorFixtures() []kittest.Fixture {
	ask := func(name string, c chosen, refused *sallyport.Error) kittest.Fixture {
		return kittest.Fixture{Name: "factor-" + name, Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			v := viewFactor(s, fixtureChallenge(s), kittest.Amara.Email, fixtureChoices(), c)
			if refused != nil {
				v.Refuse(s, refused)
			}
			return kittest.Page(s, factorPath, v.Title, nil, v)
		}}
	}
	by := func(method string) chosen { return chosen{method: method} }
	sent := func(method string) chosen { return chosen{method: method, until: kittest.Now.Add(9 * time.Minute)} }
	limited := &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 12 * time.Minute}
	approval := func(state string, refused *sallyport.Error) kittest.Fixture {
		return kittest.Fixture{Name: "factor-push-" + state, Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			v := viewFactor(s, fixtureChallenge(s), kittest.Amara.Email, fixtureChoices(), by(sallyport.MethodPush))
			v.Await(s, mfa.Waiting{Number: 47, Until: kittest.Now.Add(95 * time.Second), State: state}, factorPath+"/state", "accounts.northwind.example/approve")
			if refused != nil {
				v.Refuse(s, refused)
			}
			return kittest.Page(s, factorPath, v.Title, nil, v)
		}}
	}
	return []kittest.Fixture{
		ask("push", by(sallyport.MethodPush), nil),
		ask("push-limited", by(sallyport.MethodPush), limited),
		ask("push-nobody", by(sallyport.MethodPush), sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "approval_nobody"})),
		approval(mfa.ApprovalWaiting, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "approval_waiting"})),
		approval(mfa.ApprovalApproved, nil), approval(mfa.ApprovalExpired, nil), approval(mfa.ApprovalWrong, nil),
		ask("app", chosen{}, nil),
		ask("app-wrong", chosen{}, kittest.MFAFailed("wrong_code")),
		ask("app-used", chosen{}, kittest.MFAFailed("used_code")),
		ask("app-drift", chosen{}, kittest.MFAFailed("clock_drift", "seconds", "185", "direction", "fast")),
		ask("locked", chosen{}, &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}),
		ask("passkey", by(sallyport.MethodWebAuthn), nil),
		ask("passkey-wrong", by(sallyport.MethodWebAuthn), kittest.MFAFailed("wrong_passkey")),
		ask("passkey-suspended", chosen{}, kittest.MFAFailed("passkey_suspended")),
		ask("sms", by(sallyport.MethodSMS), nil),
		ask("sms-limited", by(sallyport.MethodSMS), limited),
		ask("sms-sent", sent(sallyport.MethodSMS), nil),
		ask("sms-again-limited", sent(sallyport.MethodSMS), limited),
		ask("email", by(sallyport.MethodEmail), nil),
		ask("email-expired", sent(sallyport.MethodEmail), kittest.MFAFailed("code_expired")),
		ask("backup", by(sallyport.MethodBackupCodes), nil),
		ask("backup-wrong", by(sallyport.MethodBackupCodes), kittest.MFAFailed("wrong_code")),
		{Name: "factor-then-enrol", Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			at := fixtureChallenge(s)
			at.lead = s.T("factor.leadEnrol")
			v := viewFactor(s, at, kittest.Amara.Email, fixtureChoices()[2:], chosen{})
			return kittest.Page(s, factorPath, v.Title, nil, v)
		}},
		{Name: "factor-long", Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			choices := fixtureChoices()
			choices[0].Name = "Wolfeschlegelsteinhausenbergerdorffs very old telephone 👩🏽‍🚀"
			v := viewFactor(s, fixtureChallenge(s), kittest.LongName.Email, choices, by(sallyport.MethodBackupCodes))
			p := kittest.Page(s, factorPath, v.Title, nil, v)
			p.Organisation = "Regional Administration of Northwind Logistics and Associated Freight Companies"
			return p
		}},
		{Name: "codes-left", Template: "factor_codes_left", Page: func(s kit.Speaker) kit.Page {
			v := viewCodesLeft(s, 2, kit.HomePath)
			return kittest.Page(s, codesLeftPath, v.Title, nil, v)
		}},
		{Name: "codes-left-none", Template: "factor_codes_left", Page: func(s kit.Speaker) kit.Page {
			v := viewCodesLeft(s, 0, kit.HomePath)
			return kittest.Page(s, codesLeftPath, v.Title, nil, v)
		}},
		{Name: "codes-unsaved", Template: "factor_codes_left", Page: func(s kit.Speaker) kit.Page {
			v := viewCodesUnsaved(s, kit.HomePath)
			return kittest.Page(s, codesLeftPath, v.Title, nil, v)
		}},
		{Name: "passkey-offer", Template: "passkey_offer", Page: func(s kit.Speaker) kit.Page {
			v := viewPasskeyOffer(s, kit.HomePath)
			return kittest.Page(s, passkeyOfferPath, v.Title, nil, v)
		}},
	}
}

func stepUpFixtures() []kittest.Fixture {
	in := func(s kit.Speaker) challenge {
		return challenge{
			path: stepUpFactorPath, keep: kit.KeepAct("change_password", kit.PasswordPath), lead: s.T("stepUp.to.change_password"),
			back: kit.Anchor{Text: s.T("act.cancel"), Path: kit.HomePath},
		}
	}
	ask := func(name string, password, passkey bool, change func(kit.Speaker, *stepUpView)) kittest.Fixture {
		return kittest.Fixture{Name: "step-up" + name, Template: "step_up_ask", Page: func(s kit.Speaker) kit.Page {
			v := viewStepUp(s, in(s), kittest.Amara.Email, stepUpWays{password: password, passkey: passkey})
			if change != nil {
				change(s, v)
			}
			return kittest.Page(s, kit.StepUpPath, v.Title, nil, v)
		}}
	}
	return []kittest.Fixture{
		ask("", true, false, nil),
		ask("-either", true, true, nil),
		ask("-passkey", false, true, nil),
		ask("-stuck", false, false, nil),
		ask("-wrong", true, true, func(s kit.Speaker, v *stepUpView) {
			v.again(s, &kit.Again{Err: sallyport.Refuse(sallyport.CodeInvalidCredentials, "")})
		}),
		ask("-locked", true, true, func(s kit.Speaker, v *stepUpView) {
			v.again(s, &kit.Again{Err: &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}})
		}),
		ask("-expired", true, false, func(s kit.Speaker, v *stepUpView) {
			v.Notice = kit.NoticeOf(s, "flash.flowExpired", s.T("flash.flowExpired"))
		}),
		{Name: "step-up-unavailable", Template: "step_up_ask", Page: func(s kit.Speaker) kit.Page {
			v := viewStepUpStuck(s, in(s), kittest.Amara.Email)
			return kittest.Page(s, kit.StepUpPath, v.Title, nil, v)
		}},
		{Name: "step-up-factor", Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			v := viewFactor(s, in(s), kittest.Amara.Email, fixtureChoices()[:2], chosen{})
			return kittest.Page(s, stepUpFactorPath, v.Title, nil, v)
		}},
		{Name: "step-up-trust", Template: "step_up_trust", Page: func(s kit.Speaker) kit.Page {
			v := viewStepUpTrust(s, in(s), sallyport.TrustMedium)
			return kittest.Page(s, kit.StepUpPath, v.Title, nil, v)
		}},
		{Name: "sign-in-passkey", Template: "sign_in", Page: func(s kit.Speaker) kit.Page {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.offerPasskey(s)
			v.Notice = kit.NoticeOf(s, "flash.flowExpired", s.T("flash.flowExpired"))
			return kittest.Page(s, kit.SignInPath, s.T("signIn.heading"), nil, v)
		}},
		{Name: "sign-in-passkey-refused", Template: "sign_in", Page: func(s kit.Speaker) kit.Page {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.offerPasskey(s)
			v.fail(&kit.ErrorSummary{Title: s.T("passkey.failedTitle"), Text: s.T("passkey.failedText", "Problem", passkeyProblem(s, kittest.MFAFailed("wrong_passkey")))})
			return kittest.Page(s, kit.SignInPath, s.T("signIn.heading"), nil, v)
		}},
	}
}
