// Package openid is the relying party of OpenID Connect, and of GitHub's OAuth 2.0: how a person is sent to
// an identity provider, and what the provider's answer says of them. It is the protocol alone. It keeps
// nothing but what providers publish (their metadata and keys), and decides about nobody: see package federate.
//
//	AuthURL ──> the browser goes to the provider ──> ParseCallback ──> Finish ──> federate.Assertion
//
// A caller keeps the [Request] of a sign-in where only the same browser leads to it, and uses it once.
//
// Specifications: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749, RFC 7636 (PKCE), RFC 9207 (issuer in the
// answer), RFC 9700 (what is best practice), OpenID Connect Back-Channel Logout 1.0 and RP-Initiated Logout 1.0.
package openid
