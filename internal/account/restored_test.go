package account_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
)

// What may have been revoked or used since a backup is over, its owner is told by one mail, and the log says so.
func TestRestored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := inDanger(t, a, mia)
		code := x.app.Code(t)
		a.Mails(t)
		did, err := a.Accounts.Restored(t.Context(), account.Restoring{Passwords: account.RenewPasswords})
		apptest.Must(t, err)
		if did.Sessions < 1 || did.Codes != 1 || did.Devices < 1 || did.Users < 1 || did.Passwords != did.Users {
			t.Errorf("%+v", did)
		}
		links, flow := x.works(t)
		for kind, works := range links {
			if works {
				t.Errorf("the link %s works", kind)
			}
		}
		if flow {
			t.Error("the sign-in under way goes on")
		}
		if code := a.Check(t, x.home.In.SessionToken); code == "" {
			t.Error("the session lives")
		}
		for _, answer := range []mfa.Answer{{Method: sallyport.MethodTOTP, Code: code}, {Method: sallyport.MethodBackupCodes, Code: x.app.BackupCodes[0]}} {
			r, err := a.Try(t.Context(), fromFar(t, a), mia, apptest.Password)
			apptest.Must(t, err)
			if _, err := a.PassFactor(t, fromFar(t, a), r, answer.Method, answer.Code); err == nil {
				t.Errorf("a code of %s works", answer.Method)
			}
		}
		mails := 0
		for _, m := range a.Mails(t) {
			if m.To == mia && m.Kind == notify.PasswordDemanded {
				mails++
			}
		}
		if mails != 1 {
			t.Errorf("%d mails", mails)
		}
		u, err := a.DB.User(t.Context(), x.u.TenantID, x.u.ID)
		if err != nil || !u.MustChangePassword {
			t.Errorf("%+v, %v", u, err)
		}
		if n := a.Count(t)[audit.DatabaseRestored]; n != 1 {
			t.Errorf("%d events", n)
		}
		if p, err := a.DB.Position(t.Context()); err != nil || p.Pending || p.Generation == 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// Whoever interrupts the work finds it marked, and it goes on where it was.
func TestRestoredGoesOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for i := range 45 {
			a.AddUser(t, string(rune('a'+i%26))+string(rune('a'+i/26))+"@corp.test", sallyport.RoleMember)
		}
		ctx, stop := context.WithCancel(t.Context())
		_, err := a.Accounts.Restored(ctx, account.Restoring{Passwords: account.WithdrawPasswords, Progress: func(done, _ int) {
			if done > 0 {
				stop()
			}
		}})
		if err == nil {
			t.Fatal("it was not interrupted")
		}
		p, err := a.DB.Position(t.Context())
		if err != nil || !p.Pending {
			t.Fatalf("%+v, %v", p, err)
		}
		first := 0
		did, err := a.Accounts.Restored(t.Context(), account.Restoring{Passwords: account.RenewPasswords, After: p.Generation, Progress: func(done, _ int) {
			if first == 0 {
				first = done
			}
		}})
		apptest.Must(t, err)
		if first < 20 || did.Users < 45 || did.Passwords < 45 {
			t.Errorf("began at %d: %+v", first, did)
		}
		u, err := a.DB.UserByEmail(t.Context(), a.TenantID(t), "aa@corp.test")
		if err != nil || u.PasswordHash != "" {
			t.Errorf("the password: %q, %v", u.PasswordHash, err)
		}
		if _, err := a.DB.Restoration(t.Context()); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}
