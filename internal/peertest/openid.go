package peertest

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Secret is the client secret of all clients.
const Secret = "a secret: of + letters%"

// OpenID is a provider of the package oidc-provider, and a browser that visits it.
type OpenID struct {
	URL    string      // its issuer
	Logout chan string // the logout tokens that it sends
	// Asked is what the last visit was asked: "login" and "consent", or "" to sign out.
	Asked []string

	t   testing.TB
	jar *cookiejar.Jar
}

// StartOpenID starts a provider that sends browsers back to an address, and to another one after it has signed
// them out. It ends with the test.
func StartOpenID(t testing.TB, callback, signedOut string) *OpenID {
	t.Helper()
	p := &OpenID{t: t, Logout: make(chan string, 10)}
	p.Forget()
	receiver := OnLocalhost().Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.Logout <- r.PostFormValue("logout_token")
	}))
	files := write(t, OnLocalhost().key, OnLocalhost().cert)
	port := node(t, "openid", []string{"NODE_EXTRA_CA_CERTS=" + files[1]}, files[0], files[1], callback, signedOut, receiver.URL+"/logout")
	p.URL = "https://localhost:" + port
	return p
}

// Forget gives the browser no cookies, as if it were another one.
func (p *OpenID) Forget() { p.jar, _ = cookiejar.New(nil) }

// Control changes how the provider behaves: see provider.js.
func (p *OpenID) Control(changes map[string]any) {
	p.t.Helper()
	text, err := json.Marshal(changes)
	Must(err)
	answer, err := OnLocalhost().Client(true).Post(p.URL+"/control", "application/json", bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
}

// browser follows redirects until they lead away from the provider.
func (p *OpenID) browser() *http.Client {
	return &http.Client{
		Jar: p.jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: OnLocalhost().Roots, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), p.URL+"/") {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

var (
	action = regexp.MustCompile(`action="([^"]+)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	abort  = regexp.MustCompile(`href="([^"]+/abort)"`)
)

// Visit goes through the provider's pages: login as somebody, then yes or no. It returns where it was sent.
func (p *OpenID) Visit(to, login string, consent bool) *url.URL {
	p.t.Helper()
	p.Asked = nil
	b := p.browser()
	answer, err := b.Get(to)
	for range 6 {
		if err != nil {
			p.t.Fatal(err)
		}
		page, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if back, err := answer.Location(); err == nil {
			return back
		}
		form := url.Values{"login": {login}, "password": {"x"}, "logout": {"yes"}}
		for _, m := range hidden.FindAllStringSubmatch(string(page), -1) {
			form.Set(m[1], m[2])
		}
		next := action.FindStringSubmatch(string(page))
		if next == nil {
			p.t.Fatalf("%d, no form: %s", answer.StatusCode, page)
		}
		p.Asked = append(p.Asked, form.Get("prompt"))
		if form.Get("prompt") == "consent" && !consent {
			answer, err = b.Get(abort.FindStringSubmatch(string(page))[1])
			continue
		}
		answer, err = b.PostForm(next[1], form)
	}
	p.t.Fatal("the provider asks for ever")
	return nil
}
