package entry

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// linkFixtures are the pages that mails lead to, and those that lead to mails.
func linkFixtures() []kittest.Fixture {
	card := func(name, template string, body func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page { return kittest.Page(s, "/"+name, name, nil, body(s)) }}
	}
	broken := sallyport.Invalid(
		sallyport.FieldError{Field: "newPassword", Code: "too_short", Args: map[string]string{"min": "12"}},
		sallyport.FieldError{Field: "newPassword", Code: "needs_symbol"},
		sallyport.FieldError{Field: "confirmPassword", Code: "mismatch"})
	all := []kittest.Fixture{
		card("recovery", "recovery_ask", func(s kit.Speaker) any { return newRecoveryView(s, "") }),
		card("recovery-refused", "recovery_ask", func(s kit.Speaker) any {
			v := newRecoveryView(s, "amara@")
			v.again(s, &kit.Again{Err: sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "invalid_email"})})
			return v
		}),
		card("recovery-limited", "recovery_ask", func(s kit.Speaker) any {
			v := newRecoveryView(s, kittest.Amara.Email)
			v.again(s, &kit.Again{Err: &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 15 * time.Minute}})
			return v
		}),
		card("recovery-sent", "recovery_sent", func(s kit.Speaker) any { return viewRecoverySent(s, kittest.Amara.Email, false) }),
		card("recovery-sent-long", "recovery_sent", func(s kit.Speaker) any { return viewRecoverySent(s, kittest.LongName.Email, false) }),
		card("recovery-sent-again", "recovery_sent", func(s kit.Speaker) any { return viewRecoverySent(s, kittest.Amara.Email, true) }),
		card("reset", "password_choose", func(s kit.Speaker) any { return viewReset(s, "/recovery/secret", kittest.Amara.Email, kittest.Policy) }),
		card("reset-refused", "password_choose", func(s kit.Speaker) any {
			v := viewReset(s, "/recovery/secret", kittest.Amara.Email, kittest.Policy)
			v.again(s, &kit.Again{Err: broken})
			return v
		}),
		card("must-change", "password_choose", func(s kit.Speaker) any {
			return viewMustChange(s, kittest.LongName.Email, "/profile", kittest.Policy)
		}),
		card("sign-in-reset", "sign_in", func(s kit.Speaker) any {
			v := newSignInView(s, "Northwind Logistics", "", "")
			v.Notice = &kit.Notice{Tone: "success", Icon: "circle-check", Title: s.T("flash.passwordReset"), Text: s.T("flash.passwordResetText")}
			return v
		}),
		card("invitation", "invitation_accept", func(s kit.Speaker) any {
			return newInvitationView(s, "/invitation/secret", "Northwind Logistics", invitationInput{Email: kittest.Amara.Email}, kittest.Policy)
		}),
		card("invitation-refused", "invitation_accept", func(s kit.Speaker) any {
			v := newInvitationView(s, "/invitation/secret", "Northwind Logistics", invitationInput{FirstName: "Amara", LastName: "Okonkwo", Email: kittest.Amara.Email}, kittest.Policy)
			v.again(s, &kit.Again{Err: sallyport.Invalid(sallyport.FieldError{Field: "password", Code: "common"})})
			return v
		}),
		card("undo-email", "link_ask", func(s kit.Speaker) any {
			return viewUndoEmail(s, "/undo-email/secret", "amara@an-address-that-is-as-long-as-some-are.example")
		}),
		card("undo-email-done", "act_done", func(s kit.Speaker) any {
			v := viewUndoEmailDone(s, account.AddressUndone{Email: kittest.Amara.Email, Sessions: 2, TakenBack: kittest.Taken})
			v.Contacts = []string{"owner@northwind.example"}
			return v
		}),
		card("verify", "link_ask", func(s kit.Speaker) any { return viewVerify(s, "/verify-email/secret", "Northwind Logistics") }),
		card("link-gone", "error_show", func(s kit.Speaker) any { return viewGone(s) }),
		card("unlock", "link_ask", func(s kit.Speaker) any { return viewUnlock(s, "/unlock/secret") }),
		card("not-me", "link_ask", func(s kit.Speaker) any { return viewNotMe(s, "/not-me/secret", true, true) }),
		card("not-me-all", "link_ask", func(s kit.Speaker) any { return viewNotMe(s, "/not-me/secret", false, false) }),
		card("not-me-refused", "link_ask", func(s kit.Speaker) any {
			v := viewNotMe(s, "/not-me/secret", true, true)
			v.refuse(s, sallyport.Invalid(sallyport.FieldError{Field: "currentPassword", Code: "wrong_password"}))
			return v
		}),
		card("reopen-factor", "link_ask", func(s kit.Speaker) any { return viewReopen(s, "/reopen/secret", signin.Factor) }),
		card("reopen-password", "link_ask", func(s kit.Speaker) any { return viewReopen(s, "/reopen/secret", signin.Password) }),
		card("reopen-refused", "link_ask", func(s kit.Speaker) any {
			v := viewReopen(s, "/reopen/secret", signin.Password)
			v.ErrorSummary = reopenProblem(s, &sallyport.Error{Code: sallyport.CodeInvalidCredentials})
			return v
		}),
		card("reopen-deny", "link_ask", func(s kit.Speaker) any {
			v := viewReopen(s, "/reopen/secret", signin.Deny)
			v.Contacts = []string{kittest.Amara.Email}
			return v
		}),
		card("not-me-done", "act_done", func(s kit.Speaker) any {
			return viewNotMeDone(s, account.NotMeDone{Sessions: 1, Device: true, TakenBack: kittest.Taken})
		}),
		card("not-me-done-nothing", "act_done", func(s kit.Speaker) any { return viewNotMeDone(s, account.NotMeDone{Closed: true}) }),
	}
	for base := range expiredLinks {
		all = append(all, card("expired-"+base[1:], "error_show", func(s kit.Speaker) any {
			return viewExpired(s, base, http.StatusNotFound, sallyport.CodeLinkExpired)
		}))
	}
	return all
}
