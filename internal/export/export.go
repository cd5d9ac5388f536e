// Package export lets admins take events of the audit log out of the house: an act with its event, and
// a download that says how far it is and ends with the session of who asked for it.
//
//	Begin ─ which events, the act's event ─ Write ─ a ZIP file (package audit) and how far it is
package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// What exports take: NeedRead to read the log, and to see one's own exports; NeedBegin to make one.
var (
	NeedRead  = act.Need{Permission: access.AuditView}
	NeedBegin = act.Need{Permission: access.AuditView, StepUp: policy.ExportLog}
)

// kept is how long an export can be downloaded again; shown how many of them a page has.
const (
	kept  = 24 * time.Hour
	shown = 10
)

// Service makes exports.
type Service struct {
	acts *act.Runner
	log  *audit.Log
}

// New returns a service.
func New(acts *act.Runner, log *audit.Log) *Service { return &Service{acts, log} }

// Export is what somebody exports, and how far that is.
type Export struct {
	ID        string
	Wanted    audit.Export
	Events    int64 // of this part
	Last      int64 // position of the last one; -1 for none
	More      bool  // another part follows, after Last
	Done      int64 // events that were sent
	CreatedAt time.Time
	TouchedAt time.Time // when some were last sent; zero before
}

// Sending reports whether a download of it is under way.
func (x Export) Sending(now time.Time) bool {
	const silence = 10 * time.Second // a download says how far it is about once a second
	return x.Done < x.Events && now.Sub(x.TouchedAt) < silence
}

// Begin finds the events of an export and writes the event of the act. The errors are those of
// [audit.Log.Prepare] and of [act.Runner.Run] for NeedBegin.
func (s *Service) Begin(ctx context.Context, actor sallyport.Actor, wanted audit.Export) (Export, error) {
	none := Export{}
	if err := s.acts.May(ctx, actor, act.Tenant, NeedBegin); err != nil {
		return none, err
	}
	ready, err := s.log.Prepare(ctx, actor, wanted)
	if err != nil {
		return none, err
	}
	text, err := json.Marshal(wanted)
	if err != nil {
		return none, fmt.Errorf("export: %w", err)
	}
	var row store.AuditExport
	err = s.acts.Run(ctx, actor, act.Tenant, NeedBegin, func(a *act.Act) error {
		row = store.AuditExport{
			TenantID: actor.TenantID, ID: token.NewID(), UserID: actor.UserID, Wanted: string(text), Events: ready.Events, Last: ready.Last, More: ready.More,
			CreatedAt: a.Now, ExpiresAt: a.Now.Add(kept),
		}
		a.Note(audit.LogExported, act.About{Target: row.ID}, "events", strconv.FormatInt(ready.Events, 10), "format", string(wanted.Format))
		return a.AddExport(ctx, row)
	})
	if err != nil {
		return none, err
	}
	return read(row)
}

// read returns a stored export.
func read(row store.AuditExport) (Export, error) {
	x := Export{ID: row.ID, Events: row.Events, Last: row.Last, More: row.More, Done: row.Done, CreatedAt: row.CreatedAt, TouchedAt: row.TouchedAt}
	if err := json.Unmarshal([]byte(row.Wanted), &x.Wanted); err != nil {
		return x, fmt.Errorf("export %s: %w", row.ID, err)
	}
	return x, nil
}

// Last returns the actor's last exports, the newest first. It needs audit.view.
func (s *Service) Last(ctx context.Context, actor sallyport.Actor) ([]Export, error) {
	if err := NeedRead.ToLook(actor); err != nil {
		return nil, err
	}
	rows, err := s.acts.Exports(ctx, actor.TenantID, actor.UserID, shown)
	if err != nil {
		return nil, err
	}
	out := make([]Export, len(rows))
	for i, row := range rows {
		if out[i], err = read(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Writing is a download that is ready to be written.
type Writing struct {
	*audit.Exporting
	Export

	service *Service
	actor   sallyport.Actor
}

// Open returns an export that Begin made, for whoever may read the log. It needs audit.view; ErrNotFound
// when there is none with this id, or it is too old.
func (s *Service) Open(ctx context.Context, actor sallyport.Actor, id string) (*Writing, error) {
	if err := NeedRead.ToLook(actor); err != nil {
		return nil, err
	}
	row, err := s.acts.Export(ctx, actor.TenantID, id)
	if err != nil {
		return nil, err
	}
	if !row.ExpiresAt.After(s.acts.Now()) {
		return nil, sallyport.ErrNotFound
	}
	x, err := read(row)
	if err != nil {
		return nil, err
	}
	// What was chosen ends where it ended when the export was begun: its event says how many there are.
	x.Wanted.Limit = max(x.Events, 1)
	ready, err := s.log.Prepare(ctx, actor, x.Wanted)
	return &Writing{Exporting: ready, Export: x, service: s, actor: actor}, err
}

// Name is that of the file: when it was asked for, and which part of the log it begins with.
func (w *Writing) Name() string {
	return fmt.Sprintf("audit-log-%s-from-%d.zip", w.CreatedAt.UTC().Format("2006-01-02"), w.Wanted.After+1)
}

// Write writes the export. About once a second it stores how far it is, and asks whether its reader
// may still read the log: otherwise it stops with what refuses that.
func (w *Writing) Write(ctx context.Context, to io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	last := time.Now()
	note := func(done int64, final bool) {
		if w.Done = done; !final && time.Since(last) < time.Second {
			return
		}
		last = time.Now()
		if err := w.service.keep(ctx, w.actor, w.Export); err != nil {
			cancel(err)
		}
	}
	note(0, true)
	err := w.Exporting.Write(ctx, to, func(done int64) { note(done, false) })
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return cause
	}
	if err == nil {
		note(w.Exporting.Events, true)
	}
	return err
}

// keep stores how far an export is, while its reader may read the log by the session and role that
// they have now.
func (s *Service) keep(ctx context.Context, actor sallyport.Actor, x Export) error {
	return s.acts.Run(ctx, actor, act.Tenant, NeedRead, func(a *act.Act) error {
		return a.MoveExport(ctx, store.AuditExport{TenantID: actor.TenantID, ID: x.ID, Done: x.Done, TouchedAt: a.Now})
	})
}
