package fault

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/tenant"
)

// storming are the accounts of one storm, and one that is asked for a code by text message.
type storming struct {
	accounts []*account
	texting  *account
}

// prepare makes accounts for so many storms in a new database, as its only user: a SQLite file that
// another process has open would not be recovered by the next node.
func prepare(t *testing.T, dsn string, storms int) (all []storming) {
	t.Helper()
	t.Run("prepare", func(t *testing.T) {
		a := apptest.Open(t, dsn)
		a.Clock.Set(time.Now())
		operator := sallyport.Operator(a.TenantID(t))
		_, err := a.Tenants.Save(t.Context(), operator, tenant.Edit{Fields: map[string]any{"lockoutFailures": 100, "lockoutProgressiveDelay": false}})
		apptest.Must(t, err)
		for i := range storms {
			var some []*account
			for k := range 3 * workers {
				x := &account{email: fmt.Sprintf("u%d-%d@corp.test", i, k), ip: fmt.Sprintf("10.%d.%d.%d", i/200+1, i%200, k+1), password: apptest.Password}
				x.id = a.AddUser(t, x.email, sallyport.RoleMember).ID
				if k >= 2*workers {
					x.codes = codesOf(t, a, x)
				}
				some = append(some, x)
			}
			all = append(all, storming{some, texting(t, a, i)})
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// texting makes an account whose second factor are text messages.
func texting(t *testing.T, a *apptest.App, i int) *account {
	x := &account{email: fmt.Sprintf("texting%d@corp.test", i), ip: "10.0.0.4"}
	a.AddUser(t, x.email, sallyport.RoleMember)
	a.Clock.Set(time.Now())
	in := a.SignInAs(t, a.From(t, apptest.Client(x.ip, apptest.ChromeOnMac)), x.email)
	a.AddPhone(t, apptest.Actor(in), fmt.Sprintf("+41791%06d", i))
	return x
}

// codesOf sets up a second factor, and returns the backup codes that come with it.
func codesOf(t *testing.T, a *apptest.App, x *account) []string {
	t.Helper()
	a.Clock.Set(time.Now())
	in := a.SignInAs(t, a.From(t, apptest.Client(x.ip, apptest.ChromeOnMac)), x.email)
	codes := a.AddTOTP(t, apptest.Actor(in)).BackupCodes
	a.Clock.Set(time.Now())
	return codes
}

// judged is what was looked at.
type judged struct{ kept, ended, codes, changes int }

// judge holds what the clients know against what the service does, and against the database, which is at
// rest. What is wrong is in the history.
func judge(t *testing.T, h *history, s *site, dsn string, accounts []*account) judged {
	t.Helper()
	var sum judged
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, workers)
	for _, a := range accounts {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			j := h.ask(s, a)
			mu.Lock()
			defer mu.Unlock()
			sum = judged{sum.kept + j.kept, sum.ended + j.ended, sum.codes + j.codes, sum.changes + j.changes}
		})
	}
	all.Wait()
	t.Run("ledger", func(t *testing.T) {
		a := apptest.Open(t, dsn) // which looks at the log, and at all figures, at the end
		a.Clock.Set(time.Now())
		db := dbtest.Raw(t, dsn)
		h.ledger(t, db, accounts)
		for late := time.Now().Add(20 * time.Second); tally(t, db, "SELECT 'all', COUNT(*) FROM audit_queue")["all"] > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(late) {
				t.Fatal("20 seconds after the fault events have no places in the log")
			}
		}
	})
	for _, sentence := range h.wrong {
		t.Error(sentence)
	}
	if t.Failed() {
		for _, sentence := range h.broken {
			t.Log("refused in the storm: " + sentence)
		}
		t.FailNow()
	}
	return sum
}

// ask looks at an account as its client does.
func (h *history) ask(s *site, a *account) (j judged) {
	for _, x := range a.sessions {
		o := h.lookAt(s, a, x)
		if o == refused && x.state.Load() == live { // its access token is over, where clocks moved
			o = h.refresh(s, a, x)
		}
		switch state := x.state.Load(); {
		case o == unknown:
			h.fault("%s: after the fault a session check has no answer", a.email)
		case state == over:
			j.ended++
		case state == live && o == acknowledged:
			j.kept++
		}
	}
	for _, code := range a.used[max(0, len(a.used)-2):] {
		h.again(s, a, code)
	}
	j.codes = len(a.used)
	if a.codes == nil {
		h.settle(s, a)
		j.changes = a.changes
	}
	return j
}

// refresh gets the next tokens of a session, and looks at it again.
func (h *history) refresh(s *site, a *account, x *session) outcome {
	got := s.call(request{method: http.MethodPost, path: "/oauth2/token", ip: a.ip, form: "grant_type=refresh_token&refresh_token=" + x.refresh})
	var next struct{ AccessToken, RefreshToken string }
	if err := json.Unmarshal(bytes.ReplaceAll(got.body, []byte("_token"), []byte("token")), &next); err != nil || got.outcome() != acknowledged {
		h.fault("%s: session %s was acknowledged, and gets no next tokens: %d %s", a.email, x.id, got.status, got.body)
		return got.outcome()
	}
	x.token, x.refresh = next.AccessToken, next.RefreshToken
	return h.lookAt(s, a, x)
}

// settle finds out which password an account has: the last one that was acknowledged, or the one of a
// change without an answer, and never both.
func (h *history) settle(s *site, a *account) {
	works := func(password string) bool {
		_, got := s.signIn(a.ip, a.email, password, "")
		if got.outcome() == unknown {
			h.fault("%s: after the fault a sign-in has no answer: %d %s", a.email, got.status, got.body)
		}
		return got.outcome() == acknowledged
	}
	present, next := works(a.password), a.next != "" && works(a.next)
	switch {
	case present && next:
		h.fault("%s: both the former and the new password sign in", a.email)
	case !present && !next:
		h.fault("%s: the acknowledged password does not sign in", a.email)
	case next:
		a.password, a.changes = a.next, a.changes+1
	}
	a.next = ""
}

// ends are the kinds of events of which each is the end of one session.
const ends = "'auth.session_revoked', 'session.terminated', 'auth.signed_out', 'session.expired'"

// ledger compares the rows with the events of them: each change has one, and none has no change.
func (h *history) ledger(t *testing.T, db *sql.DB, accounts []*account) {
	begun := tally(t, db, "SELECT session_id, COUNT(*) FROM events WHERE kind = 'auth.signed_in' GROUP BY session_id")
	ended := tally(t, db, "SELECT session_id, COUNT(*) FROM events WHERE kind IN ("+ends+") GROUP BY session_id")
	over := tally(t, db, "SELECT id, CASE WHEN status IN ('active', 'suspended') THEN 0 ELSE 1 END FROM sessions")
	for id, n := range over {
		if begun[id] != 1 {
			h.fault("session %s has %d events of its sign-in", id, begun[id])
		}
		if ended[id] != n {
			h.fault("session %s, which has ended %d times, has %d events of that", id, n, ended[id])
		}
	}
	for id := range begun {
		if _, ok := over[id]; !ok {
			h.fault("session %s has an event, and is not there", id)
		}
	}
	changed := tally(t, db, "SELECT user_id, COUNT(*) FROM events WHERE kind = 'auth.password_changed' GROUP BY user_id")
	used := tally(t, db, "SELECT user_id, COUNT(*) FROM events WHERE kind = 'auth.2fa_recovery_code_used' GROUP BY user_id")
	spent := tally(t, db, `SELECT f.user_id, COUNT(*) FROM backup_codes c JOIN factors f ON f.tenant_id = c.tenant_id AND f.id = c.factor_id
		WHERE c.used_at > 0 GROUP BY f.user_id`)
	attempts := tally(t, db, "SELECT 'all', COUNT(*) FROM attempts WHERE successful")
	if n := attempts["all"]; n != len(begun) {
		h.fault("there are %d successful attempts, and %d events of sign-ins", n, len(begun))
	}
	for _, a := range accounts {
		if changed[a.id] != a.changes {
			h.fault("%s: the password changed %d times, with %d events", a.email, a.changes, changed[a.id])
		}
		if used[a.id] != spent[a.id] || used[a.id] < len(a.used) || !a.unsure && used[a.id] != len(a.used) {
			h.fault("%s: %d backup codes were accepted, %d are used, with %d events", a.email, len(a.used), spent[a.id], used[a.id])
		}
		for _, s := range a.sessions {
			if s.id == "" || s.state.Load() == doubtful {
				continue
			}
			if n, ok := over[s.id]; !ok || s.state.Load() == live && n != 0 {
				h.fault("%s: session %s was acknowledged, and is not there or has ended", a.email, s.id)
			}
		}
	}
}

// tally returns numbers by name.
func tally(t *testing.T, db *sql.DB, query string) map[string]int {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	apptest.Must(t, err)
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		apptest.Must(t, rows.Scan(&name, &n))
		found[name] = n
	}
	apptest.Must(t, rows.Err())
	return found
}

// until waits until somebody can begin to sign in on every node, and returns how long that took.
func until(t *testing.T, s *site, patience time.Duration) time.Duration {
	t.Helper()
	t0 := time.Now()
	s.mu.Lock()
	urls := append([]string{}, s.urls...)
	s.mu.Unlock()
	for _, url := range urls {
		for {
			got := s.call(request{url: url, method: http.MethodPost, path: "/api/v1/sign-in", ip: "10.0.0.1", body: map[string]string{"email": "nobody@corp.test", "client": "native"}})
			if got.outcome() == acknowledged {
				break
			}
			if time.Since(t0) > patience {
				t.Fatalf("%v after the fault nobody can sign in: %d %s", patience, got.status, strings.TrimSpace(string(got.body)))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return time.Since(t0)
}
