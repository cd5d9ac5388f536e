package client

import (
	"container/list"
	"sync"
	"time"
)

// memory is what a client remembers of answers, and what it has heard of changes since.
//
//	ask ─ generation ─ answer ─ keep, unless the generation is another one or the answer is about something unsettled
//	change ─ drop, generation + 1, unsettled ─ a lease of Sallyport ─ again: drop, generation + 1, settled
//
// Between the two a node of Sallyport that has not heard yet may still answer as before: nothing is kept of that.
type memory struct {
	mu    sync.Mutex
	now   func() time.Time
	most  int
	known map[tokenHash]*list.Element // of *entry
	order *list.List                  // the last one used is in front
	about map[fact]map[tokenHash]struct{}

	generation uint64
	connected  bool
	ready      bool      // answers are kept
	heard      time.Time // no later than when Sallyport made the last heartbeat
	unsettled  map[fact]int64
}

type tokenHash [32]byte

// fact says that answers about something may have changed. id is "" for everybody.
type fact struct{ scope, id string }

// entry is an answer that is remembered.
type entry struct {
	hash    tokenHash
	session *Session
}

// trustFor is how long after a heartbeat memory answers. It is less than Promise by what clocks may run apart while
// one feed lasts.
const trustFor = Promise - 200*time.Millisecond

func newMemory(most int, now func() time.Time) *memory {
	m := &memory{now: now, most: most}
	m.clear()
	return m
}

func (m *memory) clear() {
	m.known, m.order, m.about = map[tokenHash]*list.Element{}, list.New(), map[fact]map[tokenHash]struct{}{}
	m.generation++
}

// recall returns the answer about a token where it is as good as a new one, nil otherwise. While the feed is not
// connected it is younger than maxAge.
func (m *memory) recall(hash tokenHash, maxAge time.Duration) *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.known[hash]
	if e == nil {
		return nil
	}
	now := m.now()
	s := e.Value.(*entry).session
	age := elapsed(s.asked, now)
	if age >= s.againAfter || !m.trusted(now) && age >= maxAge {
		return nil
	}
	m.order.MoveToFront(e)
	return s
}

// stale returns the answer about a token that was true at a time that is not longer ago than maxAge: when it was
// asked for, or at the last heartbeat, before which any change would have dropped it.
func (m *memory) stale(hash tokenHash, maxAge time.Duration) *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.known[hash]
	if e == nil {
		return nil
	}
	s, now := e.Value.(*entry).session, m.now()
	sure := min(elapsed(s.asked, now), elapsed(m.heard, now))
	if sure >= maxAge || elapsed(s.asked, now) >= s.endsAfter {
		return nil
	}
	return s
}

func (m *memory) trusted(now time.Time) bool {
	return m.connected && elapsed(m.heard, now) < trustFor
}

func (m *memory) connectedNow() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ready && m.trusted(m.now())
}

// asking returns what keep needs to know of the time before a question.
func (m *memory) asking() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.generation
}

// keep remembers an answer, unless something changed since the generation.
func (m *memory) keep(generation uint64, hash tokenHash, s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.generation != generation || m.connected && !m.ready {
		return
	}
	for _, f := range s.facts() {
		if _, unsettled := m.unsettled[f]; unsettled && m.connected {
			return
		}
	}
	m.remove(hash)
	for len(m.known) >= m.most {
		m.remove(m.order.Back().Value.(*entry).hash)
	}
	m.known[hash] = m.order.PushFront(&entry{hash, s})
	for _, f := range s.facts() {
		if m.about[f] == nil {
			m.about[f] = map[tokenHash]struct{}{}
		}
		m.about[f][hash] = struct{}{}
	}
}

// forget drops the answer about a token.
func (m *memory) forget(hash tokenHash) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(hash)
}

func (m *memory) remove(hash tokenHash) {
	e := m.known[hash]
	if e == nil {
		return
	}
	delete(m.known, hash)
	m.order.Remove(e)
	for _, f := range e.Value.(*entry).session.facts() {
		if delete(m.about[f], hash); len(m.about[f]) == 0 {
			delete(m.about, f)
		}
	}
}

// connect begins to believe a feed that was asked for at a time: what was before it is forgotten.
func (m *memory) connect(asked time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	m.connected, m.ready, m.heard, m.unsettled = true, false, asked, map[fact]int64{}
}

// getReady lets answers be kept.
func (m *memory) getReady() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready = m.connected
}

// beat notes a heartbeat that was made no earlier than at a time. The other clock may be faster than ours.
func (m *memory) beat(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); at.After(now) {
		at = now
	}
	if at.After(m.heard) {
		m.heard = at
	}
}

// end forgets everything.
func (m *memory) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
}

func (m *memory) disconnect() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connected, m.ready = false, false
}

// change forgets what is remembered of a fact. The first time it stays unsettled; again settles it with all before it.
func (m *memory) change(f fact, n int64, again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	if f.id == "" {
		m.clear()
	}
	for hash := range m.about[f] {
		m.remove(hash)
	}
	if !again {
		m.unsettled[f] = n
		return
	}
	for of, last := range m.unsettled {
		if last <= n {
			delete(m.unsettled, of)
		}
	}
}
