//go:build unix

package session_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// refreshDSN names the database that a child of TestKilledWhileRefreshing works on.
const refreshDSN = "SALLYPORT_TEST_REFRESH_DSN"

// TestKilledWhileRefreshing kills a process while apps get their next tokens. Whatever an app had got
// by then gets it the next ones, also where the reply to its last call was lost with the process; and
// no former token is worth anything after the restart.
func TestKilledWhileRefreshing(t *testing.T) {
	if dsn := os.Getenv(refreshDSN); dsn != "" {
		refreshOn(t, dsn)
		return
	}
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			dsn := apptest.Migrated(t, engine)
			claim(t, dsn)
			for range apptest.Rounds(3) {
				c := startChild(t, "TestKilledWhileRefreshing", refreshDSN+"="+dsn)
				c.acknowledged(40 + rand.IntN(150))
				c.kill()
				a := apptest.Open(t, dsn)
				tenantID := onlyTenant(t, a)
				check := func(secret string) sallyport.Code {
					_, err := a.Sessions.Check(t.Context(), tenantID, secret)
					return sallyport.CodeOf(err)
				}
				for id, newest := range c.in {
					got, code := refreshIn(t, a, tenantID, newest)
					if code != "" || check(got.SessionToken) != "" {
						t.Errorf("session %s: its newest refresh token gets %q", id, code)
					}
					former, ok := c.out[id]
					if !ok {
						continue
					}
					if _, code := refreshIn(t, a, tenantID, former); code != sallyport.CodeSessionRevoked {
						t.Errorf("session %s: a former refresh token gets %q", id, code)
					}
					if code := check(got.SessionToken); code != sallyport.CodeSessionRevoked {
						t.Errorf("session %s after a former token: %q", id, code)
					}
				}
				for _, problem := range a.LogProblems(t) {
					t.Error(problem)
				}
			}
		})
	}
}

// onlyTenant returns the id of the organisation of a database that was opened.
func onlyTenant(t *testing.T, a *apptest.App) string {
	t.Helper()
	tenants, err := a.DB.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	return tenants[0].ID
}

// refreshOn signs apps in and gets tokens until it is killed. It prints what they got: "in ID TOKEN"
// for the newest refresh token of a session, and "out ID TOKEN" for one that is two uses old.
func refreshOn(t *testing.T, dsn string) {
	a := apptest.Open(t, dsn)
	tenantID := onlyTenant(t, a)
	from := a.Visitor(tenantID, apptest.Client("192.0.2.10", apptest.SafariOnIPhone))
	from.Native = true
	var mu sync.Mutex
	say := func(what, id, secret string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, "%s %s %s\n", what, id, secret)
	}
	var wg sync.WaitGroup
	for range 4 {
		in := a.SignInAs(t, from, apptest.OwnerEmail)
		wg.Go(func() {
			id, held := in.Session.ID, []string{in.RefreshToken}
			say("in", id, in.RefreshToken)
			for {
				got, code := refreshIn(t, a, tenantID, held[len(held)-1])
				if code != "" {
					continue // the database does not answer: try until killed
				}
				held = append(held, got.RefreshToken)
				say("in", id, got.RefreshToken)
				if n := len(held); n > 3 {
					say("out", id, held[n-4])
				}
			}
		})
	}
	wg.Wait()
}
