package preview_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

// obstacle returns what an error says stands in the way.
func obstacle(err error) sallyport.Obstacle {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Obstacle
}

// A change that would lock out an owner, or who makes it, is not saved before they say that they know.
func TestDangers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		owner := a.Owner(t)
		from := a.Laptop(t)
		from.AsksTrust = true
		a.Visit(t, from, owner.Email, false, nil) // on a device that is not trusted
		a.AddUser(t, "admin@corp.test", sallyport.RoleAdmin)
		in := a.Visit(t, a.Laptop(t), "admin@corp.test", true, nil)
		a.Clock.Advance(2 * 24 * time.Hour)
		admin := in.Me()
		outbox := notify.NewOutbox(a.Keys(), a.Clock.Now)
		outbox.WithoutTexts()
		previews := uses.New(uses.Config{DB: a.DB, Keys: a.Keys(), Outbox: outbox, Now: a.Clock.Now}).Previews
		stepped := func() { // so that a proof is fresh
			r := a.StepUp(t, in.From, admin, sallyport.StepUp{Act: string(policy.ManagePolicy), Password: true}, nil)
			in.From.Session = r.Session
		}
		for _, c := range []struct {
			name   string
			fields fields
			who    string // who is locked out, and how
		}{
			{"harmless", fields{"passwordMinLength": 14}, ""},
			{"a lock for a while", fields{"lockoutFailures": 3}, ""},
			{"an owner's device", fields{"deviceRequireTrusted": true}, "owner refused"},
			{"one's own session", fields{"sessionIdleWebMinutes": 1440, "sessionIdleMobileMinutes": 1440, "sessionLifetimeMinutes": 1440}, "me ended"},
			{"nothing to set up", fields{"mfaEnforced": "everyone", "mfaMethods": "sms"}, "owner enrols me enrols"},
		} {
			current, err := a.Tenants.Read(t.Context(), admin)
			apptest.Must(t, err)
			edit := tenant.Edit{Version: current.Version, Fields: c.fields}
			p, err := previews.Start(t.Context(), admin, edit)
			apptest.Must(t, err)
			got := ""
			for _, d := range p.Dangers {
				name := "owner"
				if d.Self {
					name = "me"
				}
				if got != "" {
					got += " "
				}
				got += fmt.Sprintf("%s %s", name, d.Effect)
			}
			if got != c.who {
				t.Errorf("%s: %q, want %q", c.name, got, c.who)
			}
			stepped()
			switch saved, err := previews.Save(t.Context(), admin, edit, false); {
			case c.who == "" && (err != nil || len(saved.Changes) == 0):
				t.Errorf("%s: %v, %v", c.name, saved, err)
			case c.who != "" && obstacle(err) != sallyport.WouldLockOut:
				t.Errorf("%s: saved, %v", c.name, err)
			}
		}
		now, err := a.Tenants.Read(t.Context(), admin)
		apptest.Must(t, err)
		stepped()
		if _, err := a.Previews.Save(t.Context(), admin, tenant.Edit{Version: now.Version, Fields: fields{"deviceRequireTrusted": true}}, true); err != nil {
			t.Errorf("knowingly: %v", err)
		}
		if _, err := a.Previews.Save(t.Context(), admin, tenant.Edit{Version: now.Version, Fields: fields{"passwordHistory": 6}}, false); obstacle(err) != sallyport.ChangedMeanwhile {
			t.Errorf("over a newer version: %v", err)
		}
	})
}

// A preview says what it cannot know, and only of the fields that change.
func TestUnknown(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	operator := sallyport.Operator(a.TenantID(t))
	for _, c := range []struct {
		fields fields
		want   string
	}{
		{fields{"passwordMinLength": 16}, "[passwordMinLength next_password]"},
		{fields{"mfaEnforced": "everyone"}, "[]"},
		{fields{"mfaMethods": "totp"}, "[]"},
		{fields{"lockoutFailures": 4}, "[]"},
		{fields{"lockoutFailures": 9, "lockoutWindowMinutes": 5, "lockoutDurationMinutes": 10}, "[lockoutFailures looser lockoutWindowMinutes looser lockoutDurationMinutes looser]"},
		{fields{"deviceMinTrust": 2, "sessionMaskIp": true, "retentionDays": 90}, "[sessionMaskIp display deviceMinTrust acts retentionDays removal]"},
	} {
		p, err := a.Previews.Start(t.Context(), operator, tenant.Edit{Fields: c.fields})
		apptest.Must(t, err)
		got := []string{}
		for _, u := range p.Unknown {
			got = append(got, u.Field, string(u.Why))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%v: %v, want %s", c.fields, got, c.want)
		}
	}
	_, err := a.Tenants.Save(t.Context(), operator, tenant.Edit{Fields: fields{"mfaEnforced": "everyone"}})
	apptest.Must(t, err)
	a.StoredPolicies()
	p, err := a.Previews.Start(t.Context(), operator, tenant.Edit{Fields: fields{"mfaEnforced": "nobody"}})
	apptest.Must(t, err)
	if len(p.Unknown) != 1 || p.Unknown[0].Why != preview.Unfinished {
		t.Errorf("%v", p.Unknown)
	}
}

// crowd writes many people, each with a sign-in without a second factor; of every tenth nobody knows what it was decided by.
func crowd(t testing.TB, a *apptest.App, people int) {
	t.Helper()
	tenantID, now := a.TenantID(t), a.Clock.Now()
	apptest.Must(t, a.Acts.Keep(t.Context(), func(tx *store.Tx) error {
		for i := range people {
			u := sallyport.User{TenantID: tenantID, ID: token.NewID(), Email: fmt.Sprintf("person%d@corp.test", i), Role: sallyport.RoleMember, Status: sallyport.UserActive, CreatedAt: now}
			attempt := sallyport.Attempt{ID: token.NewID(), TenantID: tenantID, UserID: u.ID, Email: u.Email, Successful: true, CreatedAt: now, Circumstances: `{"asks":true,"trust":true}`}
			if i%10 == 0 {
				attempt.Circumstances = ""
			}
			if err := errors.Join(tx.AddUser(t.Context(), u), tx.AddAttempt(t.Context(), attempt)); err != nil {
				return err
			}
		}
		return nil
	}))
	a.Clock.Advance(time.Hour)
}

// Steps that a node did are not done again by the next one, and everybody is counted once, also beyond those who are named.
func TestManyPeople(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		crowd(t, a, 2600)
		operator := sallyport.Operator(a.TenantID(t))
		p, err := a.Previews.Start(t.Context(), operator, tenant.Edit{Fields: fields{"mfaEnforced": "everyone"}})
		apptest.Must(t, err)
		for range 100 {
			if p.Status != preview.Running {
				break
			}
			a.Clock.Advance(time.Minute) // the lease of whoever began it is over
			apptest.Must(t, a.Previews.Work(t.Context()))
			p, err = a.Previews.Get(t.Context(), operator, p.ID)
			apptest.Must(t, err)
		}
		if p.Status != preview.Finished || p.Done < 2600 || p.Done != p.Total {
			t.Fatalf("%s, %d of %d", p.Status, p.Done, p.Total)
		}
		if len(p.Counts) != 1 || p.Counts[0] != (preview.Count{Effect: preview.Enrols, People: 2340, Times: 2340}) {
			t.Errorf("%v", p.Counts)
		}
		if !slices.Contains(p.Unknown, preview.Unknown{Why: preview.Before, Count: 260}) {
			t.Errorf("%v", p.Unknown)
		}
		seen := map[string]bool{}
		for after := ""; ; {
			people, err := a.Previews.People(t.Context(), operator, p.ID, preview.Which{Effect: preview.Enrols, After: after, Limit: 300})
			apptest.Must(t, err)
			for _, who := range people {
				if after = who.User.ID; seen[after] || who.User.Email == "" || who.Times != 1 {
					t.Errorf("%+v", who)
				}
				seen[after] = true
			}
			if len(people) < 300 {
				break
			}
		}
		if len(seen) < 1000 || len(seen) > 1500 {
			t.Errorf("%d are named", len(seen))
		}
	})
}

// Previews are nobody else's, end, and are limited.
func TestWhose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		operator := sallyport.Operator(a.TenantID(t))
		edit := tenant.Edit{Fields: fields{"mfaEnforced": "everyone"}}
		p, err := a.Previews.Start(t.Context(), operator, edit)
		apptest.Must(t, err)
		other := sallyport.Operator(a.AddTenant(t, "other.test").ID)
		a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		member := apptest.Actor(a.SignInAs(t, a.Laptop(t), "member@corp.test"))
		if _, err := a.Previews.Get(t.Context(), other, p.ID); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("another organisation: %v", err)
		}
		if _, err := a.Previews.People(t.Context(), other, p.ID, preview.Which{Effect: preview.Enrols, Limit: 10}); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("names of another organisation: %v", err)
		}
		for name, err := range map[string]error{
			"start": second(a.Previews.Start(t.Context(), member, edit)), "get": second(a.Previews.Get(t.Context(), member, p.ID)),
			"people": second(a.Previews.People(t.Context(), member, p.ID, preview.Which{Effect: preview.Enrols, Limit: 10})),
			"save":   second(a.Previews.Save(t.Context(), member, edit, true)),
		} {
			if !errors.Is(err, sallyport.ErrForbidden) {
				t.Errorf("%s by a member: %v", name, err)
			}
		}
		if _, err := a.Previews.People(t.Context(), operator, p.ID, preview.Which{Effect: "vanishes", Limit: 10}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("an unknown effect: %v", err)
		}
		now := a.Clock.Now()
		for range 3 {
			apptest.Must(t, a.Acts.Keep(t.Context(), func(tx *store.Tx) error {
				return tx.AddPreview(t.Context(), store.PolicyPreview{
					TenantID: operator.TenantID, ID: token.NewID(), Edit: "{}", Found: "{}", Status: string(preview.Running), CreatedAt: now, ExpiresAt: now.Add(time.Hour),
				}, now.Add(time.Hour))
			}))
		}
		if _, err := a.Previews.Start(t.Context(), operator, edit); obstacle(err) != sallyport.PreviewsUnderWay {
			t.Errorf("a fourth: %v", err)
		}
		a.Clock.Advance(8 * 24 * time.Hour)
		apptest.Must(t, a.Retention.Forget(t.Context()))
		if _, err := a.Previews.Get(t.Context(), operator, p.ID); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("after eight days: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
