package openid

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/outbound"
)

// Client speaks with providers. There is one for a process; it keeps what they publish.
type Client struct {
	http      *http.Client
	now       func() time.Time
	allowHTTP bool

	mu      sync.Mutex
	issuers map[string]*issuer
}

// Config is what a client is made of.
type Config struct {
	HTTP      *http.Client // nil for one that reaches the public internet alone
	Now       func() time.Time
	AllowHTTP bool // to providers on this machine, for tests
}

// issuer is what is kept of one provider.
type issuer struct {
	metadata slot[found]
	keys     slot[keys]
}

const (
	maxAnswer  = 256 << 10 // bytes of one answer
	maxIssuers = 1000
	fetchTime  = 15 * time.Second // for what others may wait for too

	metadataAge = time.Hour
	failureAge  = 10 * time.Second // after which what failed is tried again
	keysAge     = time.Hour
	keysAgain   = time.Minute // between two looks for a key that is not there
)

// New returns a client.
func New(c Config) *Client {
	if c.HTTP == nil {
		c.HTTP = outbound.Client(outbound.Options{})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	next := c.HTTP.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	return &Client{
		http: &http.Client{
			Transport: bounded{next}, Timeout: c.HTTP.Timeout,
			// Whatever the client that was given does: a redirect would take a code or a token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now: c.Now, allowHTTP: c.AllowHTTP, issuers: map[string]*issuer{},
	}
}

// of returns what is kept of an issuer.
func (c *Client) of(name string) *issuer {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.issuers[name]
	if i == nil {
		if len(c.issuers) >= maxIssuers { // those in use come back soon
			clear(c.issuers)
		}
		i = &issuer{}
		c.issuers[name] = i
	}
	return i
}

// answer is what came back from a provider.
type answer struct {
	status int
	body   []byte
	took   time.Duration
}

// get fetches an address, with an access token unless it is "".
func (c *Client) get(ctx context.Context, address, token string) (answer, error) {
	start := time.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Accept", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := c.http.Do(r)
	if err != nil {
		return answer{took: time.Since(start)}, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, body, time.Since(start)}, err
}

var errTooLarge = errors.New("openid: the answer is too large")

// bounded limits the length of answers, whatever client was given.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	got, err := b.next.RoundTrip(r)
	if err == nil {
		got.Body = &boundedBody{got.Body, maxAnswer}
	}
	return got, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if len(p) > b.left+1 { // one byte more shows whether the answer is longer than the limit
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}

// bare takes the address from an error.
func bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// slot holds what was fetched from one address. One fetch goes on at a time. It does not end with the
// request that began it, since others wait for it too.
type slot[T any] struct {
	mu      sync.Mutex
	running chan struct{} // closed at the end of the fetch; nil where none goes on
	state   state[T]
}

type state[T any] struct {
	value   T                 // of the last fetch that went well
	last    T                 // of the last fetch
	problem *federate.Problem // of the last fetch
	at      time.Time         // of the last fetch; zero where there was none
}

// fetch is one that a slot is for.
type fetch[T any] struct {
	now func() time.Time
	do  func(context.Context) (T, *federate.Problem)
}

// get returns what is there where good says that it will do, or else what a new fetch brings.
func (s *slot[T]) get(ctx context.Context, good func(state[T]) bool, f fetch[T]) (state[T], error) {
	s.mu.Lock()
	if s.running == nil && good(s.state) {
		defer s.mu.Unlock()
		return s.state, nil
	}
	if s.running == nil {
		s.running = make(chan struct{})
		go s.run(context.WithoutCancel(ctx), f)
	}
	running := s.running
	s.mu.Unlock()
	select {
	case <-running:
	case <-ctx.Done():
		return state[T]{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

func (s *slot[T]) run(ctx context.Context, f fetch[T]) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	last, wrong := f.do(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.last, s.state.problem, s.state.at = last, wrong, f.now()
	if wrong == nil {
		s.state.value = last
	}
	close(s.running)
	s.running = nil
}
