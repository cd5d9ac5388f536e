package openid

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sallyport/sallyport/internal/federate"
)

const (
	skew   = 2 * time.Minute  // by which clocks may differ
	maxAge = 10 * time.Minute // of a token: it comes straight from the provider
)

const (
	maxSubject   = 255 // bytes (Core, section 2)
	maxSessionID = federate.MaxValue
)

// signed is a token whose signature was verified.
type signed struct {
	header
	claims
	id *oidc.IDToken // what go-oidc read of it; nil for a logout token
}

// tokenKind says what a token of one kind has to be.
type tokenKind struct {
	code  string // of the problem of what is something else
	rules []rule // in the order in which they are asked
	// second is go-oidc's opinion. It has to agree, whatever the rules say.
	second func(context.Context, *oidc.IDTokenVerifier, string) (*oidc.IDToken, error)
}

// rule says what is wrong with a token; nil when nothing is.
type rule func(*visit, signed) *federate.Problem

// idTokens are after Core, section 3.1.3.7. go-oidc would take a logout token for one, and looks neither at azp
// nor at nonce, iat and auth_time.
var idTokens = tokenKind{
	code:  codeIDToken,
	rules: []rule{noOtherToken, issuerFits, audienceFits, notExpired, issuedNow, nonceFits, subjectFits, authTimeFits, accessTokenFits},
	second: func(ctx context.Context, v *oidc.IDTokenVerifier, raw string) (*oidc.IDToken, error) {
		return v.Verify(ctx, raw)
	},
}

// open verifies the signature of a token and asks the rules.
func (v *visit) open(ctx context.Context, raw string, kind tokenKind) (signed, *federate.Problem) {
	h, ok := parseHeader(raw)
	if !ok {
		return signed{}, problem(kind.code, "it is no signed token")
	}
	t, algorithms := signed{header: h}, v.m.algorithms()
	if !slices.Contains(algorithms, h.Algorithm) {
		return t, problem(codeAlgorithm, fmt.Sprintf("it is signed with %q, allowed are %s", said(h.Algorithm), strings.Join(algorithms, ", ")))
	}
	keys := &ring{c: v.c, m: v.m, h: h, tr: v.tr}
	id, err := kind.second(ctx, oidc.NewVerifier(v.m.Issuer, keys, &oidc.Config{
		ClientID: v.p.ClientID, SupportedSigningAlgs: algorithms,
		SkipExpiryCheck: true, // it knows no skew
	}), raw)
	if keys.problem != nil {
		return t, keys.problem
	}
	if t.claims, ok = parseClaims(keys.payload); !ok {
		return t, &federate.Problem{Code: kind.code, Detail: "what is signed are no claims", Cause: err}
	}
	t.id = id
	if p := v.ask(kind.rules, t); p != nil {
		return t, p
	}
	if err != nil {
		return t, &federate.Problem{Code: kind.code, Cause: err}
	}
	return t, nil
}

// ask returns what the first rule says that a token breaks.
func (v *visit) ask(rules []rule, t signed) *federate.Problem {
	for _, broken := range rules {
		if p := broken(v, t); p != nil {
			return p
		}
	}
	return nil
}

// noOtherToken refuses what a provider signs for other uses. (RFC 8725, section 3.11.)
func noOtherToken(_ *visit, t signed) *federate.Problem {
	if strings.HasSuffix(strings.ToLower(t.Type), "+jwt") {
		return problem(codeIDToken, "its type is "+said(t.Type))
	}
	if _, there := t.claims["events"]; there {
		return problem(codeIDToken, "it tells of an event, as logout tokens do")
	}
	return nil
}

func issuerFits(v *visit, t signed) *federate.Problem {
	if iss := t.text("iss"); iss != v.m.Issuer {
		return problem(codeIssuer, fmt.Sprintf("it is of %s, expected is %s", said(iss), v.m.Issuer))
	}
	return nil
}

// audienceFits demands that a token for several was made for this client (azp).
func audienceFits(v *visit, t signed) *federate.Problem {
	audience := t.texts("aud")
	if !slices.Contains(audience, v.p.ClientID) {
		return problem(codeAudience, "it is for "+said(audience...))
	}
	_, named := t.claims["azp"]
	if azp := t.text("azp"); (named || len(audience) > 1) && azp != v.p.ClientID {
		return problem(codeAudience, fmt.Sprintf("it was made for %q", said(azp)))
	}
	return nil
}

func notExpired(v *visit, t signed) *federate.Problem {
	exp, ok := t.when("exp")
	if !ok {
		return problem(codeExpired, "it does not say until when it is good")
	}
	if !v.now.Before(exp.Add(skew)) {
		return problem(codeExpired, fmt.Sprintf("it was good until %s, here it is %s", stamp(exp), stamp(v.now)))
	}
	return nil
}

func issuedNow(v *visit, t signed) *federate.Problem {
	iat, ok := t.when("iat")
	if !ok {
		return problem(codeClock, "it does not say when it was issued")
	}
	if iat.After(v.now.Add(skew)) || iat.Before(v.now.Add(-maxAge-skew)) {
		return problem(codeClock, fmt.Sprintf("it was issued at %s, here it is %s", stamp(iat), stamp(v.now)))
	}
	if _, there := t.claims["nbf"]; !there {
		return nil
	}
	if nbf, ok := t.when("nbf"); !ok || nbf.After(v.now.Add(skew)) {
		return problem(codeClock, fmt.Sprintf("it is good from %s on, here it is %s", stamp(nbf), stamp(v.now)))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func nonceFits(v *visit, t signed) *federate.Problem {
	if subtle.ConstantTimeCompare([]byte(t.text("nonce")), []byte(v.r.Nonce)) != 1 {
		return problem(codeNonce, "")
	}
	return nil
}

func subjectFits(_ *visit, t signed) *federate.Problem {
	if sub := t.text("sub"); sub == "" || len(sub) > maxSubject || strings.ContainsRune(sub, 0) {
		return problem(codeSubject, fmt.Sprintf("sub has %d bytes, allowed are 1 to %d", len(sub), maxSubject))
	}
	return nil
}

// authTimeFits looks whether a user proved who they are when that was asked for. What counts is the time at
// which it was asked, since there may be questions on the way back.
func authTimeFits(v *visit, t signed) *federate.Problem {
	at, ok := t.when("auth_time")
	if ok && at.After(v.now.Add(skew)) {
		return problem(codeClock, fmt.Sprintf("its user signed in at %s, here it is %s", stamp(at), stamp(v.now)))
	}
	if v.r.MaxAge < 0 {
		return nil
	}
	if !ok {
		return problem(codeAuthTime, "auth_time is missing")
	}
	from := v.now
	if !v.r.Started.IsZero() {
		from = v.r.Started
	}
	if at.Add(v.r.MaxAge + skew).Before(from) {
		return problem(codeAuthTime, fmt.Sprintf("it was at %s, not later than %s before %s", stamp(at), v.r.MaxAge, stamp(from)))
	}
	return nil
}

// accessTokenFits compares the hash of the access token, where there is one.
func accessTokenFits(v *visit, t signed) *federate.Problem {
	if _, there := t.claims["at_hash"]; !there || t.id == nil {
		return nil
	}
	if err := t.id.VerifyAccessToken(v.accessToken); err != nil {
		return problem(codeAccessTokenHash, "")
	}
	return nil
}
