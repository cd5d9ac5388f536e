package api

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/signin"
)

// pushedCode returns the code of the only push message.
func (a *app) pushedCode() string {
	a.t.Helper()
	var tenantID, id string
	var sealed []byte
	must(0, a.raw.QueryRowContext(a.t.Context(), "SELECT tenant_id, id, payload FROM outbox WHERE channel = 'push'").Scan(&tenantID, &id, &sealed))(a.t)
	text := must(a.keys.Open(seal.Place{Column: "outbox.payload", TenantID: tenantID, ID: id}, sealed))(a.t)
	var says struct{ Payload struct{ Body string } }
	must(0, json.Unmarshal(text, &says))(a.t)
	return regexp.MustCompile(`\d{6}`).FindString(says.Payload.Body)
}

func TestApprovals(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
		phone := p.client
		if r := phone.post("/me/factors", object("methodType", "push")).refused(422, sallyport.CodeInvalid).rule(); r.Field != "methodType" || r.Code != "push_not_subscribed" {
			t.Errorf("%+v", r)
		}
		phone.post("/me/push", aBrowser(a, p)).is(201)
		begun := into[secondFactorSetUp](phone.post("/me/factors", object("methodType", "push")).is(201))
		phone.post("/me/factors/"+begun.MFAID+"/verify", object("code", a.pushedCode())).is(200)

		for _, kind := range []string{webClient, nativeClient} {
			c := a.client()
			s := c.passwordGiven(kind, p.user.Email)
			path := "/sign-in/" + s.FlowID
			if r := c.post(path+"/factor", object("methodType", "push")).refused(422, sallyport.CodeInvalid).rule(); r.Code != "approval_missing" {
				t.Errorf("%+v", r)
			}
			s = c.step(path+"/factor/send", object("methodType", "push"))
			if s.Challenge == nil || s.Challenge.Number < 10 || s.Challenge.Number > 99 {
				t.Fatalf("%+v", s.Challenge)
			}
			if r := c.post(path+"/factor", object("methodType", "push")).refused(422, sallyport.CodeInvalid).rule(); r.Field != "methodType" || r.Code != "approval_waiting" {
				t.Errorf("%+v", r)
			}
			// The one of the fixture has no sign-in.
			open := into[approvalList](phone.get("/me/approvals").is(200)).Approvals
			if len(open) != 1 || !open[0].MayAnswer || open[0].IsAsking || open[0].Client != kind {
				t.Fatalf("%+v", open)
			}
			if r := phone.post("/me/approvals/"+open[0].ID+"/approve", object("number", "7")).refused(422, sallyport.CodeInvalid).rule(); r.Field != "number" || r.Code != "two_digits" {
				t.Errorf("%+v", r)
			}
			phone.post("/me/approvals/"+open[0].ID+"/approve", object("number", strconv.Itoa(s.Challenge.Number))).is(204)
			phone.post("/me/approvals/"+open[0].ID+"/deny", "").refused(409, sallyport.CodeConflict)
			if s = c.step(path+"/factor", object("methodType", "push")); s.Next != signin.Done {
				t.Errorf("%+v", s)
			}
		}

		c := a.client()
		s := c.passwordGiven(webClient, p.user.Email)
		c.step("/sign-in/"+s.FlowID+"/factor/send", object("methodType", "push"))
		id := into[approvalList](phone.get("/me/approvals").is(200)).Approvals[0].ID
		phone.post("/me/approvals/"+id+"/deny", "").is(204)
		c.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "push")).refused(403, sallyport.CodeApprovalDenied)
		c = a.client()
		s = c.passwordGiven(webClient, p.user.Email)
		c.post("/sign-in/"+s.FlowID+"/factor/send", object("methodType", "push")).refused(429, sallyport.CodeRateLimited)
	})
}
