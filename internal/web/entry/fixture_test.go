package entry

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// deviceStepFixtures are the device in the sign-in, and in mailed links.
func deviceStepFixtures() []kittest.Fixture {
	step := func(name string, change func(s kit.Speaker, v *deviceStepView), p sallyport.Policy, trusted ...sallyport.Device) kittest.Fixture {
		return kittest.Fixture{Name: "device-step-" + name, Template: "device_step", Page: func(s kit.Speaker) kit.Page {
			c := sallyport.Client{Info: kittest.DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), Location: sallyport.Location{Country: "DE", City: "Berlin"}}
			v := viewDeviceStep(s, c, p, trusted, "/")
			change(s, v)
			return kittest.Page(s, deviceStepPath, "Trust this device?", nil, v)
		}}
	}
	same := func(kit.Speaker, *deviceStepView) {}
	skip, required, few := kittest.Policy, kittest.Policy, kittest.Policy
	skip.DeviceSkipMFA, required.DeviceRequireTrusted, few.DeviceMaxPerUser = true, true, 3
	var trusted []sallyport.Device
	for _, d := range kittest.Devices()[:3] {
		trusted = append(trusted, d.Device)
	}
	trusted[2].Name = "The tablet of the reception desk on the ground floor of the eastern building 🦊"
	card := func(name, template string, body func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page { return kittest.Page(s, "/"+name, name, nil, body(s)) }}
	}
	return []kittest.Fixture{
		step("plain", same, kittest.Policy),
		step("skip", same, skip),
		step("required", same, required),
		step("crowd", same, few, trusted...),
		step("crowd-refused", func(s kit.Speaker, v *deviceStepView) { v.refuse(s, "") }, few, trusted...),
		card("trust-device", "link_ask", func(s kit.Speaker) any { return viewTrustLink(s, "/trust-device/secret") }),
		card("it-was-me", "link_ask", func(s kit.Speaker) any { return viewConfirmLink(s, "/it-was-me/secret") }),
		card("it-was-me-done", "act_done", func(s kit.Speaker) any { return viewConfirmDone(s, false) }),
		card("it-was-me-before", "act_done", func(s kit.Speaker) any { return viewConfirmDone(s, true) }),
		card("enter-app-denied", "error_show", func(s kit.Speaker) any {
			return viewDenied(s, &apps.DeniedError{App: sallyport.App{Name: "Wiki"}, Verdict: gate.Refused})
		}),
		card("enter-app-level", "error_show", func(s kit.Speaker) any {
			return viewDenied(s, &apps.DeniedError{App: sallyport.App{Name: "Kassenbuchführung der Binnenschifffahrtsverwaltung"}, Verdict: gate.Level, Level: 2})
		}),
		card("enter-app-factor", "error_show", func(s kit.Speaker) any { return viewNoFactor(s) }),
		card("trust-device-full", "error_show", func(s kit.Speaker) any {
			return viewTrustLinkFull(s, kit.TooManyDevices(s, sallyport.Invalid(sallyport.FieldError{Code: "too_many_devices", Args: map[string]string{"max": "5"}})), http.StatusUnprocessableEntity)
		}),
		card("sign-in-device", "sign_in", func(s kit.Speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", kittest.Amara.Email)
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "")))
			return v
		}),
		card("sign-in-network", "sign_in", func(s kit.Speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", kittest.Amara.Email)
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeNetworkBlocked, "")))
			return v
		}),
		card("link-network", "error_show", func(s kit.Speaker) any {
			return kit.ViewError(s, http.StatusForbidden, sallyport.CodeNetworkBlocked, "/recovery/link/secret")
		}),
		card("sign-in-removed", "sign_in", func(s kit.Speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", kittest.Amara.Email)
			v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "")))
			v.Removed = true
			return v
		}),
	}
}

func cardFixtures() []kittest.Fixture {
	signIn := func(change func(s kit.Speaker, v *signInView)) func(s kit.Speaker) kit.Page {
		return func(s kit.Speaker) kit.Page {
			v := newSignInView(s, "Northwind Logistics", "/profile/security", "")
			change(s, v)
			return kittest.Page(s, "/sign-in", s.T("signIn.heading"), nil, v)
		}
	}
	return []kittest.Fixture{
		{Name: "sign-in", Template: "sign_in", Page: signIn(func(kit.Speaker, *signInView) {})},
		{Name: "sign-in-signed-out", Template: "sign_in", Page: func(s kit.Speaker) kit.Page {
			p := signIn(func(kit.Speaker, *signInView) {})(s)
			p.Flash = s.T("flash.signedOut")
			return p
		}},
		{Name: "sign-in-ended", Template: "sign_in", Page: signIn(func(s kit.Speaker, v *signInView) { v.Notice = sessionNotice(s, "", sallyport.CodeSessionRevoked) })},
		{Name: "sign-in-ended-idle", Template: "sign_in", Page: signIn(func(s kit.Speaker, v *signInView) {
			v.Notice = sessionNotice(s, act.ReasonIdle, sallyport.CodeSessionExpired)
		})},
		{Name: "sign-in-wrong", Template: "sign_in", Page: signIn(func(s kit.Speaker, v *signInView) {
			v.Email.Value = kittest.Amara.Email
			v.again(s, &kit.Again{Err: sallyport.Refuse(sallyport.CodeInvalidCredentials, "")})
		})},
		{Name: "sign-in-locked", Template: "sign_in", Page: signIn(func(s kit.Speaker, v *signInView) {
			v.Email.Value = kittest.Amara.Email
			v.again(s, &kit.Again{Err: &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 27 * time.Minute}})
		})},
		{Name: "sign-in-limited", Template: "sign_in", Page: signIn(func(s kit.Speaker, v *signInView) {
			v.Email.Value = kittest.Amara.Email
			v.again(s, &kit.Again{Err: &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: time.Minute}})
		})},
		{Name: "set-up", Template: "set_up", Page: func(s kit.Speaker) kit.Page {
			v := newSetUpView(s, "/setup/secret", setUpInput{}, kittest.Policy)
			p := kittest.Page(s, "/setup/secret", s.T("setUp.heading"), nil, v)
			p.Organisation, p.Wide = "Sallyport", true
			return p
		}},
		{Name: "welcome", Template: "welcome_show", Page: func(s kit.Speaker) kit.Page {
			return welcomePage(s, welcomeDone{Email: kittest.Amara.Email})
		}},
		{Name: "welcome-done", Template: "welcome_show", Page: func(s kit.Speaker) kit.Page {
			return welcomePage(s, welcomeDone{Email: kittest.Amara.Email, Verified: true, Factor: true})
		}},
		{Name: "set-up-refused", Template: "set_up", Page: func(s kit.Speaker) kit.Page {
			v := newSetUpView(s, "/setup/secret", setUpInput{Organisation: "Northwind Logistics", FirstName: "Amara", Email: "amara@"}, kittest.Policy)
			v.again(s, &kit.Again{Err: sallyport.Invalid(
				sallyport.FieldError{Field: "email", Code: "invalid_email"},
				sallyport.FieldError{Field: "password", Code: "too_short", Args: map[string]string{"min": "12"}},
				sallyport.FieldError{Field: "password", Code: "common"},
				sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"})})
			p := kittest.Page(s, "/setup/secret", s.T("setUp.heading"), nil, v)
			p.Organisation, p.Wide = "Sallyport", true
			return p
		}},
	}
}

func welcomePage(s kit.Speaker, done welcomeDone) kit.Page {
	v := viewWelcome(s, "Northwind Logistics", done)
	p := kittest.Page(s, welcomePath, v.Title, nil, v)
	p.Wide = true
	return p
}

// brandFixtures are the sign-in page in looks that are hard to read.
func brandFixtures() []kittest.Fixture {
	return kittest.InBrands(kittest.Fixture{Name: "sign-in", Template: "sign_in", Page: func(s kit.Speaker) kit.Page {
		v := newSignInView(s, "Northwind Logistics", "", "")
		v.offerPasskey(s)
		v.Text = kittest.Brand("").Look.SignInText
		return kittest.Page(s, "/sign-in", s.T("signIn.heading"), nil, v)
	}})
}
