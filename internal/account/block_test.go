package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// at is a client at an address.
func at(t *testing.T, a *apptest.App, ip string) apptest.From {
	return a.From(t, apptest.Client(ip, apptest.ChromeOnMac))
}

// broken returns the rules that an error says are broken.
func broken(err error) string {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return ""
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, strings.TrimSpace(f.Field+" "+f.Code+" "+f.Args["address"]))
	}
	return strings.Join(all, ", ")
}

// A network is written in many ways, can be too wide, and one's own is blocked only by who says
// that they mean it.
func TestNetworksThatCanBeBlocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		other := a.SignInAs(t, at(t, a, "198.51.100.77"), apptest.OwnerEmail)
		owner := apptest.Actor(a.SignInAs(t, at(t, a, "192.0.2.10"), apptest.OwnerEmail))
		const mine = "includingMine own_network "
		for _, tt := range []struct{ network, is, refused string }{
			{"203.0.113.7", "203.0.113.7", ""},
			{"203.0.113.77/24", "203.0.113.0/24", ""}, // host bits
			{"::ffff:203.0.113.8", "203.0.113.8", ""},
			{"::ffff:203.0.114.0/120", "203.0.114.0/24", ""},
			{"203.1.0.0/16", "203.1.0.0/16", ""},
			{"2001:db8:1::/48", "2001:db8:1::/48", ""},
			{"2001:DB9::/32", "2001:db9::/32", ""},
			{"203.0.0.0/15", "", "network network_too_wide"},
			{"0.0.0.0/0", "", "network network_too_wide"},
			{"2001:db8::/31", "", "network network_too_wide"},
			{"::/0", "", "network network_too_wide"},
			{"::/64", "", "network network_too_wide"}, // every IPv4 address is in it
			{"::ffff:0:0/96", "", "network network_too_wide"},
			{"::ffff:203.0.113.0/90", "", "network invalid_network"},
			{"", "", "network required"},
			{"nowhere", "", "network invalid_network"},
			{"203.0.113.7:80", "", "network invalid_network"},
			{"203.0.113.0/33", "", "network invalid_network"},
			{"fe80::1%eth0", "", "network invalid_network"},
			{"203.0.113.7\x00", "", "network invalid_network"},
			{"192.0.2.10", "", mine + "192.0.2.10"},
			{"192.0.2.0/24", "", mine + "192.0.2.10"},
			{"::ffff:192.0.2.0/120", "", mine + "192.0.2.10"},
			{"198.51.100.0/24", "", mine + "198.51.100.77"}, // another session of theirs
			{"127.0.0.0/16", "", mine + "127.0.0.1"},
			{"127.9.9.9", "", mine + "127.0.0.1"},
			{"::1", "", mine + "127.0.0.1"},
		} {
			n := account.NewBlock{Network: tt.network, Until: a.Clock.Now().Add(time.Hour), Reason: "Guesses"}
			b, err := a.Accounts.Block(t.Context(), owner, n)
			if broken(err) != tt.refused || err == nil && account.NetworkText(b.Network) != tt.is {
				t.Errorf("%q: %v, %v, want %q %q", tt.network, b.Network, err, tt.is, tt.refused)
			}
			if strings.HasPrefix(tt.refused, mine) {
				apptest.Denied(t, tt.network, err, sallyport.CodeOwnNetwork)
				n.IncludingMine = true
				b, err = a.Accounts.Block(t.Context(), owner, n)
				if err != nil {
					t.Errorf("%s, meant so: %v", tt.network, err)
				}
			}
			if err == nil {
				apptest.Must(t, a.Accounts.Lift(t.Context(), owner, b.ID))
				apptest.Denied(t, "lifted again", a.Accounts.Lift(t.Context(), owner, b.ID), sallyport.CodeNotFound)
			}
		}
		// Once the other session is over, nothing of theirs is there any more.
		apptest.Must(t, a.Sessions.RevokeOwn(t.Context(), owner, other.Session.ID))
		_, err := a.Accounts.Block(t.Context(), owner, account.NewBlock{Network: "198.51.100.0/24", Until: a.Clock.Now().Add(time.Hour), Reason: "Guesses"})
		apptest.Must(t, err)
	})
}

// A block has an end and a reason, and stands once for a network.
func TestABlockHasAnEndAndAReason(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		operator, now := sallyport.Operator(a.TenantID(t)), a.Clock.Now()
		good := account.NewBlock{Network: "203.0.113.0/24", Until: now.Add(account.LongestBlock), Reason: " Guesses "}
		for _, tt := range []struct {
			change func(*account.NewBlock)
			want   string
		}{
			{func(n *account.NewBlock) { n.Until = now }, "until in_past"},
			{func(n *account.NewBlock) { n.Until = n.Until.Add(time.Microsecond) }, "until block_too_far"},
			{func(n *account.NewBlock) { n.Reason = " " }, "reason required"},
			{func(n *account.NewBlock) { n.Reason = "a\nb" }, "reason invalid_characters"},
			{func(n *account.NewBlock) { *n = account.NewBlock{} }, "network required, until in_past, reason required"},
		} {
			n := good
			tt.change(&n)
			if _, err := a.Accounts.Block(t.Context(), operator, n); broken(err) != tt.want {
				t.Errorf("%+v: %v, want %q", n, err, tt.want)
			}
		}
		b, err := a.Accounts.Block(t.Context(), operator, good)
		if err != nil || b.Reason != "Guesses" || b.CreatedBy != "operator" {
			t.Fatalf("%+v %v", b, err)
		}
		_, err = a.Accounts.Block(t.Context(), operator, account.NewBlock{Network: "::ffff:203.0.113.9/120", Until: now.Add(time.Hour), Reason: "Again"})
		var e *sallyport.Error
		if !errors.As(err, &e) || e.Obstacle != sallyport.NetworkIsBlocked {
			t.Errorf("the same network: %v", err)
		}
		wider, err := a.Accounts.Block(t.Context(), operator, account.NewBlock{Network: "203.0.0.0/16", Until: now.Add(time.Hour), Reason: "Wider"})
		apptest.Must(t, err)
		blocks := func() (all []string) {
			for _, b := range apptest.Rows(t, list.Blocks.First(), func(q list.Query) (list.Page[sallyport.NetworkBlock], error) {
				return a.Accounts.ListBlocks(t.Context(), operator, q)
			}) {
				all = append(all, b.Reason)
			}
			return all
		}
		if got := blocks(); fmt.Sprint(got) != "[Wider Guesses]" {
			t.Errorf("blocks: %v", got)
		}
		a.Clock.Set(wider.ExpiresAt)
		if got := blocks(); fmt.Sprint(got) != "[Guesses]" {
			t.Errorf("blocks, when one is over: %v", got)
		}
		apptest.Denied(t, "one that is over", a.Accounts.Lift(t.Context(), operator, wider.ID), sallyport.CodeNotFound)
		// What is over stands in the way of no other, also before a job has deleted it.
		_, err = a.Accounts.Block(t.Context(), operator, account.NewBlock{Network: "203.0.0.0/16", Until: a.Clock.Now().Add(time.Hour), Reason: "Anew"})
		apptest.Must(t, err)
		a.Clock.Set(b.ExpiresAt)
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			n, err := tx.ForgetBlocks(t.Context(), a.Clock.Now(), 100)
			if err == nil && n < 2 {
				t.Errorf("%d rows are deleted", n)
			}
			return err
		}))
	})
}

// Only who may end sessions blocks, and only who may see attempts sees blocks. It takes a fresh
// proof.
func TestWhoBlocks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		looks, acts := a.AddUser(t, "looks@corp.test", newRole(t, a, "Looks", "sessions.view")), a.AddUser(t, "acts@corp.test", newRole(t, a, "Acts", "sessions.terminate"))
		n := account.NewBlock{Network: "203.0.113.0/24", Until: a.Clock.Now().Add(time.Hour), Reason: "Guesses"}
		_, err := a.Accounts.Block(t.Context(), as(t, a, looks), n)
		apptest.Denied(t, "without the permission", err, sallyport.CodeForbidden)
		b, err := a.Accounts.Block(t.Context(), as(t, a, acts), n)
		apptest.Must(t, err)
		_, err = a.Accounts.ListBlocks(t.Context(), as(t, a, acts), list.Blocks.First())
		apptest.Denied(t, "looking without the permission", err, sallyport.CodeForbidden)
		apptest.Denied(t, "lifting without the permission", a.Accounts.Lift(t.Context(), as(t, a, looks), b.ID), sallyport.CodeForbidden)
		signedIn := apptest.Actor(a.SignInAs(t, a.Laptop(t), acts.Email))
		a.Clock.Advance(11 * time.Minute)
		apptest.Denied(t, "with an old proof", a.Accounts.Lift(t.Context(), signedIn, b.ID), sallyport.CodeStepUp)
		foreign := a.AddTenant(t, "other.test")
		apptest.Denied(t, "of another organisation", a.Accounts.Lift(t.Context(), sallyport.Operator(foreign.ID), b.ID), sallyport.CodeNotFound)
	})
}

// Whom a block concerns: live sessions from the network, and whose address is in it.
func TestReachOfABlock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		a.AddUser(t, mia, sallyport.RoleMember)
		for _, ip := range []string{"203.0.113.1", "203.0.113.2", "203.0.112.255", "203.0.114.0"} {
			a.SignInAs(t, at(t, a, ip), mia)
		}
		over := a.SignInAs(t, at(t, a, "203.0.113.3"), mia)
		apptest.Must(t, a.Sessions.RevokeOwn(t.Context(), apptest.Actor(over), over.Session.ID))
		owner := apptest.Actor(a.SignInAs(t, at(t, a, "203.0.115.9"), apptest.OwnerEmail))
		r, err := a.Accounts.ReachOf(t.Context(), owner, "203.0.113.200/24")
		if err != nil || r.Sessions != 2 || r.More || r.Own != "" || r.Network.String() != "203.0.113.0/24" {
			t.Errorf("%+v %v", r, err)
		}
		if r, err = a.Accounts.ReachOf(t.Context(), owner, "203.0.0.0/16"); err != nil || r.Sessions != 5 || r.Own != "203.0.115.9" {
			t.Errorf("%+v %v", r, err)
		}
		_, err = a.Accounts.ReachOf(t.Context(), owner, "nowhere")
		apptest.Denied(t, "no network", err, sallyport.CodeInvalid)
	})
}

// Who is guessed, and from where: names by their key, IPv6 by its /64, the window as asked.
func TestWhoIsGuessed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u, operator, now := a.AddUser(t, mia, sallyport.RoleMember), sallyport.Operator(a.TenantID(t)), a.Clock.Now()
		add := func(ago time.Duration, email, ip, userID string, reason sallyport.Code) {
			x := sallyport.Attempt{ID: token.NewID(), TenantID: u.TenantID, UserID: userID, Email: email, IPAddress: ip, FailureReason: reason, Successful: reason == "", CreatedAt: now.Add(-ago)}
			apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.AddAttempt(t.Context(), x) }))
		}
		const wrong = sallyport.CodeInvalidCredentials
		add(time.Minute, "root@corp.test", "2001:db8::1", "", wrong)
		add(2*time.Minute, "ROOT@corp.test", "2001:db8::ffff:1", "", wrong)
		add(3*time.Minute, "root@corp.test", "203.0.113.7", "", wrong)
		add(4*time.Minute, mia, "203.0.113.7", u.ID, wrong)
		add(5*time.Minute, mia, "203.0.113.8", u.ID, sallyport.CodeMFAFailed)
		add(6*time.Minute, mia, "203.0.113.9", u.ID, "") // got in
		add(25*time.Hour, mia, "203.0.113.10", u.ID, wrong)
		add(8*24*time.Hour, mia, "203.0.113.11", u.ID, wrong)
		accounts := func(while time.Duration) string {
			found, err := a.Accounts.GuessedAccounts(t.Context(), operator, while)
			apptest.Must(t, err)
			var all []string
			for _, g := range found.Rows {
				all = append(all, fmt.Sprintf("%s %v %d/%d locked %d", g.Key, g.User.ID == u.ID, g.Failures, g.Networks, len(g.Locks)))
			}
			return strings.Join(all, "; ")
		}
		if got := accounts(24 * time.Hour); got != "root@corp.test false 3/2 locked 0; mia@corp.test true 2/2 locked 0" {
			t.Errorf("a day: %s", got)
		}
		if got := accounts(7 * 24 * time.Hour); got != "root@corp.test false 3/2 locked 0; mia@corp.test true 3/3 locked 0" {
			t.Errorf("a week: %s", got)
		}
		_, err := a.Accounts.Block(t.Context(), operator, account.NewBlock{Network: "2001:db8::/48", Until: now.Add(time.Hour), Reason: "Guesses"})
		apptest.Must(t, err)
		found, err := a.Accounts.GuessingNetworks(t.Context(), operator, 24*time.Hour)
		apptest.Must(t, err)
		var all []string
		for _, g := range found.Rows {
			all = append(all, fmt.Sprintf("%s %d/%d %v", account.NetworkText(g.Network), g.Failures, g.Names, g.Block.ID != ""))
		}
		if got := strings.Join(all, "; "); got != "2001:db8::/64 2/1 true; 203.0.113.7 2/2 false; 203.0.113.8 1/1 false" || found.Cut || !found.Since.Equal(now.Add(-24*time.Hour)) {
			t.Errorf("networks: %s, cut %v since %v", got, found.Cut, found.Since)
		}
		// Locks are told, of names that nobody has too.
		for range a.Policy().LockoutFailures {
			a.Try(t.Context(), at(t, a, "203.0.113.20"), "root@corp.test", "wrong") //nolint:errcheck // it is wrong
			a.Clock.Advance(time.Minute)
		}
		if got := accounts(24 * time.Hour); !strings.HasPrefix(got, "root@corp.test false 8/3 locked 1;") {
			t.Errorf("locked: %s", got)
		}
	})
}
