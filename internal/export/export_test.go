package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

// admin returns an admin of the organisation who has just signed in.
func admin(t *testing.T, a *apptest.App, email string) sallyport.Actor {
	t.Helper()
	a.AddUser(t, email, sallyport.RoleAdmin)
	return apptest.Actor(a.SignInAs(t, a.From(t, apptest.Client("192.0.2.1", apptest.ChromeOnMac)), email))
}

// lengthen adds events to a log, enough for a download to look up from its work.
func lengthen(t *testing.T, a *apptest.App, n int) {
	t.Helper()
	tenantID := a.TenantID(t)
	var events []sallyport.Event
	for i := range n {
		e := audit.New(sallyport.System(tenantID), audit.UserEnabled, a.Clock.Now())
		e.UserID = fmt.Sprint("nobody-", i)
		events = append(events, e)
	}
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }))
	a.Sequence(t)
}

// An export is an act with its event, needs a recent proof, comes in parts, and its file proves itself.
func TestExport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		actor := admin(t, a, "ada@corp.test")
		lengthen(t, a, 2500)
		known := audit.Known{}
		var err error
		known.Keys, err = audit.Verifiers(t.Context(), a.DB.Queries, actor.TenantID)
		apptest.Must(t, err)
		var got int64
		for after, part := int64(-1), 0; ; part++ {
			x, err := a.Exports.Begin(t.Context(), actor, audit.Export{After: after, Limit: 1000, Format: audit.CSV})
			apptest.Must(t, err)
			w, err := a.Exports.Open(t.Context(), actor, x.ID)
			apptest.Must(t, err)
			var file bytes.Buffer
			apptest.Must(t, w.Write(t.Context(), &file))
			r, err := audit.VerifyBundle(bytes.NewReader(file.Bytes()), int64(file.Len()), known, nil)
			if err != nil || len(r.Problems) > 0 || r.Exported != x.Events {
				t.Fatalf("part %d: %+v, %v", part, r, err)
			}
			last, err := a.Exports.Last(t.Context(), actor)
			if err != nil || last[0].ID != x.ID || last[0].Done != x.Events || last[0].Sending(a.Clock.Now()) {
				t.Errorf("part %d is over: %+v, %v", part, last[0], err)
			}
			if got += x.Events; !x.More {
				break
			}
			after = x.Last
			a.Sequence(t)
		}
		if got < 2500 {
			t.Errorf("the parts have %d events", got)
		}
		told, err := audit.Since(t.Context(), a.DB.Queries, store.EventsOf{TenantID: actor.TenantID, UserID: "", Kinds: []string{string(audit.LogExported)}, Limit: 100})
		if err != nil || len(told) < 3 || told[0].Data["events"] != "1000" || told[0].Data["format"] != "csv" || told[0].ActorID != actor.UserID {
			t.Errorf("the log says %+v, %v", told, err)
		}

		x, err := a.Exports.Begin(t.Context(), actor, audit.Export{After: -1, Format: audit.NDJSON})
		apptest.Must(t, err)
		other := sallyport.Operator(a.AddTenant(t, "elsewhere.test").ID)
		_, err = a.Exports.Open(t.Context(), other, x.ID)
		apptest.Denied(t, "from another organisation", err, sallyport.CodeNotFound)
		member := actor
		member.Role = sallyport.RoleMember
		_, err = a.Exports.Open(t.Context(), member, x.ID)
		apptest.Denied(t, "by a member", err, sallyport.CodeForbidden)
		a.Clock.Advance(time.Hour)
		_, err = a.Exports.Begin(t.Context(), actor, audit.Export{After: -1, Format: audit.NDJSON})
		apptest.Denied(t, "with an old proof", err, sallyport.CodeStepUp)
		a.Clock.Advance(24 * time.Hour)
		_, err = a.Exports.Open(t.Context(), actor, x.ID)
		apptest.Denied(t, "after a day", err, sallyport.CodeNotFound)
	})
}

// slow is a reader of a download that takes a while, in which something happens.
type slow struct {
	io.Writer
	meanwhile func()
}

func (s *slow) Write(b []byte) (int, error) {
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
		time.Sleep(1100 * time.Millisecond) // a download looks up about once a second
	}
	return s.Writer.Write(b)
}

// A download ends, unfinished, when its reader is thrown out, or loses the right to read the log.
func TestDownloadEndsWithItsReader(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		lengthen(t, a, 6000)
		for name, tt := range map[string]struct {
			meanwhile func(ctx context.Context, actor sallyport.Actor) error
			code      sallyport.Code // "" for none: it goes on
		}{
			"nothing happens": {func(context.Context, sallyport.Actor) error { return nil }, ""},
			"revoked": {func(ctx context.Context, actor sallyport.Actor) error {
				return a.Sessions.Revoke(ctx, sallyport.Operator(actor.TenantID), actor.SessionID)
			}, sallyport.CodeNotSignedIn},
			"suspended": {func(ctx context.Context, actor sallyport.Actor) error {
				return a.Sessions.Suspend(ctx, sallyport.Operator(actor.TenantID), actor.SessionID)
			}, sallyport.CodeNotSignedIn},
			"another role": {func(ctx context.Context, actor sallyport.Actor) error {
				_, err := a.Accounts.ChangeRole(ctx, sallyport.Operator(actor.TenantID), actor.UserID, sallyport.RoleMember)
				return err
			}, sallyport.CodeForbidden},
		} {
			actor := admin(t, a, fmt.Sprintf("%.3s@corp.test", name))
			a.Sequence(t)
			x, err := a.Exports.Begin(t.Context(), actor, audit.Export{After: -1, Format: audit.NDJSON})
			apptest.Must(t, err)
			w, err := a.Exports.Open(t.Context(), actor, x.ID)
			apptest.Must(t, err)
			err = w.Write(t.Context(), &slow{io.Discard, func() { apptest.Must(t, tt.meanwhile(t.Context(), actor)) }})
			if sallyport.CodeOf(err) != tt.code && !(tt.code == "" && err == nil) {
				t.Errorf("%s: %v, want %q", name, err, tt.code)
			}
			if errors.Is(err, context.Canceled) {
				t.Errorf("%s: the download does not say why it ended", name)
			}
		}
	})
}
