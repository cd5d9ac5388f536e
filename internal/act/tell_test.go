package act_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
)

const mia = "mia@corp.test"

var client = sallyport.Client{
	IPAddress: "203.0.113.77", UserAgent: apptest.FirefoxOnLinux, Info: apptest.Client("", apptest.FirefoxOnLinux).Info,
	Location: sallyport.Location{Country: "NZ", City: "Wellington", TimeZone: "Pacific/Auckland"},
}

func send(t *testing.T, a *apptest.App, v act.Alert, after error) error {
	t.Helper()
	return a.Acts.Run(t.Context(), sallyport.Operator(v.User.TenantID), act.Nobody, act.Need{}, func(b *act.Act) error {
		if err := b.Tell(t.Context(), v); err != nil {
			return err
		}
		return after
	})
}

// paths returns the first part of each link's path, sorted.
func paths(m *notify.Message) []string {
	var out []string
	for _, l := range m.Links {
		rest, ok := strings.CutPrefix(l, apptest.BaseURL+"/")
		if !ok {
			return []string{"elsewhere: " + l}
		}
		first, _, _ := strings.Cut(rest, "/")
		out = append(out, first)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Every mail has the links of its kind, and security mails say from where; the address is
// left out where policy masks it.
func TestWhatMailsHave(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		code := notify.Data{Code: "048151", CodeUntil: apptest.Start.Add(time.Hour)}
		flagged := notify.Data{DeviceName: "Firefox on Linux", Why: notify.Why{Words: "It was late."}}
		flaggedAdmin := flagged
		flaggedAdmin.Person = "noa@corp.test"
		for _, masked := range []bool{false, true} {
			a.SetPolicy(func(p *sallyport.Policy) { p.SessionMaskIP = masked })
			for _, v := range []struct {
				alert  act.Alert
				links  []string
				origin bool
			}{
				{act.Alert{Kind: notify.PasswordChanged}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.PasswordReset, Link: link.Reset}, []string{"recovery"}, true},
				{act.Alert{Kind: notify.PasswordResetDone}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.VerifyEmail, Link: link.VerifyEmail}, []string{"verify-email"}, false},
				{act.Alert{Kind: notify.Invitation, Link: link.Invitation, Data: notify.Data{InvitedBy: "Ottilie Brandt"}}, []string{"invitation"}, false},
				{act.Alert{Kind: notify.AccountLocked, Data: notify.Data{Attempts: 5, Until: apptest.Start.Add(time.Hour)}}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.AccountLocked, Link: link.Unlock, Data: notify.Data{Attempts: 5, Until: apptest.Start.Add(time.Hour)}}, []string{"not-me", "unlock"}, true},
				{act.Alert{Kind: notify.NewSignIn}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.NewSignIn, Data: notify.Data{Mine: apptest.BaseURL + "/mine/x", Why: notify.Why{Words: "It was late."}}}, []string{"mine", "not-me"}, true},
				{act.Alert{Kind: notify.SignInCode, Data: code}, nil, true},
				{act.Alert{Kind: notify.FactorCode, Data: code}, nil, true},
				{act.Alert{Kind: notify.FactorAdded, Data: notify.Data{Method: sallyport.MethodTOTP}}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.FactorRemoved, Data: notify.Data{Method: sallyport.MethodSMS}}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.FactorRemoved, Data: notify.Data{Method: sallyport.MethodSMS, ByAdmin: true}}, []string{"not-me"}, false},
				{act.Alert{Kind: notify.BackupCodesMade}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.BackupCodeUsed, Data: notify.Data{Remaining: new(0)}}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.FactorsReset}, nil, false},
				{act.Alert{Kind: notify.FactorsReset, NotMe: true}, []string{"not-me"}, false},
				{act.Alert{Kind: notify.PasskeySuspended}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.DeviceFlagged, NotMe: true, Data: flagged}, []string{"not-me"}, true},
				{act.Alert{Kind: notify.DeviceFlaggedAdmin, Data: flaggedAdmin}, nil, true},
				{act.Alert{Kind: notify.DeviceExpiring, Data: notify.Data{DeviceName: "Tablet", Until: apptest.Start.Add(time.Hour)}}, nil, false},
				{act.Alert{Kind: notify.DeviceCopied, Data: notify.Data{DeviceName: "Firefox"}}, []string{"not-me"}, true},
			} {
				if notify.AtOnce(v.alert.Kind) == 1 {
					a.Clock.Advance(notify.StormWindow)
				}
				v.alert.User, v.alert.Client, v.alert.At = u, client, apptest.Start
				if err := send(t, a, v.alert, nil); err != nil {
					t.Fatalf("%s: %v", v.alert.Kind, err)
				}
				mails := a.Mails(t)
				if len(mails) != 1 || mails[0].Kind != v.alert.Kind || mails[0].To != mia {
					t.Fatalf("%s: %d mails", v.alert.Kind, len(mails))
				}
				if got := paths(mails[0]); !slices.Equal(got, v.links) {
					t.Errorf("%s has the links %v, want %v", v.alert.Kind, got, v.links)
				}
				text := apptest.Text(t, mails[0])
				for what, want := range map[string]bool{
					"Quayside": true, "Wellington": v.origin, "Firefox": v.origin, client.IPAddress: v.origin && !masked, client.UserAgent: false, u.ID: false,
				} {
					if strings.Contains(text, what) != want {
						t.Errorf("%s, masked %v: says %q: %v\n%s", v.alert.Kind, masked, what, !want, text)
					}
				}
			}
		}
	})
}

// "This wasn't me" ends what the alert is about; the button's link is only about the user.
func TestAbout(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		about := link.About{SessionID: "session", DeviceID: "device"}
		for _, want := range []link.About{about, {}} {
			v := act.Alert{Kind: notify.PasswordChanged, User: u, Client: client, About: want, At: a.Clock.Now()}
			if err := send(t, a, v, nil); err != nil {
				t.Fatal(err)
			}
			l, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: u.TenantID, Kind: link.NotMe, Secret: apptest.Secret(t, a.Mails(t)[0], "/not-me/")}, a.Clock.Now())
			if err != nil || l.SessionID != want.SessionID || l.DeviceID != want.DeviceID || l.UserID != u.ID {
				t.Errorf("%+v, %v", l, err)
			}
		}
		v := act.Alert{
			Kind: notify.AccountLocked, User: u, Client: client, About: about, Link: link.Unlock, At: a.Clock.Now(),
			Data: notify.Data{Attempts: 5, Until: a.Clock.Now().Add(time.Hour)},
		}
		if err := send(t, a, v, nil); err != nil {
			t.Fatal(err)
		}
		l, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: u.TenantID, Kind: link.Unlock, Secret: apptest.Secret(t, a.Mails(t)[0], "/unlock/")}, a.Clock.Now())
		if err != nil || l.SessionID != "" || l.DeviceID != "" || l.UserID != u.ID {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

// A rolled-back act sends no mail and ends no former link; an act whose mail cannot be
// written fails.
func TestMailGoesWithTheChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		v := act.Alert{Kind: notify.PasswordReset, User: u, Client: client, Link: link.Reset, At: a.Clock.Now()}
		if err := send(t, a, v, nil); err != nil {
			t.Fatal(err)
		}
		secret := apptest.Secret(t, a.Mails(t)[0], "/recovery/")
		undone := errors.New("undone")
		if err := send(t, a, v, undone); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		for what, wrong := range map[string]act.Alert{
			"no such kind":              {Kind: "nonsense", User: u, Link: link.Reset, At: a.Clock.Now()},
			"without its link":          {Kind: notify.PasswordReset, User: u, At: a.Clock.Now()},
			"no address":                {Kind: notify.PasswordReset, User: sallyport.User{ID: u.ID, TenantID: u.TenantID}, Link: link.Reset, At: a.Clock.Now()},
			"two addresses":             {Kind: notify.PasswordReset, User: sallyport.User{ID: u.ID, TenantID: u.TenantID, Email: mia + ",thief@evil.test"}, Link: link.Reset, At: a.Clock.Now()},
			"no such organisation":      {Kind: notify.PasswordReset, User: sallyport.User{ID: u.ID, TenantID: "none", Email: mia}, Link: link.Reset, At: a.Clock.Now()},
			"a link it has no room for": {Kind: notify.NewSignIn, User: u, At: a.Clock.Now(), Data: notify.Data{Mine: "/mine/x"}},
			"what it does not know":     {Kind: notify.PasswordReset, User: u, Link: link.Reset, At: a.Clock.Now(), Data: notify.Data{Attempts: 5}},
		} {
			if err := send(t, a, wrong, nil); err == nil {
				t.Errorf("%s: sent", what)
			}
		}
		if m := a.Mails(t); len(m) != 0 {
			t.Errorf("%d mails", len(m))
		}
		if _, err := link.Find(t.Context(), a.DB.Queries, link.Mailed{TenantID: u.TenantID, Kind: link.Reset, Secret: secret}, a.Clock.Now()); err != nil {
			t.Errorf("the link that was mailed: %v", err)
		}
	})
}
