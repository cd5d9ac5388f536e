package profile

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// fixtureGeneral is Profile > General of somebody, after a form was refused.
func fixtureGeneral(s kit.Speaker, of contacts, again *kit.Again) kit.Page {
	v := viewGeneral(s, of)
	v.Details = viewDetails(s, of.user, again)
	v.ErrorSummary, v.Notice = v.Details.problems(s, again), again.Notice(s)
	return kittest.Page(s, kit.GeneralPath, "General", &of.user, v)
}

// typedDetails is the form as somebody sent it.
func typedDetails(u sallyport.User, name string) map[string]string {
	return map[string]string{
		"firstName": name, "was.firstName": u.FirstName, "lastName": u.LastName, "was.lastName": u.LastName,
		"language": "browser", "was.language": "browser", "timeZone": "Europe/Berlin", "was.timeZone": "browser",
	}
}

func generalFixtures() []kittest.Fixture {
	form := func(s kit.Speaker, v *kit.FormView, again *kit.Again) kit.Page {
		v.Refill(s, again)
		return kittest.Page(s, v.Path, v.Title, &kittest.Amara, v)
	}
	full := func() contacts {
		u := kittest.Amara
		u.Phone, u.PhoneVerifiedAt, u.ChosenZone = "+4915123456789", kittest.Now.Add(-30*24*time.Hour), "Europe/Berlin"
		return contacts{user: u}
	}
	return []kittest.Fixture{
		{Name: "general", Template: "general_show", Page: func(s kit.Speaker) kit.Page { return fixtureGeneral(s, full(), nil) }},
		{Name: "general-empty", Template: "general_show", Page: func(s kit.Speaker) kit.Page {
			u := kittest.EmojiName
			u.EmailVerifiedAt = time.Time{}
			return fixtureGeneral(s, contacts{user: u}, nil)
		}},
		{Name: "general-waiting", Template: "general_show", Page: func(s kit.Speaker) kit.Page {
			of := full()
			of.texts = true
			of.email = &contact.Sent{Address: "amara@an-address-that-is-as-long-as-some-are.example", Until: kittest.Now.Add(7 * time.Minute)}
			of.phone = &contact.Sent{Address: "+4915123456780", Until: kittest.Now.Add(3 * time.Minute)}
			of.former = []contact.Former{{Email: "amara.okafor@former.example", ReservedUntil: kittest.Now.Add(4 * 24 * time.Hour)}}
			p := fixtureGeneral(s, of, nil)
			p.Flash = s.T("flash.detailsSaved")
			return p
		}},
		{Name: "general-long", Template: "general_show", Page: func(s kit.Speaker) kit.Page { return fixtureGeneral(s, contacts{user: kittest.LongName}, nil) }},
		{Name: "general-both", Template: "general_show", Page: func(s kit.Speaker) kit.Page {
			of := full()
			return fixtureGeneral(s, of, &kit.Again{Typed: typedDetails(of.user, "Mara"), Err: sallyport.Invalid(
				sallyport.FieldError{Field: "firstName", Code: "changed_meanwhile", Args: map[string]string{"theirs": of.user.FirstName, "yours": "Mara"}})})
		}},
		{Name: "general-unsent", Template: "general_show", Page: func(s kit.Speaker) kit.Page {
			of := full()
			return fixtureGeneral(s, of, &kit.Again{Typed: typedDetails(of.user, "Mara"), Unsent: true})
		}},
		{Name: "general-sessions", Template: "general_sessions", Page: func(s kit.Speaker) kit.Page {
			v := viewGeneralSessions(s, liveSessions{fixtureOn(kittest.Sessions()), "s1", false, fixtureDevices()}, nil)
			return kittest.Page(s, generalSessionsPath, "General", &kittest.Amara, v)
		}},
		{Name: "general-email", Template: "act_form", Page: func(s kit.Speaker) kit.Page { return form(s, viewEmailForm(s, kittest.Amara.Email), nil) }},
		{Name: "general-email-refused", Template: "act_form", Page: func(s kit.Speaker) kit.Page {
			return form(s, viewEmailForm(s, kittest.Amara.Email), &kit.Again{
				Typed: map[string]string{"email": "amara"}, Err: sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "invalid_email"}),
			})
		}},
		{Name: "general-code", Template: "act_form", Page: func(s kit.Speaker) kit.Page {
			sent := contact.Sent{Address: "amara@new.example", Until: kittest.Now.Add(9 * time.Minute)}
			return form(s, viewContactCode(s, emailCodePath, emailPath, sent), &kit.Again{
				Err: &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: "wrong_code"}}},
			})
		}},
		{Name: "general-code-limited", Template: "act_form", Page: func(s kit.Speaker) kit.Page {
			sent := contact.Sent{Address: "+4915123456789", Until: kittest.Now.Add(9 * time.Minute)}
			return form(s, viewContactCode(s, phoneCodePath, phonePath, sent), &kit.Again{
				Err: &sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 4 * time.Minute},
			})
		}},
		{Name: "general-phone", Template: "act_form", Page: func(s kit.Speaker) kit.Page { return form(s, viewPhoneForm(s, "DE"), nil) }},
		{Name: "general-phone-remove", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, phoneRemovePath, "Remove", &kittest.Amara, confirmPhoneRemoval(s, full().user))
		}},
	}
}
