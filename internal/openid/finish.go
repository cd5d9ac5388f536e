package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/sallyport/sallyport/internal/federate"
)

// visit is one answer of a provider on its way to an assertion.
type visit struct {
	c           *Client
	p           Provider
	r           Request
	m           Metadata
	tr          *federate.Trace
	now         time.Time
	accessToken string
}

// Finish makes of what the browser brought back what the provider says of somebody.
func (c *Client) Finish(ctx context.Context, p Provider, r Request, cb Callback, tr *federate.Trace) (federate.Assertion, error) {
	wrong := r.check(p)
	if wrong == nil && subtle.ConstantTimeCompare([]byte(r.State), []byte(cb.State)) != 1 {
		wrong = problem(codeState, "")
	}
	if wrong != nil {
		tr.Add(federate.Step{Name: "authorization", Got: cb.shown(), Problem: wrong})
		return federate.Assertion{}, wrong
	}
	m, err := c.metadataOf(ctx, p, tr)
	if err != nil {
		return federate.Assertion{}, err
	}
	v := &visit{c: c, p: p, r: r, m: m, tr: tr, now: c.now()}
	wrong = v.checkCallback(cb)
	tr.Add(federate.Step{Name: "authorization", Got: cb.shown(), Problem: wrong})
	if wrong != nil {
		return federate.Assertion{}, wrong
	}
	a, wrong := v.finish(ctx, cb)
	if wrong != nil {
		return federate.Assertion{}, wrong
	}
	return a, nil
}

func (v *visit) finish(ctx context.Context, cb Callback) (federate.Assertion, *federate.Problem) {
	raw, wrong := v.exchange(ctx, cb.Code)
	if wrong != nil {
		return federate.Assertion{}, wrong
	}
	v.now = v.c.now()
	if v.p.Kind == GitHub {
		return v.askGitHub(ctx)
	}
	start := time.Now()
	t, wrong := v.open(ctx, raw, idTokens)
	v.tr.Add(federate.Step{Name: "id_token", Got: t.shown(raw), Took: time.Since(start), Problem: wrong})
	if wrong != nil {
		return federate.Assertion{}, wrong
	}
	more, wrong := v.userInfo(ctx, t)
	if wrong != nil {
		return federate.Assertion{}, wrong
	}
	a := v.assertion(t, more)
	a.Hint = raw
	if a.Name == "" && v.p.Auth == AuthApple {
		a.Name = appleName(cb.User)
	}
	return a, nil
}

// shown is a token for a trace: what it says, without what would make it one.
func (t signed) shown(raw string) string {
	if t.claims == nil {
		return hideSignature(raw)
	}
	return compact(map[string]string{"alg": t.Algorithm, "kid": t.KeyID, "typ": t.Type}) + " " + compact(t.claims)
}

// Errors of the authorization endpoint that have a code of their own. (RFC 6749, section 4.1.2.1; Core, section 3.1.2.6.)
var refusals = map[string]string{
	"access_denied": codeConsentRefused, "user_cancelled_authorize": codeConsentRefused, // the second is Apple's
	"login_required": codeSignInNeeded, "interaction_required": codeSignInNeeded,
	"consent_required": codeSignInNeeded, "account_selection_required": codeSignInNeeded,
}

// checkCallback looks whether an answer is of the provider that was asked, and has a code.
func (v *visit) checkCallback(cb Callback) *federate.Problem {
	// A mix-up of providers: the code of one would be sent to another (RFC 9207).
	if cb.Iss != "" && cb.Iss != v.issuerInCallback() || cb.Iss == "" && v.m.IssuerInCallback {
		return problem(codeCallbackIssuer, fmt.Sprintf("it is of %q, expected is %s", said(cb.Iss), v.issuerInCallback()))
	}
	if cb.Error != "" {
		code := refusals[cb.Error]
		if code == "" {
			code = codeProviderRefused
		}
		return problem(code, said(cb.Error, cb.ErrorDescription))
	}
	if cb.Code == "" {
		return problem(codeCallback, "code is missing")
	}
	return nil
}

// issuerInCallback is what an answer calls its issuer.
func (v *visit) issuerInCallback() string {
	if v.p.Kind == GitHub {
		return gitHub(v.p.Issuer).issuer()
	}
	return v.m.Issuer
}

// exchange redeems the code. It returns the ID token, which GitHub does not have.
func (v *visit) exchange(ctx context.Context, code string) (string, *federate.Problem) {
	step := federate.Step{Name: "token", Sent: "POST " + v.m.Token + " " + hideForm(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {v.p.ClientID}, "redirect_uri": {v.r.RedirectURI}, "code": {code}, "code_verifier": {v.r.Verifier},
	})}
	config, wrong := v.oauth()
	hide := hider(code, v.r.Verifier, v.p.ClientSecret, config.ClientSecret)
	raw := ""
	if wrong == nil {
		var got answer
		raw, got, wrong = v.redeem(ctx, config, code)
		step.Took = got.took
		if got.status != 0 {
			step.Got = fmt.Sprint(got.status, " ", hide.Replace(hideAnswer(got.body)))
		}
	}
	if wrong != nil {
		wrong.Detail = hide.Replace(wrong.Detail)
	}
	step.Problem = wrong
	v.tr.Add(step)
	return raw, wrong
}

func (v *visit) redeem(ctx context.Context, config oauth2.Config, code string) (string, answer, *federate.Problem) {
	heard := &listener{next: v.c.http.Transport}
	client := *v.c.http
	client.Transport = heard
	start := time.Now()
	token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, &client), code, oauth2.VerifierOption(v.r.Verifier))
	heard.got.took = time.Since(start)
	if wrong := refusedToken(err, heard.failed); wrong != nil {
		return "", heard.got, wrong
	}
	v.accessToken = token.AccessToken
	raw, _ := token.Extra("id_token").(string)
	if raw == "" && v.p.Kind == OpenID {
		return "", heard.got, problem(codeTokenInvalid, "there is no ID token")
	}
	return raw, heard.got, nil
}

// oauth returns what the code is redeemed with.
func (v *visit) oauth() (oauth2.Config, *federate.Problem) {
	config := oauth2.Config{
		ClientID: v.p.ClientID, ClientSecret: v.p.ClientSecret, RedirectURL: v.r.RedirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: v.m.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
	switch v.authMethod() {
	case AuthBasic:
		config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	case AuthNone:
		config.ClientSecret = ""
	case AuthApple:
		secret, err := v.p.Apple.secret(v.p.ClientID, v.m.Issuer, v.now)
		if err != nil {
			return config, &federate.Problem{Code: codeConfiguration, Detail: "the secret for Apple cannot be signed", Cause: err}
		}
		config.ClientSecret = secret
	}
	return config, nil
}

// authMethod is how we prove who we are. Where the admin left it open, the provider's metadata says it; it
// means basic when it says nothing (Discovery, section 3).
func (v *visit) authMethod() AuthMethod {
	switch {
	case v.p.Auth != "":
		return v.p.Auth
	case v.p.ClientSecret == "":
		return AuthNone
	case slices.Contains(v.m.AuthMethods, string(AuthPost)) && !slices.Contains(v.m.AuthMethods, string(AuthBasic)):
		return AuthPost
	}
	return AuthBasic
}

// refusedToken says what an error of the exchange means, or of reading its answer. The errors of oauth2 hold the
// whole answer, so they are no cause.
func refusedToken(err, reading error) *federate.Problem {
	if reading != nil {
		return unreached(codeTokenReach, reading)
	}
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		if refused.ErrorCode == "" && refused.Response != nil {
			return problem(codeTokenRefused, fmt.Sprintf("it answered %d", refused.Response.StatusCode))
		}
		return problem(codeTokenRefused, said(refused.ErrorCode, refused.ErrorDescription))
	}
	if _, sent := errors.AsType[*url.Error](err); sent {
		return unreached(codeTokenReach, err)
	}
	return problem(codeTokenInvalid, "it is no answer of a token endpoint")
}

// userInfo asks the provider for claims that are wanted and not in the ID token; nil where none are.
func (v *visit) userInfo(ctx context.Context, t signed) (claims, *federate.Problem) {
	if v.m.UserInfo == "" || !v.wantsMore(t.claims) {
		return nil, nil
	}
	got, err := v.c.get(ctx, v.m.UserInfo, v.accessToken)
	step := federate.Step{Name: "userinfo", Sent: "GET " + v.m.UserInfo, Took: got.took}
	step.Got = hider(v.accessToken).Replace(string(got.body))
	more, wrong := readUserInfo(got, err, t.text("sub"))
	step.Problem = wrong
	v.tr.Add(step)
	return more, wrong
}

func readUserInfo(got answer, err error, subject string) (claims, *federate.Problem) {
	if err != nil {
		return nil, unreached(codeUserInfoReach, err)
	}
	if got.status != http.StatusOK {
		return nil, problem(codeUserInfoReach, fmt.Sprintf("it answered %d", got.status))
	}
	more, ok := parseClaims(got.body)
	if !ok {
		return nil, problem(codeUserInfoInvalid, "it is no JSON object")
	}
	if more.text("sub") != subject { // Core, section 5.3.2: it may be about somebody else
		return nil, problem(codeUserInfoSubject, "")
	}
	return more, nil
}

// wantsMore reports whether something that was asked for is missing.
func (v *visit) wantsMore(have claims) bool {
	names, scopes := v.p.Claims.standard(), v.p.scopes()
	missing := func(name string) bool { return have.value(name) == nil }
	return slices.Contains(scopes, "email") && (missing(names.Email) || names.Verified == verifiedClaim && missing(names.Verified)) ||
		slices.Contains(scopes, "profile") && missing(names.Name) ||
		names.Groups != "" && missing(names.Groups)
}

// assertion puts together what a provider said. What it signed counts more than what it answered when asked.
func (v *visit) assertion(t signed, more claims) federate.Assertion {
	names := v.p.Claims.standard()
	all := claims{}
	for _, source := range []claims{more, t.claims} {
		for name, value := range source {
			all[name] = value
		}
	}
	mail := addressFrom(names, t.claims, more)
	a := federate.Assertion{
		Issuer: v.m.Issuer, Subject: t.text("sub"), Email: short(mail.text(names.Email)), Name: short(all.text(names.Name)), Locale: short(all.text("locale")),
		Attributes: all.attributes(names.Groups), ACR: short(t.text("acr")), AMR: few(t.texts("amr")),
	}
	a.EmailVerified = a.Email != "" && mail.verified(names)
	a.Expires, _ = t.when("exp")
	a.AuthTime, _ = t.when("auth_time")
	if sid := t.text("sid"); len(sid) <= maxSessionID {
		a.SessionID = sid
	}
	return a
}

// addressFrom returns the claims that say the address and whether it was verified. Both are taken from the same
// place: "verified" of one address says nothing of another one.
func addressFrom(names Claims, sources ...claims) claims {
	for _, full := range []bool{true, false} {
		for _, s := range sources {
			if s.text(names.Email) != "" && (!full || s.value(names.Verified) != nil) {
				return s
			}
		}
	}
	return nil
}

// short returns a value within the bounds; "" for others.
func short(s string) string {
	if len(s) > federate.MaxValue {
		return ""
	}
	return s
}

// few returns a short list within the bounds.
func few(all []string) []string {
	const most = 20
	all = slices.DeleteFunc(all, func(s string) bool { return short(s) == "" })
	return all[:min(len(all), most)]
}

// listener keeps what a token endpoint answered, for the trace.
type listener struct {
	next   http.RoundTripper
	got    answer
	failed error // of reading the answer
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept", "application/json") // GitHub answers with a form otherwise
	got, err := l.next.RoundTrip(r)
	if err == nil {
		l.got.status = got.StatusCode
		got.Body = heardBody{got.Body, l}
	}
	return got, err
}

type heardBody struct {
	io.ReadCloser
	l *listener
}

func (b heardBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.l.got.body = append(b.l.got.body, p[:n]...)
	if err != nil && !errors.Is(err, io.EOF) {
		b.l.failed = err
	}
	return n, err
}
