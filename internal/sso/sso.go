// Package sso is where people sign in instead of here: the identity providers of organisations, what is made
// of what they say, and signing out there.
//
//	Ask ─ the browser goes to the provider and comes back ─ Answer ─ Found ─ Whose: whose identity is it?
//	                                                                       └ Provision: nobody's, and it may be
//
// What a provider says proves who somebody is there: its key is the provider and the subject, never the
// address. It begins a session only by way of package signin, whose states hold after it as they do after a
// password. (NIST SP 800-63C-4.) The protocols are in the packages openid and saml; this one has their
// settings, and what both have in common.
package sso

import (
	"context"
	"net"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
)

// What acts require.
var (
	NeedView   = act.Need{Permission: access.SSOView}
	NeedManage = act.Need{Permission: access.SSOManage, StepUp: policy.ManageSSO}
	// A test changes nothing but when it was made.
	NeedTest = act.Need{Permission: access.SSOManage, Exempt: policy.Harmless}
	// NeedLink is for linking one's own account with one at a provider, and for taking that back.
	NeedLink = act.Need{StepUp: policy.LinkAccount}
)

// Bounds.
const (
	MaxProviders = 20
	MaxDomains   = 50
)

// CallbackPath begins the addresses that providers send browsers back to. Each has its own, so that the answer
// of one is never taken for that of another.
const CallbackPath = "/sso/"

// Resolver looks records of the DNS up.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Config is what the service needs.
type Config struct {
	Acts     *act.Runner
	Keys     *seal.Keys // seal secrets
	OpenID   *openid.Client
	Fetch    Fetch    // reads metadata of SAML from addresses; nil for one that reaches the public internet alone
	Resolver Resolver // nil for that of the machine
	Base     link.Base
}

// Service has the providers of all tenants.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service {
	if c.OpenID == nil {
		c.OpenID = openid.New(openid.Config{Now: c.Acts.Now})
	}
	if c.Fetch == nil {
		c.Fetch = FetchBy(outbound.Client(outbound.Options{}))
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	return &Service{c}
}

// wrong is what is wrong with a field, by the code of a problem.
func wrong(field, code string) sallyport.FieldError {
	return sallyport.FieldError{Field: field, Code: "provider_problem", Args: map[string]string{"problem": code}}
}

// failed makes of what is wrong with an answer of a provider a refusal that names it by its code.
func failed(err error) error {
	code := federate.CodeOf(err)
	if code == "" {
		return err
	}
	return &sallyport.Error{Code: sallyport.CodeSSOFailed, Fields: []sallyport.FieldError{wrong("provider", code)}, Err: err}
}
