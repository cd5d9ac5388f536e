package entry

import (
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

var fixtureProviders = []sso.Provider{
	{ID: "idp-1", Name: "Northwind"}, {ID: "idp-2", Name: "The identity provider of the whole Northwind Logistics group of companies 🦊"},
}

// providerFixtures are sign-ins at identity providers.
func providerFixtures() []kittest.Fixture {
	signIn := func(name string, offered sso.Offered, change func(s kit.Speaker, v *signInView)) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: "sign_in", Page: func(s kit.Speaker) kit.Page {
			v := newSignInView(s, "Northwind Logistics", "/profile/security", "")
			v.offerProviders(s, offered)
			change(s, v)
			return kittest.Page(s, "/sign-in", s.T("signIn.heading"), nil, v)
		}}
	}
	refused := func(name string, err *sallyport.Error) kittest.Fixture {
		return signIn("sign-in-provider-"+name, sso.Offered{Providers: fixtureProviders[:1]}, func(s kit.Speaker, v *signInView) {
			v.again(s, &kit.Again{Err: err, Note: noteProvider})
		})
	}
	failed := func(code string) *sallyport.Error {
		return &sallyport.Error{Code: sallyport.CodeSSOFailed, Fields: []sallyport.FieldError{{Field: "provider", Code: "provider_problem", Args: map[string]string{"problem": code}}}}
	}
	link := func(name string, err *sallyport.Error) kittest.Fixture {
		return kittest.Fixture{Name: "sign-in-link" + name, Template: "factor_ask", Page: func(s kit.Speaker) kit.Page {
			at := challenge{path: factorPath, back: kit.Anchor{Text: s.T("factor.otherAccount"), Path: kit.SignInPath}}
			v := viewLink(s, at, signin.Result{Email: kittest.Amara.Email, At: "Northwind"})
			if err != nil {
				v.Refuse(s, err)
			}
			return kittest.Page(s, linkPath, v.Title, nil, v)
		}}
	}
	stepUp := func(name string, ways stepUpWays, err *sallyport.Error) kittest.Fixture {
		return kittest.Fixture{Name: "step-up-provider" + name, Template: "step_up_ask", Page: func(s kit.Speaker) kit.Page {
			at := challenge{path: stepUpFactorPath, keep: kit.KeepAct("link_account", kit.LinkedPath), lead: s.T("stepUp.to.link_account"), back: kit.Anchor{Text: s.T("act.cancel"), Path: kit.HomePath}}
			ways.providers = fixtureProviders
			v := viewStepUp(s, at, kittest.Amara.Email, ways)
			v.again(s, &kit.Again{Err: err})
			return kittest.Page(s, kit.StepUpPath, v.Title, nil, v)
		}}
	}
	none := func(kit.Speaker, *signInView) {}
	return []kittest.Fixture{
		signIn("sign-in-providers", sso.Offered{Providers: fixtureProviders}, none),
		signIn("sign-in-providers-passkey", sso.Offered{Providers: fixtureProviders}, func(s kit.Speaker, v *signInView) { v.offerPasskey(s) }),
		signIn("sign-in-required", sso.Offered{Providers: fixtureProviders, Required: true}, func(s kit.Speaker, v *signInView) { v.offerOwners(s) }),
		signIn("sign-in-required-owners", sso.Offered{Providers: fixtureProviders[:1], Required: true}, func(s kit.Speaker, v *signInView) {
			v.offerOwners(s)
			v.again(s, &kit.Again{Err: kittest.MFAFailed("wrong_passkey"), Note: notePasskey})
		}),
		signIn("sign-in-required-address", sso.Offered{Required: true}, func(s kit.Speaker, v *signInView) {
			v.again(s, &kit.Again{Err: sallyport.Refuse(sallyport.CodeSSORequired, "")})
		}),
		refused("failed", failed("signature")),
		refused("consent", failed(consentRefused)),
		refused("unknown", sallyport.Refuse(sallyport.CodeSSOUnknown, "")),
		refused("refused", sallyport.Refuse(sallyport.CodeSSORefused, "")),
		refused("expired", sallyport.Refuse(sallyport.CodeFlowExpired, "")),
		{Name: "sign-in-back", Template: "sign_in_back", Page: func(s kit.Speaker) kit.Page {
			v := viewBack("idp-1", url.Values{"code": {"c"}, "state": {"s"}})
			v.Goes = false // or nobody could look at it
			return kittest.Page(s, "/sso/idp-1/callback", s.T("signIn.backTitle"), nil, v)
		}},
		link("", nil),
		link("-wrong", kittest.MFAFailed("wrong_code")),
		link("-expired", kittest.MFAFailed("code_expired")),
		link("-locked", &sallyport.Error{Code: sallyport.CodeAccountLocked}),
		stepUp("", stepUpWays{}, nil),
		stepUp("-either", stepUpWays{password: true, passkey: true}, nil),
		stepUp("-failed", stepUpWays{password: true}, failed("auth_time")),
		{Name: "sso-required", Template: "error_show", Page: func(s kit.Speaker) kit.Page {
			v := kit.ViewError(s, http.StatusForbidden, sallyport.CodeSSORequired, kit.PasswordPath)
			return kittest.Page(s, kit.PasswordPath, v.Title, nil, v)
		}},
	}
}
