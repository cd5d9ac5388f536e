package openid

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport/sallyport/internal/federate"
)

const (
	maxKeys = 100
	minRSA  = 2048 // bits (RFC 7518, section 3.3)
)

// keys are those that a provider published at a time.
type keys struct {
	all  []jose.JSONWebKey
	at   time.Time
	step federate.Step
}

// fit returns the keys that may have signed a token with this header.
func (k keys) fit(h header) []jose.JSONWebKey {
	var fit []jose.JSONWebKey
	for _, key := range k.all {
		if (h.KeyID == "" || key.KeyID == h.KeyID) && (key.Algorithm == "" || key.Algorithm == h.Algorithm) && madeFor(key, h.Algorithm) {
			fit = append(fit, key)
		}
	}
	return fit
}

// madeFor reports whether the kind of a key is that of an algorithm.
func madeFor(key jose.JSONWebKey, algorithm string) bool {
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return curves[algorithm] == public.Curve.Params().BitSize
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

var curves = map[string]int{"ES256": 256, "ES384": 384, "ES512": 521}

// wanted is a look for the keys that may have signed a token. With again the known ones have all been tried.
type wanted struct {
	header
	again bool
}

// keysFor looks for keys. An unknown one is looked for at most once a minute: anybody can name a key.
func (c *Client) keysFor(ctx context.Context, m Metadata, w wanted) (keys, *federate.Problem) {
	good := func(s state[keys]) bool {
		age := c.now().Sub(s.at)
		switch {
		case !c.usable(s.value):
			return s.problem != nil && age < failureAge
		case !w.again && len(s.value.fit(w.header)) > 0:
			return true
		}
		return age < keysAgain
	}
	got, err := c.of(m.Issuer).keys.get(ctx, good, fetch[keys]{c.now, func(ctx context.Context) (keys, *federate.Problem) {
		return c.fetchKeys(ctx, m)
	}})
	switch {
	case err != nil:
		return keys{step: federate.Step{Name: "keys", Sent: "GET " + m.Keys}}, unreached(codeKeysReach, err)
	case c.usable(got.value) && len(got.value.fit(w.header)) > 0:
		return got.value, nil
	case got.problem != nil:
		return got.last, got.problem
	}
	return got.value, problem(codeKeyUnknown, w.words())
}

// usable reports whether keys are there, and not those of yesterday: a provider may have withdrawn one.
func (c *Client) usable(k keys) bool { return !k.at.IsZero() && c.now().Sub(k.at) < keysAge }

func (h header) words() string {
	return fmt.Sprintf("key %q with %s", said(h.KeyID), said(h.Algorithm))
}

// fetchKeys fetches the keys of a provider. Those that it does not sign with, or that nobody can use, are left out.
func (c *Client) fetchKeys(ctx context.Context, m Metadata) (keys, *federate.Problem) {
	k := keys{at: c.now(), step: federate.Step{Name: "keys", Sent: "GET " + m.Keys}}
	got, err := c.get(ctx, m.Keys, "")
	k.step.Took, k.step.Got = got.took, string(got.body)
	if err != nil {
		return k, unreached(codeKeysReach, err)
	}
	if got.status != http.StatusOK {
		return k, problem(codeKeysReach, fmt.Sprintf("%s answered %d", hostOf(m.Keys), got.status))
	}
	var p *federate.Problem
	k.all, p = parseKeys(got.body)
	return k, p
}

func parseKeys(text []byte) ([]jose.JSONWebKey, *federate.Problem) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, &federate.Problem{Code: codeKeysInvalid, Detail: "they are not JSON of the right form", Cause: err}
	}
	if len(set.Keys) > maxKeys {
		return nil, problem(codeKeysInvalid, fmt.Sprintf("there are %d keys, at most %d are taken", len(set.Keys), maxKeys))
	}
	var all []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// A key of a kind that is unknown here is no reason to refuse the others (RFC 7517, section 5).
		if key.UnmarshalJSON(raw) == nil && signs(key) {
			all = append(all, key)
		}
	}
	if len(all) == 0 {
		return nil, problem(codeKeysInvalid, "there is no key to verify signatures with")
	}
	return all, nil
}

// signs reports whether a key is a public one for signatures, and not too weak.
func signs(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" || !key.IsPublic() || !key.Valid() {
		return false
	}
	public, isRSA := key.Key.(*rsa.PublicKey)
	return !isRSA || public.N.BitLen() >= minRSA
}

// ring is the keys of a provider, as go-oidc wants them. It notes what was wrong, of which go-oidc keeps the
// text alone, and what was signed.
type ring struct {
	c       *Client
	m       Metadata
	h       header
	tr      *federate.Trace
	problem *federate.Problem
	payload []byte
}

var errNotVerified = errors.New("openid: the signature is not verified")

// VerifySignature returns what was signed.
func (r *ring) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(r.h.Algorithm)})
	if err != nil {
		r.problem = &federate.Problem{Code: codeSignature, Cause: err}
		return nil, errNotVerified
	}
	// A token that names no key may be signed with one that came later.
	for _, again := range []bool{false, true} {
		k, p := r.c.keysFor(ctx, r.m, wanted{r.h, again})
		if k.step.Problem = p; !again {
			r.tr.Add(k.step)
		}
		if p != nil {
			r.problem = p
			return nil, errNotVerified
		}
		if r.payload = verified(jws, k.fit(r.h)); r.payload != nil {
			return r.payload, nil
		}
		if r.h.KeyID != "" {
			break
		}
	}
	r.problem = problem(codeSignature, r.h.words())
	return nil, errNotVerified
}

// verified returns what one of the keys has signed; nil when none has.
func verified(jws *jose.JSONWebSignature, all []jose.JSONWebKey) []byte {
	for _, key := range all {
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload
		}
	}
	return nil
}
