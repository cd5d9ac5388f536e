package act_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
)

// One organisation whose policy cannot be read, or whose work fails, keeps no other one from its own;
// a node that stops begins with no further one.
func TestEachTenant(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		for _, name := range []string{"second", "third", "fourth"} {
			a.Clock.Advance(time.Hour)
			_, err := a.Tenants.Add(t.Context(), name+".test", name)
			apptest.Must(t, err)
		}
		all, err := a.Acts.Tenants(t.Context())
		apptest.Must(t, err)
		unread, undone := errors.New("unread"), errors.New("undone")
		r := act.New(act.Config{DB: a.DB, Now: a.Clock.Now, Policy: func(_ context.Context, _ store.Queries, id string) (sallyport.Policy, error) {
			if id == all[0].ID {
				return sallyport.Policy{}, unread
			}
			return sallyport.Policy{LockoutFailures: 7}, nil
		}})
		ctx, stop := context.WithCancel(t.Context())
		var did []string
		err = r.EachTenant(ctx, func(of sallyport.Tenant, p sallyport.Policy) error {
			if did = append(did, of.Name); p.LockoutFailures != 7 {
				t.Errorf("%s has another policy", of.Name)
			}
			if len(did) == 2 {
				stop()
				return nil
			}
			return undone
		})
		if !slices.Equal(did, []string{"second", "third"}) || !errors.Is(err, unread) || !errors.Is(err, undone) || !errors.Is(err, context.Canceled) {
			t.Errorf("did %v: %v", did, err)
		}
	})
}
