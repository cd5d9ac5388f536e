package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

// Whoever it happens to is told of each act of an admin, once, and never where the admin was.
// What finds things so already tells nobody.
func TestPeopleAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		admin := a.Visit(t, a.From(t, apptest.Client("198.51.100.77", apptest.FirefoxOnLinux)), owner.Email, true, nil).Me()
		for i, tt := range []struct {
			kind notify.Kind
			do   func(userID string) error
		}{
			{notify.RoleChanged, func(id string) error {
				_, err := a.Accounts.ChangeRole(ctx, admin, id, sallyport.RoleAdmin)
				return err
			}},
			{notify.PasswordDemanded, func(id string) error { return a.Accounts.DemandPassword(ctx, admin, id) }},
			{notify.SessionsEnded, func(id string) error {
				_, err := a.Sessions.TerminateAllOf(ctx, admin, id)
				return err
			}},
			{notify.FactorDemanded, func(id string) error { return a.Factors.Require(ctx, admin, id, true) }},
			{notify.AccountDisabled, func(id string) error {
				_, err := a.Accounts.Disable(ctx, admin, id)
				return err
			}},
			{notify.AccountEnabled, func(id string) error { return a.Accounts.Enable(ctx, admin, id) }},
		} {
			email := fmt.Sprintf("told%d@corp.test", i)
			u := a.AddUser(t, email, sallyport.RoleMember)
			a.SignInAs(t, a.Laptop(t), email)
			if tt.kind == notify.AccountEnabled {
				_, err := a.Accounts.Disable(ctx, admin, u.ID)
				apptest.Must(t, err)
			}
			a.Mails(t)
			apptest.Must(t, tt.do(u.ID))
			text := apptest.Text(t, a.OnlyMail(t, tt.kind, email))
			for _, secret := range []string{"198.51.100", "Firefox", "Linux"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s says where the admin was: %s", tt.kind, secret)
				}
			}
			apptest.Must(t, tt.do(u.ID))
			if m := a.Mails(t); len(m) != 0 {
				t.Errorf("%s: %d mails when it was so already", tt.kind, len(m))
			}
		}
	})
}

// Who was invited and has not joined is told nothing: the invitation is all that they know.
func TestInvitedAreNotTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
		u, err := a.Accounts.Invite(ctx, operator, account.NewUser{Email: "new@corp.test", Role: sallyport.RoleMember})
		apptest.Must(t, err)
		a.OnlyMail(t, notify.Invitation, u.Email)
		_, err = a.Accounts.ChangeRole(ctx, operator, u.ID, sallyport.RoleAdmin)
		apptest.Must(t, err)
		_, err = a.Accounts.Disable(ctx, operator, u.ID)
		apptest.Must(t, err)
		apptest.Must(t, a.Accounts.Enable(ctx, operator, u.ID))
		if m := a.Mails(t); len(m) != 0 {
			t.Errorf("%d mails", len(m))
		}
		apptest.Denied(t, "a new password of who has none", a.Accounts.DemandPassword(ctx, operator, u.ID), sallyport.CodeConflict)
	})
}

// A mail names a built-in role in the language of its reader.
func TestRoleInTheLanguageOfItsReader(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleAdmin)
		apptest.Must(t, a.Accounts.ChooseLanguage(t.Context(), a.Visit(t, a.Laptop(t), mia, true, nil).Me(), "de"))
		a.Mails(t)
		_, err := a.Accounts.ChangeRole(t.Context(), sallyport.Operator(u.TenantID), u.ID, sallyport.RoleMember)
		apptest.Must(t, err)
		if text := apptest.Text(t, a.OnlyMail(t, notify.RoleChanged, mia)); !strings.Contains(text, "Rolle: Mitglied") {
			t.Error(text)
		}
	})
}

// The next sign-in asks for a new password, and then no more.
func TestMailReset(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		admin := a.Visit(t, a.From(t, apptest.Client("198.51.100.77", apptest.FirefoxOnLinux)), owner.Email, true, nil).Me()
		u := a.AddUser(t, mia, sallyport.RoleMember)
		a.Mails(t)
		if got := a.Happened(t, func() { apptest.Must(t, a.Accounts.MailReset(ctx, admin, u.ID)) }); got != string(audit.PasswordResetRequested) {
			t.Errorf("%s", got)
		}
		text := apptest.Text(t, a.OnlyMail(t, notify.PasswordReset, mia))
		if !strings.Contains(text, "An administrator") || !strings.Contains(text, "/recovery/") || strings.Contains(text, "198.51.100") {
			t.Errorf("%s", text)
		}
		if r, err := a.Try(ctx, a.Laptop(t), mia, apptest.Password); err != nil || r.State == signin.ChangePassword {
			t.Errorf("the present password: %s, %v", r.State, err)
		}
		for range 4 {
			apptest.Must(t, a.Accounts.MailReset(ctx, admin, u.ID))
		}
		apptest.Denied(t, "a sixth mail of a day", a.Accounts.MailReset(ctx, admin, u.ID), sallyport.CodeRateLimited)

		invited, err := a.Accounts.Invite(ctx, sallyport.Operator(u.TenantID), account.NewUser{Email: "new@corp.test", Role: sallyport.RoleMember})
		apptest.Must(t, err)
		apptest.Denied(t, "who has not joined", a.Accounts.MailReset(ctx, admin, invited.ID), sallyport.CodeConflict)
		member := a.Visit(t, a.Laptop(t), a.AddUser(t, "olga@corp.test", sallyport.RoleMember).Email, true, nil).Me()
		apptest.Denied(t, "by a member", a.Accounts.MailReset(ctx, member, u.ID), sallyport.CodeForbidden)
		_, err = a.Accounts.Disable(ctx, admin, u.ID)
		apptest.Must(t, err)
		apptest.Denied(t, "who is disabled", a.Accounts.MailReset(ctx, admin, u.ID), sallyport.CodeConflict)
	})
}

func TestDemandPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		operator := sallyport.Operator(u.TenantID)
		apptest.Must(t, a.Accounts.DemandPassword(t.Context(), operator, u.ID))
		if r, err := a.Try(t.Context(), a.Laptop(t), mia, apptest.Password); err != nil || r.State != signin.ChangePassword {
			t.Errorf("%s, %v", r.State, err)
		}
		secret := a.MailedLink(t, u, link.Reset, link.About{})
		apptest.Must(t, a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: u.TenantID, Client: phone, Secret: secret}, second, second))
		if r, err := a.Try(t.Context(), a.Laptop(t), mia, second); err != nil || r.State == signin.ChangePassword {
			t.Errorf("afterwards: %s, %v", r.State, err)
		}
	})
}
