package client

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Promise is the longest time for which somebody is let in whose session was revoked, counted from when
// Sallyport acknowledged that, while the feed is connected. Mostly it is milliseconds.
const Promise = 3 * time.Second

// Config is what a [Client] needs. Only Sallyport is required.
type Config struct {
	// Sallyport is where it is, such as https://accounts.example.com. http is for localhost alone.
	Sallyport string

	// App is the id that the app has there, and Address where the app itself is, such as https://wiki.example.com.
	// Without both no browser is sent to sign in: then the app is for programs, which send a bearer token.
	App, Address string

	// Key is an API key of a service account with the permission sessions.view. With it the client follows the
	// feed of changes and answers from memory; without it Sallyport is asked about each request.
	Key string

	// MaxAge is how old an answer of Sallyport may be while the feed is not connected; 0 for asking each time. It
	// then takes the place of [Promise]. No answer is older than a minute.
	MaxAge time.Duration

	// StaleFor is for how long after Sallyport last said so a session is taken for good while it cannot be reached; 0
	// for not at all. It then takes the place of [Promise].
	StaleFor time.Duration

	// Timeout is how long Sallyport may take for an answer; 0 for two seconds.
	Timeout time.Duration

	// Remember is how many sessions are remembered at most; 0 for 10,000.
	Remember int

	// Transport sends requests to Sallyport; nil for one like [http.DefaultTransport].
	Transport http.RoundTripper

	// Log is told when the feed ends and why; nil for nobody.
	Log *slog.Logger

	// Refused answers who is not let in, and not sent to Sallyport either; nil for a short page or problem document.
	Refused func(http.ResponseWriter, *http.Request, Refusal)
}

// Errors of [Client.Check].
var (
	// ErrNoSession says that a token opens nothing: nobody has it, or what it belonged to has ended.
	ErrNoSession = errors.New("sallyport: no session")
	// ErrUnavailable says that Sallyport could not be asked.
	ErrUnavailable = errors.New("sallyport: cannot be reached")
)

// Client asks one Sallyport about the sessions of an app. It is safe for concurrent use.
type Client struct {
	config  Config
	http    *http.Client
	memory  *memory
	flights flights
	stop    func()
	ended   sync.WaitGroup
}

const (
	defaultTimeout  = 2 * time.Second
	defaultRemember = 10_000
)

// New returns a client, which follows the feed until Close where it has a key. Errors name the setting that is wrong.
func New(c Config) (*Client, error) {
	var err error
	if c.Sallyport, err = origin("Sallyport", c.Sallyport); err != nil {
		return nil, err
	}
	if (c.App == "") != (c.Address == "") {
		return nil, errors.New("sallyport: App and Address belong together")
	}
	if c.Address != "" {
		if c.Address, err = origin("Address", c.Address); err != nil {
			return nil, err
		}
	}
	if c.Key != "" && !sendable(c.Key) {
		return nil, errors.New("sallyport: Key is no API key")
	}
	if c.MaxAge < 0 || c.StaleFor < 0 || c.Timeout < 0 || c.Remember < 0 {
		return nil, errors.New("sallyport: MaxAge, StaleFor, Timeout and Remember are not negative")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Remember == 0 {
		c.Remember = defaultRemember
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		c.Transport = t
	}
	v := &Client{config: c, memory: newMemory(c.Remember, time.Now), stop: func() {}}
	v.http = &http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.Key != "" {
		v.follow()
	}
	return v, nil
}

// Close ends following the feed, and forgets everything.
func (c *Client) Close() {
	c.stop()
	c.ended.Wait()
	c.memory.end()
}

// Connected reports whether the feed is connected, so that memory answers.
func (c *Client) Connected() bool { return c.memory.connectedNow() }

// origin checks an address without a path, and returns it without a slash at its end.
func origin(field, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("sallyport: " + field + " is an address such as https://accounts.example.com, without a path")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())) {
		return "", errors.New("sallyport: " + field + " begins with https://, or is on localhost")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func local(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "::1"
}

// elapsed is the time from one moment to another. The monotonic clock may stand still while a machine sleeps, and
// the other one may be set back: the longer time counts.
func elapsed(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}
