package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/token"
)

// Feed is what the feed of changes is made of: package client follows it, so that apps remember whom they let in.
type Feed struct {
	Memory  *recall.Memory // hears of changes; nil where nothing does, and there is no feed
	Hears   func() bool    // see store.Store.Hears
	Settled time.Duration  // see store.Settled
}

const (
	beatEvery   = time.Second
	deafBeats   = 3                // so many beats without hearing of changes end a feed: another node may hear
	feedFor     = 30 * time.Minute // clocks that run at different speeds are a fraction of a second apart by then
	pieceFor    = 3 * time.Second  // that one piece may take to its reader
	againAtMost = 1000             // changes that wait to be told again; of more only the organisation is told
	feedsOf     = 64               // of one organisation on this node
	feedsOfNode = 1024
)

// feedPromise is what a feed keeps to.
type feedPromise struct {
	HeartbeatSeconds    float64 `json:"heartbeatSeconds" doc:"A heartbeat comes so often. It says that every change that was acknowledged before it was told before it."`
	SettledMilliseconds int64   `json:"settledMilliseconds" doc:"So long after a change it is told again: from then on no node answers as before."`
	LastsSeconds        float64 `json:"lastsSeconds" doc:"After so long a feed ends, and has to be opened again."`
}

// change is what a feed says of one change.
type change struct {
	Scope recall.Scope `json:"scope"`
	ID    string       `json:"id"`
	N     int64        `json:"n"`
	Again bool         `json:"again,omitempty"`
}

const feedMeans = "Server-sent events, for whoever accepts text/event-stream; others are told what the feed promises. It is for a service account, and begins with `hello`. " +
	"`change` says about whom checks may answer differently: `{\"scope\":\"session\",\"id\":\"…\",\"n\":7}`, where scope is session, user, device, key or tenant; forget what you remember of that, and take a scope that you do not know for everybody. It comes at once, and " +
	"again with `\"again\":true`: in between another node may still have answered a check as before, so keep no answer about that. `ready` says that answers may be kept from now on. " +
	"`heartbeat` has the time since `hello`: count it from when you asked, and a late one does not make you believe too much. Without one for three seconds, and when the feed ends, remember nothing. It ends with its key, with the permission, and when its reader is slow."

func (e *edge) addSessionChanges() {
	follow := get("followSessionChanges", "/session-changes", "Be told about whom session checks answer differently", http.StatusTooManyRequests).says(feedMeans)
	promise := e.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[feedPromise](), true, "FeedPromise")
	follow.Responses = map[string]*huma.Response{"200": {Description: "The feed, or what it promises.", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		"application/json":  {Schema: promise},
	}}}
	handle(e, follow.needs(session.NeedView), e.followSessionChanges)
}

func (e *edge) promise() feedPromise {
	return feedPromise{beatEvery.Seconds(), e.Feed.Settled.Milliseconds(), feedFor.Seconds()}
}

func (e *edge) followSessionChanges(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	x, actor := exchangeOf(ctx), e.actor(ctx)
	watch, err := e.Sessions.Watch(actor, e.Feed.Memory)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(x.r.Header.Get("Accept"), "text/event-stream") {
		watch.Close()
		return &huma.StreamResponse{Body: func(huma.Context) {
			x.w.Header()["Content-Type"] = jsonType
			_ = json.NewEncoder(x.w).Encode(e.promise()) // nobody may be there
		}}, nil
	}
	if err := e.feeds.open(actor.TenantID); err != nil {
		watch.Close()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) {
		defer e.feeds.close(actor.TenantID)
		defer watch.Close()
		ctx, cancel := context.WithTimeout(x.r.Context(), feedFor)
		defer cancel()
		x.w.Header().Set("Content-Type", "text/event-stream")
		x.w.Header().Set("X-Accel-Buffering", "no") // a proxy that collects answers would hold it back
		f := &feed{edge: e, request: x.r, to: request.LastingFor(x.w, pieceFor), watch: watch, began: time.Now(), clock: e.Feed.Memory.Clock()}
		if err := f.run(ctx); err != nil && ctx.Err() == nil {
			e.Log.InfoContext(ctx, "a feed of changes has ended", "cause", err)
		}
	}}, nil
}

// feeds counts the feeds of this node.
type feeds struct {
	mu  sync.Mutex
	of  map[string]int // by organisation
	all int
}

var errFeeds = &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 10 * time.Second}

func (f *feeds) open(tenantID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all >= feedsOfNode || f.of[tenantID] >= feedsOf {
		return errFeeds
	}
	if f.of == nil {
		f.of = map[string]int{}
	}
	f.of[tenantID]++
	f.all++
	return nil
}

func (f *feeds) close(tenantID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.of[tenantID]--; f.of[tenantID] == 0 {
		delete(f.of, tenantID)
	}
}

// feed is one while it is told.
//
//	heard ─ told ───────────── a lease and its margin ───────────── told again
//	          └ another node may answer a check as before until ──────┘
//
// A reader that is told once could ask a node that has not heard yet, and keep its answer for good: whoever made the
// change waits for that node and not for readers. By the second time every node has forgotten, or its lease is over.
type feed struct {
	edge    *edge
	request *http.Request
	to      io.Writer
	watch   *recall.Watch

	began time.Time
	clock int64 // of memory, at the beginning
	n     int64 // of the last change
	later []piece
	deaf  int // beats in a row without hearing of changes
}

// piece is what is told at a time. n is 0 for what is no change.
type piece struct {
	due  time.Time
	n    int64
	text string
}

var (
	errDeaf   = errors.New("this node does not hear of changes")
	errReader = errors.New("nobody reads, or too slowly")
)

func (f *feed) run(ctx context.Context) error {
	if !f.edge.Feed.Hears() {
		return errDeaf
	}
	if err := f.say(event("hello", f.edge.promise())); err != nil {
		return err
	}
	f.later = []piece{{due: f.began.Add(f.edge.Feed.Settled), text: event("ready", struct{}{})}}
	beat, due := time.NewTicker(beatEvery), time.NewTimer(f.edge.Feed.Settled)
	defer beat.Stop()
	defer due.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.watch.News():
			err = f.tell()
		case <-due.C:
			err = f.tellAgain()
		case <-beat.C:
			err = f.beat()
		}
		if err != nil {
			return err
		}
		if len(f.later) > 0 {
			due.Reset(time.Until(f.later[0].due))
		}
	}
}

// beat says that the feed stands, while its reader may have it and this node hears of changes. What it says is as of
// the time before it asked whether that is so.
func (f *feed) beat() error {
	since := f.since()
	hears := f.edge.Feed.Hears()
	err := f.edge.mayFollow(f.request)
	if away := request.Status(err) == http.StatusServiceUnavailable; err != nil && !away {
		return err
	} else if away || !hears {
		if f.deaf++; f.deaf >= deafBeats {
			return errDeaf
		}
		return nil
	}
	f.deaf = 0
	if err := f.tell(); err != nil { // what was heard before that
		return err
	}
	return f.say(event("heartbeat", map[string]int64{"sinceMilliseconds": since.Milliseconds()}))
}

// since is the time since the feed began, by a clock that does not stand still with the machine where there is one.
func (f *feed) since() time.Duration {
	if now := f.edge.Feed.Memory.Clock(); now != 0 {
		return time.Duration(now - f.clock)
	}
	return time.Since(f.began)
}

// tell tells what was heard, and keeps it for the second time.
func (f *feed) tell() error {
	var text strings.Builder
	facts := f.watch.Take()
	if len(facts)+len(f.later) > againAtMost {
		f.later = slices.DeleteFunc(f.later, func(p piece) bool { return p.n > 0 })
		facts = []recall.Fact{{Scope: recall.OfTenant}}
	}
	due := time.Now().Add(f.edge.Feed.Settled)
	for _, v := range facts {
		f.n++
		c := change{Scope: v.Scope, ID: v.ID, N: f.n}
		text.WriteString(event("change", c))
		c.Again = true
		f.later = append(f.later, piece{due, f.n, event("change", c)})
	}
	return f.say(text.String())
}

func (f *feed) tellAgain() error {
	var text strings.Builder
	now := time.Now()
	for len(f.later) > 0 && !f.later[0].due.After(now) {
		text.WriteString(f.later[0].text)
		f.later = f.later[1:]
	}
	return f.say(text.String())
}

func (f *feed) say(text string) error {
	if text == "" {
		return nil
	}
	if _, err := io.WriteString(f.to, text); err != nil {
		return errReader
	}
	return nil
}

// event writes one of the feed. What it says has no line ends: JSON has none.
func event(name string, says any) string {
	data, _ := json.Marshal(says) // only our own types
	return fmt.Sprintf("event: %s\ndata: %s\n\n", name, data)
}

// mayFollow returns nil while whoever opened a feed may have it. It is a use of a key, and none of a session.
func (e *edge) mayFollow(r *http.Request) error {
	ask := e.Read.Look
	if token.Is(token.APIKey, request.SessionToken(r)) {
		ask = e.Read.CheckAny
	}
	_, c, err := ask(r)
	if err != nil {
		return err
	}
	return session.NeedView.ToLook(e.Read.Actor(r, c))
}
