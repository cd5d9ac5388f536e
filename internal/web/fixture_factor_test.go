package web

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// fixtureChoices are all the ways somebody may have.
func fixtureChoices() []mfa.Choice {
	return []mfa.Choice{
		{Method: sallyport.MethodTOTP, FactorID: "f1", Name: "Work phone"},
		{Method: sallyport.MethodWebAuthn, FactorID: "f2"},
		{Method: sallyport.MethodSMS, FactorID: "f3", Name: "Phone", Hint: "+41 ••• ••• 67"},
		{Method: sallyport.MethodEmail, FactorID: "f4", Name: "Mail", Hint: "a•••@northwind.example"},
		{Method: sallyport.MethodBackupCodes, FactorID: "f5", Left: 7},
	}
}

func fixtureChallenge(s speaker) challenge {
	return (&Pages{}).signInChallenge(&visit{speaker: s, r: httptest.NewRequest(http.MethodGet, factorPath, nil)})
}

func mfaFailed(code string, pairs ...string) *sallyport.Error {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: code, Args: args}}}
}

func factorFixtures() []fixture {
	ask := func(name string, c chosen, refused *sallyport.Error) fixture {
		return fixture{"factor-" + name, "factor_ask", func(s speaker) page {
			v := viewFactor(s, fixtureChallenge(s), amara.Email, fixtureChoices(), c)
			if refused != nil {
				v.refuse(s, refused)
			}
			return fixturePage(s, factorPath, v.Title, nil, v)
		}}
	}
	by := func(method string) chosen { return chosen{method: method} }
	sent := func(method string) chosen { return chosen{method: method, until: fixtureNow.Add(9 * time.Minute)} }
	limited := &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 12 * time.Minute}
	return []fixture{
		ask("app", chosen{}, nil),
		ask("app-wrong", chosen{}, mfaFailed("wrong_code")),
		ask("app-used", chosen{}, mfaFailed("used_code")),
		ask("app-drift", chosen{}, mfaFailed("clock_drift", "seconds", "185", "direction", "fast")),
		ask("locked", chosen{}, &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}),
		ask("passkey", by(sallyport.MethodWebAuthn), nil),
		ask("passkey-wrong", by(sallyport.MethodWebAuthn), mfaFailed("wrong_passkey")),
		ask("passkey-suspended", chosen{}, mfaFailed("passkey_suspended")),
		ask("sms", by(sallyport.MethodSMS), nil),
		ask("sms-limited", by(sallyport.MethodSMS), limited),
		ask("sms-sent", sent(sallyport.MethodSMS), nil),
		ask("sms-again-limited", sent(sallyport.MethodSMS), limited),
		ask("email", by(sallyport.MethodEmail), nil),
		ask("email-expired", sent(sallyport.MethodEmail), mfaFailed("code_expired")),
		ask("backup", by(sallyport.MethodBackupCodes), nil),
		ask("backup-wrong", by(sallyport.MethodBackupCodes), mfaFailed("wrong_code")),
		{"factor-long", "factor_ask", func(s speaker) page {
			choices := fixtureChoices()
			choices[0].Name = "Wolfeschlegelsteinhausenbergerdorffs very old telephone 👩🏽‍🚀"
			v := viewFactor(s, fixtureChallenge(s), longName.Email, choices, by(sallyport.MethodBackupCodes))
			p := fixturePage(s, factorPath, v.Title, nil, v)
			p.Organisation = "Regional Administration of Northwind Logistics and Associated Freight Companies"
			return p
		}},
		{"codes-left", "factor_codes_left", func(s speaker) page {
			v := viewCodesLeft(s, 2, homePath)
			return fixturePage(s, codesLeftPath, v.Title, nil, v)
		}},
		{"codes-left-none", "factor_codes_left", func(s speaker) page {
			v := viewCodesLeft(s, 0, homePath)
			return fixturePage(s, codesLeftPath, v.Title, nil, v)
		}},
	}
}

func stepUpFixtures() []fixture {
	in := func(s speaker) challenge {
		return challenge{
			path: stepUpFactorPath, keep: keepAct("change_password", passwordPath), lead: s.T("stepUp.to.change_password"),
			back: anchor{Text: s.T("act.cancel"), Path: homePath},
		}
	}
	ask := func(name string, password, passkey bool, change func(speaker, *stepUpView)) fixture {
		return fixture{"step-up" + name, "step_up_ask", func(s speaker) page {
			v := viewStepUp(s, in(s), amara.Email, password, passkey)
			if change != nil {
				change(s, v)
			}
			return fixturePage(s, stepUpPath, v.Title, nil, v)
		}}
	}
	return []fixture{
		ask("", true, false, nil),
		ask("-either", true, true, nil),
		ask("-passkey", false, true, nil),
		ask("-stuck", false, false, nil),
		ask("-wrong", true, true, func(s speaker, v *stepUpView) {
			v.refuse(s, sallyport.Refuse(sallyport.CodeInvalidCredentials, ""), nil)
		}),
		ask("-locked", true, true, func(s speaker, v *stepUpView) {
			v.refuse(s, &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}, nil)
		}),
		ask("-expired", true, false, func(s speaker, v *stepUpView) {
			v.Notice = noticeOf(s, "flash.flowExpired", s.T("flash.flowExpired"))
		}),
		{"step-up-factor", "factor_ask", func(s speaker) page {
			v := viewFactor(s, in(s), amara.Email, fixtureChoices()[:2], chosen{})
			return fixturePage(s, stepUpFactorPath, v.Title, nil, v)
		}},
		{"step-up-trust", "step_up_trust", func(s speaker) page {
			v := viewStepUpTrust(s, in(s), sallyport.TrustMedium)
			return fixturePage(s, stepUpPath, v.Title, nil, v)
		}},
		{"sign-in-passkey", "sign_in", func(s speaker) page {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.offerPasskey(s)
			v.Notice = noticeOf(s, "flash.flowExpired", s.T("flash.flowExpired"))
			return fixturePage(s, signInPath, s.T("signIn.heading"), nil, v)
		}},
		{"sign-in-passkey-refused", "sign_in", func(s speaker) page {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.offerPasskey(s)
			v.fail(&errorSummary{Title: s.T("passkey.failedTitle"), Text: s.T("passkey.failedText", "Problem", passkeyProblem(s, mfaFailed("wrong_passkey")))})
			return fixturePage(s, signInPath, s.T("signIn.heading"), nil, v)
		}},
	}
}
