package audit_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// rows are all rows of a tenant's log, by table. A forgery changes a copy of them.
type rows map[string][][]any

// logTables are the tables of a log, with their columns.
var logTables = map[string][]string{
	"events":       {"tenant_id", "seq", "id", "kind", "actor_id", "user_id", "session_id", "target_id", "ip_bytes", "created_at", "body", "personal", "named"},
	"audit_leaves": {"tenant_id", "position", "seq", "hash"},
	"audit_hashes": {"tenant_id", "place", "hash"},
	"audit_heads":  {"tenant_id", "size", "root", "peaks", "checkpoint", "checkpoint_size"},
	"audit_queue":  {"tenant_id", "seq", "queued_at"},
}

// TestForgeries changes each value of each row of a small log in every way that a generator knows,
// removes, doubles and swaps rows, and Verify finds all of it. Retention has removed some personal
// parts of that log and says so; others are removed by hand.
func TestForgeries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Tampered()
		tenantID := forgedLog(t, a)
		db := dbtest.Raw(t, a.DSN)
		honest := read(t, db, tenantID)
		step := 8 // make soak tries all of them
		if a.DB.Engine == store.Postgres {
			step = 60 // what finds a forgery is not the engine
		}
		if apptest.Rounds(1) > 1 {
			step = 1
		}
		tried := 0
		for i, f := range forgeries(honest) {
			if i%step != 0 {
				continue
			}
			forged := f.make(honest)
			if !write(t, db, tenantID, honest, forged) {
				continue // the database refuses it
			}
			tried++
			r, err := audit.Verify(t.Context(), a.DB, tenantID, audit.Known{}, nil)
			if err == nil && len(r.Problems) == 0 {
				t.Errorf("nobody finds %s", f.name)
			}
			if !write(t, db, tenantID, forged, honest) {
				t.Fatalf("%s cannot be undone", f.name)
			}
		}
		if r := verify(t, a, tenantID); len(r.Problems) > 0 || r.Removed.Parts != 2 || r.Removed.Runs != 1 {
			t.Fatalf("the honest log: %+v", r)
		}
		t.Logf("%d forgeries", tried)
	})
}

// forgedLog makes a log of eighteen events, from two of which retention removed the personal part.
func forgedLog(t *testing.T, a *apptest.App) (tenantID string) {
	t.Helper()
	tenantID = a.AddTenant(t, "forged.test").ID
	old := some(tenantID, 4)
	for i := range old {
		old[i].CreatedAt = old[i].CreatedAt.Add(-48 * time.Hour)
	}
	appendTo(t, a, old...)
	run := audit.New(sallyport.System(tenantID), audit.RetentionApplied, apptest.Start)
	run.Data = map[string]string{"personalBefore": apptest.Start.Add(-24 * time.Hour).Format(time.RFC3339Nano)}
	appendTo(t, a, run)
	appendTo(t, a, some(tenantID, 12)...)
	a.Sequence(t)
	_, err := dbtest.Raw(t, a.DSN).ExecContext(t.Context(), `UPDATE events SET personal = '', named = '', ip_bytes = $1 WHERE tenant_id = $2 AND personal <> '' AND
		seq IN (SELECT seq FROM audit_leaves WHERE tenant_id = $2 AND position IN (1, 2))`, []byte{}, tenantID)
	apptest.Must(t, err)
	return tenantID
}

// forgery is one change of a log. make returns changed rows, and leaves those it gets alone.
type forgery struct {
	name string
	make func(rows) rows
}

// forgeries returns every change that the generator knows.
func forgeries(honest rows) (all []forgery) {
	for table, columns := range logTables {
		for i, row := range honest[table] {
			where := fmt.Sprintf("%s, row %d", table, i)
			add := func(what string, change func([][]any) [][]any) {
				all = append(all, forgery{where + ": " + what, func(r rows) rows {
					forged := rows{}
					for t, list := range r {
						forged[t] = slices.Clone(list)
					}
					forged[table] = change(forged[table])
					return forged
				}})
			}
			add("removed", func(list [][]any) [][]any { return slices.Delete(list, i, i+1) })
			for c, column := range columns {
				if column == "tenant_id" || column == "queued_at" {
					continue
				}
				for _, v := range altered(row[c]) {
					add(fmt.Sprintf("%s becomes %.40q", column, v), func(list [][]any) [][]any {
						list[i] = slices.Clone(list[i])
						list[i][c] = v
						return list
					})
				}
				for j := range i { // swapped with each row before it
					add(fmt.Sprintf("%s swapped with row %d", column, j), func(list [][]any) [][]any {
						list[i], list[j] = slices.Clone(list[i]), slices.Clone(list[j])
						list[i][c], list[j][c] = list[j][c], list[i][c]
						return list
					})
				}
			}
		}
	}
	for _, seq := range []int64{-1, honest["events"][3][1].(int64)} {
		all = append(all, forgery{fmt.Sprintf("audit_queue: %d is queued", seq), func(r rows) rows {
			forged := rows{"audit_queue": {{r["events"][0][0], seq, int64(0)}}}
			for t, list := range r {
				if t != "audit_queue" {
					forged[t] = list
				}
			}
			return forged
		}})
	}
	slices.SortFunc(all, func(a, b forgery) int { return strings.Compare(a.name, b.name) })
	return all
}

// altered returns other values for a column: each byte flipped, cut, made longer, emptied.
func altered(v any) (out []any) {
	switch v := v.(type) {
	case int64:
		return []any{v + 1, v - 1, -v - 1, v ^ 1<<40}
	case string:
		for i := range v {
			out = append(out, v[:i]+string([]rune{rune(v[i] ^ 1)})+v[i+1:])
		}
		return append(out, v+" ", v+"{}", strings.TrimSuffix(v, "}"), v[:len(v)/2])
	case []byte:
		for i := range v {
			b := bytes.Clone(v)
			b[i] ^= 1
			out = append(out, b)
		}
		return append(out, append(bytes.Clone(v), 0), v[:len(v)/2])
	}
	return nil
}

// read returns all rows of a tenant's log.
func read(t *testing.T, db *sql.DB, tenantID string) rows {
	t.Helper()
	r := rows{}
	for table, columns := range logTables {
		found, err := db.QueryContext(t.Context(), "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" WHERE tenant_id = $1 ORDER BY 2", tenantID)
		apptest.Must(t, err)
		for found.Next() {
			row, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				to[i] = &row[i]
			}
			apptest.Must(t, found.Scan(to...))
			for i, v := range row {
				if b, ok := v.([]byte); v == nil || ok && b == nil {
					row[i] = []byte{} // as SQLite's driver reads an empty one
				}
			}
			r[table] = append(r[table], row)
		}
		apptest.Must(t, found.Err())
	}
	return r
}

// write replaces the rows of the tables that differ, and reports whether the database takes them.
// What stays the same as before is no forgery, and not taken either.
func write(t *testing.T, db *sql.DB, tenantID string, before, after rows) bool {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	apptest.Must(t, err)
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	changed := false
	for table, columns := range logTables {
		if fmt.Sprint(before[table]) == fmt.Sprint(after[table]) {
			continue
		}
		changed = true
		if err := replace(t.Context(), tx, table, columns, after[table], tenantID); err != nil {
			return false
		}
	}
	return changed && tx.Commit() == nil
}

func replace(ctx context.Context, tx *sql.Tx, table string, columns []string, list [][]any, tenantID string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1", tenantID); err != nil {
		return err
	}
	for _, row := range list {
		var places []string
		for i := range row {
			places = append(places, fmt.Sprintf("$%d", i+1))
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(places, ", ")+")", row...); err != nil {
			return err
		}
	}
	return nil
}
