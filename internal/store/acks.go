package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// acks waits on PostgreSQL until every node has applied what a transaction changed. One goroutine
// asks for all who wait.
type acks struct {
	db   *sql.DB
	self func() string // id of this node, "" where it remembers nothing
	sightings

	mu      sync.Mutex
	waiting []*ack
	asking  bool
}

// ack is one who waits.
type ack struct {
	xid       int64
	committed time.Time
	done      chan struct{}
}

const (
	askFirst  = time.Millisecond
	askAtMost = 10 * time.Millisecond
)

// wait returns when no node answers as before the transaction, about a lease after the commit at the
// latest: also without the database, since nobody renews a lease without it. It is not given up
// with a request, whose change is committed.
func (a *acks) wait(xid int64) {
	w := &ack{xid: xid, committed: time.Now(), done: make(chan struct{})}
	a.mu.Lock()
	a.waiting = append(a.waiting, w)
	if !a.asking {
		a.asking = true
		go a.ask()
	}
	a.mu.Unlock()
	<-w.done
}

func (a *acks) ask() {
	pause := askFirst
	for woken := false; ; {
		a.mu.Lock()
		list := a.waiting
		if len(list) == 0 {
			a.asking = false
			a.mu.Unlock()
			return
		}
		a.waiting = nil
		a.mu.Unlock()
		left, behind := a.judge(list)
		a.mu.Lock()
		fresh := len(a.waiting) > 0
		a.waiting = append(left, a.waiting...)
		a.mu.Unlock()
		if fresh || len(left) == 0 {
			woken, pause = false, askFirst
			continue
		}
		if !woken || pause == askAtMost {
			woken = a.wake(behind)
		}
		time.Sleep(pause)
		pause = min(2*pause, askAtMost)
	}
}

// judge ends the wait of those whom every node has seen, and returns the others.
func (a *acks) judge(list []*ack) (left []*ack, behind bool) {
	ctx, cancel := context.WithTimeout(context.Background(), oneRenewal)
	defer cancel()
	nodes, err := nodesOf(ctx, a.db) // after their commits
	if err == nil && len(nodes) == 0 {
		_, err = a.db.ExecContext(ctx, pruneFeed) // nobody needs it
	}
	for _, w := range list {
		over := time.Since(w.committed) > leaseTime+leaseMargin
		if over || err == nil && !a.waitsFor(nodes, w.xid) {
			close(w.done)
			continue
		}
		left = append(left, w)
	}
	return left, err == nil
}

// waitsFor reports whether a node may still answer as before.
func (a *acks) waitsFor(nodes []nodeRow, xid int64) bool {
	self := a.self()
	for _, n := range nodes {
		still := a.unmoved(n) <= leaseTime+leaseMargin
		if n.id != self && still && !n.seen.sees(xid) {
			return true
		}
	}
	return false
}

// wake wakes the other nodes. It is a statement of its own: inside a transaction it would make the
// commits of all organisations wait for each other.
func (a *acks) wake(reachable bool) bool {
	if !reachable {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), oneRenewal)
	defer cancel()
	_, err := a.db.ExecContext(ctx, "SELECT pg_notify('"+feedChannel+"', '')")
	return err == nil
}
