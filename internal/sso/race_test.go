package sso_test

import (
	"net/url"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/signin"
)

const rivals = 64

// rush takes answers to flows, all at once: one session of one account begins, whoever is first.
func rush(t *testing.T, what string, a *apptest.App, take func(i int) error) {
	t.Helper()
	before := a.Count(t)
	codes := apptest.AtOnce(rivals, take)
	n := a.Count(t)
	if codes[""] != 1 || n[audit.SignedIn]-before[audit.SignedIn] != 1 || n[audit.UserCreated]-before[audit.UserCreated] > 1 {
		t.Errorf("%s: %v, %d sessions, %d accounts", what, codes, n[audit.SignedIn]-before[audit.SignedIn], n[audit.UserCreated]-before[audit.UserCreated])
	}
}

// federated is what the races need of a provider.
type federated interface {
	begin(t *testing.T, from signin.From) (signin.Result, url.Values)
}

func (w *world) begin(t *testing.T, from signin.From) (signin.Result, url.Values) {
	return w.open(t, from)
}

func (w *oidc) begin(t *testing.T, from signin.From) (signin.Result, url.Values) {
	return w.open(t, from, true)
}

func (w *samlp) begin(t *testing.T, from signin.From) (signin.Result, url.Values) {
	return w.open(t, from, "/sso")
}

// race rushes with one answer: copies of one flow, as of a browser with many tabs; then flows of different
// browsers, one of which it belongs to, each with the state of its own.
func race(t *testing.T, a *apptest.App, w federated) {
	t.Helper()
	// Each try is from elsewhere, since one network has few of them.
	from := func(i int) signin.From { return a.From(t, apptest.Client(network(i), apptest.ChromeOnMac)) }
	take := func(i int, r signin.Result, got url.Values) error {
		_, err := a.SignIn.Advance(t.Context(), from(i), r.FlowToken, signin.Step{State: signin.Password, Provider: got})
		return err
	}
	r, got := w.begin(t, from(0))
	rush(t, "copies of one flow", a, func(i int) error { return take(i, r, got) })
	// The account is there by now, which the second time could be what keeps all but one out.
	r, got = w.begin(t, from(0))
	rush(t, "copies of one flow, of an account that is there", a, func(i int) error { return take(i, r, got) })

	flows, answers := make([]signin.Result, rivals), make([]url.Values, rivals)
	for i := range rivals {
		flows[i], answers[i] = w.begin(t, from(i))
	}
	rush(t, "one answer in many flows", a, func(i int) error {
		stolen := url.Values{}
		for name := range answers[i] {
			stolen[name] = answers[7][name]
			if name == "state" || name == "RelayState" {
				stolen[name] = answers[i][name]
			}
		}
		return take(i, flows[i], stolen)
	})
}

func network(i int) string {
	return "203.0." + string(rune('0'+i/10)) + "." + string(rune('0'+i%10))
}

// An answer begins one session, however many bring it at the same time.
func TestRaceOpenID(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { race(t, a, newOIDC(t, a)) })
}

// The same at a provider that looks at nothing: then it is on us alone.
func TestRaceCareless(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		w.idp.Careless = true
		race(t, a, w)
	})
}

func TestRaceSAML(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newSAMLP(t, a)
		race(t, a, w)

		laptop := a.Laptop(t)
		r, got := w.open(t, laptop, "/sso")
		apptest.Must(t, w.answer(t, laptop, r, got))
		apptest.Denied(t, "once more", w.answer(t, laptop, r, got), sallyport.CodeFlowExpired)
		next, own := w.open(t, laptop, "/sso")
		got.Set("RelayState", own.Get("RelayState"))
		failed(t, "once more, in another flow", w.answer(t, laptop, next, got), "in_response_to")
		own.Set("RelayState", "https://evil.test/")
		failed(t, "with an address as RelayState", w.answer(t, laptop, next, own), "state")
	})
}

// Many browsers of one person, who has never been here, come in at once: there is one account.
func TestRaceOfFirstSignIns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, nil)
		flows, answers := make([]signin.Result, rivals), make([]url.Values, rivals)
		from := func(i int) signin.From { return a.From(t, apptest.Client(network(i), apptest.ChromeOnMac)) }
		for i := range rivals {
			flows[i], answers[i] = w.open(t, from(i))
		}
		codes := apptest.AtOnce(rivals, func(i int) error { return w.answer(t, from(i), flows[i], answers[i]) })
		n := a.Count(t)
		if codes[""] == 0 || n[audit.CodeSent] > 0 || n[audit.UserCreated] != 2 || n[audit.IdentityLinked] != 1 || n[audit.SignedIn] != codes[""] || codes[""]+codes[sallyport.CodeFlowExpired] != rivals {
			t.Errorf("%v, %v", codes, n)
		}
	})
}
