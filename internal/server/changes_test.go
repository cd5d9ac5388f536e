package server_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// follower returns a client that follows the feed of a server.
func follower(t *testing.T, s *apptest.Site) *client.Client {
	t.Helper()
	operator := sallyport.Operator(s.TenantID(t))
	u, err := s.APIKeys.AddService(t.Context(), operator, apikey.NewService{Name: "App", Role: sallyport.RoleAdmin, OwnedBy: sallyport.RoleOwner})
	apptest.Must(t, err)
	made, err := s.APIKeys.MakeFor(t.Context(), operator, u.ID, apikey.Input{Name: "Feed", Permissions: []string{"sessions.view"}})
	apptest.Must(t, err)
	c, err := client.New(client.Config{Sallyport: s.URL, Key: made.Secret})
	apptest.Must(t, err)
	t.Cleanup(c.Close)
	connected(t, c, true)
	time.Sleep(client.Promise) // until what was done here has settled
	return c
}

func connected(t *testing.T, c *client.Client, want bool) {
	t.Helper()
	until(t, http.StatusOK, func() (int, time.Duration) {
		if c.Connected() == want {
			return http.StatusOK, 0
		}
		return 0, 0
	})
}

// A node that is cut off from its database, and so does not hear what others revoke, does not look connected: nobody is
// let in longer than promised, counted from when the other node acknowledged.
func TestFeedOfNodeCutOff(t *testing.T) {
	t.Parallel()
	a, w := apptest.New(t, store.Postgres, store.Options{}), newWire()
	other := apptest.Serve(t, a)
	cut := apptest.Serve(t, a, func(c *server.Config) { c.Store = store.Options{Dial: w.dial} })
	c := follower(t, cut)
	in := a.SignInAs(t, a.Laptop(t), a.AddUser(t, "mia@corp.test", sallyport.RoleMember).Email)
	for range 3 {
		if _, err := c.Check(t.Context(), in.SessionToken); err != nil {
			t.Fatal(err)
		}
	}
	w.set(true, false)
	apptest.Must(t, other.Server.Sessions.Revoke(t.Context(), sallyport.Operator(a.TenantID(t)), in.Session.ID))
	revoked, last := time.Now(), time.Time{}
	for time.Since(revoked) < 2*client.Promise {
		began := time.Now()
		switch _, err := c.Check(t.Context(), in.SessionToken); {
		case err == nil:
			last = began
		case !errors.Is(err, client.ErrUnavailable):
			t.Errorf("a node that cannot know says %v", err)
		}
		time.Sleep(time.Millisecond)
	}
	if late := last.Sub(revoked); late > client.Promise {
		t.Errorf("let in %v after the revocation", late)
	}
	if c.Connected() {
		t.Error("the feed stands")
	}
	w.set(false, false)
	connected(t, c, true)
	if _, err := c.Check(t.Context(), in.SessionToken); !errors.Is(err, client.ErrNoSession) {
		t.Errorf("once it is back: %v", err)
	}
}

// Feeds end when the server stops, which does not wait for their readers.
func TestFeedOfNodeThatStops(t *testing.T) {
	apptest.EachSite(t, func(t *testing.T, s *apptest.Site) {
		c := follower(t, s)
		began := time.Now()
		s.Stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the server stops after %v", took)
		}
		connected(t, c, false)
	})
}
