package openid

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/federate"
)

// Metadata is what a provider publishes about itself (Discovery, section 3). Names that it does not have are "".
type Metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	Scopes        []string `json:"scopes_supported"`
	Prompts       []string `json:"prompt_values_supported"`
	// IssuerInCallback says that each answer names its issuer (RFC 9207).
	IssuerInCallback bool `json:"authorization_response_iss_parameter_supported"`
	// BackChannelLogout and BackChannelSession say that it tells when sessions end, and which ones.
	BackChannelLogout  bool `json:"backchannel_logout_supported"`
	BackChannelSession bool `json:"backchannel_logout_session_supported"`
}

// found is what a look for metadata brought.
type found struct {
	metadata Metadata
	step     federate.Step
}

// Metadata fetches what a provider publishes, or returns it as it was within the last hour. A test, which is
// a call with a trace, wants it as it is now.
func (c *Client) Metadata(ctx context.Context, issuer string, tr *federate.Trace) (Metadata, error) {
	if p := c.checkIssuer(issuer); p != nil {
		return Metadata{}, p
	}
	good := func(s state[found]) bool {
		age := c.now().Sub(s.at)
		return !s.at.IsZero() && (age < failureAge || age < metadataAge && s.problem == nil && tr == nil)
	}
	got, err := c.of(issuer).metadata.get(ctx, good, fetch[found]{c.now, func(ctx context.Context) (found, *federate.Problem) {
		return c.discover(ctx, issuer)
	}})
	if err != nil {
		got.problem = unreached(codeDiscoveryReach, err)
		got.last.step = federate.Step{Name: "discovery", Sent: "GET " + wellKnown(issuer)}
	}
	got.last.step.Problem = got.problem
	tr.Add(got.last.step)
	if got.problem != nil {
		return Metadata{}, got.problem
	}
	return got.value.metadata, nil
}

func wellKnown(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// discover fetches and checks the metadata of an issuer.
func (c *Client) discover(ctx context.Context, issuer string) (found, *federate.Problem) {
	f := found{step: federate.Step{Name: "discovery", Sent: "GET " + wellKnown(issuer)}}
	got, err := c.get(ctx, wellKnown(issuer), "")
	f.step.Took, f.step.Got = got.took, string(got.body)
	if err != nil {
		return f, unreached(codeDiscoveryReach, err)
	}
	if got.status != http.StatusOK {
		return f, problem(codeDiscoveryReach, fmt.Sprintf("%s answered %d", hostOf(issuer), got.status))
	}
	if err := json.Unmarshal(got.body, &f.metadata); err != nil {
		return f, &federate.Problem{Code: codeDiscoveryInvalid, Detail: "it is not JSON of the right form", Cause: err}
	}
	return f, c.checkMetadata(issuer, f.metadata)
}

func (c *Client) checkMetadata(issuer string, m Metadata) *federate.Problem {
	if strings.ContainsAny(m.Issuer, "{}") { // of Entra ID, for "common" and the like
		return problem(codeIssuerTemplate, "it says "+said(m.Issuer))
	}
	if m.Issuer != issuer {
		return problem(codeDiscoveryIssuer, fmt.Sprintf("configured is %s, it says %s", said(issuer), said(m.Issuer)))
	}
	for _, e := range m.endpoints() {
		if e.address == "" && !e.optional {
			return problem(codeDiscoveryInvalid, e.name+" is missing")
		}
		if e.address == "" {
			continue
		}
		if p := c.checkAddress(e.name, e.address); p != nil {
			return p
		}
	}
	if len(m.algorithms()) == 0 {
		return problem(codeAlgorithm, "the provider signs only with "+said(strings.Join(m.Algorithms, ", ")))
	}
	return nil
}

type endpoint struct {
	name, address string
	optional      bool
}

func (m Metadata) endpoints() []endpoint {
	return []endpoint{
		{"authorization_endpoint", m.Authorization, false}, {"token_endpoint", m.Token, false}, {"jwks_uri", m.Keys, false},
		{"userinfo_endpoint", m.UserInfo, true}, {"end_session_endpoint", m.EndSession, true},
	}
}

// Algorithms that ID tokens may be signed with: none that needs a shared secret, and never none.
var allowedAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// algorithms are those that the provider names and that are allowed. A provider that names none has RS256,
// which each must have (Core, section 15.1).
func (m Metadata) algorithms() []string {
	if len(m.Algorithms) == 0 {
		return []string{"RS256"}
	}
	return slices.DeleteFunc(slices.Clone(allowedAlgorithms), func(a string) bool { return !slices.Contains(m.Algorithms, a) })
}
