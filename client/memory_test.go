package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that only the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func someone(c *clock, id string) (tokenHash, *Session) {
	s := &Session{ID: id, User: User{ID: "u" + id}, DeviceID: "d", Tenant: Tenant{ID: "t"}, asked: c.at, told: c.at, endsAfter: time.Hour, againAfter: time.Minute}
	return tokenHash{id[0]}, s
}

// feed returns a follower that has begun and is ready, and its memory.
func feed(t *testing.T, c *clock) (*memory, *follower) {
	t.Helper()
	m := newMemory(10, c.now)
	f := &follower{memory: m, asked: c.at}
	tell(t, f, "event: hello\ndata: {\"heartbeatSeconds\":1}\n\nevent: ready\ndata: {}\n\n")
	return m, f
}

func tell(t *testing.T, f *follower, text string) {
	t.Helper()
	if err := f.read(strings.NewReader(text), func() {}); err.Error() != "EOF" {
		t.Fatal(err)
	}
}

// beat is a heartbeat that was made at a time.
func (c *clock) beat(t *testing.T, f *follower) {
	t.Helper()
	tell(t, f, fmt.Sprintf("event: heartbeat\ndata: {\"sinceMilliseconds\":%d}\n\n", c.at.Sub(f.asked).Milliseconds()))
}

// Memory answers while heartbeats come, by when they were made and not by when they arrive.
func TestTrust(t *testing.T) {
	c := newClock()
	m, f := feed(t, c)
	hash, s := someone(c, "a")
	m.keep(m.asking(), hash, s)
	held := fmt.Sprintf("event: heartbeat\ndata: {\"sinceMilliseconds\":%d}\n\n", 1000)
	for _, step := range []struct {
		after time.Duration
		beat  bool
		want  bool
	}{{0, false, true}, {time.Second, true, true}, {2700 * time.Millisecond, false, true}, {100 * time.Millisecond, false, false}, {0, true, true}, {10 * time.Second, false, false}} {
		if c.at = c.at.Add(step.after); step.beat {
			c.beat(t, f)
		}
		if got := m.recall(hash, 0) != nil; got != step.want {
			t.Errorf("after %+v: %v", step, got)
		}
	}
	if tell(t, f, held); m.recall(hash, 0) != nil {
		t.Error("a heartbeat that was held back makes memory answer")
	}
	if c.beat(t, f); m.recall(hash, 0) == nil {
		t.Error("a new one does not")
	}
	if m.disconnect(); m.recall(hash, 0) != nil || m.recall(hash, time.Minute) == nil {
		t.Error("without a feed it is by age")
	}
}

// A machine that slept has a clock that stood still, and one that did not.
func TestSleep(t *testing.T) {
	now := time.Now()
	slept := now.Round(0).Add(time.Hour)
	if elapsed(now, slept) != time.Hour || elapsed(now, now.Add(-time.Hour).Add(time.Hour+time.Second)) != time.Second {
		t.Error("elapsed does not count the longer time")
	}
}

// Each fact drops what it is about; nothing of it is kept until it is settled, nor what was asked for before.
func TestFacts(t *testing.T) {
	for scope, id := range map[string]string{"session": "a", "user": "ua", "device": "d", "tenant": "", "what a newer server has": "x", "key": "other"} {
		c := newClock()
		m, f := feed(t, c)
		hash, s := someone(c, "a")
		m.keep(m.asking(), hash, s)
		before := m.asking()
		change := func(n int, again bool) {
			tell(t, f, fmt.Sprintf("event: change\ndata: {\"scope\":%q,\"id\":%q,\"n\":%d,\"again\":%v}\n\n", scope, id, n, again))
		}
		change(1, false)
		if scope == "key" { // is about somebody else
			if m.recall(hash, 0) == nil {
				t.Error("a fact about somebody else drops")
			}
			continue
		}
		if m.recall(hash, 0) != nil {
			t.Errorf("%s: it is still there", scope)
		}
		if m.keep(before, hash, s); m.recall(hash, 0) != nil {
			t.Errorf("%s: an answer from before is kept", scope)
		}
		if m.keep(m.asking(), hash, s); m.recall(hash, 0) != nil {
			t.Errorf("%s: an answer about what is not settled is kept", scope)
		}
		change(2, false)
		change(1, true)
		if m.keep(m.asking(), hash, s); m.recall(hash, 0) != nil {
			t.Errorf("%s: it is not settled yet, for it changed again", scope)
		}
		change(2, true)
		if m.keep(m.asking(), hash, s); m.recall(hash, 0) == nil || len(m.unsettled) != 0 {
			t.Errorf("%s: it is settled", scope)
		}
		change(2, true)
		if m.recall(hash, 0) != nil {
			t.Errorf("%s: the second telling drops, too", scope)
		}
	}
}

// A new feed begins with nothing, and keeps nothing before it is ready.
func TestReconnect(t *testing.T) {
	c := newClock()
	m, _ := feed(t, c)
	hash, s := someone(c, "a")
	m.keep(m.asking(), hash, s)
	f := &follower{memory: m, asked: c.at}
	tell(t, f, "event: hello\ndata: {\"heartbeatSeconds\":1}\n\n")
	if m.recall(hash, 0) != nil || m.connectedNow() {
		t.Error("what was before is remembered")
	}
	if m.keep(m.asking(), hash, s); m.recall(hash, 0) != nil {
		t.Error("an answer is kept before others have settled")
	}
	if tell(t, f, "event: ready\ndata: {}\n\n"); !m.connectedNow() {
		t.Error("it is not ready")
	}
}

// Who was used longest ago makes room, and what is over is not answered.
func TestRoomAndEnds(t *testing.T) {
	c := newClock()
	m, f := feed(t, c)
	for i := range 11 {
		hash, s := someone(c, string(rune('a'+i)))
		m.keep(m.asking(), hash, s)
		m.recall(tokenHash{'a'}, 0)
	}
	if m.recall(tokenHash{'a'}, 0) == nil || m.recall(tokenHash{'b'}, 0) != nil || len(m.known) != 10 || len(m.about) != 10+10+2 {
		t.Errorf("%d are known, %d subjects", len(m.known), len(m.about))
	}
	if c.at = c.at.Add(time.Minute); m.recall(tokenHash{'a'}, time.Hour) != nil {
		t.Error("it is not asked about again")
	}
	c.beat(t, f)
	if m.recall(tokenHash{'a'}, 0) != nil || m.stale(tokenHash{'a'}, 10*time.Second) == nil {
		t.Error("it is old, and was true a moment ago")
	}
	if c.at = c.at.Add(time.Hour); m.stale(tokenHash{'a'}, 24*time.Hour) != nil {
		t.Error("what has ended goes on")
	}
}

// What is no feed is not believed.
func TestGarbage(t *testing.T) {
	for name, text := range map[string]string{
		"no hello": "event: heartbeat\ndata: {\"sinceMilliseconds\":1}\n\n", "a slow one": "event: hello\ndata: {\"heartbeatSeconds\":30}\n\n", "a page": "<html>\n\n<body>\n",
		"two": "event: hello\ndata: {\"heartbeatSeconds\":1}\n\nevent: hello\ndata: {\"heartbeatSeconds\":1}\n\n", "a heart without a time": "event: hello\ndata: {\"heartbeatSeconds\":1}\n\nevent: heartbeat\ndata: {}\n\n",
		"a change without words": "event: hello\ndata: {\"heartbeatSeconds\":1}\n\nevent: change\ndata: x\n\n", "a long line": "event: hello\ndata: " + strings.Repeat("x", maxEvent+1) + "\n\n",
		"long data": "event: hello\n" + strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 70) + "\n", "a far time": "event: hello\ndata: {\"heartbeatSeconds\":1}\n\nevent: heartbeat\ndata: {\"sinceMilliseconds\":9000000000000}\n\n",
	} {
		c := newClock()
		f := &follower{memory: newMemory(1, c.now), asked: c.at}
		err := f.read(strings.NewReader(text), func() {})
		if wrong := err != nil && err.Error() != "EOF"; !wrong && f.began {
			t.Errorf("%s is taken for a feed", name)
		}
	}
	c := newClock()
	f := &follower{memory: newMemory(1, c.now), asked: c.at.Add(-2 * lateHello)}
	if err := f.read(strings.NewReader("event: hello\ndata: {\"heartbeatSeconds\":1}\n\n"), func() {}); !errors.Is(err, errLate) {
		t.Errorf("one that begins late: %v", err)
	}
}

// Answers that no Sallyport gives let nobody in, whatever their status, and one that hangs is given up.
func TestBadAnswers(t *testing.T) {
	var answer atomic.Pointer[func(http.ResponseWriter, *http.Request)]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*answer.Load())(w, r) }))
	defer s.Close()
	c, err := New(Config{Sallyport: s.URL, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const good = `{"user":{"id":"u"},"tenant":{"id":"t"},"session":{"id":"s"}`
	for name, c2 := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   error
	}{
		"a page": {text(200, "<html>"), ErrUnavailable}, "nobody": {text(200, "{}"), ErrUnavailable}, "a redirect": {text(302, good+"}"), ErrUnavailable}, "half": {text(200, good), ErrUnavailable},
		"both": {text(200, good+`,"apiKey":{"id":"k"}}`), ErrUnavailable}, "too many": {text(429, good+"}"), ErrUnavailable}, "refused": {text(401, good+"}"), ErrNoSession},
		"over": {text(200, good+`,"expiresAt":"2020-01-01T00:00:00Z"}`), ErrNoSession}, "hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ErrUnavailable},
	} {
		answer.Store(&c2.answer)
		if v, err := c.Check(t.Context(), "token"); !errors.Is(err, c2.want) || v != nil {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	for _, token := range []string{"", "a b", "a\nb", "ä", strings.Repeat("x", maxToken+1)} {
		if _, err := c.Check(t.Context(), token); !errors.Is(err, ErrNoSession) {
			t.Errorf("%.10q: %v", token, err)
		}
	}
}

// Parallel checks of one token share questions, but never one that began before they did.
func TestSharedQuestions(t *testing.T) {
	var asked, under atomic.Int64
	var good atomic.Bool
	good.Store(true)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		under.Add(1)
		defer under.Add(-1)
		ok := good.Load()
		time.Sleep(30 * time.Millisecond)
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"user":{"id":"u"},"tenant":{"id":"t"},"session":{"id":"s"}}`))
	}))
	defer s.Close()
	c, err := New(Config{Sallyport: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	check := func(want error) {
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				if _, err := c.Check(t.Context(), "token"); !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
			})
		}
		all.Wait()
	}
	check(nil)
	if n := asked.Load(); n > 3 {
		t.Errorf("%d questions for 64 checks", n)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Check(gone, "token"); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever has left: %v", err)
	}
	until := time.Now().Add(time.Minute)
	for under.Load() == 0 && time.Now().Before(until) {
		time.Sleep(time.Millisecond)
	}
	good.Store(false) // while a question is under way that will be answered yes
	check(ErrNoSession)
}

func FuzzLocalPath(f *testing.F) {
	for _, v := range []string{"/", "//evil.example", "/\\evil.example", "/a?b=//c#d", "https://evil.example/", "/\t/evil.example", "/%2f/evil.example", "", "/a/../..//evil.example", "/.sallyport/enter?x", "/\u0085/x", "/%zz"} {
		f.Add(v)
	}
	base, err := url.Parse("https://app.example/here")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := localPath(to)
		u, err := base.Parse(got)
		if err != nil || u.Host != "app.example" || u.Scheme != "https" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("%q becomes %q", to, got)
		}
	})
}
