package api

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

// native returns a native client that is signed in as address, a user without a second
// factor.
func (a *app) native(address string) *client {
	a.t.Helper()
	c := a.client()
	c.passwordGiven(nativeClient, address)
	return c
}

// token returns the session token of the client.
func (c *client) token() string {
	if t := c.cookies["__Host-sallyport"]; t != "" {
		return t
	}
	return c.headers["Authorization"]
}

// confirm gives the password for an act.
func (c *client) confirm(act string) {
	c.app.t.Helper()
	s := c.step("/step-up", object("act", act))
	if s = c.step("/step-up/"+s.FlowID+"/password", object("password", goodPassword)); s.Next != signin.Done {
		c.app.t.Fatalf("%+v", s)
	}
}

// ready makes sure that an act may be done by somebody without a second factor.
func (c *client) ready(act string) {
	c.app.t.Helper()
	if s := c.step("/step-up", object("act", act)); s.Next != signin.Done {
		c.confirm(act)
	}
}

// After a step-up the session has a new token.
func TestStepUp(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		for name, signIn := range map[string]func() *client{
			"web":    func() *client { return a.browse(memberEmail) },
			"native": func() *client { return a.native(adminEmail) },
		} {
			c := signIn()
			open := object("act", "add_factor")
			if s := c.step("/step-up", object("act", "end_device")); s.Next != signin.Done || s.FlowID+s.FlowToken+s.AccessToken != "" || s.ExpiresAt.IsZero() {
				t.Errorf("%s: with nothing missing: %+v", name, s)
			}
			refused := c.post("/me/factors", object("methodType", "totp")).refused(403, sallyport.CodeStepUp)
			want := &stepUpAsk{Act: "add_factor", Password: true, WithinSeconds: 600}
			if diff := cmp.Diff(want, into[problem](refused).StepUp); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			before, who := c.token(), into[current](c.get("/session").is(200))
			s := c.step("/step-up", open)
			if s.Next != signin.Password || s.HasPassword == nil || !*s.HasPassword || c.token() != before {
				t.Fatalf("%s: %+v", name, s)
			}
			path := "/step-up/" + s.FlowID
			if looked := into[signInStep](c.get(path).is(200)); looked.Next != signin.Password || looked.HasPassword == nil {
				t.Errorf("%s: %+v", name, looked)
			}
			c.post(path+"/password", object("password", otherPassword)).refused(401, sallyport.CodeInvalidCredentials)
			c.post(path+"/factor", object("methodType", "totp", "code", "123456")).refused(409, sallyport.CodeFlowMismatch)
			if s = c.step(path+"/password", object("password", goodPassword)); s.Next != signin.Done || !s.ExpiresAt.Equal(who.Session.ExpiresAt) {
				t.Fatalf("%s: %+v", name, s)
			}
			if c.token() == before || c.cookies["__Host-sallyport-flow"] != "" {
				t.Errorf("%s: the token did not change: %+v", name, s)
			}
			now := into[current](c.get("/session").is(200))
			if now.Session.ID != who.Session.ID || !now.Assurance.AuthenticatedAt.Equal(a.now()) {
				t.Errorf("%s: %+v", name, now)
			}
			old := a.client()
			if name == "web" {
				old.cookies["__Host-sallyport"] = before
			} else {
				old.headers["Authorization"] = before
			}
			old.get("/me").refused(401, sallyport.CodeNotSignedIn)

			// A user with a second factor must prove it too; a passkey replaces both proofs.
			p := c.addPhone()
			a.advance(11 * time.Minute)
			if ask := into[problem](c.post("/me/backup-codes", "").refused(403, sallyport.CodeStepUp)).StepUp; !ask.Password || !ask.Factor {
				t.Errorf("%s: %+v", name, ask)
			}
			c.stepUp("backup_codes", p)
			c.post("/me/backup-codes", "").is(200)
			k := c.addPasskey(map[string]sallyport.User{"web": a.member, "native": a.admin}[name])
			a.advance(11 * time.Minute)
			if s = c.step("/step-up", object("act", "remove_factor")); len(s.Methods) != 0 {
				t.Errorf("%s: a passkey from this very session may stand for the password: %+v", name, s)
			}
			s = c.step("/step-up", object("act", "end_device"))
			if len(s.Methods) != 1 || s.Methods[0].MethodType != "webauthn" {
				t.Errorf("%s: %+v", name, s)
			}
			path = "/step-up/" + s.FlowID
			c.post(path+"/factor/send", object("methodType", "sms")).refused(409, sallyport.CodeFlowMismatch)
			s = c.step(path+"/factor/send", object("methodType", "webauthn"))
			if s = c.step(path+"/passkey", answerWith(t, k, s)); s.Next != signin.Done {
				t.Errorf("%s: %+v", name, s)
			}
			c.post("/me/disable-mfa", "").refused(403, sallyport.CodeStepUp) // that was made for something else
			c.stepUp("remove_factor", p)
			c.post("/me/disable-mfa", "").is(204)
		}
	})
}

// A step needs the session and the flow of the same client.
func TestStepUpNeedsSessionAndFlow(t *testing.T) {
	a := newApp(t, "")
	c, other := a.browse(memberEmail), a.browse(memberEmail)
	c.post("/step-up", object("act", "fly")).refused(422, sallyport.CodeInvalid)
	a.client().post("/step-up", object("act", "add_factor")).refused(401, sallyport.CodeNotSignedIn)
	a.advance(11 * time.Minute)
	s := c.step("/step-up", object("act", "add_factor"))
	path, right := "/step-up/"+s.FlowID+"/password", object("password", goodPassword)

	alone := a.client()
	alone.cookies["__Host-sallyport-flow"] = c.cookies["__Host-sallyport-flow"]
	alone.post(path, right).refused(401, sallyport.CodeNotSignedIn)
	alone.post("/sign-in/"+s.FlowID+"/password", right).refused(401, sallyport.CodeFlowExpired)
	other.cookies["__Host-sallyport-flow"] = c.cookies["__Host-sallyport-flow"]
	other.post(path, right).refused(401, sallyport.CodeFlowExpired)
	asNative := a.client()
	asNative.headers["Authorization"], asNative.headers[flowHeader] = "Bearer "+c.cookies["__Host-sallyport"], c.cookies["__Host-sallyport-flow"]
	asNative.post(path, right).refused(401, sallyport.CodeFlowExpired)
	c.post("/step-up/x/password", right).refused(401, sallyport.CodeFlowExpired)
	flow := c.cookies["__Host-sallyport-flow"]
	delete(c.cookies, "__Host-sallyport-flow")
	c.post(path, right).refused(401, sallyport.CodeFlowExpired)
	c.cookies["__Host-sallyport-flow"] = flow
	c.post(path, right).is(200)
	c.post(path, right).refused(401, sallyport.CodeFlowExpired)
}

// No proof helps when the device is not trusted enough.
func TestStepUpForTrust(t *testing.T) {
	a := newApp(t, "")
	a.policy.DeviceMinTrust = 2
	c := a.browse(memberEmail)
	p := into[problem](c.post("/step-up", object("act", "backup_codes")).refused(403, sallyport.CodeStepUp))
	if p.StepUp == nil || p.StepUp.TrustLevel != 2 || p.StepUp.Password || p.StepUp.Factor {
		t.Errorf("%+v", p.StepUp)
	}
}

// The answers of a step-up do not show whose sign-in a flow belongs to.
func TestStepUpTellsNothingOfASignIn(t *testing.T) {
	a := newApp(t, "")
	for _, address := range []string{adminEmail, "nobody@example.com"} {
		c := a.browse(memberEmail)
		flow := c.open("web", address)
		if s := into[signInStep](c.get("/step-up/" + flow.FlowID).is(200)); s.HasPassword == nil || *s.HasPassword || s.Methods != nil {
			t.Errorf("%s: %+v", address, s)
		}
	}
}
