package alert_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

func TestInput(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := sallyport.Operator(a.TenantID(t))
		good := alert.Input{Name: "Chat", Format: "slack", Address: "https://hooks.slack.com/services/T0/B0/c2VjcmV0", Topics: []string{"stolen", "locks", "stolen"}}
		for name, tt := range map[string]struct {
			change func(*alert.Input)
			field  string
			code   string
		}{
			"no name":          {func(in *alert.Input) { in.Name = " " }, "name", "required"},
			"a long name":      {func(in *alert.Input) { in.Name = strings.Repeat("a", 101) }, "name", "too_long"},
			"two lines":        {func(in *alert.Input) { in.Name = "a\nb" }, "name", "invalid_characters"},
			"no format":        {func(in *alert.Input) { in.Format = "" }, "format", "unknown_value"},
			"another format":   {func(in *alert.Input) { in.Format = "irc" }, "format", "unknown_value"},
			"no topics":        {func(in *alert.Input) { in.Topics = nil }, "topics", "required"},
			"another topic":    {func(in *alert.Input) { in.Topics = []string{"locks", "weather"} }, "topics", "unknown_value"},
			"no address":       {func(in *alert.Input) { in.Address = "" }, "address", "required"},
			"http":             {func(in *alert.Input) { in.Address = "http://hooks.slack.com/services/T0" }, "address", "invalid_address"},
			"a file":           {func(in *alert.Input) { in.Address = "file:///etc/passwd" }, "address", "invalid_address"},
			"a password":       {func(in *alert.Input) { in.Address = "https://a:b@hooks.slack.com/" }, "address", "invalid_address"},
			"a long address":   {func(in *alert.Input) { in.Address += strings.Repeat("a", 2048) }, "address", "too_long"},
			"this machine":     {func(in *alert.Input) { in.Address = "https://127.0.0.1/x" }, "address", "invalid_host"},
			"a private one":    {func(in *alert.Input) { in.Address = "https://10.1.2.3/x" }, "address", "invalid_host"},
			"metadata":         {func(in *alert.Input) { in.Address = "https://169.254.169.254/latest" }, "address", "invalid_host"},
			"IPv6":             {func(in *alert.Input) { in.Address = "https://[::1]/x" }, "address", "invalid_host"},
			"a mapped one":     {func(in *alert.Input) { in.Address = "https://[::ffff:7f00:1]/x" }, "address", "invalid_host"},
			"a short one":      {func(in *alert.Input) { in.Address = "https://127.1/x" }, "address", "invalid_host"},
			"a number":         {func(in *alert.Input) { in.Address = "https://2130706433/x" }, "address", "invalid_host"},
			"no topic of ntfy": {func(in *alert.Input) { in.Format, in.Address = "ntfy", "https://ntfy.sh/" }, "address", "needs_topic"},
		} {
			in := good
			in.Topics = slices.Clone(good.Topics)
			tt.change(&in)
			_, err := a.Alerts.Add(t.Context(), me, in)
			var e *sallyport.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != tt.field || e.Fields[0].Code != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		c, err := a.Alerts.Add(t.Context(), me, good)
		if err != nil || c.Host != "hooks.slack.com" || c.Hint != "cmV0" || !slices.Equal(c.Topics, []notify.AlertTopic{"locks", "stolen"}) {
			t.Errorf("%+v, %v", c, err)
		}
		row, err := a.DB.AlertChannel(t.Context(), me.TenantID, c.ID)
		apptest.Must(t, err)
		if strings.Contains(string(row.Address), "slack") || strings.Contains(fmt.Sprintf("%+v", c), "services") {
			t.Error("the address is not sealed")
		}
		again := good
		again.Name = "CHAT"
		if _, err := a.Alerts.Add(t.Context(), me, again); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("a second one of its name: %v", err)
		}
		for i := 1; i < alert.MaxChannels; i++ {
			again.Name, again.Format, again.Address = fmt.Sprint(i), "ntfy", "https://ntfy.sh/secret"
			more, err := a.Alerts.Add(t.Context(), me, again)
			if err != nil || more.Hint != "" {
				t.Errorf("%q, %v", more.Hint, err)
			}
		}
		again.Name = "one more"
		if _, err := a.Alerts.Add(t.Context(), me, again); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("one too many: %v", err)
		}
		if n := a.Count(t)[audit.AlertChannelMade]; n != alert.MaxChannels {
			t.Errorf("%d events", n)
		}
	})
}

func TestChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t, notify.AlertAccess)
		w.chat.says(answers(http.StatusNotFound, "no_service"))
		w.happens(t)
		w.deliver(t)
		c := w.only(t)
		if c.Works() || c.Failed != 1 {
			t.Errorf("%+v", c)
		}
		w.chat.says(answers(http.StatusOK, "ok"))
		in := alert.Input{Name: "Other", Format: "json", Topics: []string{"access"}, Named: true}
		c, err := a.Alerts.Change(t.Context(), w.me, c.ID, in)
		if err != nil || c.Name != "Other" || c.Host == "" || c.Last.Outcome != "" || c.Failed != 0 {
			t.Errorf("%+v, %v", c, err)
		}
		w.chat.got()
		w.happens(t)
		w.deliver(t)
		got := w.chat.got()
		if len(got) != 1 || !strings.Contains(got[0].Text, "@corp.test") {
			t.Errorf("the address is lost, or nobody is named: %+v", got)
		}
		in.Format = "ntfy"
		if _, err := a.Alerts.Change(t.Context(), w.me, c.ID, in); sallyport.CodeOf(err) != sallyport.CodeInvalid {
			t.Errorf("ntfy without a topic: %v", err)
		}
		apptest.Must(t, a.Alerts.Remove(t.Context(), w.me, c.ID))
		if err := a.Alerts.Remove(t.Context(), w.me, c.ID); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("removing it again: %v", err)
		}
		w.happens(t)
		if n := w.deliver(t); n != 0 {
			t.Errorf("%d messages to nowhere", n)
		}
	})
}

// A channel hears of its topics alone, each event once, in words that name nobody.
func TestMessages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t, notify.AlertAccess)
		other := a.AddTenant(t, "other.test")
		u := a.AddUser(t, "anna@corp.test", sallyport.RoleMember)
		theirs := a.AddUserOf(t, other.ID, "bo@other.test", sallyport.RoleMember)
		apptest.Must(t, w.disable(t, u))
		_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(other.ID), theirs.ID)
		apptest.Must(t, err)
		w.deliver(t)
		got := w.chat.got()
		if len(got) != 1 || got[0].Kind != string(audit.UserDisabled) || got[0].Topic != "access" || got[0].Title != "Account disabled" || got[0].Count != 1 || got[0].Tenant != u.TenantID {
			t.Fatalf("%+v", got)
		}
		if strings.Contains(got[0].Text, "anna") || !strings.Contains(got[0].Text, "Account: An account\nBy: An administrator\n") {
			t.Errorf("%q", got[0].Text)
		}
		id, ok := strings.CutPrefix(got[0].Link, apptest.BaseURL+"/settings/audit-log/")
		placed, _, err := a.Audit.Proof(t.Context(), w.me, id)
		if !ok || placed.Event.Kind != string(audit.UserDisabled) || placed.Event.UserID != u.ID {
			t.Errorf("the link %s leads to %+v, %v", got[0].Link, placed.Event, err)
		}
		if c := w.only(t); !c.Works() || !c.TakenAt.Equal(a.Clock.Now()) || c.Failed != 0 || w.counts(t).Pending != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// Each answer is told in words, and tried again where that may help.
func TestAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		c := w.add(t, notify.AlertAccess)
		hang := func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		}
		for _, tt := range []struct {
			outcome string
			answer  http.HandlerFunc
			status  int
			said    string
			again   bool
		}{
			{"taken", answers(200, "ok"), 200, "", false},
			{"taken", answers(202, ""), 202, "", false},
			{"gone", answers(404, "no_service"), 404, "no_service", false},
			{"gone", answers(410, "channel_is_archived\n"), 410, "channel_is_archived", false},
			{"denied", answers(403, "invalid_token at "+w.chat.address("/hook/c2VjcmV0LW9mLXRoZS1jaGF0")), 403, "invalid_token at …", false},
			{"refused", answers(400, strings.Repeat("é", 600)), 400, strings.Repeat("é", 299) + "…", false},
			{"moved", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://localhost/evil", http.StatusFound)
			}, 302, "", false},
			{"busy", answers(429, ""), 429, "", true},
			{"broken", answers(500, "<html>"), 500, "<html>", true},
			{"late", hang, 0, "", true},
		} {
			w.chat.says(tt.answer)
			w.chat.got()
			result, err := a.Alerts.Test(t.Context(), w.me, c.ID)
			if err != nil || result.Outcome != tt.outcome || result.Status != tt.status || result.Said != tt.said {
				t.Errorf("a test that is %s: %+v, %v", tt.outcome, result, err)
			}
			if c := w.only(t); c.Last.Outcome != tt.outcome || c.Last.Status != tt.status || c.Last.Said != tt.said {
				t.Errorf("%s is recorded as %+v", tt.outcome, c.Last)
			}
			if got := w.chat.got(); len(got) != 1 || got[0].Kind != "test" {
				t.Errorf("%s: %+v", tt.outcome, got)
			}
			a.Clock.Advance(20 * time.Minute)
			w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
			w.happens(t)
			w.deliver(t)
			if again := w.counts(t).Pending == 1; again != tt.again {
				t.Errorf("what is %s is tried again: %v", tt.outcome, again)
			}
			w.chat.says(answers(200, "ok"))
			a.Clock.Advance(20 * time.Minute)
			w.deliver(t)
			if w.counts(t).Pending != 0 {
				t.Errorf("after %s a message waits", tt.outcome)
			}
		}
	})
}

// A chat is asked again when it wants to be, and not for ever.
func TestRetryAfter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t, notify.AlertAccess)
		w.chat.says(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		w.happens(t)
		w.deliver(t)
		a.Clock.Advance(9 * time.Minute)
		if n := w.deliver(t); n != 0 {
			t.Errorf("asked %d times before it wanted to be", n)
		}
		a.Clock.Advance(2 * time.Minute)
		if n := w.deliver(t); n != 1 {
			t.Errorf("asked %d times when it wanted to be", n)
		}
		w.chat.got()
		a.Clock.Advance(13 * time.Hour)
		w.deliver(t)
		if got := w.chat.got(); len(got) != 0 || w.counts(t).Pending != 0 {
			t.Errorf("told of yesterday: %+v", got)
		}
	})
}

// No message goes to an address that is not of the public internet, whatever its name.
func TestOnlyThePublicInternet(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		a.SetChats(nil)
		c := w.addTo(t, alert.Input{Name: "inside", Format: notify.AlertJSON, Address: "https://localhost:" + w.chat.URL[strings.LastIndexByte(w.chat.URL, ':')+1:] + "/inside"})
		result, err := a.Alerts.Test(t.Context(), w.me, c.ID)
		if err != nil || result.Outcome != "private" || len(w.chat.got()) != 0 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// Three of a kind are told at once, and the others by one message that says how many they are.
func TestStorm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t, notify.AlertAccess)
		const n = 20
		var all []sallyport.User
		for i := range n {
			all = append(all, a.AddUser(t, fmt.Sprintf("u%d@corp.test", i), sallyport.RoleMember))
		}
		var wait sync.WaitGroup
		for _, u := range all { // at the same time, by several admins
			wait.Go(func() {
				if _, err := a.Accounts.Disable(t.Context(), sallyport.Operator(u.TenantID), u.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		w.deliver(t)
		if got := w.chat.got(); len(got) != 3 {
			t.Errorf("%d messages at once", len(got))
		}
		a.Clock.Advance(11 * time.Minute)
		w.deliver(t)
		got := w.chat.got()
		if len(got) != 1 || got[0].Count != n-3 || !strings.Contains(got[0].Title, "(17 times)") || got[0].Link != apptest.BaseURL+"/settings/audit-log?kind=user.disabled" {
			t.Errorf("%+v", got)
		}
		if w.deliver(t) != 0 {
			t.Error("there is more")
		}
	})
}

// An attack of a thousand tries makes two messages at most.
func TestAttack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t)
		a.AddUser(t, "anna@corp.test", sallyport.RoleMember)
		w.deliver(t)
		w.chat.got()
		for i := range 1000 {
			from := a.From(t, apptest.Client(fmt.Sprintf("198.51.100.%d", i%7), apptest.FirefoxOnLinux))
			if _, err := a.Try(t.Context(), from, []string{"anna@corp.test", "nobody@corp.test"}[i%2], "Wrong-password-1"); err == nil {
				t.Fatal("signed in")
			}
		}
		if n := a.Count(t); n[audit.AccountLocked]+n[audit.NetworkLimited] < 5 {
			t.Errorf("the attack locked little: %v", n)
		}
		w.deliver(t)
		a.Clock.Advance(11 * time.Minute)
		w.deliver(t)
		got := w.chat.got()
		if len(got) != 2 || got[0].Count != 1 || got[1].Count < 4 || !strings.HasPrefix(got[1].Title, "Locks (") {
			t.Errorf("%+v", got)
		}
	})
}

// A chat that hangs delays neither a sign-in nor a mail: both are done before it has answered.
func TestAHangingChatDelaysNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.waitFor(t, time.Minute)
		w.add(t)
		asked, free, delivered := make(chan struct{}, 10), make(chan struct{}), make(chan struct{})
		w.chat.says(func(http.ResponseWriter, *http.Request) {
			asked <- struct{}{}
			<-free
		})
		w.happens(t)
		go func() {
			defer close(delivered)
			if _, err := w.worker.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		<-asked
		a.SignInAs(t, a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux)), apptest.OwnerEmail)
		if len(a.Mails(t)) == 0 {
			t.Error("no mail of the sign-in")
		}
		w.happens(t)
		select {
		case <-delivered:
			t.Error("the chat did not hang")
		default:
		}
		close(free)
		<-delivered
	})
}

// Two nodes send each message once.
func TestTwoNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		w.add(t, notify.AlertAccess)
		b := a.Node(t, store.Options{})
		for range 5 {
			w.happens(t)
			a.Clock.Advance(time.Minute)
		}
		workers := []*notify.Worker{w.worker, worker(b), worker(a), worker(b)}
		for range 2 {
			var wait sync.WaitGroup
			for _, one := range workers {
				wait.Go(func() {
					for {
						if found, err := one.Deliver(t.Context()); err != nil || !found {
							if err != nil {
								t.Error(err)
							}
							return
						}
					}
				})
			}
			wait.Wait()
			a.Clock.Advance(11 * time.Minute)
		}
		seen, told := map[string]int{}, 0
		for _, m := range w.chat.got() {
			seen[m.ID]++
			told += m.Count
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		if told != 5 {
			t.Errorf("%d of 5 were told", told)
		}
	})
}

// After three days of nothing but failures a channel is switched off, once, and the admins are told.
func TestSwitchedOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		c := w.add(t, notify.AlertAccess)
		a.AddUser(t, "admin@corp.test", sallyport.RoleAdmin)
		w.chat.says(answers(http.StatusNotFound, "no_service"))
		a.Mails(t)
		for day := range 5 {
			w.happens(t)
			w.deliver(t)
			apptest.Must(t, a.Alerts.Tend(t.Context()))
			if off := !w.only(t).OffAt.IsZero(); off != (day >= 3) {
				t.Errorf("day %d: off %v", day, off)
			}
			a.Clock.Advance(24 * time.Hour)
			w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		}
		if n := a.Count(t)[audit.AlertChannelOff]; n != 1 {
			t.Errorf("%d events", n)
		}
		var told []string
		for _, m := range a.Mails(t) {
			if m.Kind == notify.AlertsOff {
				told = append(told, m.To)
			}
		}
		if slices.Sort(told); !slices.Equal(told, []string{"admin@corp.test", apptest.OwnerEmail}) {
			t.Errorf("told %v", told)
		}
		w.chat.got()
		w.happens(t)
		if w.deliver(t); len(w.chat.got()) != 0 {
			t.Error("it is told all the same")
		}
		w.chat.says(answers(http.StatusOK, "ok"))
		_, err := a.Alerts.Change(t.Context(), w.me, c.ID, alert.Input{Name: c.Name, Format: c.Format, Topics: []string{"access"}})
		apptest.Must(t, err)
		w.happens(t)
		if w.deliver(t); len(w.chat.got()) != 1 || !w.only(t).OffAt.IsZero() {
			t.Error("it is not on again")
		}
	})
}

// The addresses are sealed by the newest key after they were resealed.
func TestReseal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		c := w.add(t)
		before, err := a.DB.AlertChannel(t.Context(), w.me.TenantID, c.ID)
		apptest.Must(t, err)
		if n, err := a.Alerts.Reseal(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		after, err := a.DB.AlertChannel(t.Context(), w.me.TenantID, c.ID)
		if err != nil || slices.Equal(before.Address, after.Address) {
			t.Errorf("it is sealed as before, %v", err)
		}
		if r, err := a.Alerts.Test(t.Context(), w.me, c.ID); err != nil || r.Outcome != notify.AlertTaken {
			t.Errorf("%+v, %v", r, err)
		}
		after.ID = "another"
		if _, err := notify.OpenAddress(a.Keys(), after); !errors.Is(err, seal.ErrCannotOpen) {
			t.Error("an address opens in another row")
		}
	})
}
