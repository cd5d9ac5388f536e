package sso_test

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/peertest"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/sso"
)

// samlp is an organisation with the provider of the package samlp.
type samlp struct {
	*peer
	idp *peertest.SAML
}

var certificate = regexp.MustCompile(`X509Certificate[^>]*>([^<]+)<`)

func newSAMLP(t *testing.T, a *apptest.App) *samlp {
	t.Helper()
	p, id, address := newPeer(t, a)
	w := &samlp{peer: p}
	w.add(t, sso.Input{ID: id, Name: "Corp", Protocol: sso.SAML, Settings: sso.Settings{
		Use: sso.Organisation, Metadata: string(apptest.Metadata(t, a.Clock.Now())), TrustEmail: true, Provision: sso.ForAnybody, EndThere: true,
	}})
	text, err := a.SSO.Metadata(t.Context(), w.me.TenantID, id)
	apptest.Must(t, err)
	ours, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(certificate.FindSubmatch(text)[1])), ""))
	apptest.Must(t, err)
	w.idp = peertest.StartSAML(t, peertest.Service{Entity: address, ACS: address + "/callback", SLO: address + "/logout", Cert: peertest.CertificatePEM(ours)})
	w.learn(t)
	return w
}

// learn puts the metadata that the provider has now into its settings.
func (w *samlp) learn(t *testing.T) {
	t.Helper()
	w.tick()
	w.in.Version, w.in.Metadata = w.at.Version, string(w.idp.Metadata)
	var err error
	w.at, err = w.SSO.Change(t.Context(), w.me, w.at.ID, w.in)
	apptest.Must(t, err)
}

// open begins a sign-in and lets the provider answer at one of its addresses.
func (w *samlp) open(t *testing.T, from signin.From, path string) (signin.Result, url.Values) {
	t.Helper()
	w.tick()
	r, err := w.SignIn.OpenAt(t.Context(), from, w.at.ID, "")
	apptest.Must(t, err)
	_, text := w.idp.Get(strings.Replace(r.Away.URL, "/sso?", path+"?", 1))
	w.tick()
	form := peertest.Form(text)
	return r, url.Values{"SAMLResponse": {form["SAMLResponse"]}, "RelayState": {form["RelayState"]}}
}

func (w *samlp) come(t *testing.T, from signin.From) (signin.Result, error) {
	t.Helper()
	r, got := w.open(t, from, "/sso")
	return w.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Provider: got})
}

func (w *samlp) must(t *testing.T, from signin.From) signin.Result {
	t.Helper()
	r, err := w.come(t, from)
	if err != nil || r.State != signin.Done {
		t.Fatalf("%s, %v", r.State, err)
	}
	return r
}

// Somebody signs in at samlp, or it refuses to.
func TestPeerSAMLSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newSAMLP(t, a)
		r, got := w.open(t, a.Laptop(t), "/refuse")
		failed(t, "refused there", w.answer(t, a.Laptop(t), r, got), "refused_there")
		in := w.must(t, a.Laptop(t))
		if in.User.Email != "alice@example.com" || in.User.FirstName != "Alice" || !w.live(t, in) {
			t.Errorf("%+v", in)
		}
		if again := w.must(t, a.Laptop(t)); again.User.ID != in.User.ID {
			t.Errorf("%+v", again.User)
		}
	})
}

// Single logout, both ways: it ends the session that it names, here and there, and no other of the same person.
func TestPeerSAMLSignOut(t *testing.T) {
	for name, binding := range map[string]string{"link": "", "form": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				w := newSAMLP(t, a)
				if binding != "" {
					w.idp.Set(map[string]any{"binding": binding})
				}
				all := w.fourSessions(t)
				w.endHere(t, all)
				w.endThere(t, all)
			})
		})
	}
}

// fourSessions are of one person: by a password, and in three browsers at the provider.
func (w *samlp) fourSessions(t *testing.T) (all []signin.Result) {
	t.Helper()
	u := w.AddUser(t, "alice@example.com", sallyport.RoleMember)
	w.tick()
	all = append(all, w.SignInAs(t, w.Laptop(t), u.Email))
	w.VerifyAddress(t, apptest.Actor(all[0]))
	w.idp.Browser("one")
	link, err := w.come(t, w.Laptop(t))
	apptest.Must(t, err)
	all = append(all, proveLink(t, w.App, link))
	for _, browser := range []string{"two", "three"} {
		w.idp.Browser(browser)
		all = append(all, w.must(t, w.Laptop(t)))
	}
	w.only(t, "before", all, all)
	return all
}

// endHere ends the session of browser one here, and then there.
func (w *samlp) endHere(t *testing.T, all []signin.Result) {
	t.Helper()
	w.idp.Browser("one")
	out := w.SSO.EndThere(t.Context(), apptest.Actor(all[1]))
	apptest.Must(t, w.Sessions.SignOut(t.Context(), apptest.Actor(all[1])))
	answer, text := w.idp.Get(out.URL)
	byLink := strings.Contains(answer.Header.Get("Location"), sso.CallbackPath+w.at.ID+"/logout?SAMLResponse=")
	if left := w.idp.SignedIn(); left != "0" || !byLink && peertest.Form(text)["SAMLResponse"] == "" {
		t.Errorf("signed in there: %s; %v %s", left, answer.Header, text)
	}
	w.only(t, "after ours ended", all, []signin.Result{all[0], all[2], all[3]})
	w.idp.Browser("two")
	if left := w.idp.SignedIn(); left != "1" {
		t.Errorf("another browser's session there ended: %s", left)
	}
}

// endThere ends the session of browser two there, which asks us to end ours.
func (w *samlp) endThere(t *testing.T, all []signin.Result) {
	t.Helper()
	w.idp.Browser("two")
	answer, text := w.idp.Get(w.idp.Base + "/slo")
	in := sso.Message{Form: peertest.Form(text)["SAMLRequest"], RelayState: peertest.Form(text)["RelayState"]}
	if to, err := answer.Location(); err == nil {
		in = sso.Message{Query: to.RawQuery}
	}
	w.tick()
	out, err := w.SSO.SingleLogout(t.Context(), w.me.TenantID, w.at.ID, in)
	apptest.Must(t, err)
	w.only(t, "after it ended there", all, []signin.Result{all[0], all[3]})
	_, err = w.SSO.SingleLogout(t.Context(), w.me.TenantID, w.at.ID, in)
	failed(t, "once more", err, "replayed")
	if _, said := w.idp.Get(out.URL); said != "OK" || w.idp.SignedIn() != "0" {
		t.Errorf("it says %s", said)
	}
	w.idp.Browser("three")
	if left := w.idp.SignedIn(); left != "1" {
		t.Errorf("another browser's session there ended: %s", left)
	}
}

// A new certificate of the provider is not trusted before an admin says so.
func TestPeerSAMLCertificate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newSAMLP(t, a)
		w.must(t, a.Laptop(t))
		w.idp.Renew()
		_, err := w.come(t, a.Laptop(t))
		failed(t, "a new certificate", err, "unknown_certificate")
		w.learn(t)
		w.must(t, a.Laptop(t))
	})
}

// The clocks of both differ.
func TestPeerSAMLClock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newSAMLP(t, a)
		for _, c := range []struct {
			ahead   time.Duration // of ours
			problem string
		}{{10 * time.Minute, "too_old"}, {time.Minute, ""}, {-time.Minute, ""}, {-10 * time.Minute, "not_yet"}} {
			w.ahead = c.ahead
			in, err := w.come(t, a.Laptop(t))
			if c.problem != "" {
				failed(t, c.ahead.String(), err, c.problem)
			} else if err != nil || in.State != signin.Done {
				t.Errorf("%s: %+v, %v", c.ahead, in, err)
			}
		}
	})
}
