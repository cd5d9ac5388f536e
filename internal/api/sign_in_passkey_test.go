package api

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestPasskeys(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		k := a.browse(memberEmail).addPasskey(a.member)
		stranger := a.browse(adminEmail).addPasskey(a.admin)
		stranger.device.Options.UserHandle = []byte(a.member.ID)
		for _, kind := range []string{webClient, nativeClient} {
			// As a second factor.
			c := a.client()
			s := c.passwordGiven(kind, memberEmail)
			path := "/sign-in/" + s.FlowID
			if r := c.post(path+"/factor", object("methodType", "webauthn", "credential", map[string]any{"id": "x"})).refused(401, sallyport.CodeMFAFailed).rule(); r.Field != "credential" || r.Code != "wrong_passkey" {
				t.Errorf("unasked: %+v", r)
			}
			s = c.step(path+"/factor/send", object("methodType", "webauthn"))
			if done := c.step(path+"/factor", answerWith(t, k, s, "methodType", "webauthn")); done.Next != signin.Done {
				t.Errorf("%+v", done)
			}
			c.get("/me").is(200)

			// In place of the password.
			c = a.client()
			body := object("client", kind)
			if kind == webClient {
				body = ""
			}
			s = c.step("/passkey-sign-in", body)
			if s.Next != signin.Password || s.Challenge == nil || s.Challenge.MethodType != "webauthn" {
				t.Fatalf("%+v", s)
			}
			path = "/sign-in/" + s.FlowID + "/passkey"
			if r := c.post(path, answerWith(t, stranger, s)).refused(401, sallyport.CodeMFAFailed).rule(); r.Field != "credential" || r.Code != "wrong_passkey" {
				t.Errorf("of somebody else: %+v", r)
			}
			if done := c.step(path, answerWith(t, k, s)); done.Next != signin.Done {
				t.Errorf("%+v", done)
			}
			who := into[current](c.get("/session").is(200))
			if who.User.Email != memberEmail || !who.Assurance.MFAVerified {
				t.Errorf("%+v", who)
			}
		}
		a.policy.MFAMethods = []string{"totp"}
		a.client().post("/passkey-sign-in", "").refused(403, sallyport.CodeForbidden)
	})
}
