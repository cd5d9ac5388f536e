package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/store"
)

// told is one event of a feed, and when it came.
type told struct {
	name, data string
	at         time.Time
}

// reader reads a feed.
type reader struct {
	t      *testing.T
	events chan told // closed at the end of the feed
	leave  context.CancelFunc
}

// hears makes the API one that hears of changes as long as the switch is on, and returns what they are told by.
func (a *app) hears(on *atomic.Bool) *recall.Memory {
	began := time.Now()
	m := recall.New(1<<20, func() int64 { return int64(time.Since(began)) })
	m.Trust(recall.Forever)
	a.deps.Feed = Feed{Memory: m, Hears: on.Load, Settled: store.Settled}
	a.handler = New(a.deps)
	return m
}

// followFeed opens a feed as somebody, and returns the status.
func followFeed(t *testing.T, site string, c *client) (*reader, int) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, site+prefix+"/session-changes", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", c.headers["Authorization"])
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	v := &reader{t, make(chan told, 10_000), leave}
	go func() {
		defer close(v.events)
		defer a.Body.Close() //nolint:errcheck // it is over
		var e told
		for lines := bufio.NewScanner(a.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				e.at = time.Now()
				v.events <- e
				e = told{}
			}
		}
	}()
	t.Cleanup(leave)
	return v, a.StatusCode
}

// next returns the next event that is no heartbeat, or is; ok is false after the end.
func (r *reader) next(heartbeat bool) (e told, ok bool) {
	r.t.Helper()
	for {
		select {
		case e, ok = <-r.events:
			if !ok || (e.name == "heartbeat") == heartbeat {
				return e, ok
			}
		case <-time.After(20 * time.Second):
			r.t.Fatal("nothing comes")
		}
	}
}

// change returns the next one.
func (r *reader) change() (change, time.Time) {
	r.t.Helper()
	e, ok := r.next(false)
	var c change
	if err := json.Unmarshal([]byte(e.data), &c); err != nil || !ok || e.name != "change" {
		r.t.Fatalf("%+v, %v", e, err)
	}
	return c, e.at
}

// A feed tells what changes for its own organisation, at once and again once no node answers as before, and says each
// second that it stands.
func TestSessionChanges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a *app) {
		var on atomic.Bool
		on.Store(true)
		m := a.hears(&on)
		admin, member := a.native(adminEmail), a.native(memberEmail)
		site := httptest.NewUnstartedServer(a.handler)
		site.Config.ReadTimeout, site.Config.WriteTimeout = time.Second, time.Second // which other answers have
		site.Start()
		t.Cleanup(site.Close)
		if _, status := followFeed(t, site.URL, member); status != http.StatusForbidden {
			t.Errorf("a member: %d", status)
		}
		asked := time.Now()
		f, status := followFeed(t, site.URL, admin)
		hello, _ := f.next(false)
		if status != 200 || hello.name != "hello" || hello.data != `{"heartbeatSeconds":1,"settledMilliseconds":2100,"lastsSeconds":1800}` {
			t.Fatalf("%d %+v", status, hello)
		}
		if ready, _ := f.next(false); ready.name != "ready" || ready.at.Sub(hello.at) < store.Settled-100*time.Millisecond {
			t.Errorf("%s after %v", ready.name, ready.at.Sub(hello.at))
		}
		tenantID := a.owner.TenantID
		m.Drop([]recall.Fact{{Scope: recall.OfUser, TenantID: "another", ID: "x"}, {Scope: recall.OfSession, TenantID: tenantID, ID: "s1"}})
		c, first := f.change()
		if c != (change{Scope: "session", ID: "s1", N: 1}) {
			t.Errorf("told %+v", c)
		}
		if c, again := f.change(); c != (change{"session", "s1", 1, true}) || again.Sub(first) < store.Settled-50*time.Millisecond || again.Sub(first) > store.Settled+2*time.Second {
			t.Errorf("told %+v after %v", c, again.Sub(first))
		}
		m.Clear()
		if c, _ := f.change(); c.Scope != recall.OfTenant || c.ID != "" {
			t.Errorf("everything has changed: %+v", c)
		}
		f.change()
		beat, _ := f.next(true)
		var said struct{ SinceMilliseconds int64 }
		if err := json.Unmarshal([]byte(beat.data), &said); err != nil || said.SinceMilliseconds < 500 || time.Duration(said.SinceMilliseconds)*time.Millisecond > beat.at.Sub(asked) {
			t.Errorf("%s, %v after the question: %v", beat.data, beat.at.Sub(asked), err)
		}
	})
}

// More changes than can wait are told as one of everybody.
func TestManySessionChanges(t *testing.T) {
	t.Parallel()
	var on atomic.Bool
	on.Store(true)
	a := newApp(t, "")
	m := a.hears(&on)
	site := httptest.NewServer(a.handler)
	t.Cleanup(site.Close)
	f, _ := followFeed(t, site.URL, a.native(adminEmail))
	f.next(false)
	for i := range 3 * againAtMost {
		m.Drop([]recall.Fact{{Scope: recall.OfUser, TenantID: a.owner.TenantID, ID: time.Duration(i).String()}})
	}
	of, all, ready := map[int64]change{}, false, false
	for end := time.Now().Add(store.Settled + 3*time.Second); time.Now().Before(end); {
		select {
		case e := <-f.events:
			var c change
			_ = json.Unmarshal([]byte(e.data), &c)
			ready = ready || e.name == "ready"
			if e.name == "change" && c.Again {
				delete(of, c.N)
			} else if e.name == "change" {
				of[c.N] = c
				all = all || c.Scope == recall.OfTenant
			}
			if c.Again && c.Scope == recall.OfTenant { // settles all before it
				for n := range of {
					if n < c.N {
						delete(of, n)
					}
				}
			}
		case <-time.After(10 * time.Millisecond):
		}
	}
	if !all || len(of) > 0 || !ready {
		t.Errorf("told of everybody: %v; not told again: %d; ready: %v", all, len(of), ready)
	}
}

// A node that does not hear of changes does not look as if it did: no heartbeat, and the feed ends.
func TestDeafFeed(t *testing.T) {
	t.Parallel()
	var on atomic.Bool
	on.Store(true)
	a := newApp(t, "")
	a.hears(&on)
	site := httptest.NewServer(a.handler)
	t.Cleanup(site.Close)
	admin := a.native(adminEmail)
	f, _ := followFeed(t, site.URL, admin)
	f.next(true)
	on.Store(false)
	deaf := time.Now()
	for e, ok := f.next(true); ok; e, ok = f.next(true) {
		if e.at.After(deaf.Add(100 * time.Millisecond)) {
			t.Error("a heartbeat of a node that does not hear")
		}
	}
	if took := time.Since(deaf); took > (deafBeats+2)*beatEvery {
		t.Errorf("the feed ends after %v", took)
	}
	f, _ = followFeed(t, site.URL, admin)
	if e, ok := f.next(false); ok {
		t.Errorf("a new feed begins: %+v", e)
	}
}

// A feed ends with the session or key that reads it, and when that may not read it any more. The number of feeds is bounded.
func TestFeedsEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a *app) {
		var on atomic.Bool
		on.Store(true)
		a.hears(&on)
		site := httptest.NewServer(a.handler)
		t.Cleanup(site.Close)
		admin := a.native(adminEmail)
		var all []*reader
		for range feedsOf {
			f, status := followFeed(t, site.URL, admin)
			if status != http.StatusOK {
				t.Fatalf("feed %d: %d", len(all), status)
			}
			all = append(all, f)
		}
		if _, status := followFeed(t, site.URL, admin); status != http.StatusTooManyRequests {
			t.Errorf("one too many: %d", status)
		}
		all[0].leave()
		status := 0
		for end := time.Now().Add(20 * time.Second); status != http.StatusOK && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			_, status = followFeed(t, site.URL, admin)
		}
		if status != http.StatusOK {
			t.Errorf("after one has left: %d", status)
		}
		admin.post("/sign-out", "{}").is(204)
		for _, ok := all[1].next(false); ok; _, ok = all[1].next(false) {
		}
	})
}
