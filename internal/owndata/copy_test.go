package owndata_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// copied returns a copy of somebody's data.
func copied(t testing.TB, a *apptest.App, p *person, w owndata.Wanted) []byte {
	t.Helper()
	c, err := a.OwnData.Begin(t.Context(), proven(t, a, &p.visit, policy.ExportOwnData, p.app), w)
	apptest.Must(t, err)
	var out bytes.Buffer
	apptest.Must(t, c.Write(t.Context(), &out))
	return out.Bytes()
}

// The copy has something of every part, is told by mail, and has no secret: nothing that any other
// column of the database stores.
func TestCopy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := lived(t, a)
		addBeside(t, a, p.User)
		_, err := a.OwnData.Begin(t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: p.TenantID, UserID: p.ID, SessionID: p.visit.Me().SessionID}, owndata.Wanted{Format: owndata.JSON})
		apptest.Denied(t, "with the step-up for something else", err, sallyport.CodeStepUp)
		text := copied(t, a, &p, owndata.Wanted{Format: owndata.JSON})
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for _, part := range owndata.Parts {
			if list, ok := doc[part.Name].([]any); part.Alone && doc[part.Name] == nil || !part.Alone && (!ok || len(list) == 0) {
				t.Errorf("nothing in %s", part.Name)
			}
		}
		for _, want := range []string{"Ingeborg", "inge@corp.test", "ingeborg@corp.test", "ingewaits@corp.test", "Night shift", "192.0.2.77"} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s is not told", want)
			}
		}
		if bytes.Contains(text, []byte("guest@corp.test")) {
			t.Error("it tells of somebody else")
		}
		for _, secret := range secrets(t, a) {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("a secret is told: %q", secret)
			}
		}
		if got := kinds(t, a); len(got) == 0 || got[len(got)-1] != notify.DataExported {
			t.Errorf("mails %v", got)
		}
		if a.Count(t)[audit.DataExported] != 1 {
			t.Error("no event, or two")
		}
		for range 4 {
			_, err = a.OwnData.Begin(t.Context(), p.visit.Me(), owndata.Wanted{Format: owndata.JSON})
			apptest.Must(t, err)
		}
		_, err = a.OwnData.Begin(t.Context(), p.visit.Me(), owndata.Wanted{Format: owndata.JSON})
		apptest.Denied(t, "a sixth one within an hour", err, sallyport.CodeRateLimited)
	})
}

// secrets are the hashes and sealed values of the database, as text and in the ways in which JSON would
// write them.
func secrets(t testing.TB, a *apptest.App) (out []string) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	for _, query := range []string{
		"SELECT password_hash FROM users", "SELECT password_hash FROM password_history", "SELECT token_hash FROM sessions", "SELECT token_hash FROM devices",
		"SELECT token_hash FROM links", "SELECT secret FROM factors", "SELECT credential FROM factors", "SELECT code FROM contact_codes", "SELECT payload FROM outbox",
	} {
		rows, err := db.QueryContext(t.Context(), query)
		apptest.Must(t, err)
		for rows.Next() {
			var v []byte
			apptest.Must(t, rows.Scan(&v))
			if len(v) < 8 {
				continue
			}
			encoded, err := json.Marshal(v)
			apptest.Must(t, err)
			out = append(out, string(v), strings.Trim(string(encoded), `"`))
		}
		apptest.Must(t, rows.Err())
		rows.Close()
	}
	return out
}

// What an admin did to the account says not from where.
func TestCopyHidesAdmins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		o := a.Visit(t, a.From(t, apptest.Client("198.51.100.200", apptest.FirefoxOnLinux)), owner.Email, true, nil)
		proven(t, a, &o, policy.ManageUsers, nil)
		apptest.Must(t, a.Accounts.DemandPassword(t.Context(), o.Me(), u.ID))
		_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE users SET must_change_password = FALSE WHERE id = $1", u.ID)
		apptest.Must(t, err)
		p := person{User: u, visit: visit(t, a, u)}
		text := string(copied(t, a, &p, owndata.Wanted{Format: owndata.JSON}))
		if !strings.Contains(text, string(audit.PasswordDemanded)) || strings.Contains(text, "198.51.100.200") {
			t.Error("the act is not told, or from where it was done is")
		}
	})
}

// A copy to read is in its reader's language, and whatever somebody typed is text in it.
func TestCopyToRead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := lived(t, a)
		addBeside(t, a, p.User)
		in := func(tx string) {
			_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), "UPDATE users SET first_name = $1 WHERE id = $2", tx, p.ID)
			apptest.Must(t, err)
		}
		in("<script>alert(1)</script>")
		for _, lang := range []string{"en", "de", "ar"} {
			words := message.For(lang)
			text := string(copied(t, a, &p, owndata.Wanted{Format: owndata.HTML, Words: words, Zone: time.UTC}))
			if dir := os.Getenv("SALLYPORT_COPIES"); dir != "" {
				apptest.Must(t, os.WriteFile(dir+"/copy-"+lang+".html", []byte(text), 0o600))
			}
			for _, want := range []string{`lang="` + lang + `" dir="` + words.Dir() + `"`, words.T("copy.part.sessions"), words.T("event.auth.signed_in"), "&lt;script&gt;alert(1)"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: no %s", lang, want)
				}
			}
			for _, never := range []string{"<script", "ZgotmplZ", "http://", "https://", "copy.field."} {
				if strings.Contains(text, never) {
					t.Errorf("%s: it has %s", lang, never)
				}
			}
		}
	})
}

// A person with 50,000 events is copied without holding them.
func TestCopyOfManyIsStreamed(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 50,000 events")
	}
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := lived(t, a)
		a.Tampered() // rows past the log, which only have to be read
		series := "(WITH RECURSIVE s(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM s WHERE g < 50000) SELECT g FROM s) AS n"
		if a.DB.Engine == store.Postgres {
			series = "generate_series(1, 50000) AS g"
		}
		_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), `INSERT INTO events (tenant_id, seq, id, kind, actor_id, user_id, session_id, target_id, ip_bytes, created_at, body, personal, named)
			SELECT e.tenant_id, 1000000 + g, 'copy' || g, e.kind, e.actor_id, e.user_id, e.session_id, e.target_id, e.ip_bytes, e.created_at, e.body, e.personal, e.named
			FROM (SELECT * FROM events WHERE user_id = $1 AND personal <> '' ORDER BY seq LIMIT 1) AS e CROSS JOIN `+series, p.ID)
		apptest.Must(t, err)
		c, err := a.OwnData.Begin(t.Context(), proven(t, a, &p.visit, policy.ExportOwnData, p.app), owndata.Wanted{Format: owndata.JSON})
		apptest.Must(t, err)
		w := &watched{}
		apptest.Must(t, c.Write(t.Context(), w))
		if w.n < 50000*200 || w.pieces < 100 || w.most > 96<<20 {
			t.Errorf("%d bytes in %d pieces, with up to %d bytes of memory more", w.n, w.pieces, w.most)
		}
	})
}

// watched counts what is written, and watches the memory in use meanwhile.
type watched struct {
	n, pieces   int
	first, most uint64
}

func (w *watched) Write(b []byte) (int, error) {
	if w.pieces++; w.pieces%20 == 1 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if w.first == 0 {
			w.first = m.HeapAlloc
		}
		if m.HeapAlloc > w.first {
			w.most = max(w.most, m.HeapAlloc-w.first)
		}
	}
	w.n += len(b)
	return len(b), nil
}

var _ io.Writer = (*watched)(nil)
