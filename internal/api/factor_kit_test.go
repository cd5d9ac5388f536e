package api

import (
	"context"
	"encoding/json"
	"net/mail"
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

// verified is the answer to the first use of a factor.
type verified struct {
	Factor      factorRecord
	BackupCodes []string
	NativeTokens
}

// phone is a phone with an authenticator app.
type phone struct {
	app    *app
	id     string
	secret string
	codes  []string // backup codes, from when the app was set up
}

// at returns the code at a time relative to now.
func (p *phone) at(d time.Duration) string {
	p.app.t.Helper()
	return must(totp.GenerateCodeCustom(p.secret, p.app.now().Add(d), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}))(p.app.t)
}

// fresh returns a code that was not used yet: it moves the clock by half a minute.
func (p *phone) fresh() string {
	p.app.t.Helper()
	p.app.advance(30 * time.Second)
	return p.at(0)
}

// wrong returns a code that is valid at no time near now.
func (p *phone) wrong() string {
	var near []string
	for step := -70; step <= 70; step++ {
		near = append(near, p.at(time.Duration(step)*30*time.Second))
	}
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555"} {
		if !slices.Contains(near, code) {
			return code
		}
	}
	panic("all of them are near")
}

// addPhone sets up an authenticator app in a session.
func (c *client) addPhone() *phone {
	c.app.t.Helper()
	c.ready("add_factor")
	b := into[secondFactorSetUp](c.post("/me/factors", object("methodType", "totp", "deviceName", "Pixel")).is(201))
	p := &phone{app: c.app, id: b.MFAID, secret: b.Secret}
	p.codes = c.verify(b.MFAID, object("code", p.at(0))).BackupCodes
	return p
}

// verify finishes an enrolment. The session has a new token afterwards.
func (c *client) verify(id, body string) verified {
	c.app.t.Helper()
	v := into[verified](c.post("/me/factors/"+id+"/verify", body).is(200))
	if v.AccessToken != "" {
		c.holds(v.NativeTokens)
	}
	return v
}

// passkey is an authenticator with one key for one account.
type passkey struct {
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
}

var relyingParty = virtualwebauthn.RelyingParty{ID: "accounts.example.test", Name: "Northwind", Origin: baseURL}

// create answers the options of a registration.
func (k *passkey) create(t testing.TB, options jsonObject) json.RawMessage {
	t.Helper()
	o := must(virtualwebauthn.ParseAttestationOptions(string(options)))(t)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(relyingParty, k.device, k.key, *o))
}

// answer answers the options of an assertion and increments the signature counter.
func (k *passkey) answer(t testing.TB, options jsonObject) json.RawMessage {
	t.Helper()
	o := must(virtualwebauthn.ParseAssertionOptions(string(options)))(t)
	k.key.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(relyingParty, k.device, k.key, *o))
}

// newPasskey returns an authenticator with a key that is not set up yet.
func newPasskey(u sallyport.User) *passkey {
	return &passkey{
		device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(u.ID)}),
		key:    newKey(),
	}
}

// addPasskey sets up a passkey in a session of the user.
func (c *client) addPasskey(u sallyport.User) *passkey {
	c.app.t.Helper()
	k := newPasskey(u)
	c.ready("add_factor")
	b := into[secondFactorSetUp](c.post("/me/factors", object("methodType", "webauthn")).is(201))
	c.verify(b.MFAID, object("credential", k.create(c.app.t, b.Options)))
	k.device.AddCredential(k.key)
	return k
}

// answerWith returns the body that answers a challenge with the passkey.
func answerWith(t testing.TB, k *passkey, step signInStep, pairs ...any) string {
	t.Helper()
	if step.Challenge == nil || len(step.Challenge.Options) == 0 {
		t.Fatalf("no options: %+v", step)
	}
	return object(append(pairs, "credential", k.answer(t, step.Challenge.Options))...)
}

// texts keeps the code of every text message.
type texts struct{ codes map[string]string }

func (x *texts) Send(_ context.Context, t notify.SentText) error {
	x.codes[t.To] = t.Code
	return nil
}

func (*texts) Notice() string { return "" }

// lastCode delivers the waiting messages and returns the newest code sent to a number or address.
func (a *app) lastCode(to string) string {
	a.t.Helper()
	x, box := texts{map[string]string{}}, mailbox{}
	for _, config := range []notify.Config{{Texts: &x}, {Sender: &box, From: mail.Address{Address: "accounts@example.test"}}} {
		config.DB, config.Outbox, config.Now = a.db, a.outbox, a.now
		w := notify.NewWorker(config)
		for found := true; found; {
			found = must(w.Deliver(a.t.Context()))(a.t)
		}
	}
	for _, m := range box.mails {
		if m.Code != "" {
			x.codes[m.To] = m.Code
		}
	}
	if x.codes[to] == "" {
		a.t.Fatalf("no code was sent to %s", to)
	}
	return x.codes[to]
}

// passwordGiven signs in with the password and returns the step that follows.
func (c *client) passwordGiven(kind, address string) signInStep {
	c.app.t.Helper()
	flow := c.open(kind, address)
	c.headers[flowHeader] = flow.FlowToken
	if flow.FlowToken == "" {
		delete(c.headers, flowHeader)
	}
	return c.step("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword))
}

// step takes a step that must succeed, and stores the tokens that a native client stores.
func (c *client) step(path, body string) signInStep {
	c.app.t.Helper()
	s := into[signInStep](c.post(path, body).is(200))
	if s.FlowToken != "" {
		c.headers[flowHeader] = s.FlowToken
	}
	if s.DeviceToken != "" {
		c.headers[deviceHeader] = s.DeviceToken
	}
	if s.AccessToken != "" {
		c.holds(s.NativeTokens)
		delete(c.headers, flowHeader)
	}
	return s
}

// stepUp proves what an act needs, with the password and the app.
func (c *client) stepUp(act string, p *phone) signInStep {
	c.app.t.Helper()
	s := c.step("/step-up", object("act", act))
	for s.Next != signin.Done {
		path := "/step-up/" + s.FlowID
		if s.Next == signin.Password {
			s = c.step(path+"/password", object("password", goodPassword))
		} else {
			s = c.step(path+"/factor", object("methodType", "totp", "code", p.fresh()))
		}
	}
	return s
}

// rule returns the broken rule of an answer that has exactly one.
func (a answer) rule() fieldProblem {
	a.t.Helper()
	p := into[problem](a)
	if len(p.Errors) != 1 {
		a.t.Fatalf("%d broken rules: %s", len(p.Errors), a.body)
	}
	return p.Errors[0]
}

// newKey makes a key pair. The library drops leading zeros of the coordinates; about one
// key in a hundred has some, and a browser could not read it.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == whole {
			return c
		}
	}
}
