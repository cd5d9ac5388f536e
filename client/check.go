package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	checkPath = "/api/v1/session"
	maxAnswer = 1 << 20
	maxToken  = 4096
)

// Check returns whose a token is: that of the app's cookie, an access token or an API key. ErrNoSession where it opens
// nothing, ErrUnavailable where Sallyport cannot be asked, or the error of ctx.
func (c *Client) Check(ctx context.Context, token string) (*Session, error) {
	if !sendable(token) {
		return nil, ErrNoSession
	}
	hash := tokenHash(sha256.Sum256([]byte(token)))
	if s := c.memory.recall(hash, c.config.MaxAge); s != nil {
		return s, nil
	}
	f := c.flights.join(hash, func(f *flight) { f.session, f.err = c.find(hash, token) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.done:
	}
	if f.err != nil && f.err != ErrNoSession { //nolint:errorlint // it is our own, unwrapped
		if s := c.memory.stale(hash, c.config.StaleFor); s != nil {
			return s, nil
		}
	}
	return f.session, f.err
}

// find is Check for all who wait for the same answer. Those who began to wait while somebody else asked often find it
// remembered.
func (c *Client) find(hash tokenHash, token string) (*Session, error) {
	if s := c.memory.recall(hash, c.config.MaxAge); s != nil {
		return s, nil
	}
	generation := c.memory.asking()
	s, err := c.ask(token)
	if err == nil {
		c.memory.keep(generation, hash, s)
	} else if errors.Is(err, ErrNoSession) {
		c.memory.forget(hash)
	}
	return s, err
}

// ask asks Sallyport. It is not given up with a request: others wait for the answer.
func (c *Client) ask(token string) (*Session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.config.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Sallyport+checkPath, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	asked := c.memory.now()
	answered, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer answered.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(io.LimitReader(answered.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case answered.StatusCode == http.StatusUnauthorized:
		return nil, ErrNoSession
	case answered.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: it answers %d", ErrUnavailable, answered.StatusCode)
	}
	date, err := http.ParseTime(answered.Header.Get("Date"))
	if err != nil {
		date = asked
	}
	s, appID, ok := read(text, asked, date)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: its answer is none of a session check", ErrUnavailable)
	case s.endsAfter <= 0, appID != "" && appID != c.config.App: // another app could show what its users sent it
		return nil, ErrNoSession
	}
	return s, nil
}

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	if token == "" || len(token) > maxToken {
		return false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return true
}

// flights lets those who ask about one token at the same time share an answer. Who comes while a question is under
// way waits for the next one: the answer to that began too early to be theirs.
type flights struct {
	mu      sync.Mutex
	flying  map[tokenHash]*flight
	waiting map[tokenHash]*flight
}

// flight is one question.
type flight struct {
	done    chan struct{}
	session *Session
	err     error
}

// behind is how long the next question waits for the one that is under way.
const behind = 100 * time.Millisecond

func (f *flights) join(hash tokenHash, ask func(*flight)) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if next := f.waiting[hash]; next != nil {
		return next
	}
	if f.flying == nil {
		f.flying, f.waiting = map[tokenHash]*flight{}, map[tokenHash]*flight{}
	}
	next := &flight{done: make(chan struct{})}
	before := f.flying[hash]
	if before == nil {
		f.flying[hash] = next
		go f.fly(hash, next, ask)
		return next
	}
	f.waiting[hash] = next
	go func() {
		late := time.NewTimer(behind)
		defer late.Stop()
		select {
		case <-before.done:
		case <-late.C:
		}
		f.mu.Lock()
		delete(f.waiting, hash)
		f.flying[hash] = next
		f.mu.Unlock()
		f.fly(hash, next, ask)
	}()
	return next
}

func (f *flights) fly(hash tokenHash, v *flight, ask func(*flight)) {
	defer close(v.done)
	ask(v)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flying[hash] == v {
		delete(f.flying, hash)
	}
}
