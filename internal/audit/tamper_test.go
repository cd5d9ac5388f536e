package audit_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

// tampering is what an attacker with database access does to the log of one organisation.
// Statements are separated by semicolons; TENANT stands for its id and OTHER for the id of
// another one.
type tampering struct {
	name string
	sql  string
	args []any
	want string // part of a problem text, with the position
}

// tamperings work on a log of 20 events. AT(7) stands for the event at position 7.
var tamperings = []tampering{
	{"text of an event", `UPDATE events SET body = replace(body, 'actorType', 'actortype') WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7 was changed"},
	{"text of the first event", `UPDATE events SET body = replace(body, 'tenant.created', 'tenant.deleted') WHERE tenant_id = TENANT AND AT(0)`, nil, "event 0"},
	{"text of the last event", `UPDATE events SET body = body || ' ' WHERE tenant_id = TENANT AND AT(19)`, nil, "event 19 was changed"},
	{"text that is no text", `UPDATE events SET body = 'x' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its text cannot be read"},
	{"kind column", `UPDATE events SET kind = 'user.enabled' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"actor column", `UPDATE events SET actor_id = 'me' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"user column", `UPDATE events SET user_id = 'me' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"time column", `UPDATE events SET created_at = created_at + 1 WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"id column", `UPDATE events SET id = 'x' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"address column", `UPDATE events SET ip_bytes = $1 WHERE tenant_id = TENANT AND AT(7)`, []any{make([]byte, 16)}, "event 7: its columns"},
	{"delete in the middle", `DELETE FROM events WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7 is missing"},
	{"delete several", `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position IN (3, 4, 11))`, nil, "event 11 is missing"},
	{"delete the first", `DELETE FROM events WHERE tenant_id = TENANT AND AT(0)`, nil, "event 0 is missing"},
	{"delete all", `DELETE FROM events WHERE tenant_id = TENANT`, nil, "event 0 is missing"},
	{"delete with its leaf", `DELETE FROM events WHERE tenant_id = TENANT AND AT(7); DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position = 7`, nil, "event 7 is missing"},
	{"delete the leaf only", `DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position = 7`, nil, "has no place in the log"},
	{"delete the end with its leaves", `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position >= 17);
		DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position >= 17`, nil, "event 17 and those after it are missing"},
	{"insert an event", `INSERT INTO events SELECT tenant_id, -1, 'inserted', kind, actor_id, user_id, session_id, target_id, ip_bytes, created_at, body, personal, named FROM events WHERE tenant_id = TENANT AND AT(19)`, nil, `the event with the id "inserted" has no place`},
	{"insert an event with a leaf", `INSERT INTO events SELECT tenant_id, -1, 'doubled', kind, actor_id, user_id, session_id, target_id, ip_bytes, created_at, body, personal, named FROM events WHERE tenant_id = TENANT AND AT(19);
		INSERT INTO audit_leaves (tenant_id, position, seq, hash) SELECT tenant_id, 20, -1, hash FROM audit_leaves WHERE tenant_id = TENANT AND position = 19`, nil, "there are more events in the log than the head counts: 20"},
	{"queue an event again", `INSERT INTO audit_queue SELECT tenant_id, seq, 0 FROM audit_leaves WHERE tenant_id = TENANT AND position = 7`, nil, "1 queued numbers are of no event that waits"},
	{"queue what there is not", `INSERT INTO audit_queue SELECT tenant_id, -5, 0 FROM audit_leaves WHERE tenant_id = TENANT AND position = 7`, nil, "1 queued numbers are of no event that waits"},
	{"swap two", `UPDATE audit_leaves SET position = 1000 WHERE tenant_id = TENANT AND position = 7;
		UPDATE audit_leaves SET position = 7 WHERE tenant_id = TENANT AND position = 12;
		UPDATE audit_leaves SET position = 12 WHERE tenant_id = TENANT AND position = 1000`, nil, "tree hash over events 0 to 15"},
	{"event of another organisation", `UPDATE events SET body = (SELECT body FROM events WHERE tenant_id = OTHER LIMIT 1) WHERE tenant_id = TENANT AND AT(0)`, nil, "event 0 was changed"},
	{"move a leaf far away", `UPDATE audit_leaves SET position = 4000000000000000000 WHERE tenant_id = TENANT AND position = 19`, nil, "event 19 and those after it are missing"},
	{"move a leaf far away and the head with it", `UPDATE audit_leaves SET position = 4000000000000000000 WHERE tenant_id = TENANT AND position = 19;
		UPDATE audit_heads SET size = 4000000000000000001 WHERE tenant_id = TENANT`, nil, "event 19 is missing"},
	{"event and its stored hash", `UPDATE events SET body = $1 WHERE tenant_id = TENANT AND AT(7);
		UPDATE audit_leaves SET hash = $1 WHERE tenant_id = TENANT AND position = 7`, nil, "tree hash over events 0 to 15"},
	{"stored hash of an event", `UPDATE audit_leaves SET hash = $1 WHERE tenant_id = TENANT AND position = 7`, []any{make([]byte, 32)}, "event 7 was changed"},
	{"stored hash of a subtree", `UPDATE audit_hashes SET hash = $1 WHERE tenant_id = TENANT AND place = $2`, []any{make([]byte, 32), tlog.StoredHashIndex(4, 0)}, "tree hash over events 0 to 15"},
	{"stored hash cut short", `UPDATE audit_leaves SET hash = $1 WHERE tenant_id = TENANT AND position = 7`, []any{[]byte{}}, "event 7"},
	{"stored hash deleted", `DELETE FROM audit_hashes WHERE tenant_id = TENANT AND place = $1`, []any{tlog.StoredHashIndex(4, 0)}, "the tree hash stored over events 0 to 15 is missing"},
	{"stored hash added", `INSERT INTO audit_hashes (tenant_id, place, hash) VALUES (TENANT, $1, $2)`, []any{tlog.StoredHashCount(20), make([]byte, 32)}, "more stored tree hashes"},
	{"stored hash added within", `INSERT INTO audit_hashes (tenant_id, place, hash) VALUES (TENANT, $1, $2)`, []any{tlog.StoredHashIndex(0, 3), make([]byte, 32)}, "a tree hash is stored over events 3 to 3, where none belongs"},
	{"personal part", `UPDATE events SET personal = replace(personal, '2001:db8::7', '2001:db8::8') WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its personal part was changed"},
	{"personal part removed", `UPDATE events SET personal = '', named = '', ip_bytes = $1 WHERE tenant_id = TENANT AND AT(7)`, []any{[]byte{}}, "the personal part of event 7 was removed, and no event says so"},
	{"personal part removed, words left", `UPDATE events SET personal = '', ip_bytes = $1 WHERE tenant_id = TENANT AND AT(7)`, []any{[]byte{}}, "event 7: its columns"},
	{"words of another event", `UPDATE events SET named = ' chromium' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"personal part removed, address left", `UPDATE events SET personal = '', named = '' WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its columns"},
	{"personal part of another event", `UPDATE events SET personal = (SELECT personal FROM events WHERE tenant_id = TENANT AND AT(9)) WHERE tenant_id = TENANT AND AT(7)`, nil, "event 7: its personal part was changed"},
	{"personal part added", `UPDATE events SET personal = '{}' WHERE tenant_id = TENANT AND AT(4)`, nil, "event 4: a personal part was added to it"},
	{"root", `UPDATE audit_heads SET root = $1 WHERE tenant_id = TENANT`, []any{make([]byte, 32)}, "the head names root"},
	{"no root", `UPDATE audit_heads SET root = $1 WHERE tenant_id = TENANT`, []any{[]byte{}}, "the head names root"},
	{"peaks", `UPDATE audit_heads SET peaks = $1 WHERE tenant_id = TENANT`, []any{make([]byte, 64)}, "the head's subtree hashes"},
	{"no peaks", `UPDATE audit_heads SET peaks = $1 WHERE tenant_id = TENANT`, []any{[]byte{}}, "the head's subtree hashes"},
	{"size raised", `UPDATE audit_heads SET size = 21 WHERE tenant_id = TENANT`, nil, "event 20 and those after it are missing"},
	{"size raised beyond all", `UPDATE audit_heads SET size = 9223372036854775807 WHERE tenant_id = TENANT`, nil, "event 20 and those after it are missing"},
	{"size lowered", `UPDATE audit_heads SET size = 19 WHERE tenant_id = TENANT`, nil, "there are more events in the log than the head counts: 19"},
	{"size below zero", `UPDATE audit_heads SET size = -1 WHERE tenant_id = TENANT`, nil, "the head counts -1 events"},
	{"truncated, head not rewound", `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15);
		DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15; DELETE FROM audit_hashes WHERE tenant_id = TENANT AND place >= 26`, nil, "event 15 and those after it are missing"},
	{"truncated, size rewound, root not", `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15);
		DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15; DELETE FROM audit_hashes WHERE tenant_id = TENANT AND place >= 26;
		UPDATE audit_heads SET size = 15 WHERE tenant_id = TENANT`, nil, "the head names root"},
	{"emptied, head rewound, hashes left", `DELETE FROM events WHERE tenant_id = TENANT; DELETE FROM audit_leaves WHERE tenant_id = TENANT;
		UPDATE audit_heads SET size = 0 WHERE tenant_id = TENANT`, nil, "more stored tree hashes"},
	{"emptied, root left", `DELETE FROM events WHERE tenant_id = TENANT; DELETE FROM audit_leaves WHERE tenant_id = TENANT; DELETE FROM audit_hashes WHERE tenant_id = TENANT;
		UPDATE audit_heads SET size = 0 WHERE tenant_id = TENANT`, nil, "the head names root"},
}

func TestTampering(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		db := dbtest.Raw(t, a.DSN)
		for i, tt := range tamperings {
			tenantID := a.AddTenant(t, fmt.Sprintf("t%d.test", i)).ID
			other := a.AddTenant(t, fmt.Sprintf("o%d.test", i)).ID
			appendTo(t, a, some(tenantID, 19)...)
			if tt.name == "event and its stored hash" {
				forged := strings.Replace(bodies(t, a, tenantID)[7], "auth.session_revoked", "auth.session_revoKed", 1)
				h := tlog.RecordHash([]byte(forged))
				tt.args = []any{forged, h[:]}
			}
			if r := verify(t, a, tenantID); r.Size != 20 || len(r.Problems) > 0 {
				t.Fatalf("before tampering: %+v", r)
			}
			run(t, db, tt.sql, tenantID, other, tt.args)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			r, err := audit.Verify(ctx, a.DB, tenantID, audit.Known{}, nil)
			cancel()
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if !strings.Contains(strings.Join(r.Problems, "\n"), tt.want) {
				t.Errorf("%s: want %q among\n\t%s", tt.name, tt.want, strings.Join(r.Problems, "\n\t"))
			}
			if len(r.Problems) > 20 {
				t.Errorf("%s: %d problems are told", tt.name, len(r.Problems))
			}
		}
	})
}

var atPosition = regexp.MustCompile(`AT\((\d+)\)`)

// run executes the statements in one transaction, with the arguments that each
// of them has placeholders for.
func run(t *testing.T, db *sql.DB, text, tenantID, other string, args []any) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for statement := range strings.SplitSeq(text, ";") {
		n := strings.Count(statement, "$")
		use := args[:n]
		args = args[n:]
		statement = atPosition.ReplaceAllString(statement, "seq = (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position = $1)")
		statement = strings.ReplaceAll(strings.ReplaceAll(statement, "TENANT", "'"+tenantID+"'"), "OTHER", "'"+other+"'")
		result, err := tx.ExecContext(t.Context(), statement, use...)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if hit, err := result.RowsAffected(); err != nil || hit == 0 {
			t.Fatalf("%s: changed nothing, %v", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// What the database alone cannot show: an attacker removes the last events and sets the head and the
// checkpoint back. Then the log is valid but old. A checkpoint that was kept elsewhere shows it, and
// the node that signed it signs no other history.
func TestRewindNeedsAnOutsideCheckpoint(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.AddTenant(t, "rewound.test").ID
		appendTo(t, a, some(tenantID, 14)...)
		head := func() store.AuditHead {
			a.Sequence(t)
			h, err := a.DB.AuditHead(t.Context(), tenantID)
			apptest.Must(t, err)
			return h
		}
		earlier := head()
		appendTo(t, a, some(tenantID, 5)...)
		kept := head()
		a.Tampered()

		run(t, dbtest.Raw(t, a.DSN), `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15);
			DELETE FROM audit_leaves WHERE tenant_id = TENANT AND position >= 15;
			DELETE FROM audit_hashes WHERE tenant_id = TENANT AND place >= $1;
			UPDATE audit_heads SET size = 15, root = $1, peaks = $2, checkpoint = $3, checkpoint_size = 15 WHERE tenant_id = TENANT`,
			tenantID, "", []any{tlog.StoredHashCount(15), earlier.Root, earlier.Peaks, earlier.Checkpoint})
		if r := verify(t, a, tenantID); len(r.Problems) != 0 {
			t.Errorf("better than promised: %v", r.Problems)
		}
		against := func() string {
			r, err := audit.Verify(t.Context(), a.DB, tenantID, audit.Known{Older: []string{earlier.Checkpoint, kept.Checkpoint}}, nil)
			apptest.Must(t, err)
			return strings.Join(r.Problems, "; ")
		}
		if got := against(); got != "the log was cut: the checkpoint that was kept covers 20 events, and the head 15" {
			t.Errorf("against the checkpoint that was kept: %q", got)
		}
		// Adding other events instead does not hide it either.
		appendTo(t, a, some(tenantID, 6)...)
		if err := a.Sequencer.Run(t.Context()); err == nil || !strings.Contains(err.Error(), proof.ErrForked.Error()) {
			t.Errorf("another history is signed: %v", err)
		}
		if got := against(); !strings.HasPrefix(got, "the first 20 events are not those of the checkpoint that was kept") || strings.Contains(got, ";") {
			t.Errorf("other events against the checkpoint that was kept: %q", got)
		}
	})
}

func TestVerifyAllFindsAMissingHead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		good, bad := a.AddTenant(t, "good.test").ID, a.AddTenant(t, "bad.test").ID
		run(t, dbtest.Raw(t, a.DSN), `DELETE FROM audit_heads WHERE tenant_id = TENANT`, bad, "", nil)
		reports, err := audit.VerifyAll(t.Context(), a.DB, audit.Known{}, nil)
		if err != nil || len(reports) != 2 {
			t.Fatalf("%v, %v", reports, err)
		}
		for _, r := range reports {
			if (r.TenantID == good) != (len(r.Problems) == 0) {
				t.Errorf("%+v", r)
			}
		}
	})
}

// Adding to a log whose head was tampered with does not make it look right, and hinders no change.
func TestAppendAfterTampering(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		db := dbtest.Raw(t, a.DSN)
		for i, statement := range []string{
			"UPDATE audit_heads SET peaks = $1 WHERE tenant_id = TENANT",
			"UPDATE audit_heads SET root = $1 WHERE tenant_id = TENANT",
			"UPDATE audit_heads SET size = 1, peaks = $1 WHERE tenant_id = TENANT",
			"UPDATE audit_heads SET size = 100, peaks = $1 WHERE tenant_id = TENANT",
		} {
			tenantID := a.AddTenant(t, fmt.Sprintf("t%d.test", i)).ID
			appendTo(t, a, some(tenantID, 2)...)
			sequence := func() error { return a.Sequencer.Run(t.Context()) } // fails for those that are damaged already
			if err := sequence(); err != nil && i == 0 {
				t.Fatal(err)
			}
			run(t, db, statement, tenantID, "", []any{[]byte(hex.EncodeToString(make([]byte, 32)))[:32]})
			appendTo(t, a, some(tenantID, 1)...)
			if err := sequence(); err == nil && i != 1 {
				t.Errorf("%s: and nobody says so", statement)
			}
			r, err := audit.Verify(t.Context(), a.DB, tenantID, audit.Known{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			// The root is not needed for adding, and is written anew.
			if root := strings.Contains(statement, "root"); (len(r.Problems) == 0) != root {
				t.Errorf("%s, and then %v", statement, r.Problems)
			}
		}
	})
}
