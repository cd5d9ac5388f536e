package account_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

// danger is an account with an app, a session, a mailed link of each kind, and a sign-in under
// way that has passed password and app.
type danger struct {
	a     *apptest.App
	u     sallyport.User
	home  apptest.Visited
	app   *apptest.Authenticator
	links map[link.Kind]string
	from  apptest.From
	flow  signin.Result
}

func inDanger(t *testing.T, a *apptest.App, email string) *danger {
	t.Helper()
	a.SetPolicy(func(p *sallyport.Policy) { p.DeviceMinTrust = 0 })
	x := &danger{a: a, u: a.AddUser(t, email, sallyport.RoleMember), links: map[link.Kind]string{}}
	a.Clock.Advance(time.Minute)
	x.home = a.Visit(t, elsewhere(t, a), email, true, nil)
	x.app = a.AddTOTP(t, x.home.Me())
	x.home.From = a.StepUp(t, x.home.From, x.home.Me(), sallyport.StepUp{Act: string(policy.RemoveFactor), Password: true, Factor: true}, x.app)
	a.Clock.Advance(30 * time.Second)
	for _, k := range link.Kinds() {
		x.links[k] = a.MailedLink(t, x.u, k, link.About{SessionID: x.home.In.Session.ID, DeviceID: x.home.DeviceID()})
	}
	x.from = fromFar(t, a)
	x.from.AsksTrust = true
	r, err := a.Try(t.Context(), x.from, email, apptest.Password)
	apptest.Must(t, err)
	x.flow, err = a.PassFactor(t, x.from, r, sallyport.MethodTOTP, x.app.Code(t))
	apptest.Must(t, err)
	if x.flow.State != signin.Device {
		t.Fatalf("the flow is at %s", x.flow.State)
	}
	a.Clock.Advance(30 * time.Second)
	return x
}

// works reports which links still work, and whether the sign-in under way goes on.
func (x *danger) works(t *testing.T) (links map[link.Kind]bool, flow bool) {
	t.Helper()
	links = map[link.Kind]bool{}
	for k, secret := range x.links {
		_, err := link.Find(t.Context(), x.a.DB.Queries, link.Mailed{TenantID: x.u.TenantID, Kind: k, Secret: secret}, x.a.Clock.Now())
		links[k] = err == nil
	}
	_, err := x.a.SignIn.Advance(t.Context(), x.from, x.flow.FlowToken, signin.Step{State: signin.Device})
	return links, err == nil
}

// What each act does to the links that were mailed before and to the sign-ins under way: the
// tables of voids, seen from outside.
func TestVoids(t *testing.T) {
	all := []link.Kind{link.Reset, link.VerifyEmail, link.Invitation, link.Unlock, link.Mine, link.Device, link.Reopen}
	for _, tt := range []struct {
		name  string
		do    func(t *testing.T, x *danger) error
		void  []link.Kind
		flows bool // they end
	}{
		{"a new password", func(t *testing.T, x *danger) error {
			_, err := x.a.ChangePassword(t.Context(), x.home.Me(), apptest.Password, second)
			return err
		}, []link.Kind{link.Reset, link.Invitation, link.Unlock, link.Mine, link.Device}, true},
		{"a new password by mail", func(t *testing.T, x *danger) error { return reset(t, x.a, x.links[link.Reset], second) },
			[]link.Kind{link.Reset, link.VerifyEmail, link.Invitation, link.Unlock, link.Mine, link.Device}, true},
		{"disabling and enabling", func(t *testing.T, x *danger) error {
			if _, err := x.a.Accounts.Disable(t.Context(), sallyport.Operator(x.u.TenantID), x.u.ID); err != nil {
				return err
			}
			return x.a.Accounts.Enable(t.Context(), sallyport.Operator(x.u.TenantID), x.u.ID)
		}, append(all, link.NotMe), true},
		{"a reset of the factors", func(t *testing.T, x *danger) error {
			_, err := x.a.Factors.ResetOf(t.Context(), sallyport.Operator(x.u.TenantID), x.u.ID, apptest.Grounds)
			return err
		}, []link.Kind{link.Device}, true},
		{"signing out everywhere else", func(t *testing.T, x *danger) error {
			_, err := x.a.Sessions.RevokeOthers(t.Context(), x.home.Me())
			return err
		}, nil, true},
		{"signing out everywhere", func(t *testing.T, x *danger) error {
			_, err := x.a.Sessions.RevokeAll(t.Context(), x.home.Me())
			return err
		}, nil, true},
		{"removing the app", func(t *testing.T, x *danger) error {
			_, err := x.a.Factors.Remove(t.Context(), x.home.Me(), x.app.Factor.ID)
			return err
		}, nil, true},
		{"a backup code at another sign-in", func(t *testing.T, x *danger) error {
			x.a.Visit(t, fromFar(t, x.a), x.u.Email, false, func() mfa.Answer {
				return mfa.Answer{Method: sallyport.MethodBackupCodes, Code: x.app.BackupCodes[0]}
			})
			return nil
		}, []link.Kind{link.Device}, false},
		{"a lost device", func(t *testing.T, x *danger) error {
			return x.a.Devices.ReportLost(t.Context(), x.home.Me(), x.home.DeviceID())
		}, []link.Kind{link.Device}, false},
		{"this was not me", func(t *testing.T, x *danger) error { _, err := notMe(t, x.a, x.links[link.NotMe]); return err }, append(all, link.NotMe), true},
		{"lockdown", func(t *testing.T, x *danger) error {
			_, err := x.a.Accounts.Lockdown(t.Context(), x.home.Me(), "")
			return err
		}, append(all, link.NotMe), true},
		{"another name for the app", func(t *testing.T, x *danger) error {
			return x.a.Factors.Rename(t.Context(), x.home.Me(), x.app.Factor.ID, "Old phone")
		}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				x := inDanger(t, a, mia)
				apptest.Must(t, tt.do(t, x))
				links, flow := x.works(t)
				for k, works := range links {
					void := false
					for _, v := range tt.void {
						void = void || v == k
					}
					if works == void {
						t.Errorf("the link %s works: %v", k, works)
					}
				}
				if flow == tt.flows {
					t.Errorf("the sign-in under way goes on: %v", flow)
				}
			})
		})
	}
}
