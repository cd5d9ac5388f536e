package openid

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sallyport/sallyport/internal/federate"
)

// LogoutToken is how a provider tells that a session of it has ended, or all of its user. It names at least one of
// subject and session. Its ID is for whoever must not act on it twice, until it expires.
type LogoutToken struct {
	Subject   string
	SessionID string // "" for every session of the subject
	ID        string
	IssuedAt  time.Time
	Expires   time.Time
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutTokens are after Back-Channel Logout, sections 2.4 and 2.6.
var logoutTokens = tokenKind{
	code:  codeLogoutToken,
	rules: []rule{tellsOfLogout, issuerFits, audienceFits, notExpired, issuedNow, namesSession},
	second: func(ctx context.Context, v *oidc.IDTokenVerifier, raw string) (*oidc.IDToken, error) {
		_, err := v.VerifyLogout(ctx, raw)
		return nil, err
	},
}

// LogoutToken reads a logout token that a provider posted.
func (c *Client) LogoutToken(ctx context.Context, p Provider, raw string) (LogoutToken, error) {
	if p.Kind != OpenID {
		return LogoutToken{}, problem(codeConfiguration, "this provider sends no logout tokens")
	}
	m, err := c.metadataOf(ctx, p, nil)
	if err != nil {
		return LogoutToken{}, err
	}
	v := &visit{c: c, p: p, m: m, now: c.now()}
	t, wrong := v.open(ctx, raw, logoutTokens)
	if wrong != nil {
		return LogoutToken{}, wrong
	}
	l := LogoutToken{Subject: t.text("sub"), SessionID: t.text("sid"), ID: t.text("jti")}
	l.IssuedAt, _ = t.when("iat")
	l.Expires, _ = t.when("exp")
	return l, nil
}

// tellsOfLogout refuses what is no logout token, an ID token above all: browsers have those. The type is only
// recommended, and older providers say JWT or nothing.
func tellsOfLogout(_ *visit, t signed) *federate.Problem {
	kind := strings.TrimPrefix(strings.ToLower(t.Type), "application/")
	if kind != "" && kind != "jwt" && kind != "logout+jwt" {
		return problem(codeLogoutToken, "its type is "+said(t.Type))
	}
	if _, there := t.claims["nonce"]; there {
		return problem(codeLogoutToken, "it has a nonce, as ID tokens do")
	}
	events, _ := t.claims["events"].(map[string]any)
	if _, ok := events[logoutEvent].(map[string]any); !ok {
		return problem(codeLogoutToken, "it does not tell of a logout")
	}
	return nil
}

// namesSession demands what an answer to the token hangs on.
func namesSession(_ *visit, t signed) *federate.Problem {
	for name, longest := range map[string]int{"sub": maxSubject, "sid": maxSessionID, "jti": maxSessionID} {
		value, there := t.claims[name]
		if text, ok := value.(string); there && (!ok || text == "" || len(text) > longest || strings.ContainsRune(text, 0)) {
			return problem(codeLogoutToken, name+" cannot be used")
		}
	}
	if t.text("jti") == "" || t.text("sub") == "" && t.text("sid") == "" {
		return problem(codeLogoutToken, "jti is missing, or both of sub and sid")
	}
	return nil
}

// maxHint is the longest ID token that goes into an address; servers refuse longer ones.
const maxHint = 4 << 10

// EndSession returns where a browser ends its session at the provider (RP-Initiated Logout, section 2); "" where
// the provider has no such address. The hint is that of the assertion.
func (c *Client) EndSession(ctx context.Context, p Provider, hint, redirectURI, state string) (string, error) {
	m, err := c.metadataOf(ctx, p, nil)
	if err != nil || m.EndSession == "" {
		return "", err
	}
	to, err := url.Parse(m.EndSession)
	if err != nil {
		return "", problem(codeAddressInsecure, "end_session_endpoint is no usable address")
	}
	if len(hint) > maxHint {
		hint = ""
	}
	query := to.Query()
	for _, a := range []parameter{
		{"client_id", p.ClientID}, {"id_token_hint", hint}, {"post_logout_redirect_uri", redirectURI}, {"state", state},
	} {
		if a.value != "" {
			query.Set(a.name, a.value)
		}
	}
	to.RawQuery = query.Encode()
	return to.String(), nil
}
