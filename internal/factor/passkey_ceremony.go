package factor

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
)

// ceremonyUser is a PasskeyUser in the library's terms.
type ceremonyUser struct {
	PasskeyUser
	credentials []webauthn.Credential
}

func (u ceremonyUser) WebAuthnID() []byte                         { return u.Handle }
func (u ceremonyUser) WebAuthnName() string                       { return u.Name }
func (u ceremonyUser) WebAuthnDisplayName() string                { return u.DisplayName }
func (u ceremonyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// open configures the library and reads the stored passkeys of an account.
func (rp RelyingParty) open(u PasskeyUser) (*webauthn.WebAuthn, ceremonyUser, error) {
	lib, err := rp.library()
	if err != nil {
		return nil, ceremonyUser{}, err
	}
	if len(u.Handle) == 0 || len(u.Handle) > passkeyHandleBytes {
		return nil, ceremonyUser{}, errors.New("passkeys: the user handle is not of 1 to 64 bytes")
	}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	user := ceremonyUser{PasskeyUser: u, credentials: make([]webauthn.Credential, len(u.Passkeys))}
	for i, record := range u.Passkeys {
		c := &user.credentials[i]
		if err := json.Unmarshal(record, c); err != nil {
			return nil, ceremonyUser{}, fmt.Errorf("passkeys: stored record: %w", err)
		}
		// A warning from an earlier ceremony does not belong to this one.
		c.Authenticator.CloneWarning = false
	}
	return lib, user, nil
}

func marshalCeremony(publicKey any, session *webauthn.SessionData) (options json.RawMessage, ceremony []byte, err error) {
	if options, err = json.Marshal(publicKey); err != nil {
		return nil, nil, fmt.Errorf("passkeys: %w", err)
	}
	if ceremony, err = json.Marshal(session); err != nil {
		return nil, nil, fmt.Errorf("passkeys: %w", err)
	}
	return options, ceremony, nil
}

// kind is the kind of ceremony that was begun. It must be finished as the same kind,
// because one that was begun with fewer requirements must not pass where more is required.
type kind func(webauthn.SessionData) bool

var (
	registration kind = func(s webauthn.SessionData) bool { return len(s.UserID) > 0 && len(s.CredParams) > 0 }
	assertion    kind = func(s webauthn.SessionData) bool {
		return len(s.UserID) > 0 && len(s.CredParams) == 0 && len(s.AllowedCredentialIDs) > 0
	}
	discoverable kind = func(s webauthn.SessionData) bool {
		return len(s.UserID) == 0 && len(s.CredParams) == 0 && len(s.AllowedCredentialIDs) == 0 &&
			s.UserVerification == protocol.VerificationRequired
	}
)

// session reads a ceremony that must be of this kind and relying party.
func (rp RelyingParty) session(ceremony []byte, is kind) (webauthn.SessionData, error) {
	var s webauthn.SessionData
	if err := json.Unmarshal(ceremony, &s); err != nil {
		return s, failed(fmt.Errorf("ceremony: %w", err))
	}
	if !is(s) {
		return s, failedWith("the ceremony was begun for another purpose")
	}
	if s.RelyingPartyID != rp.ID {
		return s, failedWith("the ceremony was begun by another relying party")
	}
	s.Expires = time.Time{} // the caller checks the time, with its own clock
	return s, nil
}

// passkeyModels names common AAGUIDs, from
// github.com/passkeydeveloper/passkey-authenticator-aaguids and, for security keys, the FIDO
// Metadata Service. The AAGUID comes without proof here, so the name is only a suggestion.
var passkeyModels = map[string]string{
	"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
	"dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain", // with a managed Apple account
	"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
	"adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
	"771b48fd-d3d4-4f74-9232-fc157ab0507a": "Edge on Mac",
	"08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello", // hardware
	"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello", // virtual TPM
	"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello", // software
	"bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
	"d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
	"531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
	"b84e4048-15dc-4dd0-8640-f4f60813c8af": "NordPass",
	"0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6": "Keeper",
	"50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
	"fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
	"53414d53-554e-4700-0000-000000000000": "Samsung Pass",
	"cb69481e-8ff7-4039-93ec-0a2729a154a8": "YubiKey 5",
	"ee882879-721c-4913-9775-3dfcce97072a": "YubiKey 5",
	"fa2b99dc-9e39-4257-8f92-4a30d23c4118": "YubiKey 5 NFC",
	"2fc0579f-8113-47ea-b116-bb5a8db9202a": "YubiKey 5 NFC",
	"c5ef55ff-ad9a-4b9f-b580-adebafe026d0": "YubiKey 5Ci",
}

func passkeyModel(aaguid []byte) string {
	id, err := uuid.FromBytes(aaguid)
	if err != nil {
		return ""
	}
	return passkeyModels[id.String()]
}
