package apptest_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

func TestEach(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		if a.Owner(t).ID != owner.ID {
			t.Error("a second owner")
		}
		r := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		if code := a.Check(t, r.SessionToken); code != "" {
			t.Errorf("the new session is refused: %s", code)
		}
		if code := a.Node(t, store.Options{}).Check(t, r.SessionToken); code != "" {
			t.Errorf("another node refuses the new session: %s", code)
		}
		a.Clock.Advance(365 * 24 * time.Hour)
		if a.Check(t, r.SessionToken) == "" {
			t.Error("the clock did not move")
		}
		if n := a.Count(t); n[audit.SignedIn] != 1 || len(a.Attempts(t)) != 1 {
			t.Errorf("events %v", n)
		}
		if p := a.LogProblems(t); len(p) != 0 {
			t.Error(p)
		}
	})
}
