package mfa_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// cast makes people with every kind of second factor: the owner and mia with none, a member
// with a weak one, one with a strong one, one who is exempt, one who was invited, one disabled.
func cast(t *testing.T, a *apptest.App) {
	t.Helper()
	ctx, operator := t.Context(), sallyport.Operator(a.TenantID(t))
	a.AddUser(t, mia, sallyport.RoleMember)
	for _, name := range []string{"weak", "strong", "exempt", "gone"} {
		a.AddUser(t, name+"@corp.test", sallyport.RoleAdmin)
	}
	x := signedIn(t, a, "weak@corp.test")
	a.VerifyAddress(t, x.me)
	a.AddEmail(t, x.me)
	a.AddTOTP(t, signedIn(t, a, "strong@corp.test").me)
	user := func(email string) string {
		u, err := a.DB.UserByEmail(ctx, operator.TenantID, email)
		apptest.Must(t, err)
		return u.ID
	}
	apptest.Must(t, a.Factors.Exempt(ctx, operator, user("exempt@corp.test"), a.Clock.Now().Add(30*24*time.Hour), "Away"))
	a.AddUserWithoutPassword(t, "invited@corp.test")
	_, err := dbtest.Raw(t, a.DSN).ExecContext(ctx, "UPDATE users SET status = 'invited' WHERE email = 'invited@corp.test'")
	apptest.Must(t, err)
	_, err = a.Accounts.Disable(ctx, operator, user("gone@corp.test"))
	apptest.Must(t, err)
	a.Mails(t)
}

func TestRemind(t *testing.T) {
	for _, tt := range []struct {
		who      mfa.Audience
		enforced string
		want     int // of those in cast
	}{
		{mfa.WithoutAny, sallyport.EnforcedNobody, 3}, // the owner, mia, and who is exempt
		{mfa.OnlyWeak, sallyport.EnforcedNobody, 1},
		{mfa.Demanded, sallyport.EnforcedNobody, 0},
		{mfa.Demanded, sallyport.EnforcedAdmins, 1},   // the owner
		{mfa.Demanded, sallyport.EnforcedEveryone, 2}, // mia, too
	} {
		t.Run(fmt.Sprint(tt.who, " ", tt.enforced), func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				a.Owner(t)
				cast(t, a)
				a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = tt.enforced })
				operator := sallyport.Operator(a.TenantID(t))
				if n, err := a.Factors.Overview(t.Context(), operator); err != nil || tt.who == mfa.Demanded && n.Required != tt.want ||
					n.None != 3 || n.Weak != 1 || n.Strong != 1 || n.ByMethod[sallyport.MethodTOTP] != 1 || n.ByMethod[sallyport.MethodEmail] != 1 {
					t.Errorf("%+v, %v", n, err)
				}
				for round, want := range []mfa.Reminded{{Sent: tt.want}, {Skipped: tt.want}, {Sent: tt.want}} {
					if round == 2 {
						a.Clock.Advance(7 * 24 * time.Hour)
					}
					got, err := a.Factors.RemindAll(t.Context(), operator, tt.who, mfa.Reminded{}, func(mfa.Reminded) bool { return true })
					if err != nil || got != want {
						t.Errorf("round %d: %+v, %v; want %+v", round, got, err, want)
					}
					if m := len(a.Mails(t)); m != want.Sent {
						t.Errorf("round %d: %d mails", round, m)
					}
				}
				if n := a.Count(t)[audit.MFAReminded]; n != 2*tt.want {
					t.Errorf("%d events", n)
				}
			})
		})
	}
}

// However many nodes and admins remind at once, an owner and themselves among them, each person
// gets one mail.
func TestRemindAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const people, admins = 620, 2 // more than a step
		a.Owner(t)
		var actors []sallyport.Actor
		for i := range admins {
			email := fmt.Sprintf("admin%d@corp.test", i)
			a.AddUser(t, email, sallyport.RoleAdmin)
			actors = append(actors, signedIn(t, a, email).me)
		}
		_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), `INSERT INTO users (tenant_id, id, email, email_key, first_name, last_name, role, status,
				password_hash, password_changed_at, created_at, disabled_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < `+fmt.Sprint(people)+`)
			SELECT '`+a.TenantID(t)+`', 'u' || i, 'u' || i || '@corp.test', 'u' || i || '@corp.test', '', '', 'member', 'active', '', 0, 0, 0 FROM n`)
		apptest.Must(t, err)
		a.Mails(t)
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		sums := make([]mfa.Reminded, 4)
		if got := apptest.AtOnce(len(sums), func(i int) (err error) {
			sums[i], err = nodes[i%2].Factors.RemindAll(t.Context(), actors[i%admins], mfa.WithoutAny, mfa.Reminded{}, func(mfa.Reminded) bool { return true })
			return err
		}); got[""] != len(sums) {
			t.Fatalf("%v", got)
		}
		sent := 0
		for _, s := range sums {
			sent += s.Sent
		}
		to := map[string]int{}
		for _, m := range a.Mails(t) {
			if m.Kind == notify.SetUpFactor {
				to[m.To]++
			}
		}
		if want := people + admins + 1; sent != want || len(to) != want {
			t.Errorf("%d sent, to %d; want %d", sent, len(to), want)
		}
		for who, n := range to {
			if n != 1 {
				t.Errorf("%d mails to %s", n, who)
			}
		}
	})
}

func TestMailSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		cast(t, a)
		operator := sallyport.Operator(a.TenantID(t))
		for email, want := range map[string]sallyport.Code{
			mia: "", "weak@corp.test": "", "strong@corp.test": sallyport.CodeConflict, "gone@corp.test": sallyport.CodeConflict, "invited@corp.test": sallyport.CodeConflict,
		} {
			u, err := a.DB.UserByEmail(t.Context(), operator.TenantID, email)
			apptest.Must(t, err)
			apptest.Denied(t, email, a.Factors.MailSetUp(t.Context(), operator, u.ID), want)
			if want != "" {
				continue
			}
			a.OnlyMail(t, notify.SetUpFactor, email)
			apptest.Must(t, a.Factors.MailSetUp(t.Context(), operator, u.ID)) // the answer was lost
			if m := a.Mails(t); len(m) != 0 {
				t.Errorf("%d mails", len(m))
			}
		}
	})
}
