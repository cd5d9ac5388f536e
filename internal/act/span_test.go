package act_test

import (
	"context"
	"maps"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/trace"
)

// An act in a trace says what it needs, what it is about, which kinds of events it appends, and its
// outcome; and neither who did it nor to whom.
func TestSpans(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := people(t, a)
		owner, member := c.actors["owner"], c.actors["member"]
		need := act.Need{Permission: access.SessionsTerminate}
		secret := a.MailedLink(t, sallyport.User{ID: member.UserID, TenantID: member.TenantID, Email: "max@corp.test"}, link.Mine, link.About{})
		note := func(b *act.Act) {
			for range 2 {
				b.Note(audit.UserEnabled, act.About{})
			}
			b.Note(audit.SignedOut, act.About{})
		}
		for _, one := range []struct {
			name string
			do   func(ctx context.Context) error
			want map[string]string
		}{
			{"act.link", func(ctx context.Context) error {
				return a.Acts.ByLink(ctx, link.Mailed{TenantID: member.TenantID, Kind: link.Mine, Secret: secret, Client: member.Client},
					func(*act.Act, link.Link) error { return sallyport.ErrConflict })
			}, map[string]string{"sallyport.act.items": "1", "sallyport.outcome": "conflict"}},
			{"act.run", func(ctx context.Context) error {
				return a.Acts.Run(ctx, owner, act.User(member.UserID), need, func(b *act.Act) error { note(b); return nil })
			}, map[string]string{"sallyport.act.permission": string(need.Permission), "sallyport.act.items": "1", "sallyport.act.events": `["auth.signed_out","user.enabled"]`, "sallyport.outcome": "ok"}},
			{"act.across", func(ctx context.Context) error {
				return a.Acts.Across(ctx, member, []string{owner.UserID, member.UserID}, need, func(*act.Act, func(string) error) error { return nil })
			}, map[string]string{"sallyport.act.permission": string(need.Permission), "sallyport.act.items": "2", "sallyport.outcome": "forbidden"}},
		} {
			spans := tracetest.NewSpanRecorder()
			ctx, root := trace.New(sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))).Begin(t.Context(), "test")
			err := one.do(ctx)
			root.Done("", false)
			if len(spans.Ended()) != 2 {
				t.Fatalf("%s: %v, %d spans", one.name, err, len(spans.Ended()))
			}
			got := map[string]string{}
			for _, v := range spans.Ended()[0].Attributes() {
				got[string(v.Key)] = v.Value.String()
			}
			if s := spans.Ended()[0]; s.Name() != one.name || !maps.Equal(got, one.want) {
				t.Errorf("%s: %v, %s with %v, want %v", one.name, err, s.Name(), got, one.want)
			}
		}
	})
}
