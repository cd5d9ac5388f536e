package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

const (
	feedPath    = "/api/v1/session-changes"
	silence     = Promise // without a byte, after which a feed is given up
	maxEvent    = 64 << 10
	lateHello   = time.Second    // after asking; heartbeats count from there, so that all of them would seem late
	maxSince    = 24 * time.Hour // that a feed can last
	firstPause  = 100 * time.Millisecond
	longPause   = 5 * time.Second
	scopeTenant = "tenant"
)

// follow begins to follow the feed.
func (c *Client) follow() {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.ended.Go(func() {
		pause := firstPause
		for ctx.Err() == nil {
			began, err := c.followOnce(ctx)
			c.memory.disconnect()
			if began {
				pause = firstPause
			}
			if ctx.Err() == nil {
				c.config.Log.WarnContext(ctx, "sallyport: the feed of changes has ended", "cause", err, "again_in", pause)
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause/2 + rand.N(pause/2)): //nolint:gosec // it spreads those who come back
			}
			pause = min(2*pause, longPause)
		}
	})
}

// followOnce follows the feed until it ends, and reports whether it began.
func (c *Client) followOnce(ctx context.Context) (began bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Sallyport+feedPath, http.NoBody)
	if err != nil {
		return false, err
	}
	r.Header.Set("Authorization", "Bearer "+c.config.Key)
	r.Header.Set("Accept", "text/event-stream")
	f := follower{memory: c.memory, asked: c.memory.now()}
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { f.asked = c.memory.now() }}))
	answered, err := c.http.Do(r)
	if err != nil {
		return false, err
	}
	defer answered.Body.Close() //nolint:errcheck // nothing more is read
	if kind := answered.Header.Get("Content-Type"); answered.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		return false, fmt.Errorf("status %d, %q", answered.StatusCode, kind)
	}
	err = f.read(answered.Body, func() { quiet.Reset(silence) })
	return f.began, err
}

// follower reads one feed.
type follower struct {
	memory *memory
	asked  time.Time // before it was asked for, on the connection that there was by then
	began  bool
}

var (
	errGarbage = errors.New("it is no feed of changes")
	errLate    = errors.New("it began late")
)

// read reads server-sent events until their end. alive is called after each line.
func (f *follower) read(from io.Reader, alive func()) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxEvent)
	var name string
	var data strings.Builder
	for lines.Scan() {
		alive()
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "" && name == "": // after a comment
			data.Reset()
		case lines.Text() == "":
			if err := f.event(name, data.String()); err != nil {
				return err
			}
			name = ""
			data.Reset()
		case field == "event":
			name = value
		case field == "data" && data.Len()+len(value) < maxEvent:
			data.WriteString(value)
		case field == "data":
			return errGarbage
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}

// said is what events of a feed say.
type said struct {
	Heartbeat float64 `json:"heartbeatSeconds"`
	Since     *int64  `json:"sinceMilliseconds"`
	Scope     string  `json:"scope"`
	ID        string  `json:"id"`
	N         int64   `json:"n"`
	Again     bool    `json:"again"`
}

// event acts on one event. Those of names that it does not know say nothing; a change of a scope that it does not know
// is one of everybody.
func (f *follower) event(name, data string) error {
	var v said
	err := json.Unmarshal([]byte(data), &v)
	switch {
	case name == "hello" && (err != nil || f.began || v.Heartbeat <= 0 || v.Heartbeat > trustFor.Seconds()):
		return errGarbage
	case name == "hello" && elapsed(f.asked, f.memory.now()) > lateHello:
		return errLate
	case name == "hello":
		f.began = true
		f.memory.connect(f.asked)
	case !f.began:
		return errGarbage
	case name == "ready":
		f.memory.getReady()
	case name == "heartbeat" && (err != nil || v.Since == nil || *v.Since < 0 || *v.Since > maxSince.Milliseconds()):
		return errGarbage
	case name == "heartbeat":
		f.memory.beat(f.asked.Add(time.Duration(*v.Since) * time.Millisecond))
	case name == "change" && err != nil:
		return errGarbage // connecting anew forgets everything
	case name == "change":
		f.memory.change(v.fact(), v.N, v.Again)
	}
	return nil
}

// fact returns what a change is about.
func (v said) fact() fact {
	switch v.Scope {
	case "session", "user", "device", "key":
		if v.ID != "" {
			return fact{v.Scope, v.ID}
		}
	}
	return fact{scopeTenant, ""}
}
