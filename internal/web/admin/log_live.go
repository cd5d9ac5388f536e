package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// How what happens is told as it happens.
const (
	looks       = time.Second      // how often the log is asked
	silence     = 15 * time.Second // after so long a comment shows that the line stands
	tailFor     = 30 * time.Minute // how long a line stays; a browser opens another one then
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

// logLive says, by server-sent events, that the log has something new which the address's filters let
// through. The page then reads its own list again, so that nothing is there twice or missing. The line
// ends with the session, or when its reader may not read the log any more.
func (p *Pages) logLive(v *kit.Visit) error {
	actor := p.Actor(v)
	if err := export.NeedRead.ToLook(actor); err != nil {
		return err
	}
	if v.R.Header.Get("Accept") != eventStream { // somebody opened the address
		return kit.RedirectTo(logPath)(v)
	}
	q := kit.Listed(v.R, livePath, list.Events, registered).Query
	if !p.tails.open(actor.SessionID) {
		return sallyport.Refuse(sallyport.CodeRateLimited, "")
	}
	defer p.tails.close(actor.SessionID)
	v.W.Header().Set("Content-Type", eventStream)
	v.W.Header().Set("Cache-Control", "no-store")
	v.W.Header().Set("X-Accel-Buffering", "no") // a proxy that collects answers would hold it back
	ctx, cancel := context.WithTimeout(v.R.Context(), tailFor)
	defer cancel()
	t := tail{Pages: p, actor: actor, query: q, to: request.Lasting(v.W)}
	if err := t.follow(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, errTailOver) {
		_ = t.say("event: end\ndata: \n\n") // nobody may be there to hear it
	}
	return nil // the answer has begun
}

// tail is one line.
type tail struct {
	*Pages
	actor  sallyport.Actor
	query  list.Query
	to     io.Writer
	newest string // id of the newest event that was there
	said   time.Time
}

// errTailOver is the error of a line that its reader has left.
var errTailOver = errors.New("nobody reads any more")

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

// look says that there is something new, if there is and the reader may still read it.
func (t *tail) look(ctx context.Context) error {
	if err := t.Acts.May(ctx, t.actor, act.Tenant, export.NeedRead); err != nil {
		return err
	}
	found, err := t.Audit.All(ctx, t.actor, t.query)
	if err != nil {
		return err
	}
	newest := "none"
	if len(found.Rows) > 0 {
		newest = found.Rows[0].ID
	}
	switch {
	case newest != t.newest: // also the first time: the page may be older than the line
		t.newest = newest
		return t.say(fmt.Sprintf("event: more\ndata: %s\n\n", newest))
	case time.Since(t.said) > silence:
		return t.say(": still here\n\n")
	}
	return nil
}

// say sends a piece at once.
func (t *tail) say(text string) error {
	t.said = time.Now()
	if _, err := io.WriteString(t.to, text); err != nil {
		return errTailOver
	}
	return nil
}
