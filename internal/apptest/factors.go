package apptest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// Authenticator is an authenticator app (TOTP) of one account.
type Authenticator struct {
	Factor      sallyport.Factor
	Secret      string   // in base32
	BackupCodes []string // made when the app was set up
	clock       *Clock
}

// Code returns the code that the app shows at the time of the test's clock.
func (x *Authenticator) Code(t testing.TB) string { return x.CodeAt(t, x.clock.Now()) }

// CodeAt returns the code that the app shows at a time.
func (x *Authenticator) CodeAt(t testing.TB, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCodeCustom(x.Secret, at, totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return code
}

// AddTOTP sets up an authenticator app in a session. It moves the clock by half a minute, so
// that the app's next code is not used yet.
func (a *App) AddTOTP(t testing.TB, actor sallyport.Actor) *Authenticator {
	t.Helper()
	a.Confirmed(t, actor)
	begun, err := a.Factors.Begin(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
	if err != nil {
		t.Fatalf("apptest: begin an authenticator app: %v", err)
	}
	x := &Authenticator{Secret: begun.Secret, clock: a.Clock}
	done, err := a.Factors.Verify(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodTOTP, Code: x.Code(t)})
	if err != nil {
		t.Fatalf("apptest: verify an authenticator app: %v", err)
	}
	a.saved(t, actor)
	x.Factor, x.BackupCodes = done.Factor, done.BackupCodes
	a.Clock.Advance(30 * time.Second)
	return x
}

// saved has the actor say that they have saved their backup codes, if they have any.
func (a *App) saved(t testing.TB, actor sallyport.Actor) {
	t.Helper()
	if err := a.Factors.CodesSaved(t.Context(), actor); err != nil {
		t.Fatalf("apptest: save the backup codes: %v", err)
	}
}

// Confirmed makes what a session has proven count as a step-up for acts on ways to prove
// oneself, made just now. It is for tests about other things, and proves nothing more.
func (a *App) Confirmed(t testing.TB, actor sallyport.Actor) {
	t.Helper()
	_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE sessions SET stepped_up_at = $1, stepped_up_for = $2 WHERE id = $3",
		a.Clock.Now().UnixMicro(), string(policy.AddFactor), actor.SessionID)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
}

// Passkey is a passkey authenticator with one key for one account.
type Passkey struct {
	Factor      sallyport.Factor
	Device      virtualwebauthn.Authenticator
	Key         virtualwebauthn.Credential
	Party       virtualwebauthn.RelyingParty
	BackupCodes []string // made when the passkey was set up
}

// NewKey returns a key pair for a passkey. One key in 128 that the library makes has a
// short coordinate, which the library then encodes unlike any authenticator.
func NewKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == whole {
			return c
		}
	}
}

// RelyingParty returns the WebAuthn relying party of the organisation, for an id and an
// origin.
func RelyingParty(id, origin string) virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: id, Name: "Quayside", Origin: origin}
}

// AddPasskey sets up a passkey in a session of the default organisation.
func (a *App) AddPasskey(t testing.TB, actor sallyport.Actor) *Passkey {
	t.Helper()
	a.Confirmed(t, actor)
	begun, err := a.Factors.Begin(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodWebAuthn, Name: "Key"})
	if err != nil {
		t.Fatalf("apptest: begin a passkey: %v", err)
	}
	x := &Passkey{
		Device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(actor.UserID)}),
		Key:    NewKey(),
		Party:  RelyingParty("accounts.corp.test", BaseURL),
	}
	done, err := a.Factors.Verify(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: x.Create(t, begun.Options)})
	if err != nil {
		t.Fatalf("apptest: verify a passkey: %v", err)
	}
	a.saved(t, actor)
	x.Factor, x.BackupCodes = done.Factor, done.BackupCodes
	x.Device.AddCredential(x.Key)
	return x
}

// Create answers the options of a registration.
func (x *Passkey) Create(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(x.Party, x.Device, x.Key, *o))
}

// Answer answers the options of an assertion and increments the signature counter.
func (x *Passkey) Answer(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	x.Key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(x.Party, x.Device, x.Key, *o))
}

// PassFactor passes the second factor of a sign-in with a code.
func (a *App) PassFactor(t testing.TB, from signin.From, r signin.Result, method, code string) (signin.Result, error) {
	t.Helper()
	return a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{
		State: signin.Factor, Answer: mfa.Answer{Method: method, Code: code},
	})
}

// VerifyAddress verifies the address of a signed-in user with the mailed link.
func (a *App) VerifyAddress(t testing.TB, actor sallyport.Actor) {
	t.Helper()
	if err := a.Accounts.RequestVerification(t.Context(), actor); err != nil {
		t.Fatalf("apptest: ask for a verification: %v", err)
	}
	mails := a.Mails(t)
	secret := Secret(t, mails[len(mails)-1], "/verify-email/")
	if err := a.Accounts.VerifyEmail(t.Context(), link.Mailed{TenantID: actor.TenantID, Client: actor.Client, Secret: secret}); err != nil {
		t.Fatalf("apptest: verify an address: %v", err)
	}
}

// AddPhone sets up codes by text message in a session.
func (a *App) AddPhone(t testing.TB, actor sallyport.Actor, number string) sallyport.Factor {
	t.Helper()
	return a.addSent(t, actor, mfa.NewFactor{Method: sallyport.MethodSMS, PhoneNumber: number}, number)
}

// AddEmail sets up codes by mail in a session. The user's address must be verified.
func (a *App) AddEmail(t testing.TB, actor sallyport.Actor) sallyport.Factor {
	t.Helper()
	u, err := a.Accounts.Own(t.Context(), actor)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return a.addSent(t, actor, mfa.NewFactor{Method: sallyport.MethodEmail}, u.Email)
}

func (a *App) addSent(t testing.TB, actor sallyport.Actor, n mfa.NewFactor, to string) sallyport.Factor {
	t.Helper()
	a.Confirmed(t, actor)
	begun, err := a.Factors.Begin(t.Context(), actor, n)
	if err != nil {
		t.Fatalf("apptest: begin codes by %s: %v", n.Method, err)
	}
	done, err := a.Factors.Verify(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: n.Method, Code: a.LastCode(t, to)})
	if err != nil {
		t.Fatalf("apptest: verify codes by %s: %v", n.Method, err)
	}
	a.saved(t, actor)
	return done.Factor
}

// WrongCode returns a code that is valid at no time near that of the test's clock.
func (x *Authenticator) WrongCode(t testing.TB) string {
	t.Helper()
	shown := map[string]bool{}
	for step := -60; step <= 60; step++ {
		shown[x.CodeAt(t, x.clock.Now().Add(time.Duration(step)*30*time.Second))] = true
	}
	for i := 0; ; i++ {
		if code := fmt.Sprintf("%06d", i); !shown[code] {
			return code
		}
	}
}

// Keys returns the keys that seal the secrets of the installation.
func (i *installation) Keys() *seal.Keys { return i.keys }

// StepUp proves in a session what an act needs, and returns from with the session's new
// token. The password is Password. app gives the code where one is needed, and may be nil
// otherwise.
func (a *App) StepUp(t testing.TB, from signin.From, actor sallyport.Actor, ask sallyport.StepUp, app *Authenticator) signin.From {
	t.Helper()
	r, err := a.SignIn.OpenStepUp(t.Context(), from, actor, ask)
	for err == nil && r.State != signin.Done {
		step := signin.Step{State: r.State, Password: Password}
		if r.State == signin.Factor {
			step.Answer = mfa.Answer{Method: sallyport.MethodTOTP, Code: app.Code(t)}
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	}
	if err != nil {
		t.Fatalf("apptest: step up for %s: %v", ask.Act, err)
	}
	from.Session = r.SessionToken
	return from
}

// App returns an authenticator app with a secret, in base32, from an enrolment.
func (a *App) App(secret string) *Authenticator {
	return &Authenticator{Secret: secret, clock: a.Clock}
}

// Grounds are good ones to reset somebody's second factors.
var Grounds = mfa.Grounds{Reason: "Lost phone", Checked: "in_person"}

// EndHanded ends the code that was handed over to somebody after a reset, as setting up a factor by it does.
func (a *App) EndHanded(t testing.TB, u sallyport.User) {
	t.Helper()
	live, err := a.DB.LiveFactors(t.Context(), u.TenantID, u.ID)
	Must(t, err)
	for _, f := range live {
		if !f.HandedOver() {
			continue
		}
		f.Status, f.EndedAt = sallyport.FactorRevoked, a.Clock.Now()
		Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.EndFactor(t.Context(), f.Factor) }))
	}
}
