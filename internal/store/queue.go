package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// queue is who waits to write to SQLite, which has one writer.
type queue struct {
	mu      sync.Mutex
	busy    bool // somebody writes
	waiting []*member
	waits   int64 // how often somebody had to wait
	waited  time.Duration
}

// member is one call of [Store.Write] that had to wait.
type member struct {
	ctx   context.Context // of the call
	until time.Time
	f     func(*Tx) error
	since time.Time // when it began to wait

	begun bool // its function has been called; guarded by the queue

	answered chan struct{} // closed after what follows is final
	tx       *Tx           // nil unless the function succeeded
	err      error
	exit
}

// writeInTurn is writeOnce for SQLite. Whoever finds nobody at work writes at once; whoever comes
// meanwhile waits for their turn in a group, and can give up until then.
func (s *Store) writeInTurn(ctx context.Context, until time.Time, f func(*Tx) error) (*Tx, error) {
	m := s.queue.join(ctx, until, f)
	if m == nil {
		defer s.handOver()
		return s.writeOnce(ctx, until, f)
	}
	select {
	case <-m.answered:
	case <-ctx.Done():
		if s.queue.leave(m) {
			return nil, ctx.Err()
		}
		<-m.answered // a function that was called may have changed something: only the outcome is an answer
	}
	m.repeat()
	return m.tx, m.err
}

// handOver ends one's turn. A goroutine of their own serves those who came meanwhile, so that
// nobody is kept with the work of others.
func (s *Store) handOver() {
	if members := s.queue.next(); members != nil {
		go s.serve(&group{store: s, members: members})
	}
}

// join returns nil for whoever can write at once, and otherwise a member that waits.
func (q *queue) join(ctx context.Context, until time.Time, f func(*Tx) error) *member {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.busy {
		q.busy = true
		return nil
	}
	m := &member{ctx: ctx, until: until, f: f, since: time.Now(), answered: make(chan struct{})}
	q.waiting = append(q.waiting, m)
	q.waits++
	return m
}

// next returns the first members of the next group, nil when nobody waits: then the turn is free.
func (q *queue) next() []*member {
	q.mu.Lock()
	defer q.mu.Unlock()
	members := q.take(maxGroup)
	if members == nil {
		q.busy, q.waiting = false, nil
	}
	return members
}

// more returns up to n members who came since.
func (q *queue) more(n int) []*member {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.take(n)
}

// take needs the lock.
func (q *queue) take(n int) []*member {
	if n = min(n, len(q.waiting)); n == 0 {
		return nil
	}
	members := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return members
}

// giveBack makes members, whose turn did not come, the first ones of the next group.
func (q *queue) giveBack(members []*member) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.Concat(members, q.waiting)
}

// begin reports whether m's function may be called. It may not when its caller gives up, or has.
func (q *queue) begin(m *member) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m.err = m.ctx.Err(); m.err != nil {
		return false
	}
	if !m.begun {
		m.begun = true
		q.waited += time.Since(m.since)
	}
	return true
}

// leave gives up waiting, and reports whether that was in time: m's function never runs.
func (q *queue) leave(m *member) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m.begun {
		return false
	}
	q.waited += time.Since(m.since)
	q.waiting = slices.DeleteFunc(q.waiting, func(o *member) bool { return o == m })
	return true
}

// count adds those who waited here to those who waited for a connection.
func (q *queue) count(s sql.DBStats) sql.DBStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.WaitCount += q.waits
	s.WaitDuration += q.waited
	return s
}
