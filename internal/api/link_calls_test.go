package api

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/store"
)

// addLink makes a link for a person and returns its path.
func (a *app) addLink(p *person, kind link.Kind, about link.About) string {
	a.t.Helper()
	var made link.Added
	t := must(a.db.Tenant(a.t.Context(), p.user.TenantID))(a.t)
	if err := a.db.Write(a.t.Context(), func(tx *store.Tx) (err error) {
		made, err = link.New{Kind: kind, UserID: p.user.ID, About: about, At: a.now()}.Add(a.t.Context(), tx, baseURL, t)
		return err
	}); err != nil {
		a.t.Fatal(err)
	}
	return strings.TrimPrefix(made.Address, baseURL)
}

// calls has the path of the call for the page of a link, where it has another one.
var calls = map[string]string{"/recovery": "/recovery/reset", "/invitation": "/accept-invitation"}

// callOf returns the path of the call for a link.
func callOf(link string) string {
	page := path.Dir(link)
	return cmp.Or(calls[page], page)
}

// follow sends the token of a link to its call, with what else the body has.
func (c *client) follow(link, body string) answer {
	c.app.t.Helper()
	return c.post(callOf(link), withToken(body, path.Base(link)))
}

// withToken adds the token of a link to a body.
func withToken(body, token string) string {
	fields := map[string]any{}
	if body != "" {
		if err := json.Unmarshal([]byte(body), &fields); err != nil {
			panic(err)
		}
	}
	fields["token"] = token
	out, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// What a mailed page can do, a call can do too.
func TestEveryLinkHasACall(t *testing.T) {
	a := newApp(t, "")
	p := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
	paths := dig(into[map[string]any](a.client().get("/openapi.json")), "paths")
	for _, kind := range link.Kinds() {
		call := callOf(a.addLink(p, kind, link.About{}))
		if dig(paths, call, "post") == nil {
			t.Errorf("a link of kind %s has no call: %s", kind, call)
		}
	}
}

func TestLinksAboutDevicesAndSignIns(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
		visitor := a.client()

		trust := a.addLink(p, link.Device, link.About{DeviceID: p.device})
		visitor.follow(strings.Replace(trust, "trust-device", "it-was-me", 1), "").refused(404, sallyport.CodeLinkExpired)
		visitor.follow(trust, "").is(204)
		visitor.follow(trust, "").refused(404, sallyport.CodeLinkExpired)
		if d := must(a.db.Device(t.Context(), p.user.TenantID, p.device))(t); d.TrustReason != "confirmed_by_mail" {
			t.Errorf("%+v", d)
		}

		visitor.follow(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").is(204)
		if found := must(a.db.Attempt(t.Context(), p.user.TenantID, p.user.ID, p.attempt))(t); found.Answer != sallyport.AnswerMine {
			t.Errorf("%+v", found)
		}
		before := a.events()
		visitor.follow(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").is(204) // it is so already
		if a.events() != before {
			t.Error("a second answer has an event")
		}
		if err := a.db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AnswerAttempt(t.Context(), p.user.TenantID, p.attempt, sallyport.AnswerNotMe)
		}); err != nil {
			t.Fatal(err)
		}
		refused := visitor.follow(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").refused(409, sallyport.CodeConflict)
		if got := into[problem](refused).Obstacle; got != obstacle(sallyport.AnsweredOtherwise) {
			t.Errorf("%s", got)
		}
	})
}
