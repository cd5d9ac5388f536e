package position_test

import (
	"errors"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/store"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		before, now store.Position
		setBack     bool
	}{
		{store.Position{}, store.Position{Events: 3}, false},
		{store.Position{Events: 3}, store.Position{Events: 3}, false},
		{store.Position{Events: 4}, store.Position{Events: 3}, true},
		{store.Position{Events: 4}, store.Position{Events: 3, Generation: 1}, false}, // another node has seen to it
		{store.Position{Events: 4, Generation: 2}, store.Position{Events: 9, Generation: 1}, true},
		{store.Position{}, store.Position{Generation: 1, Pending: true}, true},
	} {
		if err := position.Judge(c.before, c.now); errors.Is(err, position.ErrSetBack) != c.setBack {
			t.Errorf("%+v, %+v: %v", c.before, c.now, err)
		}
	}
}

// A database that is set back under a running node is not served any more.
func TestKeeper(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		a.Sequence(t)
		folder := t.TempDir()
		k, err := position.NewKeeper(t.Context(), a.DB, folder)
		apptest.Must(t, err)
		seen, err := position.Read(folder)
		if err != nil || seen.Events == 0 {
			t.Fatalf("%+v, %v", seen, err)
		}
		apptest.Must(t, k.Keep(t.Context()))
		node := a.Node(t, store.Options{})
		seen.Events += 2
		apptest.Must(t, position.Write(folder, seen))
		if _, err := position.NewKeeper(t.Context(), node.DB, folder); !errors.Is(err, position.ErrSetBack) {
			t.Errorf("a start: %v", err)
		}
		seen.Events -= 2
		apptest.Must(t, position.Write(folder, seen))
		late, err := position.NewKeeper(t.Context(), node.DB, folder)
		apptest.Must(t, err)
		a.Tampered()
		if _, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE audit_heads SET size = size - 1"); err != nil {
			t.Fatal(err)
		}
		if err := late.Keep(t.Context()); !errors.Is(err, position.ErrSetBack) {
			t.Errorf("while it runs: %v", err)
		}
		if _, err := node.DB.Tenants(t.Context()); sallyport.CodeOf(err) != sallyport.CodeUnavailable {
			t.Errorf("it is served: %v", err)
		}
	})
}
