package openid_test

import (
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/peertest"
)

// peer is a provider that somebody else wrote.
type peer struct {
	*peertest.OpenID
	t      testing.TB
	client *openid.Client
	ahead  atomic.Int64 // of the client's clock, in seconds
}

const redirectURI = "https://app.example/callback"

// peerProvider starts one. It ends with the test.
func peerProvider(t testing.TB) *peer {
	t.Helper()
	p := &peer{t: t, OpenID: peertest.StartOpenID(t, redirectURI, redirectURI)}
	p.client = openid.New(openid.Config{HTTP: onLocalhost().Client(true), Now: func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load()) * time.Second) }})
	return p
}

var (
	onLocalhost = peertest.OnLocalhost
	must        = peertest.Must
)

// provider is what an admin would configure.
func (p *peer) provider(clientID string) openid.Provider {
	o := openid.Provider{Kind: openid.OpenID, Issuer: p.URL, ClientID: clientID, ClientSecret: peertest.Secret, Scopes: []string{"email", "profile"}}
	if clientID == "public" {
		o.ClientSecret = ""
	}
	if clientID == "post" {
		o.Auth = openid.AuthPost
	}
	return o
}

func newRequest() openid.Request {
	return openid.Request{
		State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text(), RedirectURI: redirectURI, MaxAge: -1, Started: time.Now(),
	}
}

// back goes to the provider and comes back with an answer.
func (p *peer) back(o openid.Provider, r openid.Request, consent bool) openid.Callback {
	p.t.Helper()
	to, err := p.client.AuthURL(p.t.Context(), o, r, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	cb, err := openid.ParseCallback(p.Visit(to, "ada", consent).Query())
	if err != nil {
		p.t.Fatal(err)
	}
	return cb
}

func (p *peer) signIn(o openid.Provider, r openid.Request) (federate.Assertion, error) {
	p.t.Helper()
	return p.client.Finish(p.t.Context(), o, r, p.back(o, r, true), nil)
}
