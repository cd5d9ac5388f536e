package audit_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
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

// tamperings work on a log of 20 events.
var tamperings = []tampering{
	{"text of an event", `UPDATE events SET body = replace(body, 'actorType', 'actortype') WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7 was changed"},
	{"text of the first event", `UPDATE events SET body = replace(body, 'tenant.created', 'tenant.deleted') WHERE tenant_id = TENANT AND seq = 0`, nil, "event 0"},
	{"text of the last event", `UPDATE events SET body = body || ' ' WHERE tenant_id = TENANT AND seq = 19`, nil, "event 19 was changed"},
	{"text that is no text", `UPDATE events SET body = 'x' WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its text cannot be read"},
	{"kind column", `UPDATE events SET kind = 'user.enabled' WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its columns"},
	{"actor column", `UPDATE events SET actor_id = 'me' WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its columns"},
	{"user column", `UPDATE events SET user_id = 'me' WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its columns"},
	{"time column", `UPDATE events SET created_at = created_at + 1 WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its columns"},
	{"id column", `UPDATE events SET id = 'x' WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7: its columns"},
	{"delete in the middle", `DELETE FROM events WHERE tenant_id = TENANT AND seq = 7`, nil, "event 7 is missing"},
	{"delete several", `DELETE FROM events WHERE tenant_id = TENANT AND seq IN (3, 4, 11)`, nil, "event 11 is missing"},
	{"delete the first", `DELETE FROM events WHERE tenant_id = TENANT AND seq = 0`, nil, "event 0 is missing"},
	{"delete at the end", `DELETE FROM events WHERE tenant_id = TENANT AND seq >= 17`, nil, "event 17 and those after it are missing"},
	{"delete all", `DELETE FROM events WHERE tenant_id = TENANT`, nil, "event 0 and those after it are missing"},
	{"insert at the end", `INSERT INTO events SELECT tenant_id, 20, id, kind, actor_id, user_id, created_at, body, session_id, target_id, ip_bytes FROM events WHERE tenant_id = TENANT AND seq = 19`, nil, "there are 21 events, the head counts 20"},
	{"insert before the first", `INSERT INTO events SELECT tenant_id, -1, id, kind, actor_id, user_id, created_at, body, session_id, target_id, ip_bytes FROM events WHERE tenant_id = TENANT AND seq = 0`, nil, "there are 21 events, the head counts 20"},
	{"insert in the middle", `UPDATE events SET seq = seq + 1000 WHERE tenant_id = TENANT AND seq > 7;
		UPDATE events SET seq = seq - 999 WHERE tenant_id = TENANT AND seq > 1000;
		INSERT INTO events SELECT tenant_id, 8, id, kind, actor_id, user_id, created_at, body, session_id, target_id, ip_bytes FROM events WHERE tenant_id = TENANT AND seq = 7`, nil, "event 8: its columns"},
	{"swap two", `UPDATE events SET seq = 1000 WHERE tenant_id = TENANT AND seq = 7;
		UPDATE events SET seq = 7 WHERE tenant_id = TENANT AND seq = 12;
		UPDATE events SET seq = 12 WHERE tenant_id = TENANT AND seq = 1000`, nil, "event 12 was changed"},
	{"event of another organisation", `DELETE FROM events WHERE tenant_id = TENANT AND seq = 0;
		UPDATE events SET tenant_id = TENANT WHERE tenant_id = OTHER AND seq = 0`, nil, "event 0 was changed"},
	{"move an event far away", `UPDATE events SET seq = 4000000000000000000 WHERE tenant_id = TENANT AND seq = 19`, nil, "event 19 and those after it are missing"},
	{"move an event far away and the head with it", `UPDATE events SET seq = 4000000000000000000 WHERE tenant_id = TENANT AND seq = 19;
		UPDATE audit_heads SET size = 4000000000000000001 WHERE tenant_id = TENANT`, nil, "event 19 is missing"},
	{"event and its stored hash", `UPDATE events SET body = $1 WHERE tenant_id = TENANT AND seq = 7;
		UPDATE audit_hashes SET hash = $2 WHERE tenant_id = TENANT AND position = $3`, nil, "tree hash over events 6 to 7"},
	{"stored hash of an event", `UPDATE audit_hashes SET hash = $1 WHERE tenant_id = TENANT AND position = $2`, []any{make([]byte, 32), leaf(7)}, "event 7"},
	{"stored hash of a subtree", `UPDATE audit_hashes SET hash = $1 WHERE tenant_id = TENANT AND position = $2`, []any{make([]byte, 32), tlog.StoredHashIndex(2, 1)}, "tree hash over events 4 to 7"},
	{"stored hash cut short", `UPDATE audit_hashes SET hash = $1 WHERE tenant_id = TENANT AND position = $2`, []any{[]byte{}, leaf(7)}, "event 7"},
	{"stored hash deleted", `DELETE FROM audit_hashes WHERE tenant_id = TENANT AND position = $1`, []any{leaf(7)}, "the tree hash stored over event 7 is missing"},
	{"last stored hash deleted", `DELETE FROM audit_hashes WHERE tenant_id = TENANT AND position = $1`, []any{leaf(19) + 2}, "the tree hash stored over events 16 to 19 is missing"},
	{"stored hash added", `INSERT INTO audit_hashes (tenant_id, position, hash) VALUES (TENANT, $1, $2)`, []any{tlog.StoredHashCount(20), make([]byte, 32)}, "more stored tree hashes"},
	{"root", `UPDATE audit_heads SET root = $1 WHERE tenant_id = TENANT`, []any{make([]byte, 32)}, "the head names root"},
	{"no root", `UPDATE audit_heads SET root = $1 WHERE tenant_id = TENANT`, []any{[]byte{}}, "the head names root"},
	{"peaks", `UPDATE audit_heads SET peaks = $1 WHERE tenant_id = TENANT`, []any{make([]byte, 64)}, "the head's subtree hashes"},
	{"no peaks", `UPDATE audit_heads SET peaks = $1 WHERE tenant_id = TENANT`, []any{[]byte{}}, "the head's subtree hashes"},
	{"size raised", `UPDATE audit_heads SET size = 21 WHERE tenant_id = TENANT`, nil, "event 20 and those after it are missing"},
	{"size raised beyond all", `UPDATE audit_heads SET size = 9223372036854775807 WHERE tenant_id = TENANT`, nil, "event 20 and those after it are missing"},
	{"size lowered", `UPDATE audit_heads SET size = 19 WHERE tenant_id = TENANT`, nil, "there are 20 events, the head counts 19"},
	{"size below zero", `UPDATE audit_heads SET size = -1 WHERE tenant_id = TENANT`, nil, "there are 20 events, the head counts -1"},
	{"truncated, head not rewound", `DELETE FROM events WHERE tenant_id = TENANT AND seq >= 15;
		DELETE FROM audit_hashes WHERE tenant_id = TENANT AND position >= 26`, nil, "event 15 and those after it are missing"},
	{"truncated, size rewound, root not", `DELETE FROM events WHERE tenant_id = TENANT AND seq >= 15;
		DELETE FROM audit_hashes WHERE tenant_id = TENANT AND position >= 26;
		UPDATE audit_heads SET size = 15 WHERE tenant_id = TENANT`, nil, "the head names root"},
	{"emptied, head rewound, hashes left", `DELETE FROM events WHERE tenant_id = TENANT;
		UPDATE audit_heads SET size = 0 WHERE tenant_id = TENANT`, nil, "more stored tree hashes"},
	{"emptied, root left", `DELETE FROM events WHERE tenant_id = TENANT; DELETE FROM audit_hashes WHERE tenant_id = TENANT;
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
				tt.args = []any{forged, h[:], leaf(7)}
			}
			if r := verify(t, a, tenantID); r.Size != 20 || len(r.Problems) > 0 {
				t.Fatalf("before tampering: %+v", r)
			}
			run(t, db, tt.sql, tenantID, other, tt.args)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			r, err := audit.Verify(ctx, a.DB, tenantID, nil)
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
		if strings.Contains(statement, "$3") { // its placeholders continue those of the statement before
			statement = strings.ReplaceAll(statement, "$2", "$1")
			statement = strings.ReplaceAll(statement, "$3", "$2")
		}
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

// What the database alone cannot show: an attacker removes the last events and sets the head
// back. Then the log is valid but old. A size and root stored elsewhere show it.
func TestRewindNeedsAnOutsideCheckpoint(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tenantID := a.AddTenant(t, "rewound.test").ID
		appendTo(t, a, some(tenantID, 14)...)
		earlier, err := a.DB.AuditHead(t.Context(), tenantID)
		if err != nil {
			t.Fatal(err)
		}
		appendTo(t, a, some(tenantID, 5)...)
		checkpoint := verify(t, a, tenantID)

		run(t, dbtest.Raw(t, a.DSN), `DELETE FROM events WHERE tenant_id = TENANT AND seq >= 15;
			DELETE FROM audit_hashes WHERE tenant_id = TENANT AND position >= $1;
			UPDATE audit_heads SET size = 15, root = $1, peaks = $2 WHERE tenant_id = TENANT`,
			tenantID, "", []any{tlog.StoredHashCount(15), earlier.Root, earlier.Peaks})
		r := verify(t, a, tenantID)
		if len(r.Problems) != 0 {
			t.Errorf("better than promised: %v", r.Problems)
		}
		if r.Size >= checkpoint.Size {
			t.Errorf("the checkpoint of %d events does not show that there are %d", checkpoint.Size, r.Size)
		}
		// Adding other events instead does not hide it either.
		appendTo(t, a, some(tenantID, 5)...)
		if r := verify(t, a, tenantID); r.Size != checkpoint.Size || r.Root == checkpoint.Root {
			t.Errorf("%+v passes for %+v", r, checkpoint)
		}
	})
}

func TestVerifyAllFindsAMissingHead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		good, bad := a.AddTenant(t, "good.test").ID, a.AddTenant(t, "bad.test").ID
		run(t, dbtest.Raw(t, a.DSN), `DELETE FROM audit_heads WHERE tenant_id = TENANT`, bad, "", nil)
		reports, err := audit.VerifyAll(t.Context(), a.DB, nil)
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

// Appending to a log whose head was tampered with does not make it look right: it fails, or
// the problem stays.
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
			run(t, db, statement, tenantID, "", []any{[]byte(hex.EncodeToString(make([]byte, 32)))[:32]})
			err := append1(t, a, tenantID)
			r := verify(t, a, tenantID)
			if root := strings.Contains(statement, "root"); err == nil && (len(r.Problems) == 0) != root {
				t.Errorf("%s: appended, and then %v", statement, r.Problems)
			}
		}
	})
}

func append1(t *testing.T, a *apptest.App, tenantID string) error {
	t.Helper()
	return a.DB.Write(t.Context(), func(tx *store.Tx) error { return audit.Append(t.Context(), tx, some(tenantID, 1)...) })
}
