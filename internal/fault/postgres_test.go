package fault

import (
	"context"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/store"
)

// own is a PostgreSQL that one fault after another breaks. The others share theirs with all tests.
var own struct {
	sync.Mutex
	server *pgtest.Server
}

// durable is how a server of our own works: it waits for its disk, which may be memory, since nobody pulls
// the plug of the machine.
func durable() pgtest.Options {
	o := pgtest.Options{Durable: true, Settings: map[string]string{"shared_buffers": "16MB"}}
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		o.Dir = memory
	}
	return o
}

// stopOwn ends it.
func stopOwn() {
	if own.server != nil {
		own.server.Stop()
	}
}

// breakable is a database on a durable server of our own.
func breakable(t *testing.T, _ store.Engine) *ground {
	own.Lock()
	t.Cleanup(own.Unlock)
	if own.server == nil {
		server, err := pgtest.Start(context.Background(), durable())
		apptest.Must(t, err)
		own.server = server
	}
	name := "fault_" + time.Now().Format("150405_000000000")
	apptest.Must(t, own.server.CreateDatabase(t.Context(), name))
	return &ground{dsn: own.server.URL(name), server: own.server}
}

// killPostgres ends all its processes at once, as a power cut does, and starts it again.
func killPostgres(t *testing.T, r *round) {
	apptest.Must(t, r.g.server.Kill())
	r.noticed(t)
	apptest.Must(t, r.g.server.Restart(t.Context()))
	r.goOn(t)
}

// freezePostgres stops all its processes, and lets them go on.
func freezePostgres(t *testing.T, r *round) {
	apptest.Must(t, r.g.server.Signal(syscall.SIGSTOP))
	t.Cleanup(func() { r.g.server.Signal(syscall.SIGCONT) })
	r.noticed(t)
	apptest.Must(t, r.g.server.Signal(syscall.SIGCONT))
	r.goOn(t)
}

// pair is a primary and its synchronous standby, with a database on both.
func pair(t *testing.T, _ store.Engine) *ground {
	primary, err := pgtest.Start(t.Context(), durable())
	apptest.Must(t, err)
	t.Cleanup(primary.Stop)
	const name = "pair"
	apptest.Must(t, primary.CreateDatabase(t.Context(), name))
	standby, err := primary.Standby(t.Context())
	apptest.Must(t, err)
	t.Cleanup(standby.Stop)
	apptest.Must(t, primary.Synchronous(t.Context()))
	return &ground{dsn: primary.EitherURL(standby, name), first: primary.URL(name), judged: standby.URL(name), server: primary, standby: standby}
}

// promote ends the primary and makes its standby the primary.
func promote(t *testing.T, r *round) {
	apptest.Must(t, r.g.server.Kill())
	r.noticed(t)
	apptest.Must(t, r.g.standby.Promote(t.Context()))
	r.goOn(t)
}

// promoteBesideFrozen does so while the primary takes connections and says nothing, as a machine does that
// lost its power or its cable.
func promoteBesideFrozen(t *testing.T, r *round) {
	apptest.Must(t, r.g.server.Signal(syscall.SIGSTOP))
	r.noticed(t)
	apptest.Must(t, r.g.standby.Promote(t.Context()))
	r.goOn(t)
	apptest.Must(t, r.g.server.Kill()) // fenced: it never answers again
}

// slowRefusal is how long a refusal may take once a node knows that its database is away: 100 ms are
// wanted, and machines are busy with other tests.
const slowRefusal = time.Second

// noticed waits until every node refuses at once, and measures that.
func (r *round) noticed(t *testing.T) {
	t.Helper()
	for _, n := range r.nodes {
		ask := func() (answer, time.Duration) {
			got := r.site.call(request{url: n.url, method: http.MethodPost, path: "/api/v1/sign-in", ip: "10.0.0.2", body: map[string]string{"email": "nobody@corp.test", "client": "native"}})
			return got, time.Since(got.began)
		}
		t0 := time.Now()
		for got, took := ask(); got.status != http.StatusServiceUnavailable || took > slowRefusal; got, took = ask() {
			if time.Since(t0) > 20*time.Second {
				t.Fatalf("20 seconds after its database went away the node answers %d after %v", got.status, took)
			}
			time.Sleep(10 * time.Millisecond)
		}
		for range 20 {
			got, took := ask()
			if got.status != http.StatusServiceUnavailable || took > slowRefusal {
				t.Errorf("the database is away, and the node answers %d after %v", got.status, took)
			}
			r.slow = max(r.slow, took)
		}
	}
}

// longestReturn is how long it may take until sign-ins work again, once their database does: a second is
// wanted, and machines are busy with other tests.
const longestReturn = 15 * time.Second

// goOn waits until sign-ins work again on every node, and for more of the storm.
func (r *round) goOn(t *testing.T) {
	t.Helper()
	r.back = until(t, r.site, longestReturn)
	if !r.stopped.Load() {
		r.wait(t, 20)
	}
}
