package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/store"
)

// counting counts the requests to Sallyport, by path.
type counting struct{ checks, feeds atomic.Int64 }

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/api/v1/session" {
		c.checks.Add(1)
	} else {
		c.feeds.Add(1)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// key returns an API key of a service account that may follow the feed.
func key(t *testing.T, s *apptest.Site) apikey.Made {
	t.Helper()
	operator := sallyport.Operator(s.TenantID(t))
	u, err := s.APIKeys.AddService(t.Context(), operator, apikey.NewService{Name: fmt.Sprint("App ", time.Now().UnixNano()), Role: sallyport.RoleAdmin, OwnedBy: sallyport.RoleOwner})
	apptest.Must(t, err)
	made, err := s.APIKeys.MakeFor(t.Context(), operator, u.ID, apikey.Input{Name: "Feed", Permissions: []string{"sessions.view"}})
	apptest.Must(t, err)
	return made
}

// open returns a client that is connected.
func open(t *testing.T, c client.Config) *client.Client {
	t.Helper()
	v, err := client.New(c)
	apptest.Must(t, err)
	t.Cleanup(v.Close)
	if c.Key != "" {
		until(t, "the feed connects", v.Connected)
	}
	return v
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// watched is a token that several ask about all the time.
type watched struct {
	token string
	let   atomic.Int64 // when the last check began that let it in, in nanoseconds since 1970
	over  atomic.Bool
}

// ask asks about a token all the time until stop is closed, from several goroutines.
func (w *watched) ask(t *testing.T, c *client.Client, all *sync.WaitGroup, stop <-chan struct{}) {
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				began := time.Now().UnixNano()
				_, err := c.Check(t.Context(), w.token)
				switch {
				case err == nil:
					for last := w.let.Load(); last < began && !w.let.CompareAndSwap(last, began); last = w.let.Load() {
					}
				case errors.Is(err, client.ErrNoSession):
					w.over.Store(true)
				case t.Context().Err() == nil:
					t.Errorf("a check: %v", err)
				}
			}
		})
	}
}

// Sessions that are revoked at any node, while others ask about them all the time, are let in nowhere longer than
// promised; and the answers come from memory.
func TestRevokedSessions(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		feedAt, others := s, []*apptest.Site{s}
		if s.DB.Engine == store.Postgres {
			feedAt = apptest.Serve(t, s.App)
			others = append(others, feedAt)
		}
		made := key(t, s)
		count := &counting{}
		c := open(t, client.Config{Sallyport: feedAt.URL, Key: made.Secret, Transport: count})
		var all []*watched
		var asking sync.WaitGroup
		stop := make(chan struct{})
		var ids []string
		for i := range 6 {
			in := s.SignInAs(t, s.Laptop(t), s.AddUser(t, fmt.Sprintf("user%d@corp.test", i), sallyport.RoleMember).Email)
			all, ids = append(all, &watched{token: in.SessionToken}), append(ids, in.Session.ID)
			all[i].ask(t, c, &asking, stop)
		}
		until(t, "memory answers, once the changes of the sign-ins are settled", func() bool {
			before := count.checks.Load()
			time.Sleep(time.Second)
			return count.checks.Load()-before < 60
		})
		operator := sallyport.Operator(s.TenantID(t))
		revoked := make([]time.Time, len(all))
		var acts sync.WaitGroup
		for i := range all {
			acts.Go(func() {
				revoke := others[i%len(others)].Server.Sessions.Revoke
				if i >= 4 {
					revoke = s.Sessions.Revoke // by another program
				}
				if err := revoke(t.Context(), operator, ids[i]); err != nil {
					t.Error(err)
				}
				revoked[i] = time.Now()
			})
		}
		acts.Wait()
		for _, w := range all {
			until(t, "the session is over", w.over.Load)
		}
		time.Sleep(client.Promise)
		close(stop)
		asking.Wait()
		for i, w := range all {
			if late := time.Unix(0, w.let.Load()).Sub(revoked[i]); late > client.Promise {
				t.Errorf("session %d was let in %v after it was revoked", i, late)
			} else {
				t.Logf("session %d: the last check that let it in began %v after the acknowledgement", i, late.Round(time.Millisecond))
			}
		}
	})
}

// Each change of somebody is seen at once: answers are those of Sallyport.
func TestChangesReachMemory(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		s.Owner(t)
		s.SavePolicy(t, map[string]any{"sessionRevokeOnRoleChange": false})
		c := open(t, client.Config{Sallyport: s.URL, Key: key(t, s).Secret})
		u := s.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		in := s.SignInAs(t, s.Laptop(t), u.Email)
		check := func() *client.Session {
			v, err := c.Check(t.Context(), in.SessionToken)
			if err != nil && !errors.Is(err, client.ErrNoSession) {
				t.Error(err)
			}
			return v
		}
		if v := check(); v == nil || v.ID != in.Session.ID || v.User.Email != u.Email || v.User.Role != "member" || v.Level != int(sallyport.TrustNone) && v.DeviceID == "" || v.AuthenticatedAt.IsZero() {
			t.Fatalf("the session is %+v", v)
		}
		operator := sallyport.Operator(s.TenantID(t))
		_, err := s.Server.Accounts.ChangeRole(t.Context(), operator, u.ID, sallyport.RoleAdmin)
		apptest.Must(t, err)
		until(t, "the role is another one", func() bool { v := check(); return v != nil && v.User.Role == "admin" })
		_, err = s.Server.Accounts.Disable(t.Context(), operator, u.ID)
		apptest.Must(t, err)
		until(t, "nobody is let in", func() bool { return check() == nil })
	})
}

// The feed ends with its key, and without its permission there is none; from then on each check is asked.
func TestFeedEndsWithItsKey(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		made := key(t, s)
		count := &counting{}
		c := open(t, client.Config{Sallyport: s.URL, Key: made.Secret, Transport: count})
		in := s.SignInAs(t, s.Laptop(t), s.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email)
		asked := func() int64 {
			before := count.checks.Load()
			for range 10 {
				if _, err := c.Check(t.Context(), in.SessionToken); err != nil {
					t.Fatal(err)
				}
			}
			return count.checks.Load() - before
		}
		until(t, "memory answers, once the changes of the sign-in are settled", func() bool { return asked() == 0 })
		apptest.Must(t, s.Server.APIKeys.End(t.Context(), sallyport.Operator(s.TenantID(t)), made.ID))
		until(t, "the feed has ended", func() bool { return !c.Connected() })
		if n := asked(); n != 10 {
			t.Errorf("%d of 10 checks were asked without a feed", n)
		}
	})
}
