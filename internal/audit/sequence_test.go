package audit_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// Two nodes whose clocks are an hour apart write about the same users, and both give events their
// places: what happened to one user stands in the order in which it happened.
func TestOrderOfActs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Node(t, store.Options{})
		tenantID := a.TenantID(t)
		users := []sallyport.User{a.AddUser(t, "one@corp.test", sallyport.RoleMember), a.AddUser(t, "two@corp.test", sallyport.RoleMember)}
		acts := make([]int, len(users)) // under the lock of the user's row
		stop := sequencing(t, a, b)
		var wg sync.WaitGroup
		for g := range 8 {
			node, now := a, a.Clock.Now()
			if g%2 == 1 {
				node, now = b, now.Add(-time.Hour)
			}
			wg.Go(func() {
				for i := range 12 {
					n := (g + i) % len(users)
					err := node.DB.Write(t.Context(), func(tx *store.Tx) error {
						if _, err := tx.LockUser(t.Context(), tenantID, users[n].ID); err != nil {
							return err
						}
						e := audit.New(sallyport.System(tenantID), audit.SessionRevoked, now)
						e.UserID, e.TargetID = users[n].ID, fmt.Sprint(acts[n])
						if err := audit.Append(t.Context(), tx, e); err != nil {
							return err
						}
						acts[n]++
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		stop()
		next := map[string]int{}
		a.Sequence(t)
		placed, err := a.DB.PlacedEvents(t.Context(), tenantID, 0, 1000)
		apptest.Must(t, err)
		for _, p := range placed {
			if e := p.Event; e.Kind == string(audit.SessionRevoked) {
				if e.TargetID != fmt.Sprint(next[e.UserID]) {
					t.Errorf("act %s of %s stands in place of act %d", e.TargetID, e.UserID, next[e.UserID])
				}
				next[e.UserID]++
			}
		}
		if next[users[0].ID]+next[users[1].ID] != 96 {
			t.Errorf("acts in the log: %v", next)
		}
	})
}

// sequencing runs the sequencers of nodes as fast as they can, until the function it returns is
// called.
func sequencing(t *testing.T, nodes ...*apptest.App) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := n.Sequencer.Run(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	return func() {
		close(done)
		wg.Wait()
	}
}

// Somebody who holds the head of a log keeps no change waiting. The events wait, and Verify says so
// when it becomes long.
func TestHeldHead(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.Postgres, store.Options{})
	tenantID := a.AddTenant(t, "held.test").ID
	a.Sequence(t)
	db := dbtest.Raw(t, a.DSN)
	held, err := db.BeginTx(t.Context(), nil)
	apptest.Must(t, err)
	defer held.Rollback() //nolint:errcheck // it is over at the end
	_, err = held.ExecContext(t.Context(), "UPDATE audit_heads SET size = size WHERE tenant_id = $1", tenantID)
	apptest.Must(t, err)

	appendTo(t, a, some(tenantID, 3)...)
	appendTo(t, a, some(tenantID, 2)...)
	a.Sequence(t)
	r, err := audit.Verify(t.Context(), a.DB, tenantID, audit.Known{}, nil)
	if err != nil || r.Waiting != 5 || r.Size != 1 || len(r.Problems) > 0 {
		t.Errorf("while the head is held: %+v, %v", r, err)
	}
	_, err = held.ExecContext(t.Context(), "UPDATE audit_queue SET queued_at = queued_at - 61000000")
	apptest.Must(t, err)
	apptest.Must(t, held.Commit())
	r, err = audit.Verify(t.Context(), a.DB, tenantID, audit.Known{}, nil)
	if err != nil || r.Waiting != 5 || !strings.Contains(strings.Join(r.Problems, "\n"), "5 events have no place in the log yet, and the first of them has waited for 1m") {
		t.Errorf("after a minute: %+v, %v", r, err)
	}
	if r := verify(t, a, tenantID); r.Size != 6 || r.Waiting != 0 || len(r.Problems) > 0 {
		t.Errorf("afterwards: %+v", r)
	}
}

// A node that was stopped while it had the head loses it, and another one goes on.
func TestStoppedSequencer(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.Postgres, store.Options{})
	b := a.Node(t, store.Options{})
	tenantID := a.AddTenant(t, "stopped.test").ID
	appendTo(t, a, some(tenantID, 3)...)
	taken, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			if _, _, err := tx.TakeAuditHead(t.Context(), tenantID); err != nil {
				return err
			}
			close(taken)
			<-goOn
			_, err := tx.QueuedEvents(t.Context(), tenantID, 10)
			return err
		})
		if err == nil {
			t.Error("a transaction goes on although its head was given to another node")
		}
	})
	<-taken
	for size := int64(0); size == 0; {
		b.Sequence(t)
		head, err := b.DB.AuditHead(t.Context(), tenantID)
		apptest.Must(t, err)
		size = head.Size
	}
	close(goOn)
	wg.Wait()
	if r := verify(t, b, tenantID); r.Size != 4 || len(r.Problems) > 0 {
		t.Errorf("%+v", r)
	}
}
