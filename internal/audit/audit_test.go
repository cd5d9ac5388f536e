package audit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// some returns n events that differ in everything an event can have.
func some(tenantID string, n int) []sallyport.Event {
	var out []sallyport.Event
	for i := range n {
		actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: tenantID}
		if i%2 == 0 {
			actor = sallyport.Actor{Type: sallyport.ActorUser, TenantID: tenantID, UserID: token.NewID(), SessionID: token.NewID(), Client: apptest.Client("2001:db8::7", apptest.SafariOnIPhone)}
		}
		e := audit.New(actor, audit.SessionRevoked, apptest.Start.Add(time.Duration(i)*time.Microsecond+time.Duration(i)))
		switch i % 3 {
		case 0:
			e.UserID, e.TargetID = token.NewID(), token.NewID()
		case 1:
			e.Data = map[string]string{"reason": "Zoë <b>\u2028 \" \\ \x00 🛂"}
			e.Location = sallyport.Location{Country: "CH", City: "Zürich", Latitude: 47.3}
		}
		out = append(out, e)
	}
	return out
}

func appendTo(t *testing.T, a *apptest.App, events ...sallyport.Event) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }); err != nil {
		t.Fatal(err)
	}
}

// verify verifies a log all of whose events have their places.
func verify(t *testing.T, a *apptest.App, tenantID string) audit.Report {
	t.Helper()
	a.Sequence(t)
	r, err := audit.Verify(t.Context(), a.DB, tenantID, audit.Known{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rootOf implements RFC 6962 section 2.1 directly. It shares no code with the log and is
// compared with it.
func rootOf(leaves []string) [sha256.Size]byte {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256([]byte("\x00" + leaves[0]))
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		left, right := rootOf(leaves[:k]), rootOf(leaves[k:])
		return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
	}
}

// bodies returns the texts of the events in the order of the tree.
func bodies(t *testing.T, a *apptest.App, tenantID string) (out []string) {
	t.Helper()
	a.Sequence(t)
	placed, err := a.DB.PlacedEvents(t.Context(), tenantID, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range placed {
		if p.Position != int64(i) || p.Event == nil {
			t.Fatalf("%+v stands at %d", p, i)
		}
		out = append(out, p.Event.Body)
	}
	return out
}

func TestTreeGrows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for seed, most := range []int{1, 7, 120} {
			random := rand.New(rand.NewPCG(uint64(seed), 6962))
			tenant := a.AddTenant(t, fmt.Sprintf("t%d.test", seed))
			upTo := 300
			if most == 1 {
				upTo = 66
			}
			for size := 1; ; {
				r := verify(t, a, tenant.ID)
				leaves := bodies(t, a, tenant.ID)
				if len(r.Problems) > 0 || r.Size != int64(size) || len(leaves) != size {
					t.Fatalf("at %d events (stored %d): %+v", size, len(leaves), r)
				}
				if want := rootOf(leaves); r.Root != want {
					t.Fatalf("at %d events the root is %v, RFC 6962 gives %x", size, r.Root, want)
				}
				head, err := a.DB.AuditHead(t.Context(), tenant.ID)
				if want := rootOf(leaves); err != nil || [32]byte(head.Root) != want {
					t.Fatalf("at %d events the head's root is %x, %v", size, head.Root, err)
				}
				if size >= upTo {
					break
				}
				n := min(1+random.IntN(most), upTo-size)
				appendTo(t, a, some(tenant.ID, n)...)
				size += n
			}
		}
	})
}

func TestEmptyLog(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenant := sallyport.Tenant{ID: token.NewID(), Host: "empty.test", CreatedAt: apptest.Start}
		if err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.AddTenant(t.Context(), tenant); err != nil {
				return err
			}
			return audit.Append(t.Context(), tx) // nothing
		}); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, a, tenant.ID); r.Size != 0 || len(r.Problems) != 0 {
			t.Errorf("%+v", r)
		}
		if _, err := audit.Verify(t.Context(), a.DB, "no such tenant", audit.Known{}, nil); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("the log of nobody: %v", err)
		}
	})
}

func TestParallelAppends(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Node(t, store.Options{})
		tenantID := a.AddTenant(t, "busy.test").ID
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids := map[string]int{} // by TargetID, which is unique
		for g := range 16 {
			node := a
			if g%2 == 1 {
				node = b
			}
			wg.Go(func() {
				for i := range 10 {
					events := some(tenantID, 1+(g+i)%3)
					for j := range events {
						events[j].TargetID = token.NewID()
					}
					err := node.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) })
					if err != nil {
						t.Error(err)
						continue
					}
					mu.Lock()
					for _, e := range events {
						ids[e.TargetID] = 0
					}
					mu.Unlock()
				}
			})
		}
		// Verifying a log that is being written to finds no problem.
		done := make(chan struct{})
		var watch sync.WaitGroup
		watch.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if r, err := audit.Verify(t.Context(), b.DB, tenantID, audit.Known{}, nil); err != nil || len(r.Problems) > 0 {
					t.Errorf("while others append: %v, %v", r.Problems, err)
					return
				}
			}
		})
		wg.Wait()
		close(done)
		watch.Wait()

		leaves := bodies(t, a, tenantID)
		if len(leaves) != len(ids)+1 {
			t.Errorf("%d events stored, %d acknowledged", len(leaves), len(ids)+1)
		}
		for id := range ids {
			n := 0
			for _, body := range leaves {
				n += strings.Count(body, id)
			}
			if n != 1 {
				t.Errorf("the event about %s stands in the log %d times", id, n)
			}
		}
		if r := verify(t, a, tenantID); len(r.Problems) > 0 || r.Root != rootOf(leaves) {
			t.Errorf("%+v", r)
		}
	})
}

// A transaction that fails leaves nothing in the log, whether it failed before or after
// appending.
func TestRolledBackAppend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.AddTenant(t, "undo.test").ID
		before := verify(t, a, tenantID)
		err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			if err := audit.Append(t.Context(), tx, some(tenantID, 5)...); err != nil {
				return err
			}
			return context.Canceled
		})
		if err == nil {
			t.Fatal("the transaction succeeded")
		}
		if after := verify(t, a, tenantID); after.Size != before.Size || after.Root != before.Root {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID, other := a.AddTenant(t, "one.test").ID, a.AddTenant(t, "two.test").ID
		good := some(tenantID, 1)[0]
		with := func(change func(*sallyport.Event)) []sallyport.Event {
			e := some(tenantID, 1)[0]
			change(&e)
			return []sallyport.Event{good, e}
		}
		for name, events := range map[string][]sallyport.Event{
			"an unknown kind":      with(func(e *sallyport.Event) { e.Kind = "auth.session_stolen" }),
			"no kind":              with(func(e *sallyport.Event) { e.Kind = "" }),
			"an undeclared detail": with(func(e *sallyport.Event) { e.Data = map[string]string{"password": "x"} }),
			"a detail of another kind": with(func(e *sallyport.Event) {
				e.Kind, e.Data = string(audit.UserEnabled), map[string]string{"reason": "x"}
			}),
			"another organisation": with(func(e *sallyport.Event) { e.TenantID = other }),
			"no organisation":      {{Kind: string(audit.UserEnabled)}},
			"a year of five digits": with(func(e *sallyport.Event) {
				e.CreatedAt = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
			}),
		} {
			if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }); err == nil {
				t.Errorf("%s was appended", name)
			}
		}
		for _, id := range []string{tenantID, other} {
			if r := verify(t, a, id); r.Size != 1 || len(r.Problems) > 0 {
				t.Errorf("refused events left traces: %+v", r)
			}
		}
	})
}

// Each kind in the source has a row, and each row has all that an event needs: a group with
// a title, a look, and a text.
func TestKinds(t *testing.T) {
	seen := map[audit.Kind]bool{}
	words := message.For("")
	for _, r := range audit.Kinds {
		if seen[r.Kind] {
			t.Errorf("%s stands twice in the table", r.Kind)
		}
		seen[r.Kind] = true
		noun, verb, ok := strings.Cut(string(r.Kind), ".")
		if !ok || noun == "" || verb == "" || strings.ToLower(string(r.Kind)) != string(r.Kind) || strings.ContainsAny(verb, ". -") {
			t.Errorf("%q is not noun.past_participle", r.Kind)
		}
		if !strings.HasSuffix(r.Means, ".") {
			t.Errorf("%s: what it means is not a sentence: %q", r.Kind, r.Means)
		}
		names := slices.Clone(r.Data)
		slices.Sort(names)
		if len(slices.Compact(names)) != len(r.Data) {
			t.Errorf("%s names a detail twice: %v", r.Kind, r.Data)
		}
		if !slices.Contains(audit.Groups, r.Group) {
			t.Errorf("%s is of no group: %q", r.Kind, r.Group)
		}
		if r.Look.Icon == "" || !slices.Contains([]string{"good", "info", "plain", "warn", "bad"}, r.Look.Tone) {
			t.Errorf("%s has no look: %+v", r.Kind, r.Look)
		}
		if !words.Has("event." + string(r.Kind)) {
			t.Errorf("%s has no words", r.Kind)
		}
	}
	if want := choices(t, "show"); !slices.Equal(audit.Groups, want) {
		t.Errorf("groups %v, and lists offer %v", audit.Groups, want)
	}
	for _, g := range audit.Groups {
		if !words.Has("activity.group." + string(g)) {
			t.Errorf("group %s has no title", g)
		}
	}
	for _, kind := range kindsInCode(t) {
		if !seen[kind] {
			t.Errorf("%s has no row", kind)
		}
	}
}

// kindsInCode returns the constants of type Kind.
func kindsInCode(t *testing.T) (kinds []audit.Kind) {
	t.Helper()
	text, err := os.ReadFile("kinds.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +Kind = "(.+)"$`).FindAllStringSubmatch(string(text), -1) {
		kinds = append(kinds, audit.Kind(m[1]))
	}
	if len(kinds) == 0 {
		t.Fatal("no constants found")
	}
	return kinds
}

func TestOwnEvents(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		them := a.AddUser(t, "them@corp.test", sallyport.RoleMember)
		for i := range 30 {
			e := audit.New(me, audit.SessionRevoked, a.Clock.Now())
			e.UserID, e.TargetID, e.Data = me.UserID, fmt.Sprint(i), map[string]string{"reason": "é"}
			if i%3 == 0 {
				e.UserID = them.ID
			}
			appendTo(t, a, e)
		}
		inFours := list.OwnEvents.First()
		inFours.Limit = 4
		got := apptest.Rows(t, inFours, func(q list.Query) (list.Page[sallyport.Event], error) { return a.Audit.Own(t.Context(), me, q) })
		// 20 of the 30 events, and those of the account, the device and the sign-in.
		if len(got) != 23 {
			t.Errorf("%d events", len(got))
		}
		for i, e := range got {
			if e.UserID != me.UserID || i > 0 && e.Seq >= got[i-1].Seq {
				t.Errorf("event %d of %s in place %d", e.Seq, e.UserID, i)
			}
		}
		if e := got[0]; e.TargetID != "29" || e.Data["reason"] != "é" || e.ActorID != me.UserID || e.SessionID != me.SessionID ||
			e.IPAddress != "192.0.2.10" || e.Device.Browser != "Chrome" || !e.CreatedAt.Equal(a.Clock.Now()) {
			t.Errorf("%+v", e)
		}
		for name, actor := range map[string]sallyport.Actor{
			"nobody":             {Type: sallyport.ActorAnonymous, TenantID: me.TenantID, UserID: me.UserID},
			"no user":            {Type: sallyport.ActorUser, TenantID: me.TenantID},
			"the operator":       sallyport.Operator(me.TenantID),
			"the system, as one": {Type: sallyport.ActorSystem, TenantID: me.TenantID, UserID: me.UserID},
		} {
			if _, err := a.Audit.Own(t.Context(), actor, inFours); !errors.Is(err, sallyport.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		elsewhere := me
		elsewhere.TenantID = a.AddTenant(t, "other.test").ID
		if p, err := a.Audit.Own(t.Context(), elsewhere, inFours); err != nil || len(p.Rows) != 0 {
			t.Errorf("in another organisation: %v, %v", p.Rows, err)
		}
	})
}

func TestOwnAboutSome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		me := sallyport.Actor{Type: sallyport.ActorUser, TenantID: owner.TenantID, UserID: owner.ID}
		var events []sallyport.Event
		for i := range 12 {
			e := audit.New(me, []audit.Kind{audit.SignedIn, audit.DeviceAdded, audit.SessionRevoked}[i%3], a.Clock.Now())
			e.UserID = owner.ID
			events = append(events, e)
		}
		if err := a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, events...) }); err != nil {
			t.Fatal(err)
		}
		q, err := list.OwnEvents.Parse(url.Values{"show": {string(audit.SignIns), string(audit.Sessions)}, "limit": {"3"}})
		if err != nil {
			t.Fatal(err)
		}
		found := apptest.Rows(t, q, func(q list.Query) (list.Page[sallyport.Event], error) { return a.Audit.Own(t.Context(), me, q) })
		if len(found) != 8 {
			t.Errorf("%d events, want 8", len(found))
		}
		for _, e := range found {
			if e.Kind != string(audit.SignedIn) && e.Kind != string(audit.SessionRevoked) {
				t.Errorf("a %s among them", e.Kind)
			}
		}
	})
}

// choices returns what a field of the own events can be, as groups.
func choices(t *testing.T, field string) (groups []audit.Group) {
	t.Helper()
	for _, f := range list.OwnEvents.Fields {
		if f.Name == field {
			for _, o := range f.Choices {
				groups = append(groups, audit.Group(o.Value))
			}
		}
	}
	return groups
}

// The list of events has a choice of every kind.
func TestKindsCanBeChosen(t *testing.T) {
	var want []string
	for _, g := range audit.Groups {
		for _, k := range audit.Kinds {
			if k.Group == g {
				want = append(want, string(k.Kind))
			}
		}
	}
	i := slices.IndexFunc(list.Events.Fields, func(f list.Field) bool { return f.Name == "kind" })
	var got []string
	for _, o := range list.Events.Fields[i].Choices {
		got = append(got, o.Value)
		if o.Words != "event."+o.Value {
			t.Errorf("%s has the words %s", o.Value, o.Words)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the list has the kinds %v, package audit %v", got, want)
	}
}
