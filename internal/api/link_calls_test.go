package api

import (
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

// What a mailed page can do, a call can do too.
func TestEveryLinkHasACall(t *testing.T) {
	a := newApp(t, "")
	p := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
	paths := dig(into[map[string]any](a.client().get("/openapi.json")), "paths")
	for _, kind := range link.Kinds() {
		call := path.Dir(a.addLink(p, kind, link.About{})) + "/{token}"
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
		visitor.post(strings.Replace(trust, "trust-device", "it-was-me", 1), "").refused(404, sallyport.CodeLinkExpired)
		visitor.post(trust, "").is(204)
		visitor.post(trust, "").refused(404, sallyport.CodeLinkExpired)
		if d := must(a.db.Device(t.Context(), p.user.TenantID, p.device))(t); d.TrustReason != "confirmed_by_mail" {
			t.Errorf("%+v", d)
		}

		visitor.post(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").is(204)
		if found := must(a.db.Attempt(t.Context(), p.user.TenantID, p.user.ID, p.attempt))(t); found.Answer != sallyport.AnswerMine {
			t.Errorf("%+v", found)
		}
		before := a.events()
		visitor.post(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").is(204) // it is so already
		if a.events() != before {
			t.Error("a second answer has an event")
		}
		if err := a.db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AnswerAttempt(t.Context(), p.user.TenantID, p.attempt, sallyport.AnswerNotMe)
		}); err != nil {
			t.Fatal(err)
		}
		refused := visitor.post(a.addLink(p, link.Mine, link.About{AttemptID: p.attempt}), "").refused(409, sallyport.CodeConflict)
		if got := into[problem](refused).Obstacle; got != obstacle(sallyport.AnsweredOtherwise) {
			t.Errorf("%s", got)
		}
	})
}
