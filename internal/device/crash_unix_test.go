//go:build unix

package device_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/signin"
)

// crashDSN names the database that a child of TestKilledWhileFlagging works on.
const crashDSN = "SALLYPORT_TEST_FLAG_DSN"

// TestKilledWhileFlagging kills a process that signs in on devices and marks them as
// compromised at the same time. Then it checks the database: no live session on a marked
// device, one event for each mark and none without, and every acknowledged mark. The process
// is this test again, with a database in its environment.
func TestKilledWhileFlagging(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		flagForever(t, dsn)
		return
	}
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			dsn := apptest.Migrated(t, engine)
			apptest.Open(t, dsn).Owner(t)
			for range apptest.Rounds(3) {
				looksRight(t, dsn, flagUntilKilled(t, dsn, 3+rand.IntN(20)))
			}
		})
	}
}

// flagForever signs in on devices and marks them until it is killed, and prints the
// acknowledged marks on standard output.
func flagForever(t *testing.T, dsn string) {
	a := apptest.Open(t, dsn)
	a.SetPolicy(func(p *sallyport.Policy) { p.LockoutFailures = 1_000_000 })
	tenants, err := a.DB.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	operator := sallyport.Operator(tenants[0].ID)
	// A killed process leaves tries that nobody refunds, so each has an address of its own:
	// otherwise the limit of the network stops the later ones.
	address := fmt.Sprintf("10.%d.%d.%d", rand.IntN(256), rand.IntN(256), 1+rand.IntN(254))
	visitor := a.Visitor(tenants[0].ID, apptest.Client(address, apptest.ChromeOnMac))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				r, err := a.Try(t.Context(), visitor, apptest.OwnerEmail, apptest.Password)
				if err != nil || r.State != signin.Done {
					continue
				}
				browser := apptest.After(visitor, r)
				browser.Session = ""
				var both sync.WaitGroup
				for range 2 { // more sessions on it, while it is marked
					both.Go(func() { a.Try(t.Context(), browser, apptest.OwnerEmail, apptest.Password) }) //nolint:errcheck // refused or not
				}
				err = a.Devices.Flag(t.Context(), operator, r.Session.DeviceID, "lost")
				if err == nil {
					mu.Lock()
					fmt.Fprintln(os.Stdout, "flagged", r.Session.DeviceID)
					mu.Unlock()
				}
				both.Wait()
			}
		})
	}
	wg.Wait()
}

// flagUntilKilled runs a child, kills it some time after n marks, and returns the devices
// whose marks it printed as acknowledged.
func flagUntilKilled(t *testing.T, dsn string, n int) (flagged []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a child that nobody kills
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledWhileFlagging$")
	cmd.Env = append(os.Environ(), crashDSN+"="+dsn)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(output)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			break // an incomplete line does not count
		}
		id, ok := strings.CutPrefix(strings.TrimSpace(line), "flagged ")
		if !ok {
			t.Errorf("the child says %q", line)
			continue
		}
		flagged = append(flagged, id)
		if len(flagged) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(flagged) < n {
		t.Fatalf("the child ended by itself after %d marks", len(flagged))
	}
	return flagged
}

// looksRight checks the database as the next process finds it.
func looksRight(t *testing.T, dsn string, acknowledged []string) {
	t.Helper()
	a := apptest.Open(t, dsn)
	tenants, err := a.DB.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatal(tenants, err)
	}
	for _, problem := range a.LogProblems(t) {
		t.Error(problem)
	}
	rows, err := a.DB.Events(t.Context(), tenants[0].ID, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	events, ends := map[string]int{}, map[string]int{}
	for _, row := range rows {
		var id string
		if _, rest, ok := strings.Cut(row.Body, `"targetId":"`); ok {
			id, _, _ = strings.Cut(rest, `"`)
		}
		switch row.Kind {
		case "device.flagged":
			events[id]++
		case "auth.session_revoked":
			ends[row.Kind]++
		}
	}
	marked := map[string]bool{}
	for _, d := range apptest.Rows(t, list.Devices.First(), func(q list.Query) (list.Page[sallyport.Device], error) {
		return a.DB.ListDevices(t.Context(), tenants[0].ID, q)
	}) {
		live, err := a.DB.LiveSessionsOnDevice(t.Context(), d.TenantID, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		marked[d.ID] = d.Compromised()
		if d.Compromised() && len(live) > 0 {
			t.Errorf("%d live sessions on a device that is marked", len(live))
		}
		if want := map[bool]int{true: 1}[d.Compromised()]; events[d.ID] != want {
			t.Errorf("a device that is marked (%v) has %d events of it", d.Compromised(), events[d.ID])
		}
	}
	for _, id := range acknowledged {
		if !marked[id] {
			t.Error("an acknowledged mark is gone")
		}
	}
	if len(ends) == 0 {
		t.Error("no session ended")
	}
}
