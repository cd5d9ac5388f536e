package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Strangers who ask for new passwords use up the mails that may be asked for without a proof.
// A mail that the owner asks for in a session is sent; when it is not, the answer says so.
func TestResetRequestsDoNotSpendTheOwnersMails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		for i := range 8 {
			apptest.Must(t, a.Accounts.RequestReset(t.Context(), a.TenantID(t), apptest.Client(fmt.Sprintf("198.51.100.%d", i), ""), apptest.OwnerEmail))
		}
		apptest.Must(t, a.Accounts.AnswerRequests(t.Context()))
		if n := len(a.Mails(t)); n != 4 {
			t.Errorf("%d mails about new passwords", n)
		}
		for what, ask := range map[string]func() error{
			"the device":  func() error { return a.Devices.Confirm(t.Context(), me) },
			"the address": func() error { return a.Accounts.RequestVerification(t.Context(), me) },
		} {
			for range 4 {
				apptest.Must(t, ask())
			}
			if n := len(a.Mails(t)); n != 4 {
				t.Errorf("%s: %d mails", what, n)
			}
			apptest.Denied(t, what+", too often", ask(), sallyport.CodeRateLimited)
			if n := len(a.Mails(t)); n != 0 {
				t.Errorf("%s: refused, and %d mails", what, n)
			}
		}
	})
}

// Nobody is invited more than five times a day, and no admin invites more than 1,000 people
// a day. The command line does.
func TestInvitationsAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		admin := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		invite := func(by sallyport.Actor, email string) error {
			_, err := a.Accounts.Invite(t.Context(), by, account.NewUser{Email: email, Role: sallyport.RoleMember})
			return err
		}
		for range 5 {
			apptest.Must(t, invite(admin, "kim@corp.test"))
		}
		for _, by := range []sallyport.Actor{admin, sallyport.Operator(admin.TenantID)} {
			apptest.Denied(t, "the sixth", invite(by, " KIM@corp.test"), sallyport.CodeRateLimited)
		}
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { // 985 others
			c := throttle.Counters{TenantID: admin.TenantID, Policy: a.Policy(), Now: a.Clock.Now()}
			for range 985 {
				if _, err := c.SpendIn(t.Context(), tx, throttle.ForInvitation("", admin.UserID)[1]); err != nil {
					return err
				}
			}
			return nil
		}))
		for i := range 10 {
			apptest.Must(t, invite(admin, fmt.Sprintf("new%d@corp.test", i)))
		}
		apptest.Denied(t, "one too many", invite(admin, "more@corp.test"), sallyport.CodeRateLimited)
		apptest.Must(t, invite(sallyport.Operator(admin.TenantID), "more@corp.test"))
		if n := a.Count(t)[audit.UserInvited]; n != 16 {
			t.Errorf("%d invitations", n)
		}
		sent := 0
		for _, m := range a.Mails(t) {
			if m.Kind == notify.Invitation {
				sent++
			}
		}
		if sent != 16 {
			t.Errorf("%d mails", sent)
		}
		a.Clock.Advance(24 * time.Hour)
		in := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		apptest.Must(t, invite(in, "kim@corp.test"))
	})
}
