package factor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// RelyingParty is this service as W3C Web Authentication Level 3 sees it. The
// flow of a registration, and of a sign-in with Assertion or Discoverable in
// the place of Registration:
//
//	BeginRegistration -> options to the browser, ceremony kept by the server
//	navigator.credentials.create(PublicKeyCredential.parseCreationOptionsFromJSON(options))
//	JSON of the result -> FinishRegistration with the ceremony, which is then gone
//
// The caller keeps a ceremony where the browser cannot change it, ends it by
// its own clock, and takes it away before it finishes it: a challenge that
// could be used twice would let whoever copied a response replay it.
type RelyingParty struct {
	ID      string   // host name, without scheme and port; passkeys are bound to it
	Name    string   // shown by some browsers; ID when ""
	Origins []string // from which ceremonies are accepted, such as "https://accounts.example.com"
}

// PasskeyUser is an account in a ceremony.
type PasskeyUser struct {
	Handle      []byte   // 1 to 64 bytes that tell nothing about the person and never change
	Name        string   // what they sign in with, shown when passkeys are chosen from
	DisplayName string   // Name when ""
	Passkeys    [][]byte // what is stored of their passkeys, each a Passkey.Record
}

// Passkey is what a finished ceremony proved about a passkey.
type Passkey struct {
	CredentialID   string // base64url without padding; the caller keeps it unique over all accounts
	Record         []byte // JSON to store in the place of the former; holds the public key and no secret
	UserVerified   bool   // in this ceremony a PIN or biometric was used, so it was two factors
	BackupEligible bool   // may be copied to other devices by its provider
	BackedUp       bool   // is copied now
	CloneSuspected bool   // the signature counter did not go up in this ceremony: there may be two copies of the key
	Model          string // a name to suggest, such as "iCloud Keychain"; "" when the model is unknown
}

// ErrPasskey is any ceremony that failed because of what came from outside, so
// that callers answer all of them alike. The cause is wrapped with it, for logs.
// Other errors are faults of our own: a configuration or a record that cannot
// be used.
var ErrPasskey = errors.New("passkey not accepted")

const (
	passkeyResponseBytes = 16 << 10 // the largest response of a known authenticator is a quarter of that
	passkeyHandleBytes   = 64       // WebAuthn section 5.4.3
)

func failed(cause error) error { return fmt.Errorf("%w: %w", ErrPasskey, cause) }

func failedWith(why string) error { return failed(errors.New(why)) }

// library returns go-webauthn set up for this relying party. It reads the clock
// only where Timeouts.*.Enforce is set, which is left off.
func (rp RelyingParty) library() (*webauthn.WebAuthn, error) {
	name := rp.Name
	if name == "" {
		name = rp.ID
	}
	lib, err := webauthn.New(&webauthn.Config{
		RPID:                  rp.ID,
		RPDisplayName:         name,
		RPOrigins:             rp.Origins,
		AttestationPreference: protocol.PreferNoAttestation, // the make of a passkey decides nothing, so nobody is asked for it
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			// Preferred, so that security keys without room or without a PIN can
			// still be second factors.
			ResidentKey:      protocol.ResidentKeyRequirementPreferred,
			UserVerification: protocol.VerificationPreferred,
		},
		// Nothing hangs on extensions here, and password managers send some
		// unasked.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	if rp.ID == "" {
		return nil, errors.New("passkeys: no relying party ID")
	}
	return lib, nil
}

// BeginRegistration starts adding a passkey to an account. options is the JSON
// for PublicKeyCredential.parseCreationOptionsFromJSON; the passkeys that the
// account has are excluded.
func (rp RelyingParty) BeginRegistration(u PasskeyUser) (options json.RawMessage, ceremony []byte, err error) {
	lib, user, err := rp.open(u)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := lib.BeginRegistration(user,
		webauthn.WithCredentialParameters(webauthn.CredentialParametersRecommendedL3()),
		webauthn.WithExclusions(webauthn.Credentials(user.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("passkeys: %w", err)
	}
	return marshalCeremony(creation.Response, session)
}

// FinishRegistration verifies what the browser answered. Whether another account
// has the passkey already is for the caller to see to, by CredentialID.
func (rp RelyingParty) FinishRegistration(u PasskeyUser, ceremony, response []byte) (Passkey, error) {
	lib, user, err := rp.open(u)
	if err != nil {
		return Passkey{}, err
	}
	session, err := rp.session(ceremony, registration)
	if err != nil {
		return Passkey{}, err
	}
	if len(response) > passkeyResponseBytes {
		return Passkey{}, failedWith("the response is too long")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Passkey{}, failed(err)
	}
	credential, err := lib.CreateCredential(user, session, parsed)
	if err != nil {
		return Passkey{}, failed(err)
	}
	for _, c := range user.credentials {
		if bytes.Equal(c.ID, credential.ID) {
			return Passkey{}, failedWith("the account has this passkey already")
		}
	}
	// Kept, the raw response would only serve to judge the make later, which
	// was not asked for.
	credential.Attestation = webauthn.CredentialAttestation{PublicKeyAlgorithm: credential.Attestation.PublicKeyAlgorithm}
	return newPasskey(credential, parsed.Response.AttestationObject.AuthData.Flags)
}

// BeginAssertion starts proving a second factor: with one of the passkeys of an
// account that is known. With verified it has to verify its user, which is a preference
// otherwise. It is an error when the account has none.
func (rp RelyingParty) BeginAssertion(u PasskeyUser, verified bool) (options json.RawMessage, ceremony []byte, err error) {
	lib, user, err := rp.open(u)
	if err != nil {
		return nil, nil, err
	}
	need := protocol.VerificationPreferred
	if verified {
		need = protocol.VerificationRequired
	}
	assertion, session, err := lib.BeginLogin(user, webauthn.WithUserVerification(need))
	if err != nil {
		return nil, nil, fmt.Errorf("passkeys: %w", err)
	}
	return marshalCeremony(assertion.Response, session)
}

// FinishAssertion verifies what the browser answered. Without UserVerified the
// passkey proves possession alone, which a second factor is.
func (rp RelyingParty) FinishAssertion(u PasskeyUser, ceremony, response []byte) (Passkey, error) {
	lib, user, err := rp.open(u)
	if err != nil {
		return Passkey{}, err
	}
	session, err := rp.session(ceremony, assertion)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := parseAssertion(response)
	if err != nil {
		return Passkey{}, err
	}
	credential, err := lib.ValidateLogin(user, session, parsed)
	if err != nil {
		return Passkey{}, failed(err)
	}
	return newPasskey(credential, parsed.Response.AuthenticatorData.Flags)
}

// BeginDiscoverable starts a sign-in without name and password: the browser
// offers the passkeys it has. User verification is required, because nothing
// else will be proven.
func (rp RelyingParty) BeginDiscoverable() (options json.RawMessage, ceremony []byte, err error) {
	lib, err := rp.library()
	if err != nil {
		return nil, nil, err
	}
	assertion, session, err := lib.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("passkeys: %w", err)
	}
	return marshalCeremony(assertion.Response, session)
}

// FinishDiscoverable verifies what the browser answered. find is given the user
// handle of the response, 1 to 64 bytes of anything, at most once. Its error
// comes back under ErrPasskey: a caller that must tell "unknown" from "cannot
// look" asks errors.Is for its own error first.
func (rp RelyingParty) FinishDiscoverable(find func(handle []byte) (PasskeyUser, error), ceremony, response []byte) (Passkey, error) {
	session, err := rp.session(ceremony, discoverable)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := parseAssertion(response)
	if err != nil {
		return Passkey{}, err
	}
	handle := parsed.Response.UserHandle
	if len(handle) == 0 || len(handle) > passkeyHandleBytes {
		return Passkey{}, failedWith("no user handle")
	}
	found, err := find(handle)
	if err != nil {
		return Passkey{}, failed(err)
	}
	lib, user, err := rp.open(found)
	if err != nil {
		return Passkey{}, err
	}
	owner := func([]byte, []byte) (webauthn.User, error) { return user, nil }
	_, credential, err := lib.ValidatePasskeyLogin(owner, session, parsed)
	if err != nil {
		return Passkey{}, failed(err)
	}
	return newPasskey(credential, parsed.Response.AuthenticatorData.Flags)
}

func parseAssertion(response []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(response) > passkeyResponseBytes {
		return nil, failedWith("the response is too long")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, failed(err)
	}
	return parsed, nil
}

// newPasskey tells what a ceremony proved. The flags are those of its own
// response: the record's UserVerified stays true once it was.
func newPasskey(c *webauthn.Credential, flags protocol.AuthenticatorFlags) (Passkey, error) {
	record, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("passkeys: %w", err)
	}
	return Passkey{
		CredentialID:   base64.RawURLEncoding.EncodeToString(c.ID),
		Record:         record,
		UserVerified:   flags.HasUserVerified(),
		BackupEligible: flags.HasBackupEligible(),
		BackedUp:       flags.HasBackupState(),
		CloneSuspected: c.Authenticator.CloneWarning,
		Model:          passkeyModel(c.Authenticator.AAGUID),
	}, nil
}
