package api

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// Every way to guess is limited. After the limit the right answer is refused too.
func TestGuessingIsLimited(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		limited := func(what string, c *client, path, wrong, right string, code sallyport.Code) {
			t.Helper()
			for i := range a.policy.LockoutFailures {
				if got := c.post(path, wrong); got.status != 401 || into[problem](got).Code != code {
					t.Fatalf("%s: try %d: %d %s", what, i, got.status, got.body)
				}
			}
			if got := c.post(path, right).is(429); got.header.Get("Retry-After") == "" {
				t.Errorf("%s: %s", what, got.body)
			}
		}
		c := a.browse(memberEmail)
		c.ready("add_factor")
		b := into[secondFactorSetUp](c.post("/me/factors", object("methodType", "totp")).is(201))
		p := &phone{app: a, secret: b.Secret}
		wrong, right := object("code", p.wrong()), object("code", p.at(0))
		limited("first use in a session", c, "/me/factors/"+b.MFAID+"/verify", wrong, right, sallyport.CodeMFAFailed)

		a.advance(time.Hour)
		s := c.step("/step-up", object("act", "add_factor"))
		limited("password of a step-up", c, "/step-up/"+s.FlowID+"/password", object("password", otherPassword), object("password", goodPassword), sallyport.CodeInvalidCredentials)

		a.advance(time.Hour)
		c = a.browse(memberEmail)
		p = c.addPhone()
		a.advance(time.Minute)
		wrong, right = object("methodType", "totp", "code", p.wrong()), object("methodType", "totp", "code", p.at(0))
		stranger := a.client()
		s = stranger.passwordGiven(webClient, memberEmail)
		limited("factor of a sign-in", stranger, "/sign-in/"+s.FlowID+"/factor", wrong, right, sallyport.CodeMFAFailed)
		// The counter belongs to the account: another flow or a backup code gives a stranger
		// no more tries.
		again := a.client()
		s = again.passwordGiven(nativeClient, memberEmail)
		again.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "backup_codes", "code", p.codes[0])).is(429)

		// The owner can still sign in on a known device.
		a.advance(11 * time.Minute)
		s = c.step("/step-up", object("act", "backup_codes"))
		if s = c.step("/step-up/"+s.FlowID+"/password", object("password", goodPassword)); s.Next != "factor" {
			t.Fatalf("%+v", s)
		}
		c.step("/step-up/"+s.FlowID+"/factor", object("methodType", "totp", "code", p.fresh()))

		a.policy.MFAEnforced = sallyport.EnforcedEveryone
		c = a.client()
		s = c.passwordGiven(nativeClient, adminEmail)
		s = c.step("/sign-in/"+s.FlowID+"/enrol", object("methodType", "totp"))
		p = &phone{app: a, secret: s.SetUp.Secret}
		limited("first use in a sign-in", c, "/sign-in/"+s.FlowID+"/enrol/verify", object("code", p.wrong()), object("code", p.at(0)), sallyport.CodeMFAFailed)
	})
}

// A passkey without user verification is only a possession factor and does not replace
// the password.
func TestPasskeyThatAsksForNothing(t *testing.T) {
	a := newApp(t, "")
	c := a.browse(memberEmail)
	k := c.addPasskey(a.member)
	a.advance(11 * time.Minute)
	k.device.Options.UserNotVerified = true
	s := c.step("/step-up", object("act", "add_factor"))
	path := "/step-up/" + s.FlowID
	s = c.step(path+"/factor/send", object("methodType", "webauthn"))
	if r := c.post(path+"/passkey", answerWith(t, k, s)).refused(401, sallyport.CodeMFAFailed).rule(); r.Field != "credential" || r.Code != "wrong_passkey" {
		t.Errorf("%+v", r)
	}
	in := a.client()
	s = in.step("/passkey-sign-in", "")
	in.post("/sign-in/"+s.FlowID+"/passkey", answerWith(t, k, s)).refused(401, sallyport.CodeMFAFailed)
	if in.cookies["__Host-sallyport"] != "" {
		t.Error("a session")
	}
}
