package api

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// An account that has only what policy forbids by now proves that, and then sets up something
// else. One that cannot prove anything is refused.
func TestForbiddenFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.browse(memberEmail).addPhone()
		if s := a.client().passwordGiven(nativeClient, memberEmail); s.Next != signin.Factor || s.EnrolNext {
			t.Errorf("%+v", s)
		}
		a.advance(time.Minute) // the app shows a code that was not used
		a.policy.MFAMethods = []string{sallyport.MethodWebAuthn}
		c := a.client()
		s := c.passwordGiven(nativeClient, memberEmail)
		if s.Next != signin.Factor || !s.EnrolNext || len(s.Methods) != 2 || len(s.AllowedMethods) != 0 {
			t.Fatalf("%+v", s)
		}
		path := "/sign-in/" + s.FlowID
		c.post(path+"/enrol", object("methodType", "webauthn")).refused(409, sallyport.CodeFlowMismatch)
		if s = c.step(path+"/factor", object("methodType", "totp", "code", p.at(0))); s.Next != signin.Enrol || len(s.AllowedMethods) != 1 || s.AllowedMethods[0] != "webauthn" {
			t.Fatalf("%+v", s)
		}
		begun := c.step(path+"/enrol", object("methodType", "webauthn"))
		if begun.SetUp == nil || begun.SetUp.MethodType != "webauthn" {
			t.Errorf("%+v", begun)
		}

		// The app is suspended, and of the codes none is left.
		ctx, tenant := t.Context(), a.member.TenantID
		live, err := a.db.LiveFactors(ctx, tenant, a.member.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.db.Write(ctx, func(tx *store.Tx) error { return suspendAll(ctx, tx, live, a.now()) }); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{webClient, nativeClient} {
			c := a.client()
			flow := c.open(kind, memberEmail)
			if kind == nativeClient {
				c.headers[flowHeader] = flow.FlowToken
			}
			denied := c.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).refused(403, sallyport.CodeFactorUnavailable)
			if into[problem](denied).Next != "deny" || c.cookies["__Host-sallyport-flow"] != "" {
				t.Errorf("%s: %s, cookies %v", kind, denied.body, c.cookies)
			}
		}
	})
}

func suspendAll(ctx context.Context, tx *store.Tx, live []store.Factor, now time.Time) error {
	for _, f := range live {
		if f.Status == sallyport.FactorPending {
			continue
		}
		f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, now, "counter_went_back"
		if err := tx.EndFactor(ctx, f.Factor); err != nil {
			return err
		}
	}
	return nil
}
