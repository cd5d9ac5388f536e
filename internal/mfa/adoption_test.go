package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
)

// Days that are over are counted from what the rows tell, once; a factor counts for the days
// on which it was active.
func TestHistory(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx, owner := t.Context(), a.Owner(t)
		operator := sallyport.Operator(owner.TenantID)
		day := func(d int) string { return apptest.Start.AddDate(0, 0, d).UTC().Format(time.DateOnly) }
		u := a.AddUser(t, mia, sallyport.RoleMember)
		x := signedIn(t, a, mia)
		a.VerifyAddress(t, x.me)
		a.AddEmail(t, x.me)
		a.Clock.Advance(24 * time.Hour)
		x = signedIn(t, a, owner.Email)
		app := a.AddTOTP(t, x.me)
		a.Clock.Advance(24 * time.Hour)
		_, err := a.Factors.RevokeOf(ctx, operator, owner.ID, app.Factor.ID)
		apptest.Must(t, err)
		a.Clock.Advance(24 * time.Hour)
		_, err = a.Accounts.Disable(ctx, operator, u.ID)
		apptest.Must(t, err)
		want := []mfa.Day{{Day: day(0), Users: 2, Weak: 1}, {Day: day(1), Users: 2, Strong: 1, Weak: 1}, {Day: day(2), Users: 2, Weak: 1}, {Day: day(3), Users: 1}}
		for range 2 { // and counting again changes nothing
			apptest.Must(t, a.Factors.CountDays(ctx))
			if got, err := a.Factors.History(ctx, operator, 30); err != nil || !slices.Equal(got, want) {
				t.Errorf("%+v, %v", got, err)
			}
		}
		if got, err := a.Factors.History(ctx, operator, 2); err != nil || !slices.Equal(got, want[2:]) {
			t.Errorf("two days: %+v, %v", got, err)
		}
		for _, days := range []int{0, 367} {
			if _, err := a.Factors.History(ctx, operator, days); apptest.Broken(err) != "days out_of_range" {
				t.Errorf("%d days: %v", days, err)
			}
		}
	})
}
