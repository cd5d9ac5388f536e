package recall

import (
	"slices"
	"sync"
)

// Watch hears of what changes answers of one tenant, from whom memory hears it, and after memory has forgotten
// what is old: who asks the node then is answered anew. It belongs to one reader.
type Watch struct {
	memory   *Memory
	tenantID string
	wake     chan struct{}

	mu    sync.Mutex
	facts []Fact
}

// heldFacts is how many facts wait for a reader of a watch; of more only the tenant is told.
const heldFacts = 500

// Watch begins to hear of a tenant. Close has to be called.
func (m *Memory) Watch(tenantID string) *Watch {
	w := &Watch{memory: m, tenantID: tenantID, wake: make(chan struct{}, 1)}
	m.watchers.Lock()
	defer m.watchers.Unlock()
	if m.watchers.all == nil {
		m.watchers.all = map[*Watch]struct{}{}
	}
	m.watchers.all[w] = struct{}{}
	return w
}

// watchers are those who hear of facts.
type watchers struct {
	sync.Mutex
	all map[*Watch]struct{}
}

// Close ends a watch.
func (w *Watch) Close() {
	w.memory.watchers.Lock()
	defer w.memory.watchers.Unlock()
	delete(w.memory.watchers.all, w)
}

// News receives when there is something to take.
func (w *Watch) News() <-chan struct{} { return w.wake }

// Take returns what was heard since the last time.
func (w *Watch) Take() []Fact {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.facts
	w.facts = nil
	return out
}

// hear keeps a fact of the watch's tenant.
func (w *Watch) hear(f Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case len(w.facts) == 1 && w.facts[0].Scope == OfTenant, len(w.facts) < 64 && slices.Contains(w.facts, f):
	case f.Scope == OfTenant || len(w.facts) >= heldFacts:
		w.facts = append(w.facts[:0], Fact{Scope: OfTenant, TenantID: w.tenantID})
	default:
		w.facts = append(w.facts, f)
	}
	select {
	case w.wake <- struct{}{}:
	default: // it knows already
	}
}

// tellWatchers tells of facts, each to those of its tenant; of nil that anything may have changed.
func (m *Memory) tellWatchers(facts []Fact) {
	m.watchers.Lock()
	defer m.watchers.Unlock()
	for w := range m.watchers.all {
		if facts == nil {
			w.hear(Fact{Scope: OfTenant, TenantID: w.tenantID})
		}
		for _, f := range facts {
			if f.TenantID == w.tenantID {
				w.hear(f)
			}
		}
	}
}

// Clock returns what the clock of memory says, in nanoseconds: it goes on while the machine sleeps. 0 on a
// system without such a clock.
func (m *Memory) Clock() int64 { return m.clock() }
