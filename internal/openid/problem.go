package openid

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/outbound"
)

// Codes of problems.
const (
	codeConfiguration    = "configuration"
	codeAddressInsecure  = "address_insecure"
	codeAddressRefused   = "address_refused"
	codeDiscoveryReach   = "discovery_unreachable"
	codeDiscoveryInvalid = "discovery_invalid"
	codeDiscoveryIssuer  = "discovery_issuer"
	codeIssuerTemplate   = "issuer_template"
	codeKeysReach        = "keys_unreachable"
	codeKeysInvalid      = "keys_invalid"
	codeKeyUnknown       = "key_unknown"
	codeAlgorithm        = "algorithm"
	codeSignature        = "signature"
	codeCallback         = "callback"
	codeState            = "state"
	codeCallbackIssuer   = "callback_issuer"
	codeConsentRefused   = "consent_refused"
	codeSignInNeeded     = "sign_in_needed"
	codeProviderRefused  = "provider_refused"
	codeTokenReach       = "token_unreachable"
	codeTokenRefused     = "token_refused"
	codeTokenInvalid     = "token_invalid"
	codeIDToken          = "id_token"
	codeIssuer           = "issuer"
	codeAudience         = "audience"
	codeExpired          = "expired"
	codeClock            = "clock"
	codeNonce            = "nonce"
	codeSubject          = "subject"
	codeAuthTime         = "auth_time"
	codeAccessTokenHash  = "access_token_hash"
	codeUserInfoReach    = "userinfo_unreachable"
	codeUserInfoInvalid  = "userinfo_invalid"
	codeUserInfoSubject  = "userinfo_subject"
	codeLogoutToken      = "logout_token"
)

// Problems is THE table of what can be wrong, by code, in a sentence for whoever set the provider up.
var Problems = map[string]string{
	codeConfiguration:    "What is configured for this provider is incomplete or does not fit together.",
	codeAddressInsecure:  "An address of the provider does not begin with https://, or is no address.",
	codeAddressRefused:   "An address of the provider leads to a network that this server may not reach.",
	codeDiscoveryReach:   "The provider's configuration cannot be fetched from the issuer's address.",
	codeDiscoveryInvalid: "What the provider publishes as its configuration cannot be used.",
	codeDiscoveryIssuer:  "The provider says that its issuer is another one than the configured one. Both have to be equal, to the last character.",
	codeIssuerTemplate:   "The issuer stands for many organisations. Use the one with the ID of your own.",
	codeKeysReach:        "The provider's keys cannot be fetched.",
	codeKeysInvalid:      "What the provider publishes as its keys cannot be used.",
	codeKeyUnknown:       "The token is signed with a key that the provider does not publish.",
	codeAlgorithm:        "The token is signed in a way that the provider does not name, or that is not allowed here.",
	codeSignature:        "The signature of the token does not fit the provider's key.",
	codeCallback:         "The browser came back from the provider without what belongs to a sign-in.",
	codeState:            "The browser came back with an answer to another sign-in than the one it began.",
	codeCallbackIssuer:   "The answer comes from another provider than the one that was asked.",
	codeConsentRefused:   "The sign-in was refused or cancelled at the provider.",
	codeSignInNeeded:     "The provider needs its user to sign in there, or to answer a question.",
	codeProviderRefused:  "The provider refused the request.",
	codeTokenReach:       "The provider did not answer when the code was exchanged for tokens.",
	codeTokenRefused:     "The provider refused to exchange the code for tokens.",
	codeTokenInvalid:     "The provider's answer has no tokens that can be used.",
	codeIDToken:          "The ID token is no ID token, or is damaged.",
	codeIssuer:           "The token was issued by another provider.",
	codeAudience:         "The token was issued for another application.",
	codeExpired:          "The token had expired when it came. The clocks of both servers may differ.",
	codeClock:            "The times in the token do not fit the time here. The clocks of both servers differ.",
	codeNonce:            "The ID token belongs to another sign-in.",
	codeSubject:          "The token does not say in a usable way whom it is about.",
	codeAuthTime:         "The provider does not say that its user has just proven who they are.",
	codeAccessTokenHash:  "The access token is not the one that belongs to the ID token.",
	codeUserInfoReach:    "The provider did not answer when asked about its user.",
	codeUserInfoInvalid:  "What the provider says of its user cannot be read.",
	codeUserInfoSubject:  "The provider answered about another user than the one who signed in.",
	codeLogoutToken:      "The logout token is no logout token, or is damaged.",
}

func problem(code, detail string) *federate.Problem {
	return &federate.Problem{Code: code, Detail: detail}
}

// MaxSaid is how many characters of what a provider says about an error are kept.
const MaxSaid = 300

// said makes one short line of what a provider says: others will read it, in logs and on pages.
func said(parts ...string) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) { // control characters, and those that change the direction of what follows
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.Join(parts, " "), "?"))
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > MaxSaid {
		return string(letters[:MaxSaid]) + "…"
	}
	return text
}

// unreached is the problem of a request without a usable answer. The error's text would have the whole address.
func unreached(code string, err error) *federate.Problem {
	if errors.Is(err, outbound.ErrRefused) {
		return &federate.Problem{Code: codeAddressRefused, Cause: bare(err)}
	}
	p := &federate.Problem{Code: code, Cause: bare(err)}
	switch {
	case errors.Is(err, errTooLarge) || errors.Is(err, outbound.ErrTooLarge):
		p.Detail = "the answer is too large"
	case errors.Is(err, context.DeadlineExceeded) || timedOut(err):
		p.Detail = "no answer in time"
	}
	return p
}

func timedOut(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}
