package fault

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// states of a session, as its client knows it.
const (
	live     int32 = iota
	doubtful       // something that may have ended it has no answer
	over           // its end was acknowledged
)

// session is one that was acknowledged.
type session struct {
	id             string // "" until a check has told it
	token, refresh string
	state          atomic.Int32
	ended          atomic.Int64 // when its end was acknowledged, since the beginning of the tests
}

var beginning = time.Now()

// end notes that the end of a session was acknowledged.
func (s *session) end() {
	s.ended.CompareAndSwap(0, int64(time.Since(beginning)))
	s.state.Store(over)
}

// endedBefore reports whether its end was acknowledged before a call began.
func (s *session) endedBefore(began time.Time) bool {
	at := s.ended.Load()
	return at != 0 && began.Sub(beginning) > time.Duration(at)
}

// account is somebody whose acts nobody else does, so that their client knows their state.
type account struct {
	id, email, ip string
	password      string
	next          string // the new password of a change without an answer
	changes       int    // acknowledged
	codes         []string
	used          []string // backup codes that were accepted
	unsure        bool     // of a code
	sessions      []*session
}

// those returns the sessions in a state whose id is known.
func (a *account) those(state int32) (found []*session) {
	for _, s := range a.sessions {
		if s.id != "" && s.state.Load() == state {
			found = append(found, s)
		}
	}
	return found
}

// act is something that clients do.
type act struct {
	name   string
	weight int
	can    func(a *account) bool
	do     func(w *worker, a *account) outcome
}

// acts is THE table of what happens in a storm.
var acts = []act{
	{"sign in", 5, func(a *account) bool { return a.sure() && len(a.those(live)) < 4 }, (*worker).signIn},
	{"check", 5, func(a *account) bool { return len(a.sessions) > 0 }, (*worker).check},
	{"sign out", 2, func(a *account) bool { return len(a.those(live)) > 1 }, (*worker).signOut},
	{"revoke", 4, func(a *account) bool { return len(a.those(live)) > 1 }, (*worker).revoke},
	{"revoke others", 1, func(a *account) bool { return len(a.those(live)) > 2 }, (*worker).revokeOthers},
	{"change password", 1, func(a *account) bool { return a.sure() && a.codes == nil && len(a.those(live)) > 0 }, (*worker).changePassword},
}

// sure reports whether its password and its next code are known.
func (a *account) sure() bool {
	return a.next == "" && !a.unsure && (a.codes == nil || len(a.codes) > 0)
}

// history is what the clients of a storm saw.
type history struct {
	mu     sync.Mutex
	counts map[outcome]int
	byAct  map[string]map[outcome]int
	raced  int // checks of sessions that are ending, or have
	wrong  []string
	broken []string // steps that were unlike what the storm knows
}

func newHistory() *history {
	return &history{counts: map[outcome]int{}, byAct: map[string]map[outcome]int{}}
}

func (h *history) note(name string, o outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[o]++
	if h.byAct[name] == nil {
		h.byAct[name] = map[outcome]int{}
	}
	h.byAct[name][o]++
}

// fault notes what must never be.
func (h *history) fault(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

func (h *history) count(o outcome) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts[o]
}

// storm is many clients that act at once.
type storm struct {
	*history
	site    *site
	stopped atomic.Bool
	workers sync.WaitGroup
}

// worker is one client, of some accounts.
type worker struct {
	*storm
	accounts []*account
	rand     *rand.Rand
}

// workers is how many clients a storm has.
const workers = 6

// begin begins a storm that lasts until end. What it does is decided by seed, but for who is first.
func begin(s *site, accounts []*account, seed uint64) *storm {
	st := &storm{history: newHistory(), site: s}
	for i := range workers {
		w := &worker{storm: st, rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		for k := i; k < len(accounts); k += workers {
			w.accounts = append(w.accounts, accounts[k])
		}
		st.workers.Go(w.run)
	}
	return st
}

// end waits for the calls under way.
func (s *storm) end() {
	s.stopped.Store(true)
	s.workers.Wait()
}

// wait returns after n more acknowledgements.
func (s *storm) wait(t *testing.T, n int) {
	t.Helper()
	t0 := time.Now()
	for enough := s.count(acknowledged) + n; s.count(acknowledged) < enough; time.Sleep(2 * time.Millisecond) {
		if time.Since(t0) > time.Minute {
			t.Fatalf("after a minute %d of %d more calls are acknowledged: %v", s.count(acknowledged)-enough+n, n, s.byAct)
		}
	}
}

func (w *worker) run() {
	for !w.stopped.Load() {
		a := w.accounts[w.rand.IntN(len(w.accounts))]
		can, all := []act{}, 0
		for _, x := range acts {
			if x.can(a) {
				can, all = append(can, x), all+x.weight
			}
		}
		if len(can) == 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		at := w.rand.IntN(all)
		for _, x := range can {
			if at -= x.weight; at < 0 {
				o := x.do(w, a)
				w.note(x.name, o)
				if o == unknown {
					time.Sleep(w.site.rest)
				}
				break
			}
		}
	}
}

func (w *worker) one(of []*session) *session { return of[w.rand.IntN(len(of))] }

// signIn signs in, with a backup code where the account has them; then the code must not work again.
func (w *worker) signIn(a *account) outcome {
	if a.codes == nil {
		_, o := w.enter(a, "")
		return o
	}
	code := a.codes[0]
	a.codes = a.codes[1:]
	accepted, unsure := 0, false
	note := func(done step, o outcome) {
		if done.codeTaken {
			accepted++
		}
		unsure = unsure || o == unknown && !done.codeTaken
	}
	var twin step
	var of outcome
	var both sync.WaitGroup
	twice := w.rand.IntN(3) == 0
	if twice {
		both.Go(func() {
			var got answer
			twin, got = w.site.signIn(a.ip, a.email, a.password, code)
			of = got.outcome()
		})
	}
	done, o := w.enter(a, code)
	both.Wait()
	note(done, o)
	if twice {
		note(twin, of)
	}
	a.unsure = a.unsure || unsure
	switch {
	case accepted > 1:
		w.fault("%s: a backup code is accepted twice at the same time", a.email)
	case accepted == 1:
		a.used = append(a.used, code)
		w.again(w.site, a, code)
	}
	return o
}

// again tries a code that was accepted.
func (h *history) again(s *site, a *account, code string) {
	if done, _ := s.signIn(a.ip, a.email, a.password, code); done.codeTaken {
		h.fault("%s: a backup code that was used is accepted again", a.email)
	}
}

// enter signs in, and keeps the session.
func (w *worker) enter(a *account, code string) (step, outcome) {
	done, got := w.site.signIn(a.ip, a.email, a.password, code)
	if got.outcome() == acknowledged {
		s := &session{token: done.AccessToken, refresh: done.RefreshToken}
		a.sessions = append(a.sessions, s)
		w.look(a, s)
	} else if got.outcome() == refused {
		w.strange("sign in", got, a.codes != nil)
	}
	return done, got.outcome()
}

// strange keeps refusals that no fault explains, for whoever reads the log of a test that failed.
func (h *history) strange(what string, a answer, expected bool) {
	if expected {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken = append(h.broken, fmt.Sprintf("%s: %d %s", what, a.status, a.body))
}

// lookAt checks a session, and holds the answer against what is known.
func (h *history) lookAt(site *site, a *account, s *session) outcome {
	before := s.state.Load()
	got := site.check(s.token)
	switch {
	case got.status == http.StatusOK:
		if s.endedBefore(got.began) {
			h.fault("%s: session %s is accepted after its end was acknowledged", a.email, s.id)
		}
		var current struct{ Session struct{ ID string } }
		if err := json.Unmarshal(got.body, &current); err == nil && s.id == "" && before == live {
			s.id = current.Session.ID
		}
	case got.status == http.StatusUnauthorized && before == live && s.state.Load() == live && got.code() != "token_expired":
		h.fault("%s: session %s was acknowledged, and nothing ended it: %s", a.email, s.id, got.code())
	}
	return got.outcome()
}

func (w *worker) look(a *account, s *session) outcome { return w.lookAt(w.site, a, s) }

func (w *worker) check(a *account) outcome {
	return w.look(a, w.one(a.sessions))
}

// ending does what ends sessions, while others check these, and notes what came of it.
func (w *worker) ending(a *account, those []*session, do func() answer) outcome {
	var racers sync.WaitGroup
	var known atomic.Bool
	for _, s := range those {
		s.state.Store(doubtful)
	}
	for range 2 {
		s := w.one(those)
		racers.Go(func() {
			for more := 2; more > 0; {
				if known.Load() {
					more--
				}
				w.lookAt(w.site, a, s)
				w.history.race()
			}
		})
	}
	o := do().outcome()
	for _, s := range those {
		switch o {
		case acknowledged:
			s.end()
		case refused:
			s.state.Store(live)
		}
	}
	known.Store(true)
	racers.Wait()
	return o
}

func (h *history) race() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.raced++
}

func (w *worker) signOut(a *account) outcome {
	s := w.one(a.those(live))
	return w.ending(a, []*session{s}, func() answer {
		return w.site.call(request{method: http.MethodPost, path: "/api/v1/sign-out", ip: a.ip, token: s.token})
	})
}

func (w *worker) revoke(a *account) outcome {
	all := a.those(live)
	w.rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return w.ending(a, all[:1], func() answer {
		return w.site.call(request{method: http.MethodPost, path: "/api/v1/me/sessions/" + all[0].id + "/revoke", ip: a.ip, token: all[1].token})
	})
}

// others returns all sessions but one, with those that nobody knows the id of.
func (a *account) others(one *session) (others []*session) {
	for _, s := range a.sessions {
		if s != one && s.state.Load() != over {
			others = append(others, s)
		}
	}
	return others
}

func (w *worker) revokeOthers(a *account) outcome {
	s := w.one(a.those(live))
	return w.ending(a, a.others(s), func() answer {
		return w.site.call(request{method: http.MethodPost, path: "/api/v1/me/revoke-other-sessions", ip: a.ip, token: s.token})
	})
}

// changePassword proves the present password in a step-up, which replaces the token, and gives a new one.
func (w *worker) changePassword(a *account) outcome {
	s := w.one(a.those(live))
	s.state.Store(doubtful)
	done, got := w.site.stepUp(a.ip, s.token, "change_password", a.password)
	if got.outcome() != acknowledged {
		if got.outcome() == refused {
			w.strange("step up", got, false)
			s.state.Store(live)
		}
		return got.outcome()
	}
	if done.AccessToken != "" && done.AccessToken != s.token {
		former := &session{token: s.token} // worth nothing from now on
		former.end()
		fresh := &session{id: s.id, token: done.AccessToken, refresh: done.RefreshToken}
		a.sessions = append(a.sessions, former, fresh)
		s.end()
		s = fresh
	}
	s.state.Store(live)
	next := fmt.Sprintf("Nine-tall pillars %x", w.rand.Uint64())
	change := func() answer {
		got = w.site.call(request{method: http.MethodPost, path: "/api/v1/me/password", ip: a.ip, token: s.token,
			body: map[string]string{"currentPassword": a.password, "newPassword": next}})
		return got
	}
	var o outcome
	if rest := a.others(s); len(rest) > 0 {
		o = w.ending(a, rest, change)
	} else {
		o = change().outcome()
	}
	switch o {
	case acknowledged:
		a.password = next
		a.changes++
	case unknown:
		a.next = next
	case refused:
		w.strange("change password", got, false)
	}
	return o
}
