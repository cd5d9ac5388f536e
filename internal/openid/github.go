package openid

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/federate"
)

// gitHub is the address of GitHub's pages: github.com, a host of GHE.com, or a GitHub Enterprise Server.
type gitHub string

// metadata are the addresses for signing in. GitHub publishes none for its users.
func (g gitHub) metadata() Metadata {
	base := strings.TrimSuffix(string(g), "/")
	return Metadata{Issuer: string(g), Authorization: base + "/login/oauth/authorize", Token: base + "/login/oauth/access_token", AuthMethods: []string{string(AuthPost)}}
}

// issuer is what GitHub calls itself in answers, since 2026. (github.com/langfuse/langfuse/issues/13091.)
func (g gitHub) issuer() string { return strings.TrimSuffix(string(g), "/") + "/login/oauth" }

// api is where GitHub's API is: api.github.com, api.SUBDOMAIN.ghe.com, or /api/v3 of a server.
// (docs.github.com, "Getting started with the REST API", of each.)
func (g gitHub) api() string {
	u, err := url.Parse(strings.TrimSuffix(string(g), "/"))
	if err != nil {
		return ""
	}
	if host := strings.ToLower(u.Host); host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
		u.Host = "api." + host
		return u.String()
	}
	return u.String() + "/api/v3"
}

// askGitHub asks who an access token belongs to.
func (v *visit) askGitHub(ctx context.Context) (federate.Assertion, *federate.Problem) {
	var user struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
		Name  string `json:"name"`
	}
	if wrong := v.askAPI(ctx, "/user", &user); wrong != nil {
		return federate.Assertion{}, wrong
	}
	if user.ID <= 0 || user.Login == "" {
		return federate.Assertion{}, problem(codeSubject, "there is no id")
	}
	a := federate.Assertion{
		// The id stays; a login can be given up, and be somebody else's the next day.
		Issuer: v.m.Issuer, Subject: fmt.Sprint(user.ID), Name: short(user.Name),
		Attributes: map[string][]string{"login": {short(user.Login)}},
	}
	if !slices.Contains(v.p.Scopes, "user:email") && !slices.Contains(v.p.Scopes, "user") {
		return a, nil
	}
	wrong := v.gitHubAddress(ctx, &a)
	return a, wrong
}

// gitHubAddress takes the address that GitHub calls the primary one, when it was verified. The one of the profile
// is what somebody chose to show.
func (v *visit) gitHubAddress(ctx context.Context, a *federate.Assertion) *federate.Problem {
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if wrong := v.askAPI(ctx, "/user/emails", &addresses); wrong != nil {
		return wrong
	}
	for _, e := range addresses {
		if e.Primary && e.Verified {
			a.Email = short(e.Email)
			a.EmailVerified = a.Email != ""
		}
	}
	return nil
}

// askAPI reads an answer of GitHub's API.
func (v *visit) askAPI(ctx context.Context, path string, into any) *federate.Problem {
	address := gitHub(v.p.Issuer).api() + path
	got, err := v.c.get(ctx, address, v.accessToken)
	step := federate.Step{Name: "userinfo", Sent: "GET " + address, Took: got.took, Got: hider(v.accessToken).Replace(string(got.body))}
	switch {
	case err != nil:
		step.Problem = unreached(codeUserInfoReach, err)
	case got.status != http.StatusOK:
		step.Problem = problem(codeUserInfoReach, fmt.Sprintf("%s answered %d", hostOf(address), got.status))
	default:
		if err := json.Unmarshal(got.body, into); err != nil {
			step.Problem = &federate.Problem{Code: codeUserInfoInvalid, Detail: "it is not JSON of the right form", Cause: err}
		}
	}
	v.tr.Add(step)
	return step.Problem
}
