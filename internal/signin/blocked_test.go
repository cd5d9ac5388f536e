package signin_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// block blocks a network for an hour, and returns the id of the block.
func block(t *testing.T, a *apptest.App, network string) string {
	t.Helper()
	b, err := a.Accounts.Block(t.Context(), sallyport.Operator(a.TenantID(t)), account.NewBlock{Network: network, Until: a.Clock.Now().Add(time.Hour), Reason: "Guesses"})
	apptest.Must(t, err)
	return b.ID
}

// A block holds for everybody who has no session, on known devices too, in sign-ins under way and
// for mailed links. It ends by itself, or when it is lifted. Sessions go on, and so do their step-ups.
func TestABlockedNetwork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const email, blocked = "kim@corp.test", sallyport.CodeNetworkBlocked
		ctx, u := t.Context(), a.AddUser(t, email, sallyport.RoleMember)
		from := func(ip string) signin.From { return a.From(t, apptest.Client(ip, apptest.ChromeOnMac)) }
		known := a.Visit(t, from("203.0.113.7"), email, true, nil)
		underWay := open(t, a, from("203.0.113.7"), email)
		id := block(t, a, "203.0.113.0/24")

		_, err := a.SignIn.Open(ctx, from("203.0.113.200"), email)
		apptest.Denied(t, "a sign-in", err, blocked)
		_, err = a.SignIn.Open(ctx, known.Again(), email)
		apptest.Denied(t, "a sign-in on a known device", err, blocked)
		_, err = a.SignIn.OpenPasskey(ctx, from("203.0.113.7"))
		apptest.Denied(t, "a sign-in with a passkey", err, blocked)
		_, err = a.Advance(ctx, from("203.0.113.7"), underWay.FlowToken, apptest.Password)
		apptest.Denied(t, "a sign-in under way", err, blocked)
		_, err = a.SignIn.Look(ctx, from("203.0.113.7"), underWay.FlowToken)
		apptest.Denied(t, "looking at it", err, blocked)
		apptest.Denied(t, "a request for a new password", a.Accounts.RequestReset(ctx, u.TenantID, from("203.0.113.7").Client, email), blocked)
		secret := a.MailedLink(t, u, link.Reset, link.About{})
		mailed := link.Mailed{TenantID: u.TenantID, Kind: link.Reset, Secret: secret, Client: from("::ffff:203.0.113.7").Client}
		_, err = a.Accounts.CheckLink(ctx, mailed)
		apptest.Denied(t, "a mailed link", err, blocked)
		apptest.Denied(t, "its use", a.Accounts.ResetPassword(ctx, mailed, "Brave new pillars 43", "Brave new pillars 43"), blocked)

		if code := a.Check(t, known.In.SessionToken); code != "" {
			t.Errorf("a session from there: %s", code)
		}
		a.Clock.Advance(11 * time.Minute)
		stepping := known.From
		stepping.Session = known.In.SessionToken
		step, err := a.SignIn.OpenStepUp(ctx, stepping, known.Me(), sallyport.StepUp{Act: string(policy.ManageDevices), Password: true})
		apptest.Must(t, err)
		if r, err := a.Advance(ctx, stepping, step.FlowToken, apptest.Password); err != nil || r.State != signin.Done {
			t.Errorf("a step-up in a session from there: %v %v", r.State, err)
		}

		foreign := a.AddTenant(t, "other.test")
		a.AddUserOf(t, foreign.ID, email, sallyport.RoleMember)
		a.SignInAs(t, a.Visitor(foreign.ID, from("203.0.113.7").Client), email)
		a.SignInAs(t, from("203.0.112.7"), email)

		apptest.Must(t, a.Accounts.Lift(ctx, sallyport.Operator(u.TenantID), id))
		a.SignInAs(t, from("203.0.113.7"), email)
		block(t, a, "203.0.113.7")
		a.Clock.Advance(time.Hour - time.Microsecond)
		_, err = a.SignIn.Open(ctx, from("203.0.113.7"), email)
		apptest.Denied(t, "a microsecond before the end", err, blocked)
		a.Clock.Advance(time.Microsecond)
		a.SignInAs(t, from("203.0.113.7"), email)
	})
}

// What a block refuses is recorded once in a quarter of an hour for a name, and no more than a
// network may open in all: nobody fills the log with it.
func TestWhatABlockRefusesIsRecorded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, "kim@corp.test", sallyport.RoleMember)
		block(t, a, "203.0.113.0/24")
		recorded := func(tries int, name func(int) string) (found []sallyport.Attempt) {
			t.Helper()
			before := len(a.Attempts(t))
			for i := range tries {
				_, err := a.SignIn.Open(t.Context(), a.From(t, apptest.Client("203.0.113.7", apptest.ChromeOnMac)), name(i))
				apptest.Denied(t, name(i), err, sallyport.CodeNetworkBlocked)
			}
			all := a.Attempts(t)
			return all[:len(all)-before]
		}
		kim := func(i int) string { return []string{"kim@corp.test", "KIM@corp.test"}[i%2] }
		for range 2 {
			got := recorded(20, kim)
			if len(got) != 1 || got[0].UserID != u.ID || got[0].FailureReason != sallyport.CodeNetworkBlocked || got[0].Successful {
				t.Errorf("recorded: %+v", got)
			}
			a.Clock.Advance(15 * time.Minute)
		}
		if got := recorded(310, func(i int) string { return fmt.Sprintf("nobody%d@corp.test", i) }); len(got) != 300 || got[0].UserID != "" {
			t.Errorf("%d of 310 names are recorded", len(got))
		}
	})
}

// While 64 sign-ins run on two nodes a network is blocked: none that begins after the
// acknowledgement succeeds, and no step of one that began before.
func TestBlockWhileManySignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		nodes := []*apptest.App{a, a.Node(t, store.Options{})}
		for i := range 64 {
			a.AddUser(t, fmt.Sprintf("user%d@corp.test", i), sallyport.RoleMember)
		}
		var acknowledged atomic.Bool
		var before, late, refused atomic.Int64
		start, going := make(chan struct{}), make(chan struct{}, 64)
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				node, email := nodes[i%2], fmt.Sprintf("user%d@corp.test", i)
				from := a.From(t, apptest.Client(fmt.Sprintf("203.0.113.%d", i), apptest.ChromeOnMac))
				<-start
				for n := 0; ; n++ {
					after := acknowledged.Load()
					r, err := node.SignIn.Open(t.Context(), from, email)
					if err == nil {
						after = acknowledged.Load()
						_, err = node.Advance(t.Context(), from, r.FlowToken, apptest.Password)
					}
					switch {
					case err == nil && after:
						late.Add(1)
					case err == nil:
						before.Add(1)
					case sallyport.CodeOf(err) == sallyport.CodeNetworkBlocked:
						refused.Add(1)
					default:
						t.Errorf("%s: %v", email, err)
					}
					if n == 0 {
						going <- struct{}{}
					}
					if after || err != nil {
						return
					}
				}
			})
		}
		close(start)
		for range 8 {
			<-going
		}
		block(t, a, "203.0.113.0/24")
		acknowledged.Store(true)
		wg.Wait()
		if late.Load() > 0 || refused.Load() == 0 || before.Load() == 0 {
			t.Errorf("%d sign-ins succeed before the block, %d after it, %d are refused", before.Load(), late.Load(), refused.Load())
		}
	})
}
