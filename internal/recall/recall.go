// Package recall remembers the answers of session checks, so that most of them need no database.
//
//	check ─ trusted? ─ look up ─ answer            what changes an answer ─ drop ─ acknowledge
//	            └ no ─ ask the database ─ keep
//
// It keeps only yes: who has a session or an API key that is good. Whatever changes an answer says so
// by a [Fact], and what is remembered of it is dropped before the change is acknowledged. A check
// that read the database before a drop must not be kept after it, which [Memory.Generation] prevents.
//
// Whether memory may answer at all is decided by a time that whoever feeds it sets ahead, and which
// passes by itself: a node that is cut off, or stood still, then asks the database.
package recall

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"

	"github.com/sallyport/sallyport"
)

// Scope says what a fact is about.
type Scope string

// The scopes of facts.
const (
	OfSession Scope = "session"
	OfKey     Scope = "key"
	OfDevice  Scope = "device"
	OfUser    Scope = "user"
	OfTenant  Scope = "tenant"
)

// Fact says that answers about something may have changed. ID is "" for the tenant itself.
type Fact struct {
	Scope        Scope
	TenantID, ID string
}

// Limits of what is remembered.
const (
	// perSession is about how many bytes one session takes, measured.
	perSession = 1100
	// ofOneUser is how many sessions of one user are remembered at most, so that nobody pushes out the
	// sessions of others with their own.
	ofOneUser = 64
	// idleTicks is for how many seconds a session was not checked that makes room for another.
	idleTicks = 60
	// maxTicks is for how many seconds an answer is remembered at most. Changes that nobody told of, such
	// as by hand in PostgreSQL, hold after that.
	maxTicks = 600
	// looked is how many sessions are looked at for one to make room.
	looked = 8
)

// Forever is a time of trust that does not pass.
const Forever = math.MaxInt64

// Memory is safe for concurrent use. Nothing is trusted until Trust is called.
type Memory struct {
	max   int
	clock func() int64 // nanoseconds, also while the machine sleeps
	until atomic.Int64
	tick  atomic.Uint32 // seconds

	tenantsChanged atomic.Uint64
	generation     atomic.Uint64
	shards         [64]shard
	watchers       watchers

	mu    sync.Mutex // of what follows, and of all changes of shards
	count int
	seed  maphash.Seed
	first [chains]map[uint64]*Known
}

type shard struct {
	mu    sync.RWMutex
	known map[[32]byte]*Known
}

// Known is one that was let in.
type Known struct {
	token    [32]byte
	answer   answer
	used     atomic.Uint32 // tick of the last check
	kept     uint32        // tick
	active   atomic.Int64  // last activity that was noted, in microseconds since 1970
	hashes   [chains]uint64
	next     [chains]*Known
	rendered atomic.Pointer[Rendered]
	made     atomic.Pointer[any]
}

// The chains are those who have a session or key, a device, or a user in common.
const (
	byID = iota
	byDevice
	byUser
	chains
)

// New returns a memory of about this many bytes. clock is read at each check.
func New(bytes int64, clock func() int64) *Memory {
	m := &Memory{max: int(max(bytes/perSession, 1)), clock: clock, seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].known = map[[32]byte]*Known{}
	}
	for i := range m.first {
		m.first[i] = map[uint64]*Known{}
	}
	return m
}

// Trust lets memory answer until a time of its clock, [Forever] for always.
func (m *Memory) Trust(until int64) { m.until.Store(until) }

// Trusted reports whether memory may answer now. It has to be asked before what it allows is looked up.
func (m *Memory) Trusted() bool {
	if m == nil {
		return false
	}
	until := m.until.Load()
	return until == Forever || until > 0 && m.clock() < until
}

// Tick has to be called once a second.
func (m *Memory) Tick() { m.tick.Add(1) }

// Len returns how many are remembered.
func (m *Memory) Len() int {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// Get returns who has a token, by its hash, nil when that is not known for sure.
func (m *Memory) Get(tenantID string, token *[32]byte) *Known {
	if !m.Trusted() {
		return nil
	}
	s := m.shard(token)
	s.mu.RLock()
	k := s.known[*token]
	s.mu.RUnlock()
	if k == nil || k.answer.tenantID != tenantID {
		return nil
	}
	now := m.tick.Load()
	if now-k.kept > maxTicks {
		return nil
	}
	if k.used.Load() != now {
		k.used.Store(now)
	}
	return k
}

func (m *Memory) shard(token *[32]byte) *shard { return &m.shards[token[0]%64] }

// Generation has to be asked for before the database is, for [Memory.Keep].
func (m *Memory) Generation() uint64 {
	if m == nil {
		return 0
	}
	return m.generation.Load()
}

// Keep remembers what the database answered, unless something was dropped since the generation: what
// was read may be older than that.
func (m *Memory) Keep(generation uint64, token [32]byte, c *sallyport.Checked) {
	if m == nil || m.generation.Load() != generation {
		return
	}
	k := &Known{token: token, answer: compact(c), kept: m.tick.Load()}
	k.used.Store(k.kept)
	last := c.Session.LastActivityAt
	if k.answer.key != nil {
		last = c.Key.UsedAt
	}
	if !last.IsZero() {
		k.active.Store(last.UnixMicro())
	}
	k.hashes = [chains]uint64{m.hash(k.answer.id()), m.hash(k.answer.deviceID), m.hash(k.answer.userID)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.generation.Load() != generation {
		return
	}
	if former := m.shard(&token).known[token]; former != nil {
		m.remove(former)
	}
	if !m.room(k) {
		return
	}
	for i, h := range k.hashes {
		k.next[i] = m.first[i][h]
		m.first[i][h] = k
	}
	s := m.shard(&token)
	s.mu.Lock()
	s.known[token] = k
	s.mu.Unlock()
	m.count++
}

func (m *Memory) hash(id string) uint64 { return maphash.String(m.seed, id) }

// room reports whether there is room for k, and makes it of what was not used for a while. Who is here
// and in use stays: newcomers push out nobody.
func (m *Memory) room(k *Known) bool {
	n := 0
	for o := m.first[byUser][k.hashes[byUser]]; o != nil; o = o.next[byUser] {
		n++
	}
	if n >= ofOneUser {
		return false
	}
	if m.count < m.max {
		return true
	}
	now := m.tick.Load()
	seen := 0
	for i := range m.shards {
		for _, o := range m.shards[(int(k.token[1])+i)%len(m.shards)].known {
			if now-o.used.Load() >= idleTicks {
				m.remove(o)
				return true
			}
			if seen++; seen >= looked {
				return false
			}
		}
	}
	return false
}

// Drop forgets what is remembered of facts.
func (m *Memory) Drop(facts []Fact) {
	if m == nil || len(facts) == 0 {
		return
	}
	defer m.tellWatchers(facts) // after the lock: who is told asks at once
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation.Add(1)
	for _, f := range facts {
		switch f.Scope {
		case OfSession, OfKey:
			m.dropChain(byID, f)
		case OfDevice:
			m.dropChain(byDevice, f)
		case OfUser:
			m.dropChain(byUser, f)
		default: // of a tenant, or of what a newer node knows
			m.tenantsChanged.Add(1)
			m.dropTenant(f.TenantID)
		}
	}
}

// Clear forgets everything.
func (m *Memory) Clear() {
	if m == nil {
		return
	}
	defer m.tellWatchers(nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation.Add(1)
	m.tenantsChanged.Add(1)
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		clear(s.known)
		s.mu.Unlock()
	}
	for i := range m.first {
		clear(m.first[i])
	}
	m.count = 0
}

// TenantsChanged returns a number that differs after a tenant has changed.
func (m *Memory) TenantsChanged() uint64 { return m.tenantsChanged.Load() }

func (m *Memory) dropChain(chain int, f Fact) {
	for k := m.first[chain][m.hash(f.ID)]; k != nil; {
		next := k.next[chain]
		if k.answer.tenantID == f.TenantID { // one of another id with the same hash may go, too
			m.remove(k)
		}
		k = next
	}
}

func (m *Memory) dropTenant(id string) {
	for i := range m.shards {
		for _, k := range m.shards[i].known {
			if k.answer.tenantID == id {
				m.remove(k)
			}
		}
	}
}

// Forget drops one.
func (m *Memory) Forget(k *Known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(k)
}

// remove needs the lock.
func (m *Memory) remove(k *Known) {
	s := m.shard(&k.token)
	if s.known[k.token] != k {
		return // gone already
	}
	s.mu.Lock()
	delete(s.known, k.token)
	s.mu.Unlock()
	for i, h := range k.hashes {
		m.unlink(i, h, k)
	}
	m.count--
}

func (m *Memory) unlink(chain int, hash uint64, k *Known) {
	o := m.first[chain][hash]
	if o == k {
		if k.next[chain] == nil {
			delete(m.first[chain], hash)
		} else {
			m.first[chain][hash] = k.next[chain]
		}
		return
	}
	for ; o != nil; o = o.next[chain] {
		if o.next[chain] == k {
			o.next[chain] = k.next[chain]
			return
		}
	}
}
