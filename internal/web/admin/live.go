package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// How what happens is told as it happens.
const (
	looks       = time.Second      // how often the log is asked
	silence     = 15 * time.Second // after so long a comment shows that the line stands
	tailFor     = 30 * time.Minute // how long a line stays; a browser opens another one then
	lookBack    = 10 * time.Second // so much later an event may appear than its time says: clocks differ
	tailsOf     = 3                // lines of one session
	tailsOfNode = 100
)

// eventStream is the type of such answers, which browsers ask for.
const eventStream = "text/event-stream"

// tails counts the lines that are open on this node.
type tails struct {
	mu  sync.Mutex
	of  map[string]int // by session
	all int
}

// open reports whether another line may be opened for a session; close ends it.
func (t *tails) open(sessionID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= tailsOfNode || t.of[sessionID] >= tailsOf {
		return false
	}
	if t.of == nil {
		t.of = map[string]int{}
	}
	t.of[sessionID]++
	t.all++
	return true
}

func (t *tails) close(sessionID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.of[sessionID]--; t.of[sessionID] == 0 {
		delete(t.of, sessionID)
	}
}

// live is a line of events: on which page it stands, what may pass, and how an event is read.
type live struct {
	page  string // that it belongs to
	need  act.Need
	query url.Values // filters besides those of the address
	read  func(context.Context, sallyport.Actor, list.Query) (list.Page[sallyport.Event], error)
	row   func(kit.Speaker, events, sallyport.Event) logLine
}

// tell sends, as server-sent events, the rows of what happens from now on and passes the filters. It is
// no activity of the session, with which it ends, or when its reader lacks the need.
func (p *Pages) tell(v *kit.Visit, of live) error {
	actor := p.Actor(v)
	if err := of.need.ToLook(actor); err != nil {
		return err
	}
	if !strings.Contains(v.R.Header.Get("Accept"), eventStream) { // somebody opened the address
		return kit.RedirectTo(of.page)(v)
	}
	if !p.tails.open(actor.SessionID) {
		return sallyport.Refuse(sallyport.CodeRateLimited, "")
	}
	defer p.tails.close(actor.SessionID)
	ctx, cancel := context.WithTimeout(v.R.Context(), tailFor)
	defer cancel()
	t, err := p.newTail(ctx, v, of)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", eventStream)
	v.W.Header().Set("X-Accel-Buffering", "no") // a proxy that collects answers would hold it back
	err = t.follow(ctx)
	switch {
	case ctx.Err() != nil || errors.Is(err, errTailLeft):
	case barred(err):
		_ = t.say("event: end\ndata:\n\n") // nobody may be there to hear it
	default: // the browser tries again
		p.Log.ErrorContext(ctx, "live line", "page", of.page, "error", err)
	}
	return nil // the answer has begun
}

// barred reports whether an error says that a reader gets nothing more, however often they ask.
func barred(err error) bool {
	status := request.Status(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// tail is one line while it is told. It goes through the log from a while ago to its end, again and again, and sends
// what it has not sent yet.
type tail struct {
	*Pages
	live
	visit *kit.Visit
	rows  events // what rows are made of
	to    io.Writer
	query list.Query           // of the next page
	began time.Time            // when this pass began
	sent  map[string]time.Time // when what was sent happened, by id, as far as a pass meets it again
	said  time.Time
}

// errTailLeft is the error of a line that its reader has left.
var errTailLeft = errors.New("nobody reads any more")

func (p *Pages) newTail(ctx context.Context, v *kit.Visit, of live) (*tail, error) {
	t := &tail{Pages: p, live: of, visit: v, to: request.Lasting(v.W), sent: map[string]time.Time{}}
	t.rows.list = kit.ListedWith(v.R, of.page, list.Events, logged, of.query)
	since, err := t.since(ctx)
	if err != nil {
		return nil, err
	}
	return t, t.again(since)
}

// since is when what the reader has not seen yet begins: after the last event that the browser had
// before the line broke, or when its page was made.
func (t *tail) since(ctx context.Context) (time.Time, error) {
	if id := t.visit.R.Header.Get("Last-Event-ID"); id != "" {
		at, err := t.Acts.EventTime(ctx, t.Actor(t.visit).TenantID, id)
		if sallyport.CodeOf(err) != sallyport.CodeNotFound {
			return at, err
		}
	}
	made, wrong := time.Parse(time.RFC3339Nano, t.visit.R.URL.Query().Get(sinceParam))
	if now := t.Now(); wrong != nil || made.After(now) {
		made = now
	}
	return made, nil
}

// sinceParam is the parameter that says when the page was made.
const sinceParam = "since"

// liveView is the switch of a line.
type liveView struct {
	Path string
	Most int  // rows; older ones go
	On   bool // from the beginning
}

// liveAt is the address of what happens after a page was made, and passes its filters.
func liveAt(s kit.Speaker, path string, filters url.Values) string {
	values := maps.Clone(filters)
	values.Set(sinceParam, s.Now.UTC().Format(time.RFC3339Nano))
	return kit.WithQuery(path, values)
}

// again begins another pass at a time, less what clocks differ by.
func (t *tail) again(since time.Time) (err error) {
	from := since.Add(-lookBack)
	for id, at := range t.sent {
		if at.Before(from) {
			delete(t.sent, id)
		}
	}
	values := url.Values{}
	for _, c := range t.rows.list.Conditions() {
		values[c.Field.Name] = c.Given
		if c.Field.Kind == list.Since && c.Time.After(from) {
			from = c.Time
		}
	}
	values.Set("from", from.UTC().Format(time.RFC3339Nano))
	values.Set("sort", list.Events.Orders[1].Name) // the oldest first
	t.query, err = list.Events.Parse(values)
	t.query.Limit, t.began = list.Events.Most, t.Now()
	return err
}

// follow asks the log until the line ends.
func (t *tail) follow(ctx context.Context) error {
	tick := time.NewTicker(looks)
	defer tick.Stop()
	if err := t.say("retry: 2000\n\n"); err != nil {
		return err
	}
	for {
		if err := t.look(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// look sends what is new on one page of the log, if its reader may still read it.
func (t *tail) look(ctx context.Context) (err error) {
	if _, t.visit.Checked, err = t.Read.Look(t.visit.R); err != nil {
		return err
	}
	t.rows.reader, t.visit.Now = t.Actor(t.visit), t.Now()
	if err := t.need.ToLook(t.rows.reader); err != nil {
		return err
	}
	found, err := t.read(ctx, t.rows.reader, t.query)
	if err != nil {
		return err
	}
	if err := t.send(ctx, found.Rows); err != nil {
		return err
	}
	if found.Next == "" {
		return t.again(t.began)
	}
	t.query, err = t.query.At(found.Next)
	return err
}

// send sends the rows of events that were not sent yet. Without any it says now and then that the
// line stands.
func (t *tail) send(ctx context.Context, found []sallyport.Event) (err error) {
	var fresh []sallyport.Event
	var ids []string
	for _, e := range found {
		if _, known := t.sent[e.ID]; !known {
			fresh, ids = append(fresh, e), append(ids, e.UserID, e.ActorID)
		}
	}
	switch {
	case len(fresh) > 0:
	case time.Since(t.said) > silence:
		return t.say(": still here\n\n")
	default:
		return nil
	}
	if t.rows.names, err = t.Accounts.Names(ctx, t.rows.reader, ids); err != nil {
		return err
	}
	var text strings.Builder
	for _, e := range fresh {
		row, err := kit.LoadTemplates()[t.visit.Lang()].RenderPart("log_list", "log-row", t.row(t.visit.Speaker, t.rows, e))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "id: %s\nevent: row\ndata: %s\n\n", e.ID, onLines(row))
		t.sent[e.ID] = e.CreatedAt
	}
	return t.say(text.String())
}

// onLines makes each line of a text one of the data of an event. All that ends a line there counts, so
// that no name which somebody typed can begin an event.
func onLines(text []byte) []byte {
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\ndata: "))
}

// say sends a piece at once.
func (t *tail) say(text string) error {
	t.said = time.Now()
	if _, err := io.WriteString(t.to, text); err != nil {
		return errTailLeft
	}
	return nil
}
