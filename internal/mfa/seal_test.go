package mfa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// A sealed secret opens only in its own row, of its own organisation.
func TestSealedSecretsStayInTheirRow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		owner := a.Owner(t)
		app := a.AddTOTP(t, apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)))
		olga := a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		far := a.AddUserOf(t, a.AddTenant(t, "other.test").ID, "far@other.test", sallyport.RoleMember)
		f, err := a.DB.Factor(ctx, owner.TenantID, owner.ID, app.Factor.ID)
		if err != nil {
			t.Fatal(err)
		}
		check := func(u sallyport.User) sallyport.Code {
			t.Helper()
			st, err := a.Factors.Standing(ctx, a.DB.Queries, a.Policy(), u)
			if err != nil || !st.Has() {
				t.Fatalf("%+v %v", st, err)
			}
			_, err = a.Factors.Check(ctx, mfa.Subject{User: u, Policy: a.Policy(), Standing: st}, mfa.Flow{}, mfa.Answer{Method: sallyport.MethodTOTP, Code: app.Code(t)})
			return sallyport.CodeOf(err)
		}
		for _, u := range []sallyport.User{olga, far} {
			g := f
			g.UserID, g.TenantID = u.ID, u.TenantID
			if u.TenantID == owner.TenantID {
				g.ID += "x" // the row's own id is part of its place
			}
			if err := a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddFactor(ctx, g) }); err != nil {
				t.Fatal(err)
			}
			if code := check(u); code != sallyport.CodeMFAFailed {
				t.Errorf("a seed moved to %s: %q", u.Email, code)
			}
		}
		if code := check(owner); code != "" {
			t.Errorf("in its own row: %q", code)
		}
	})
}

// Sealing again covers any number of factors, and skips those that ended.
func TestReseal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		owner := a.Owner(t)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		app := a.AddTOTP(t, me)
		f, err := a.DB.Factor(ctx, owner.TenantID, owner.ID, app.Factor.ID)
		if err != nil {
			t.Fatal(err)
		}
		u := a.AddUser(t, "olga@corp.test", sallyport.RoleMember)
		theirs := apptest.Actor(a.SignInAs(t, a.Laptop(t), u.Email))
		a.AddTOTP(t, theirs)
		for range 2 {
			if _, err := a.Factors.NewBackupCodesOf(ctx, sallyport.Operator(u.TenantID), u.ID); err != nil {
				t.Fatal(err)
			}
		}
		err = a.DB.Write(ctx, func(tx *store.Tx) error {
			f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, a.Clock.Now(), "x"
			return tx.EndFactor(ctx, f.Factor)
		})
		if err != nil {
			t.Fatal(err)
		}
		apptest.Must(t, proveAll(t, a, owner))
		begun, err := a.Factors.Begin(ctx, me, mfa.NewFactor{Method: sallyport.MethodTOTP}) // pending
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Keys().Rotate(); err != nil {
			t.Fatal(err)
		}
		// A suspended one, its codes, a pending one, an app, and of its three sets of codes the last.
		if n, err := a.Factors.Reseal(ctx); err != nil || n != 5 {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := a.Factors.Verify(ctx, me, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodTOTP, Code: a.App(begun.Secret).Code(t)}); err != nil {
			t.Errorf("an enrolment under way: %v", err)
		}
	})
}

// After an enrolment only an app keeps a secret, its seed.
func TestWhatStaysOfAnEnrolment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		phone := a.AddPhone(t, me, "+4915112345678")
		db := dbtest.Raw(t, a.DSN)
		if _, err := db.ExecContext(t.Context(), "UPDATE sessions SET mfa_verified_at = $1", a.Clock.Now().UnixMicro()); err != nil {
			t.Fatal(err)
		}
		if err := a.Accounts.MayAct(t.Context(), me, policy.AddFactor); err != nil {
			t.Fatal(err)
		}
		key := a.AddPasskey(t, me)
		for _, id := range []string{phone.ID, key.Factor.ID} {
			f, err := a.DB.Factor(t.Context(), owner.TenantID, owner.ID, id)
			if err != nil {
				t.Fatal(err)
			}
			text, err := a.Keys().Open(sealedAt(f), f.Secret)
			if err != nil || !strings.HasSuffix(string(text), `"own":{}}`) {
				t.Errorf("%s keeps %s, %v", f.Method, text, err)
			}
			if !f.ExpiresAt.IsZero() || f.VerifiedAt.Sub(f.CreatedAt) < 0 || f.VerifiedAt.After(a.Clock.Now().Add(time.Second)) {
				t.Errorf("%+v", f.Factor)
			}
		}
	})
}

func sealedAt(f store.Factor) seal.Place {
	return seal.Place{Column: "factors.secret", TenantID: f.TenantID, ID: f.ID}
}
