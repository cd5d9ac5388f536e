package web

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
)

// linkFixtures are the pages that mails lead to, and those that lead to mails.
func linkFixtures() []fixture {
	card := func(name, template string, body func(s speaker) any) fixture {
		return fixture{name, template, func(s speaker) page { return fixturePage(s, "/"+name, name, nil, body(s)) }}
	}
	broken := sallyport.Invalid(
		sallyport.FieldError{Field: "newPassword", Code: "too_short", Args: map[string]string{"min": "12"}},
		sallyport.FieldError{Field: "newPassword", Code: "needs_symbol"},
		sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"})
	all := []fixture{
		card("recovery", "recovery_ask", func(s speaker) any { return newRecoveryView(s, "") }),
		card("recovery-refused", "recovery_ask", func(s speaker) any {
			v := newRecoveryView(s, "amara@")
			v.fail(refuse(s.Printer, sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "invalid_email"}), &v.Email))
			return v
		}),
		card("recovery-limited", "recovery_ask", func(s speaker) any {
			v := newRecoveryView(s, amara.Email)
			v.fail(recoveryLimited(s, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 15 * time.Minute}))
			return v
		}),
		card("recovery-sent", "recovery_sent", func(speaker) any { return recoverySentView{amara.Email} }),
		card("recovery-sent-long", "recovery_sent", func(speaker) any { return recoverySentView{longName.Email} }),
		card("reset", "password_choose", func(s speaker) any { return viewReset(s, "/recovery/secret", fixturePolicy) }),
		card("reset-refused", "password_choose", func(s speaker) any {
			v := viewReset(s, "/recovery/secret", fixturePolicy)
			v.refuse(s, broken)
			return v
		}),
		card("must-change", "password_choose", func(s speaker) any {
			return viewMustChange(s, "/sign-in/new-password", "/profile", fixturePolicy)
		}),
		card("sign-in-reset", "sign_in", func(s speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.Notice = &notice{Tone: "success", Icon: "circle-check", Title: s.T("flash.passwordReset"), Text: s.T("flash.passwordResetText")}
			return v
		}),
		card("invitation", "invitation_accept", func(s speaker) any {
			return newInvitationView(s, "/invitation/secret", "Northwind Logistics", invitationInput{}, fixturePolicy)
		}),
		card("invitation-refused", "invitation_accept", func(s speaker) any {
			v := newInvitationView(s, "/invitation/secret", "Northwind Logistics", invitationInput{FirstName: "Amara", LastName: "Okonkwo"}, fixturePolicy)
			v.refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "password", Code: "common"}))
			return v
		}),
		card("verify", "link_ask", func(s speaker) any { return viewVerify(s, "/verify-email/secret", "Northwind Logistics") }),
		card("unlock", "link_ask", func(s speaker) any { return viewUnlock(s, "/unlock/secret") }),
		card("not-me", "link_ask", func(s speaker) any { return viewNotMe(s, "/not-me/secret", true, true) }),
		card("not-me-all", "link_ask", func(s speaker) any { return viewNotMe(s, "/not-me/secret", false, false) }),
		card("not-me-done", "link_done", func(s speaker) any { return viewNotMeDone(s, 1, true) }),
		card("not-me-done-nothing", "link_done", func(s speaker) any { return viewNotMeDone(s, 0, false) }),
	}
	for base := range expiredLinks {
		all = append(all, card("expired-"+base[1:], "error_show", func(s speaker) any {
			return viewExpired(s, base, http.StatusNotFound, sallyport.CodeLinkExpired)
		}))
	}
	return all
}
