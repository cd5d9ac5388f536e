package store_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
)

// The session check on SQLite recovers when a watcher loses its connection.
func TestWatcherRecovers(t *testing.T) {
	a := apptest.New(t, store.SQLite, store.Options{})
	a.Owner(t)
	r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
	for range 3 {
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Fatalf("before: %s", code)
		}
		store.BreakWatchers(a.DB)
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Fatalf("after its connection was lost: %s", code)
		}
	}
	store.BreakWatchers(a.DB)
	if err := a.Sessions.SignOut(t.Context(), apptest.Actor(r)); err != nil {
		t.Fatal(err)
	}
	if code := a.Check(t, r.SessionToken); code != sallyport.CodeSessionTerminated {
		t.Errorf("after signing out: %q", code)
	}
}
