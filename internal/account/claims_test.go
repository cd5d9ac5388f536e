package account_test

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
)

// claimant is somebody with two trusted devices, signed in on both.
type claimant struct {
	user        sallyport.User
	here, there apptest.Visited
	app         *apptest.Authenticator // nil for none
}

// claims has the mails that say what an act did: to sessions ("here" is the one it was done in)
// and to the trust of devices.
var claims = []struct {
	kind        notify.Kind
	do          func(t *testing.T, a *apptest.App, c claimant) error
	here, there sallyport.Code // of the session check, afterwards
	factor      bool           // there is an authenticator app
	trusts      bool           // devices are still trusted, but for one that the mail names
}{
	{notify.PasswordChanged, func(t *testing.T, a *apptest.App, c claimant) error {
		_, err := a.ChangePassword(t.Context(), c.here.Me(), apptest.Password, second)
		return err
	}, "", sallyport.CodeSessionRevoked, false, true},
	{notify.PasswordResetDone, func(t *testing.T, a *apptest.App, c claimant) error {
		secret := a.MailedLink(t, c.user, link.Reset, link.About{})
		return a.Accounts.ResetPassword(t.Context(), link.Mailed{TenantID: a.TenantID(t), Client: phone, Secret: secret}, second, second)
	}, sallyport.CodeSessionRevoked, sallyport.CodeSessionRevoked, false, false},
	{notify.BackupCodeUsed, func(t *testing.T, a *apptest.App, c claimant) error {
		a.Visit(t, a.From(t, apptest.Client("203.0.113.9", apptest.FirefoxOnLinux)), c.user.Email, false, func() mfa.Answer {
			return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: c.app.BackupCodes[0]}
		})
		return nil
	}, "", "", true, false},
	{notify.FactorsReset, func(t *testing.T, a *apptest.App, c claimant) error {
		_, err := a.Factors.ResetOf(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID, apptest.Grounds)
		return err
	}, "", "", true, false},
	{notify.AccountClosed, func(t *testing.T, a *apptest.App, c claimant) error {
		_, err := a.Accounts.LockdownOf(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID, "")
		return err
	}, sallyport.CodeSessionRevoked, sallyport.CodeSessionRevoked, false, false},
	{notify.SessionsEnded, func(t *testing.T, a *apptest.App, c claimant) error {
		_, err := a.Sessions.TerminateAllOf(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID)
		return err
	}, sallyport.CodeSessionTerminated, sallyport.CodeSessionTerminated, false, true},
	{notify.AccountDisabled, func(t *testing.T, a *apptest.App, c claimant) error {
		_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID)
		return err
	}, sallyport.CodeSessionRevoked, sallyport.CodeSessionRevoked, false, true},
	{notify.MethodSuspended, func(t *testing.T, a *apptest.App, c claimant) error {
		return a.Factors.SuspendOf(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID, c.app.Factor.ID)
	}, "", "", true, true},
	{notify.PasswordDemanded, func(t *testing.T, a *apptest.App, c claimant) error {
		return a.Accounts.DemandPassword(t.Context(), sallyport.Operator(a.TenantID(t)), c.user.ID)
	}, "", "", false, true},
	{notify.DeviceFlagged, func(t *testing.T, a *apptest.App, c claimant) error {
		return a.Devices.ReportLost(t.Context(), c.here.Me(), c.there.DeviceID())
	}, "", sallyport.CodeSessionRevoked, false, true},
}

// What a mail says is true once its act is done, under each value of the policy. That of a copied
// device is held by a test of package signin.
func TestMailsSayWhatIsTrue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, compromise := range []string{policy.AlertCompromised, policy.FlagCompromised} {
			a.SetPolicy(func(p *sallyport.Policy) { p.DeviceCompromise = compromise })
			for i, claim := range claims {
				what := fmt.Sprintf("%s, deviceCompromise=%s", claim.kind, compromise)
				c := claimant{user: a.AddUser(t, fmt.Sprintf("claims%d.%s@corp.test", i, compromise), sallyport.RoleMember)}
				c.here = a.Visit(t, a.Laptop(t), c.user.Email, true, nil)
				answer := func() mfa.Answer { return mfa.Answer{Method: sallyport.MethodTOTP, Code: c.app.Code(t)} }
				if claim.factor {
					c.app = a.AddTOTP(t, c.here.Me())
				}
				c.there = a.Visit(t, a.From(t, apptest.Client("203.0.113.8", apptest.ChromeOnMac)), c.user.Email, true, answer)
				a.Mails(t)
				apptest.Must(t, claim.do(t, a, c))
				a.OnlyMail(t, claim.kind, c.user.Email)
				here, there := a.Check(t, c.here.In.SessionToken), a.Check(t, c.there.In.SessionToken)
				if here != claim.here || there != claim.there {
					t.Errorf("%s: the session it was done in is %q, the other one %q; want %q and %q", what, here, there, claim.here, claim.there)
				}
				d, err := a.DB.Device(t.Context(), c.user.TenantID, c.here.DeviceID())
				apptest.Must(t, err)
				if trusts := d.TrustLevel > sallyport.TrustNone; trusts != claim.trusts {
					t.Errorf("%s: the device is trusted: %v, want %v", what, trusts, claim.trusts)
				}
			}
		}
	})
}
