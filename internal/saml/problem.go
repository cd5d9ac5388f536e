package saml

import (
	"errors"

	crewjam "github.com/crewjam/saml"

	"github.com/sallyport/sallyport/internal/federate"
)

// Problems is THE table of what can be wrong, by code, in a sentence for whoever set the provider up.
var Problems = map[string]string{
	"metadata_large":          "The metadata is larger than 1 MiB.",
	"metadata_malformed":      "The metadata is not SAML 2.0 metadata that can be read.",
	"metadata_no_provider":    "The metadata names no identity provider for SAML 2.0, or not the one that was asked for.",
	"metadata_several":        "The metadata names several identity providers, so the entity id of one has to be given.",
	"metadata_no_address":     "The metadata has no address to sign in at that a browser can be sent to.",
	"metadata_no_certificate": "The metadata has no certificate that signatures can be checked with.",
	"metadata_signature":      "The signature of the metadata is missing, or was not made with the certificate that was given.",

	"too_large":       "The message is larger than 1 MiB, has too many elements, or nests them too deeply.",
	"malformed":       "The message is not SAML that can be read.",
	"dtd":             "The message has a document type or a processing instruction, which SAML forbids.",
	"wrapped":         "Part of the message is where it must not be, as when somebody passes a forged statement off as a signed one.",
	"assertion_count": "The response does not have exactly one assertion.",
	"refused_there":   "The identity provider did not sign the user in.",

	"unsigned":            "Neither the response nor the assertion is signed.",
	"signed_weakly":       "The signature was made in a way that is not accepted: SHA-256 or stronger with RSA or ECDSA is.",
	"unknown_certificate": "The message was signed with a certificate that is not in the provider's metadata. The provider may have changed its certificate.",
	"signed_wrongly":      "The signature does not fit the message: it was changed on the way, or another key signed it.",
	"decryption":          "The encrypted assertion cannot be opened with our key, or what is in it is not signed by the provider.",

	"other_provider": "The message is from another identity provider.",
	"destination":    "The message was made for another address.",
	"other_service":  "The assertion was made for another service.",
	"in_response_to": "The message answers another request than the one that this browser made.",
	"unsolicited":    "Nobody asked for this response, and the provider is not set up to send such.",
	"too_old":        "The message is too old. One of the clocks may be wrong.",
	"not_yet":        "The message is from the future. One of the clocks may be wrong.",
	"incomplete":     "The message lacks something that SAML asks for.",
	"unsupported":    "The message uses something of SAML that is not supported here.",
	"replayed":       "The message was used before.",

	"subject_missing":        "The assertion does not say who the user is, or names several.",
	"subject_transient":      "The provider names the user anew each time, so nobody could be recognised.",
	"subject_not_persistent": "The provider names the user by something that may be given to somebody else, such as an address.",
	"subject_long":           "The name of the user at the provider is too long.",

	"no_logout":   "The metadata has no address to sign out at.",
	"logout_hint": "It is not known who was signed in at the provider.",
}

// causes is THE table of the library's errors, and the codes that they get. The first one that fits counts.
var causes = []struct {
	err  error
	code string
}{
	{crewjam.ErrDecryptionFailed, "decryption"},
	{crewjam.ErrIssuerMismatch, "other_provider"},
	{crewjam.ErrDestinationMismatch, "destination"},
	{crewjam.ErrRequestIDMismatch, "in_response_to"},
	{crewjam.ErrAudienceMismatch, "other_service"},
	{crewjam.ErrExpired, "too_old"},
	{crewjam.ErrNotYetValid, "not_yet"},
	{crewjam.ErrMissingElement, "incomplete"},
	{crewjam.ErrInvalidSignature, "signed_wrongly"},
	{crewjam.ErrUnsupported, "unsupported"},
	{crewjam.ErrMalformedMessage, "malformed"},
}

const maxDetail = 300 // bytes; details repeat what came from outside

func problem(code, detail string) *federate.Problem {
	if len(detail) > maxDetail {
		detail = detail[:maxDetail] + "…"
	}
	return &federate.Problem{Code: code, Detail: detail}
}

// refused gives an error of the library its code, or another one where it has none.
func refused(err error, otherwise string) *federate.Problem {
	if p, ok := errors.AsType[*federate.Problem](err); ok {
		return p
	}
	// Its text is the same for all; the reason is inside.
	if inner, ok := errors.AsType[*crewjam.InvalidResponseError](err); ok && inner.PrivateErr != nil {
		err = inner.PrivateErr
	}
	if status, ok := errors.AsType[crewjam.ErrBadStatus](err); ok {
		return problem("refused_there", statusWords([]string{status.Status}))
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return problem(c.code, err.Error())
		}
	}
	return problem(otherwise, err.Error())
}

// asProblem is the problem of a step: nil where there is none, or where the fault is ours.
func asProblem(err error) *federate.Problem {
	p, _ := errors.AsType[*federate.Problem](err)
	return p
}
