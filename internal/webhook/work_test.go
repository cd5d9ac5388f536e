package webhook_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/webhook"
)

func TestDelivery(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		other := a.AddTenant(t, "other.test")
		m := w.add(t, w.to)
		from := m.Position
		few := newReceiver(t)
		some := w.add(t, few, "devices", "auth.signed_out")
		w.happens(t, 5)
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			return audit.Append(t.Context(), tx, audit.New(sallyport.System(other.ID), audit.SignedOut, a.Clock.Now()))
		}))
		w.happens(t, 3*webhook.ReadAhead, audit.SessionExpired)
		w.happens(t, 1, audit.DeviceAdded)
		w.work(t)
		inOrder(t, positions(w.to.all()), from, w.size(t))
		for _, got := range few.all() {
			if got.Type != "device.added" && got.Type != "auth.signed_out" {
				t.Errorf("%s", got.Type)
			}
		}
		if n := len(few.all()); n != 4 {
			t.Errorf("%d messages of chosen kinds", n)
		}
		for _, id := range []string{m.ID, some.ID} {
			if got := w.get(t, id); got.Position != w.size(t) || got.Failed != 0 || got.TakenAt.IsZero() || got.Last.Outcome != notify.AlertTaken {
				t.Errorf("%+v", got)
			}
		}
		w.work(t)
		if n := len(few.all()); n != 4 {
			t.Errorf("%d messages after another look", n)
		}

		got := w.to.all()[1]
		placed, err := a.Audit.Event(t.Context(), w.me, got.Data.ID)
		apptest.Must(t, err)
		e := placed.Event
		if got.Type != e.Kind || !got.At.Equal(e.CreatedAt) || got.Data.Position != placed.Position || got.Data.TenantID != e.TenantID || got.Data.ActorType != e.ActorType || got.Data.IPAddress != e.IPAddress {
			t.Errorf("%+v is not %+v", got, e)
		}
		for _, secret := range []string{"salt", m.Secret, "c2VjcmV0LW9m"} {
			if strings.Contains(got.Raw, secret) {
				t.Errorf("a message has %q: %s", secret, got.Raw)
			}
		}
	})
}

// What is not taken is sent again, later and later, and nothing after it before.
func TestRetries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		from := m.Position
		w.happens(t, 3)
		w.to.says(answers(http.StatusInternalServerError, "boom \x00"+w.to.address()))
		for i, want := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour} {
			w.work(t)
			w.work(t)
			got := w.to.taken()
			if len(got) != 1 || got[0].Data.Position != from {
				t.Fatalf("try %d: %v", i, positions(got))
			}
			hook := w.get(t, m.ID)
			if hook.Failed != i+1 || hook.Last.Status != 500 || hook.Last.Outcome != "broken" {
				t.Errorf("%+v", hook)
			}
			wait := hook.DueAt.Sub(a.Clock.Now())
			if wait < want || wait > want+want/10 {
				t.Errorf("wait %d is %v, want %v", i+1, wait, want)
			}
			a.Clock.Advance(wait - time.Millisecond)
			w.work(t)
			if n := len(w.to.taken()); n != 0 {
				t.Errorf("%d tries before their time", n)
			}
			a.Clock.Advance(time.Millisecond)
		}
		w.to.says(answers(http.StatusNoContent, ""))
		w.work(t)
		got := w.to.taken()
		inOrder(t, positions(got), from, w.size(t))
		w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		page, err := a.Webhooks.Deliveries(t.Context(), w.me, m.ID, newest(50))
		if err != nil || len(page.Rows) != 13 {
			t.Fatalf("%d deliveries, %v", len(page.Rows), err)
		}
		if last := page.Rows[12]; last.Number != 1 || last.Status != 500 || last.Said != "boom …" || last.Cause != webhook.FromLog || last.Kind != got[0].Type || last.EventID != got[0].Data.ID {
			t.Errorf("%+v", last)
		}
		d, r, err := a.Webhooks.Delivery(t.Context(), w.me, m.ID, 10)
		if err != nil || r.Body != got[0].Raw || r.Header.Get("Webhook-Id") != got[0].Data.ID || r.Header.Get("Webhook-Signature") != "" || d.Number != 10 {
			t.Errorf("%+v, %+v, %v", d, r, err)
		}
	})
}

// After three days without an answer it is over, with a mail and an event; saving it goes on where it was.
func TestSwitchedOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		w.happens(t, 1)
		w.to.says(answers(http.StatusNotFound, ""))
		began := a.Clock.Now()
		tries := 0
		for ; w.get(t, m.ID).OffAt.IsZero() && tries < 100; tries++ {
			if tries > 0 {
				a.Clock.Set(w.get(t, m.ID).DueAt)
			}
			if a.Clock.Now().Sub(began) >= 3*24*time.Hour+5*time.Hour {
				t.Fatal("it is still on")
			}
			w.work(t)
			w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		}
		if got := w.get(t, m.ID); got.OffAt.Sub(began) < 3*24*time.Hour || got.Position != m.Position || tries < 20 {
			t.Errorf("%+v after %d tries", got, tries)
		}
		mails := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool { return m.Kind != notify.WebhookOff })
		if len(mails) != 1 || len(mails[0].Links) == 0 || !strings.Contains(mails[0].Links[0], m.ID) || a.Count(t)[audit.WebhookOff] != 1 {
			t.Errorf("%d mails", len(mails))
		}
		w.to.taken()
		a.Clock.Advance(24 * time.Hour)
		w.happens(t, 1)
		w.work(t)
		if n := len(w.to.taken()); n != 0 {
			t.Errorf("%d messages after it was switched off", n)
		}
		w.to.says(answers(http.StatusOK, ""))
		w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		_, err := a.Webhooks.Change(t.Context(), w.me, m.ID, webhook.Input{Name: "anew", Kinds: webhook.GroupNames()})
		apptest.Must(t, err)
		w.work(t)
		inOrder(t, positions(w.to.taken()), m.Position, w.size(t))
	})
}

func TestReplayAndResend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		w.happens(t, 6)
		w.work(t)
		first := w.to.taken()
		got, err := a.Webhooks.Replay(t.Context(), w.me, m.ID, m.Position+2)
		if err != nil || got.Position != m.Position+2 {
			t.Fatalf("%+v, %v", got, err)
		}
		w.work(t)
		again := w.to.taken()
		inOrder(t, positions(again), m.Position+2, w.size(t))
		if again[0].Raw != first[2].Raw || again[0].Header.Get("Webhook-Id") != first[2].Header.Get("Webhook-Id") {
			t.Error("the same event is another message")
		}
		for _, p := range []int64{-1, w.size(t) + 1} {
			_, err := a.Webhooks.Replay(t.Context(), w.me, m.ID, p)
			apptest.Denied(t, "replay from nowhere", err, sallyport.CodeInvalid)
		}

		w.to.says(answers(http.StatusTeapot, "short and stout"))
		answer, err := a.Webhooks.Resend(t.Context(), w.me, m.ID, first[1].Data.ID)
		if err != nil || answer.Status != http.StatusTeapot || answer.Said != "short and stout" || answer.Taken() {
			t.Errorf("%+v, %v", answer, err)
		}
		if sent := w.to.taken(); len(sent) != 1 || sent[0].Raw != first[1].Raw || judge(t, m.Secret, a.Clock.Now(), sent[0])[0] != "ok" {
			t.Errorf("%+v", sent)
		}
		_, err = a.Webhooks.Resend(t.Context(), w.me, m.ID, "nothing")
		apptest.Denied(t, "another event", err, sallyport.CodeNotFound)
		answer, err = a.Webhooks.Test(t.Context(), w.me, m.ID)
		if err != nil || answer.Status != http.StatusTeapot {
			t.Errorf("%+v, %v", answer, err)
		}
		sent := w.to.taken()
		if len(sent) != 1 || sent[0].Type != webhook.TestType || judge(t, m.Secret, a.Clock.Now(), sent[0])[0] != "ok" {
			t.Errorf("%+v", sent)
		}
		page, err := a.Webhooks.Deliveries(t.Context(), w.me, m.ID, newest(2))
		if err != nil || len(page.Rows) != 2 || page.Rows[0].Cause != webhook.ForTest || page.Rows[1].Cause != webhook.Resent || page.Next == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		_, r, err := a.Webhooks.Delivery(t.Context(), w.me, m.ID, page.Rows[0].Number)
		if err != nil || r.Body != sent[0].Raw {
			t.Errorf("%q, %v", r.Body, err)
		}
		if now := w.get(t, m.ID); now.Failed != 0 {
			t.Errorf("a test counts as a failure: %+v", now)
		}
		n := a.Count(t)
		if n[audit.WebhookCreated] != 1 || n[audit.WebhookReplayed] != 1 || n[audit.WebhookResent] != 1 {
			t.Errorf("%v", n)
		}
		apptest.Must(t, a.Webhooks.Remove(t.Context(), w.me, m.ID))
		apptest.Denied(t, "remove it again", a.Webhooks.Remove(t.Context(), w.me, m.ID), sallyport.CodeNotFound)
	})
}

// Receivers that are slow, dead, elsewhere, private or that answer without end hold up nobody else.
func TestBadReceivers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		hold := make(chan struct{})
		var followed, endless atomic.Int64
		elsewhere := newReceiver(t)
		elsewhere.says(func(http.ResponseWriter, *http.Request) { followed.Add(1) })
		bad := map[string]http.HandlerFunc{
			"late": func(http.ResponseWriter, *http.Request) { <-hold },
			"moved": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, http.StatusPermanentRedirect)
			},
			"unreachable": nil,
			"taken": func(w http.ResponseWriter, r *http.Request) { // a gigabyte
				piece := make([]byte, 1<<20)
				for range 1 << 10 {
					n, err := w.Write(piece)
					if endless.Add(int64(n)); err != nil {
						return
					}
				}
			},
		}
		hooks := map[string]string{}
		for name, answer := range bad {
			r := newReceiver(t)
			r.says(answer)
			if hooks[name] = w.add(t, r).ID; answer == nil {
				r.Close()
			}
		}
		t.Cleanup(func() { close(hold) }) // before the receivers end, which wait for it
		good := newReceiver(t)
		m := w.add(t, good)
		w.happens(t, 30)
		size := w.size(t)
		began := time.Now()
		over := make(chan error)
		go func() { over <- a.Webhooks.Work(t.Context()) }()
		good.wait(t, int(size-m.Position))
		if took := time.Since(began); took > 1900*time.Millisecond { // the late one is waited for two seconds
			t.Errorf("the good one waited for others: %v", took)
		}
		apptest.Must(t, <-over)
		inOrder(t, positions(good.all()), m.Position, size)
		for name, id := range hooks {
			if got := w.get(t, id); got.Last.Outcome != name {
				t.Errorf("%s: %+v", name, got.Last)
			}
		}
		if n := endless.Load(); n > 100<<20*size || followed.Load() != 0 {
			t.Errorf("%d bytes were taken, a redirect was followed %d times", n, followed.Load())
		}
	})
}

// A name that leads into the own network is not connected to, whatever it led to before.
func TestPrivate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		a.SetHooks(client(w.to.roots(), false, 2*time.Second))
		m := w.add(t, w.to)
		answer, err := a.Webhooks.Test(t.Context(), w.me, m.ID)
		if err != nil || answer.Outcome != "private" || answer.Status != 0 {
			t.Errorf("%+v, %v", answer, err)
		}
		w.happens(t, 1)
		w.work(t)
		if got := w.get(t, m.ID); got.Last.Outcome != "private" || len(w.to.all()) != 0 {
			t.Errorf("%+v, %d requests", got, len(w.to.all()))
		}
	})
}

// Nodes that work at the same time send each event, in order, while it happens.
func TestNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		var at sync.Mutex
		var both atomic.Int64
		w.to.says(func(http.ResponseWriter, *http.Request) {
			if !at.TryLock() {
				both.Add(1)
				return
			}
			time.Sleep(2 * time.Millisecond)
			at.Unlock()
		})
		m := w.add(t, w.to)
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})}
		if a.DB.Engine == store.SQLite {
			nodes = nodes[:1] // one program has the file
		}
		ctx, stop := context.WithCancel(t.Context())
		var work sync.WaitGroup
		for _, node := range nodes {
			for range 2 {
				work.Go(func() {
					for ctx.Err() == nil {
						if err := node.Webhooks.Work(ctx); err != nil && ctx.Err() == nil {
							t.Error(err)
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
		}
		for range 20 {
			w.happens(t, 10)
		}
		w.to.wait(t, int(w.size(t)-m.Position))
		stop()
		work.Wait()
		inOrder(t, positions(w.to.all()), m.Position, w.size(t))
		if n := len(w.to.all()); both.Load() != 0 || n != int(w.size(t)-m.Position) {
			t.Errorf("two nodes sent at the same time %d times; %d messages for %d events", both.Load(), n, w.size(t)-m.Position)
		}
		apptest.Must(t, a.Webhooks.Work(t.Context()))
		if got := w.get(t, m.ID); got.Position != w.size(t) {
			t.Errorf("%+v", got)
		}
	})
}

// Somebody who may only manage webhooks cannot read the log by one.
func TestPermissions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		w.happens(t, 1)
		w.to.says(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "it was 2001:db8::7") })
		w.work(t)
		weak := w.me
		weak.Role, weak.Granted = "hooks", sallyport.NewPermissions("webhooks.view", "webhooks.manage")
		page, err := a.Webhooks.Deliveries(t.Context(), weak, m.ID, newest(5))
		if err != nil || len(page.Rows) == 0 || page.Rows[0].Said != "" {
			t.Errorf("%+v, %v", page, err)
		}
		_, _, err = a.Webhooks.Delivery(t.Context(), weak, m.ID, 1)
		apptest.Denied(t, "see what was sent", err, sallyport.CodeForbidden)
		weak.Granted = sallyport.NewPermissions("audit.view")
		_, err = a.Webhooks.List(t.Context(), weak)
		apptest.Denied(t, "list", err, sallyport.CodeForbidden)
	})
}

func TestInput(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		good := webhook.Input{Name: "Payroll", Address: "https://hooks.example.com/services/c2VjcmV0", Kinds: []string{"auth.signed_out", "devices", "device.added", "devices", "sessions"}}
		for name, tt := range map[string]struct {
			change func(*webhook.Input)
			broken string
		}{
			"no name":       {func(in *webhook.Input) { in.Name = " " }, "name required"},
			"no address":    {func(in *webhook.Input) { in.Address = "" }, "address required"},
			"http":          {func(in *webhook.Input) { in.Address = "http://hooks.example.com/x" }, "address invalid_address"},
			"a private one": {func(in *webhook.Input) { in.Address = "https://10.1.2.3/x" }, "address invalid_host"},
			"this machine":  {func(in *webhook.Input) { in.Address = "https://[::1]/x" }, "address invalid_host"},
			"no kinds":      {func(in *webhook.Input) { in.Kinds = nil }, "kinds required"},
			"another kind":  {func(in *webhook.Input) { in.Kinds = []string{"devices", "weather"} }, "kinds unknown_value"},
		} {
			in := good
			tt.change(&in)
			_, err := a.Webhooks.Add(t.Context(), w.me, in)
			if got := apptest.Broken(err); got != tt.broken {
				t.Errorf("%s: %q", name, got)
			}
		}
		m, err := a.Webhooks.Add(t.Context(), w.me, good)
		if err != nil || m.Host != "hooks.example.com" || m.Hint != "cmV0" || !slices.Equal(m.Kinds, []string{"sessions", "devices", "auth.signed_out"}) || !strings.HasPrefix(m.Secret, "whsec_") {
			t.Errorf("%+v, %v", m, err)
		}
		row, err := a.DB.Webhook(t.Context(), w.me.TenantID, m.ID)
		apptest.Must(t, err)
		shown, err := json.Marshal(w.get(t, m.ID))
		apptest.Must(t, err)
		for _, text := range []string{string(row.Sealed), string(shown)} {
			if strings.Contains(text, "c2VjcmV0") || strings.Contains(text, m.Secret) {
				t.Error("the address or the secret is not sealed")
			}
		}
		if n, err := a.Webhooks.Reseal(t.Context()); n != 1 || err != nil {
			t.Errorf("%d resealed, %v", n, err)
		}
		good.Name = "PAYROLL"
		_, err = a.Webhooks.Add(t.Context(), w.me, good)
		if got := apptest.Broken(err); got != "name taken" {
			t.Errorf("%q", got)
		}
		for i := 1; i < webhook.MaxWebhooks; i++ {
			good.Name = "more " + time.Now().Format(time.RFC3339Nano)
			_, err := a.Webhooks.Add(t.Context(), w.me, good)
			apptest.Must(t, err)
		}
		good.Name = "one more"
		_, err = a.Webhooks.Add(t.Context(), w.me, good)
		if got := apptest.Broken(err); got != "name too_many" {
			t.Errorf("%q", got)
		}
	})
}

// What is kept of a webhook is bounded, by number and by age.
func TestDeliveriesAreForgotten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
			for range webhook.MaxDeliveries + 20 {
				if err := tx.AddWebhookDelivery(t.Context(), store.WebhookDelivery{TenantID: w.me.TenantID, WebhookID: m.ID, Cause: webhook.ForTest, TriedAt: a.Clock.Now()}, webhook.MaxDeliveries); err != nil {
					return err
				}
			}
			return nil
		}))
		count := func() (n int) {
			t.Helper()
			q := newest(100)
			for {
				page, err := a.DB.ListWebhookDeliveries(t.Context(), w.me.TenantID, m.ID, q)
				apptest.Must(t, err)
				if n += len(page.Rows); page.Next == "" {
					return n
				}
				q, err = q.At(page.Next)
				apptest.Must(t, err)
			}
		}
		if n := count(); n != webhook.MaxDeliveries {
			t.Errorf("%d are kept", n)
		}
		a.Clock.Advance(webhook.DeliveriesKept + time.Minute)
		apptest.Must(t, a.Retention.Forget(t.Context()))
		if n := count(); n != 0 {
			t.Errorf("%d are kept after their time", n)
		}
	})
}

// newest asks for the newest n deliveries.
func newest(n int) list.Query {
	q := list.WebhookDeliveries.First()
	q.Limit = n
	return q
}
