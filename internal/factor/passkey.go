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

// RelyingParty is this service in the terms of W3C Web Authentication Level 3. A
// registration is, as is a sign-in with Assertion or Discoverable instead of Registration:
//
//	BeginRegistration -> options to the browser, ceremony kept by the server
//	navigator.credentials.create(PublicKeyCredential.parseCreationOptionsFromJSON(options))
//	JSON of the result -> FinishRegistration with the ceremony, which is then gone
//
// The caller stores a ceremony where the browser cannot change it, expires it by its own
// clock, and deletes it before it finishes it: if a challenge could be used twice, a copied
// response could be replayed.
type RelyingParty struct {
	ID      string   // host name, without scheme and port; passkeys are bound to it
	Name    string   // shown by some browsers; ID when ""
	Origins []string // origins from which ceremonies are accepted, such as "https://accounts.example.com"
}

// PasskeyUser is the account of a ceremony.
type PasskeyUser struct {
	Handle      []byte   // 1 to 64 bytes that say nothing about the person and never change
	Name        string   // what they sign in with, shown in the list of passkeys
	DisplayName string   // Name when ""
	Passkeys    [][]byte // Passkey.Record of each stored passkey
}

// Passkey is what a finished ceremony proved about a passkey.
type Passkey struct {
	CredentialID   string // base64url without padding; the caller keeps it unique across all accounts
	Record         []byte // JSON to store instead of the former record; holds the public key and no secret
	UserVerified   bool   // a PIN or biometrics was used in this ceremony, so it was two factors
	BackupEligible bool   // its provider may copy it to other devices
	BackedUp       bool   // it is copied now
	CloneSuspected bool   // the signature counter of one that is not copied did not increase: there may be two copies of the key
	Model          string // a name to suggest, such as "iCloud Keychain"; "" when the model is unknown
}

// ErrPasskey is every failure of a ceremony that is caused by input, so that callers answer
// all of them in the same way. It wraps the cause, for logs. Other errors are our own
// faults: a configuration or a record that cannot be used.
var ErrPasskey = errors.New("passkey not accepted")

// ErrPasskeyWithdrawn is the failure of a passkey that its provider copied to other devices and that now says it is
// never copied. It is an ErrPasskey too.
var ErrPasskeyWithdrawn = fmt.Errorf("%w: eligibility for backups", ErrPasskey)

const (
	passkeyResponseBytes = 16 << 10 // four times the largest response of a known authenticator
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
		AttestationPreference: protocol.PreferNoAttestation, // the model of an authenticator decides nothing, so it is not asked for
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			// Preferred and not required, so that security keys without storage or without a
			// PIN can still be second factors.
			ResidentKey:      protocol.ResidentKeyRequirementPreferred,
			UserVerification: protocol.VerificationPreferred,
		},
		// No decision uses extensions, and password managers send some without being
		// asked.
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

// BeginRegistration starts adding a passkey to an account. options is the JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON; it excludes the account's existing
// passkeys.
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

// FinishRegistration verifies the browser's response. The caller checks by CredentialID
// that no other account has the passkey.
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
	// The raw attestation would only serve to judge the model later, which nothing
	// does, so it is not stored.
	credential.Attestation = webauthn.CredentialAttestation{PublicKeyAlgorithm: credential.Attestation.PublicKeyAlgorithm}
	return newPasskey(credential, parsed.Response.AttestationObject.AuthData.Flags)
}

// BeginAssertion starts proving a second factor with a passkey of a known account. With
// verified, user verification is required; otherwise it is preferred. It returns an error
// when the account has no passkey.
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

// FinishAssertion verifies the browser's response. Without UserVerified the passkey proves
// possession only, which is enough for a second factor.
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
	eligible := user.agree(parsed)
	credential, err := lib.ValidateLogin(user, session, parsed)
	if err != nil {
		return Passkey{}, failed(err)
	}
	return usedPasskey(credential, parsed.Response.AuthenticatorData, eligible)
}

// BeginDiscoverable starts a sign-in without name and password: the browser offers its
// passkeys. User verification is required, because nothing else is proven.
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

// FinishDiscoverable verifies the browser's response. It calls find at most once, with the
// CredentialID of the response, which is not trusted yet. The response must also name the
// Handle of the user that find returns. Errors of find are wrapped in ErrPasskey: to tell
// "unknown" from "lookup failed" the caller checks for its own error first, with errors.Is.
func (rp RelyingParty) FinishDiscoverable(find func(credentialID string) (PasskeyUser, error), ceremony, response []byte) (Passkey, error) {
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
	found, err := find(base64.RawURLEncoding.EncodeToString(parsed.RawID))
	if err != nil {
		return Passkey{}, failed(err)
	}
	lib, user, err := rp.open(found)
	if err != nil {
		return Passkey{}, err
	}
	eligible := user.agree(parsed)
	owner := func([]byte, []byte) (webauthn.User, error) { return user, nil }
	_, credential, err := lib.ValidatePasskeyLogin(owner, session, parsed)
	if err != nil {
		return Passkey{}, failed(err)
	}
	return usedPasskey(credential, parsed.Response.AuthenticatorData, eligible)
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

// agree gives the stored record of the passkey that answers the eligibility for backups that the answer has, since the library
// refuses any change of it, and returns the one that was stored. Nothing is believed by that: the signature covers the
// answer's, and usedPasskey judges the change after it was verified.
func (u ceremonyUser) agree(answer *protocol.ParsedCredentialAssertionData) (stored bool) {
	for i := range u.credentials {
		if c := &u.credentials[i]; bytes.Equal(c.ID, answer.RawID) {
			stored = c.Flags.BackupEligible
			c.Flags.BackupEligible = answer.Response.AuthenticatorData.Flags.HasBackupEligible()
		}
	}
	return stored
}

// usedPasskey returns what an assertion proved. eligible is whether its passkey was known to be one that its provider may copy.
//
// A manager can begin to copy a passkey with its first synchronisation or an update, and says so from then on. One that was copied
// and says that it is not is another key store with the same key: it is refused by ErrPasskeyWithdrawn. The counter of
// a passkey that is copied proves nothing, since its copies count for themselves, or stop. That it was eligible before counts, so
// that whoever has copied a key cannot leave its counter behind by setting the flag.
func usedPasskey(c *webauthn.Credential, data protocol.AuthenticatorData, eligible bool) (Passkey, error) {
	if eligible && !data.Flags.HasBackupEligible() {
		return Passkey{}, fmt.Errorf("%w: it is no longer eligible for backups", ErrPasskeyWithdrawn)
	}
	if eligible {
		c.Authenticator.CloneWarning, c.Authenticator.SignCount = false, data.Counter
	}
	return newPasskey(c, data.Flags)
}

// newPasskey returns what a ceremony proved. It takes the flags from this response, because
// the record's UserVerified stays true once it was.
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
