// Package follow takes the events of one organisation's log elsewhere as they get their places: to
// standard output, into a file, to a syslog receiver. Each comes once and in the order of the tree,
// since a target remembers how far it got by itself.
package follow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// Entry is an event at its place.
type Entry struct {
	Position int64
	ID       string
	TenantID string
	Kind     string // "" when the event is not there any more
	At       time.Time
	Line     []byte // see audit.Line
}

// Target is where entries go.
type Target interface {
	// Position returns where to go on, and start when the target has nothing yet.
	Position(start int64) int64
	// Take returns nil only after all entries are there, and the position after them is kept.
	Take(ctx context.Context, entries []Entry) error
	Close() error
}

// Follower reads the log of one organisation and gives what it reads to a target.
type Follower struct {
	DB       *store.Store
	TenantID string
	Target   Target
	From     int64 // where a target begins that has nothing yet
	Once     bool  // whether to end at the present end of the log
	Every    time.Duration
	Progress func(done, size int64) // called while there is more to read than one batch; nil for none
	Warn     func(sentence string)
}

// batch is how many events are read at once.
const batch = 500

// Run follows the log until ctx ends, which is no error.
func (f Follower) Run(ctx context.Context) error {
	head, err := f.DB.AuditHead(ctx, f.TenantID)
	if err != nil {
		return err
	}
	from := f.Target.Position(f.From)
	if from > head.Size {
		return fmt.Errorf("the log has %d events and position %d is to be next: it was cut, or another log was followed before; run sallyport audit verify", head.Size, from)
	}
	tick := time.NewTicker(f.Every)
	defer tick.Stop()
	for {
		if from, err = f.catchUp(ctx, from); err != nil && ctx.Err() == nil {
			return err
		}
		if f.Once {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// catchUp takes what is there from a position on, and returns the position after it.
func (f Follower) catchUp(ctx context.Context, from int64) (int64, error) {
	for ctx.Err() == nil {
		placed, err := f.DB.PlacedEvents(ctx, f.TenantID, from, batch)
		if err != nil || len(placed) == 0 {
			return from, err
		}
		entries, err := f.entries(placed, from)
		if err != nil {
			return from, err
		}
		if err := f.Target.Take(ctx, entries); err != nil {
			return from, err
		}
		from += int64(len(entries))
		if err := f.tell(ctx, from, len(placed)); err != nil {
			return from, err
		}
	}
	return from, ctx.Err()
}

// tell says how far a long read is.
func (f Follower) tell(ctx context.Context, done int64, read int) error {
	if f.Progress == nil || read < batch {
		return nil
	}
	head, err := f.DB.AuditHead(ctx, f.TenantID)
	if err == nil {
		f.Progress(done, max(done, head.Size))
	}
	return err
}

// entries returns what was read as it is given to a target. A position without a leaf ends the
// following: nothing tells how many are missing.
func (f Follower) entries(placed []store.PlacedEvent, from int64) ([]Entry, error) {
	entries := make([]Entry, len(placed))
	for i, p := range placed {
		if at := from + int64(i); p.Position != at {
			return nil, fmt.Errorf("the log has no position %d: it was changed in the database; run sallyport audit verify", at)
		}
		entries[i] = f.entry(p)
	}
	return entries, nil
}

// entry returns one event. One that was removed from the database, or changed so that it is no line
// any more, is a leaf of null: whoever did that does not keep the rest of the log from being followed.
func (f Follower) entry(p store.PlacedEvent) Entry {
	if p.Event == nil || !oneLine(p.Event.Body) {
		f.Warn(fmt.Sprintf("the event at position %d is missing or cannot be read: run sallyport audit verify", p.Position))
		return Entry{Position: p.Position, TenantID: f.TenantID, Line: audit.Line(p.Position, "null", "")}
	}
	e := p.Event
	if e.Personal != "" && !oneLine(e.Personal) {
		f.Warn(fmt.Sprintf("the personal part of the event at position %d cannot be read: run sallyport audit verify", p.Position))
		e.Personal = ""
	}
	return Entry{
		Position: p.Position, ID: e.ID, TenantID: f.TenantID, Kind: e.Kind, At: e.CreatedAt,
		Line: audit.Line(p.Position, e.Body, e.Personal),
	}
}

func oneLine(text string) bool {
	return json.Valid([]byte(text)) && !strings.ContainsAny(text, "\r\n")
}
