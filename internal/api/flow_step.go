package api

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
)

// signInStep is the state of a sign-in or step-up, and what the client needs for the
// next step. The fields that an answer has follow from next: see stepVariants.
type signInStep struct {
	FlowID    string       `json:"flowId,omitempty" doc:"Absent when there was nothing to prove."`
	Next      signin.State `json:"next" doc:"The next step."`
	ExpiresAt time.Time    `json:"expiresAt,omitzero" doc:"Of the flow; when done, the latest end of the session."`
	FlowToken string       `json:"flowToken,omitempty" doc:"Native clients: for the next step, as header Sallyport-Flow."`
	NativeTokens
	DeviceToken string `json:"deviceToken,omitempty" doc:"Native clients, if it is new: keep it for the next sign-in, as header Sallyport-Device, in the place of the former one."`

	Methods        []signInMethod     `json:"methods,omitempty" nullable:"false" doc:"The second factors to pass with, the strongest first and, of one method, the one used last. In a step-up, when next is password: webauthn where a passkey may stand in."`
	EnrolNext      bool               `json:"enrolNext,omitempty" doc:"None of methods can be used any longer. One of them passes this once; then next is enrol."`
	AllowedMethods []string           `json:"allowedMethods,omitempty" nullable:"false" doc:"What may be set up."`
	HasPassword    *bool              `json:"hasPassword,omitempty" doc:"In a step-up: there is a password to ask for."`
	Challenge      *asked             `json:"challenge,omitempty" doc:"After a code was sent, or passkey options were made."`
	Away           *awayTo            `json:"away,omitempty" doc:"Where the browser goes to an identity provider."`
	Providers      []signInProvider   `json:"providers,omitempty" nullable:"false" doc:"In a step-up: where the user can prove anew who they are, on the page of the step-up."`
	Provider       string             `json:"provider,omitempty" doc:"Name of the provider whose account is to be linked."`
	SetUp          *secondFactorSetUp `json:"setUp,omitempty" doc:"After enrol: what setting up needs."`

	Devices []trustedDevice `json:"devices,omitempty" nullable:"false" doc:"Those of which one has to be given up to trust this one. Absent where there is room."`

	BackupCodes          []string `json:"backupCodes,omitempty" nullable:"false" doc:"Made with the first second factor of an account. They are shown this once."`
	BackupCodesRemaining *int     `json:"backupCodesRemaining,omitempty" minimum:"0" doc:"After one was used."`
}

// NativeTokens are what a native client holds of its session, from now on in the place of the
// former ones. The name is exported because huma ignores embedded types that are not.
type NativeTokens struct {
	AccessToken          string    `json:"accessToken,omitempty" doc:"Native clients: the session, as bearer token, until accessTokenExpiresAt."`
	AccessTokenExpiresAt time.Time `json:"accessTokenExpiresAt,omitzero" doc:"Native clients: after it, refreshToken gets the next."`
	RefreshToken         string    `json:"refreshToken,omitempty" doc:"Native clients: for POST /oauth2/token, once."`
}

func showTokens(t act.Tokens) NativeTokens {
	return NativeTokens{t.SessionToken, t.AccessEndsAt.UTC(), t.RefreshToken}
}

type signInOutput struct{ Body signInStep }

// signInMethod is one way to pass the second factor.
type signInMethod struct {
	MethodType anyMethod `json:"methodType"`
	MFAID      string    `json:"mfaId" doc:"To which a code is sent. Any app or passkey of the account answers for all of its kind."`
	DeviceName string    `json:"deviceName,omitempty" doc:"Its owner's name for it."`
	Hint       string    `json:"hint,omitempty" doc:"Where a code goes, masked."`
}

// asked is what a client needs to answer a challenge.
type asked struct {
	MethodType askedMethod `json:"methodType"`
	Options    jsonObject  `json:"options,omitempty" doc:"For navigator.credentials.get."`
	SentTo     string      `json:"sentTo,omitempty" doc:"Masked."`
	Number     int         `json:"number,omitempty" minimum:"10" maximum:"99" doc:"Of push: to be shown, and typed on another device."`
	ExpiresAt  time.Time   `json:"expiresAt,omitzero" doc:"When the code stops working, or nobody can approve any more."`
}

// secondFactorSetUp is what a client needs to set up a second factor, in a sign-in as at
// /me/factors.
type secondFactorSetUp struct {
	MFAID        string     `json:"mfaId" doc:"Id of the second factor."`
	MethodType   newMethod  `json:"methodType"`
	Secret       string     `json:"secret,omitempty" doc:"Of an authenticator app, in base32. It is shown this once."`
	SecretGroups string     `json:"secretGroups,omitempty" doc:"The same in groups, for typing."`
	URI          string     `json:"uri,omitempty" doc:"The same as otpauth: address."`
	QRCode       string     `json:"qrCode,omitempty" doc:"The same as data URI of a PNG."`
	Options      jsonObject `json:"options,omitempty" doc:"Of a passkey, for navigator.credentials.create."`
	SentTo       string     `json:"sentTo,omitempty" doc:"Where the first code went, masked."`
	ExpiresAt    time.Time  `json:"expiresAt" doc:"Until then it can be verified."`
}

func showSetUp(b mfa.Begun) secondFactorSetUp {
	return secondFactorSetUp{
		MFAID: b.Factor.ID, MethodType: newMethod(b.Factor.Method), Secret: b.Secret, SecretGroups: b.Groups, URI: b.URI, QRCode: b.QRPNG,
		Options: jsonObject(b.Options), SentTo: b.SentTo, ExpiresAt: b.Factor.ExpiresAt.UTC(),
	}
}

// showStep returns the state of a flow without its tokens. Only a signed-in user learns
// whether the account has a password.
func showStep(r signin.Result, stepUp bool) signInStep {
	out := signInStep{FlowID: r.FlowID, Next: r.State, ExpiresAt: r.ExpiresAt.UTC(), EnrolNext: r.EnrolNext, AllowedMethods: r.Methods, Devices: showTrusted(r.Devices)}
	if r.State == signin.Done {
		out.ExpiresAt = r.Session.ExpiresAt.UTC()
	}
	for _, c := range r.Choices {
		out.Methods = append(out.Methods, signInMethod{anyMethod(c.Method), c.FactorID, c.Name, c.Hint})
	}
	if stepUp && r.State == signin.Password {
		out.HasPassword = &r.HasPassword
	}
	out.Provider = r.At
	if r.Away != nil {
		out.Away = &awayTo{r.Away.URL, r.Away.Form}
	}
	for _, p := range r.Providers {
		out.Providers = append(out.Providers, showProvider(p))
	}
	if a := r.Asked; a != nil {
		out.Challenge = &asked{askedMethod(a.Method), jsonObject(a.Options), a.SentTo, a.Number, a.Until.UTC()}
	}
	if r.Begun != nil {
		begun := showSetUp(*r.Begun)
		out.SetUp = &begun
	}
	if r.Enrolled != nil {
		out.BackupCodes = r.Enrolled.BackupCodes
	}
	if u := r.Used; u != nil && u.Method == sallyport.MethodBackupCodes {
		out.BackupCodesRemaining = &u.Left
	}
	return out
}

// jsonObject is a JSON object that WebAuthn describes: the options and the answer of a
// browser's passkey call.
type jsonObject json.RawMessage

// Schema allows any object.
func (jsonObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// MarshalJSON returns the object unchanged.
func (o jsonObject) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON keeps the object unchanged.
func (o *jsonObject) UnmarshalJSON(b []byte) error { return (*json.RawMessage)(o).UnmarshalJSON(b) }
