package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
)

// touches are the beginnings of what reads or changes an account, or gives away how it is.
var touches = []string{"FROM users", "FROM links", "FROM factors", "FROM devices", "FROM sessions", "flows ", "mail_requests", "outbox", "hash a new password", "compare with"}

// From a network that is blocked nothing begins and nothing goes on that needs no session: every
// route refuses, or is one that has nothing to do with an account. It refuses alike whatever account
// is asked about, with sign-ins that were opened before the block too.
func TestNothingGetsInFromABlockedNetwork(t *testing.T) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			u := newUnproven(t, engine)
			operator := sallyport.Operator(u.a.TenantID(t))
			u.around = func(send func()) {
				b, err := u.a.Accounts.Block(t.Context(), operator, account.NewBlock{Network: "203.0.0.0/16", Until: u.a.Clock.Now().Add(time.Hour), Reason: "A test"})
				apptest.Must(t, err)
				send()
				apptest.Must(t, u.a.Accounts.Lift(t.Context(), operator, b.ID))
				u.a.Clock.Advance(15 * time.Minute) // what is refused is recorded once in this time
			}
			refused := 0
			for route, got := range u.each() {
				if got.Status == http.StatusForbidden {
					refused++
					continue
				}
				for _, note := range got.Notes {
					if slices.ContainsFunc(touches, func(s string) bool { return strings.Contains(note, s) }) {
						t.Errorf("%s is open: status %d, %s", route, got.Status, note)
					}
				}
			}
			const doors = 45 // so that the test is not about nothing
			if refused < doors {
				t.Errorf("only %d routes refuse", refused)
			}
		})
	}
}
