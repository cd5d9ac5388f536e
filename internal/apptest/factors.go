package apptest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// Authenticator is an app on somebody's phone, set up for one account.
type Authenticator struct {
	Factor      sallyport.Factor
	Secret      string   // in base32
	BackupCodes []string // that came with it
	clock       *Clock
}

// Code returns the code the app shows at the time of the test's clock.
func (x *Authenticator) Code(t testing.TB) string { return x.CodeAt(t, x.clock.Now()) }

// CodeAt returns the code of another time.
func (x *Authenticator) CodeAt(t testing.TB, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCodeCustom(x.Secret, at, totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	return code
}

// AddTOTP sets up an authenticator app in a session. Half a minute passes, so that
// its next code is a fresh one.
func (a *App) AddTOTP(t testing.TB, actor sallyport.Actor) *Authenticator {
	t.Helper()
	begun, err := a.Accounts.BeginFactor(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodTOTP, Name: "Phone"})
	if err != nil {
		t.Fatalf("apptest: begin an authenticator app: %v", err)
	}
	x := &Authenticator{Secret: begun.Secret, clock: a.Clock}
	done, err := a.Accounts.VerifyFactor(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodTOTP, Code: x.Code(t)})
	if err != nil {
		t.Fatalf("apptest: verify an authenticator app: %v", err)
	}
	x.Factor, x.BackupCodes = done.Factor, done.BackupCodes
	a.Clock.Advance(30 * time.Second)
	return x
}

// Passkey is an authenticator with one passkey of one account.
type Passkey struct {
	Factor sallyport.Factor
	Device virtualwebauthn.Authenticator
	Key    virtualwebauthn.Credential
	Party  virtualwebauthn.RelyingParty
}

// RelyingParty is the organisation as passkeys know it, at an address.
func RelyingParty(id, origin string) virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: id, Name: "Quayside", Origin: origin}
}

// AddPasskey sets up a passkey in a session of the default organisation.
func (a *App) AddPasskey(t testing.TB, actor sallyport.Actor) *Passkey {
	t.Helper()
	begun, err := a.Accounts.BeginFactor(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodWebAuthn, Name: "Key"})
	if err != nil {
		t.Fatalf("apptest: begin a passkey: %v", err)
	}
	x := &Passkey{
		Device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(actor.UserID)}),
		Key:    virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
		Party:  RelyingParty("accounts.corp.test", BaseURL),
	}
	done, err := a.Accounts.VerifyFactor(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodWebAuthn, Passkey: x.Create(t, begun.Options)})
	if err != nil {
		t.Fatalf("apptest: verify a passkey: %v", err)
	}
	x.Factor = done.Factor
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

// Answer answers the options of an assertion. Its counter goes up.
func (x *Passkey) Answer(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	x.Key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(x.Party, x.Device, x.Key, *o))
}

// PassFactor goes on with a sign-in that waits for a second factor, by a code.
func (a *App) PassFactor(t testing.TB, from signin.From, r signin.Result, method, code string) (signin.Result, error) {
	t.Helper()
	return a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{
		State: signin.Factor, Answer: mfa.Answer{Method: method, Code: code},
	})
}
