package store

import (
	"context"
	"slices"
	"sync"
)

// shares keeps one organisation from taking all connections to PostgreSQL: its transactions and reads
// have half of them at most. When somebody holds a row that they all wait for, those of others go on.
// Who has its share waits here, in the order in which they came, and not for a connection.
//
// What is for no organisation, as the jobs of a node and the command line, is a party like one. The
// session check has connections of its own, and no locks to wait for.
type shares struct {
	most int

	mu sync.Mutex
	of map[string]*share // of those who hold or wait for something
}

type share struct {
	held    int
	waiting []chan struct{}
}

func newShares(connections int) *shares {
	return &shares{most: max(1, connections/2), of: map[string]*share{}}
}

// take waits for a place in the share of a party. release must be called once after it.
func (s *shares) take(ctx context.Context, party string) error {
	s.mu.Lock()
	sh := s.of[party]
	if sh == nil {
		sh = &share{}
		s.of[party] = sh
	}
	if sh.held < s.most {
		sh.held++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	sh.waiting = append(sh.waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !s.leave(sh, turn) { // the place came at the same time
		s.release(party)
	}
	return ctx.Err()
}

// leave gives up waiting, and reports whether that was in time.
func (s *shares) leave(sh *share, turn chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(sh.waiting, turn)
	if i >= 0 {
		sh.waiting = slices.Delete(sh.waiting, i, i+1)
	}
	return i >= 0
}

// release gives a place to whoever waits, or back.
func (s *shares) release(party string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.of[party]
	if len(sh.waiting) > 0 {
		close(sh.waiting[0])
		sh.waiting = slices.Delete(sh.waiting, 0, 1)
		return
	}
	if sh.held--; sh.held == 0 {
		delete(s.of, party)
	}
}

type partyKey struct{}

// For returns a context for the work of one organisation, which counts towards its share of the
// connections.
func For(ctx context.Context, tenantID string) context.Context {
	return context.WithValue(ctx, partyKey{}, tenantID)
}

// enter waits for a place in the share of the organisation that ctx is for, and binds ctx to the
// breaker. The function that it returns must be called.
func (s *Store) enter(ctx context.Context) (context.Context, context.CancelFunc, error) {
	ctx, done, err := s.breaker.bind(ctx)
	if err != nil || s.shares == nil {
		return ctx, done, err
	}
	party, _ := ctx.Value(partyKey{}).(string)
	if err := s.shares.take(ctx, party); err != nil {
		done()
		return ctx, func() {}, err
	}
	return ctx, func() {
		s.shares.release(party)
		done()
	}, nil
}
