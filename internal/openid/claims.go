package openid

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
)

// claims are those of a token or of the userinfo endpoint. Their names are compared as they are, unlike the
// members of a struct, for which encoding/json takes SUB for sub.
type claims map[string]any

func parseClaims(text []byte) (claims, bool) {
	var c claims
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return c, d.Decode(&c) == nil && c != nil
}

// header is that of a signed token.
type header struct {
	Algorithm string
	KeyID     string
	Type      string
}

const maxToken = 128 << 10

// parseHeader reads the header of a token in the compact form, which is the only one for tokens.
func parseHeader(raw string) (header, bool) {
	first, rest, _ := strings.Cut(raw, ".")
	if len(raw) > maxToken || strings.Count(rest, ".") != 1 {
		return header{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return header{}, false
	}
	c, ok := parseClaims(text)
	return header{Algorithm: c.text("alg"), KeyID: c.text("kid"), Type: c.text("typ")}, ok
}

// value finds a claim by its name, or by the names of the members that lead to it.
func (c claims) value(name string) any {
	if v, there := c[name]; there {
		return v
	}
	first, rest, deeper := strings.Cut(name, ".")
	inner, ok := c[first].(map[string]any)
	if !deeper || !ok {
		return nil
	}
	return claims(inner).value(rest)
}

// text returns a claim that is text; "" for others.
func (c claims) text(name string) string {
	s, _ := c.value(name).(string)
	return s
}

// texts returns a claim that is text or a list of it.
func (c claims) texts(name string) []string {
	switch v := c.value(name).(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// when returns a claim that is a time (RFC 7519, NumericDate).
func (c claims) when(name string) (time.Time, bool) {
	const latest = 253402300799 // in the year 9999
	n, ok := c[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || math.IsNaN(f) || f <= 0 || f > latest {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0), true
}

// verified reports whether an address was verified. Many a provider says nothing, or lets its admins say what
// they like: what is not clearly yes is no.
func (c claims) verified(names Claims) bool {
	switch v := c.value(names.Verified).(type) {
	case bool:
		return v
	case string:
		return names.VerifiedText && (v == "true" || v == "1")
	}
	return false
}

// protocolClaims are about the token, not about somebody.
var protocolClaims = []string{
	"iss", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "s_hash", "sid", "auth_time", "acr", "amr", "_claim_names", "_claim_sources",
}

// attributes makes text of claims, within the bounds. Groups come first, since decisions may hang on them.
func (c claims) attributes(groups string) map[string][]string {
	a := attributes{to: map[string][]string{}}
	if groups != "" {
		a.add(groups, c.value(groups), 0)
	}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if name != groups && !slices.Contains(protocolClaims, name) {
			a.add(name, c[name], 0)
		}
	}
	return a.to
}

type attributes struct {
	to    map[string][]string
	count int
}

// add notes a value. Members of objects get the names that lead to them.
func (a *attributes) add(name string, value any, depth int) {
	const deepest = 4
	switch v := value.(type) {
	case string:
		a.note(name, v)
	case json.Number:
		a.note(name, v.String())
	case bool:
		a.note(name, strconv.FormatBool(v))
	case []any:
		for _, one := range v {
			if _, list := one.([]any); !list && depth < deepest {
				a.add(name, one, depth+1)
			}
		}
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(v)) {
			if depth < deepest {
				a.add(name+"."+inner, v[inner], depth+1)
			}
		}
	}
}

// note takes over one value. One that is too long is left out: cut off it would be another value.
func (a *attributes) note(name, value string) {
	if a.count >= federate.MaxAttributes || len(value) > federate.MaxValue || len(name) > federate.MaxValue || slices.Contains(a.to[name], value) {
		return
	}
	a.to[name] = append(a.to[name], value)
	a.count++
}
