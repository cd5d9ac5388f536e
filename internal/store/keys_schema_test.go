package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// reference are the tables that belong to no organisation. They stay on one node of a database that is
// distributed by tenant, or are copied to each.
var reference = map[string]string{
	"tenants":          "the organisations themselves",
	"installation":     "one row",
	"demo":             "one row",
	"restorations":     "how often the whole database was set back",
	"key_checks":       "keys that are not in the database",
	"audit_keys":       "keys that sign the checkpoints of all organisations",
	"setup_links":      "an installation has no organisation before it is claimed",
	"check_nodes":      "programs that serve, for all organisations",
	"goose_db_version": "of the tool that migrates",
}

// aKey is a unique or foreign key, with its columns and the table that they refer to, if any.
type aKey struct {
	table, key, refers string
	here, there        []string
}

func (c aKey) String() string {
	return fmt.Sprintf("%s of %s (%s)", c.key, c.table, strings.Join(c.here, ", "))
}

// Of each kind of key: table, name, table it refers to, columns, columns there.
const (
	keysOfPostgres = `SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, '',
		(SELECT string_agg(COALESCE(a.attname, ''), ',' ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (id, n) LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.id), ''
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace`
	foreignOfPostgres = `SELECT f.conrelid::regclass::text, f.conname, f.confrelid::regclass::text,
		(SELECT string_agg(COALESCE(a.attname, ''), ',' ORDER BY k.n) FROM unnest(f.conkey) WITH ORDINALITY AS k (id, n) JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.id),
		(SELECT string_agg(COALESCE(a.attname, ''), ',' ORDER BY k.n) FROM unnest(f.confkey) WITH ORDINALITY AS k (id, n) JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.id)
		FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace`
	keysOfSQLite = `SELECT t.name, i.name, '', (SELECT group_concat(COALESCE(c.name, ''), ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) AS c), ''
		FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i."unique" = 1`
	foreignOfSQLite = `SELECT t.name, 'foreign key ' || f.id, f."table", group_concat(f."from", ','), group_concat(COALESCE(f."to", ''), ',')
		FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' GROUP BY t.name, f.id, f."table"`
	tablesOfPostgres = `SELECT c.relname, '', '', '', '' FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`
	tablesOfSQLite   = `SELECT name, '', '', '', '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql NOT LIKE 'CREATE VIRTUAL%'`
)

func keys(t *testing.T, db *sql.DB, query string) (out []aKey) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	apptest.Must(t, err)
	defer rows.Close()
	for rows.Next() {
		var c aKey
		var here, there string
		apptest.Must(t, rows.Scan(&c.table, &c.key, &c.refers, &here, &there))
		c.here, c.there = strings.Split(here, ","), strings.Split(there, ",")
		out = append(out, c)
	}
	apptest.Must(t, rows.Err())
	return out
}

// Tables that grow can be distributed by tenant: each key leads with the tenant, and none leads to another
// tenant's row.
func TestKeysLeadWithTheTenant(t *testing.T) {
	t.Parallel()
	queries := map[store.Engine][3]string{
		store.SQLite:   {keysOfSQLite, foreignOfSQLite, tablesOfSQLite},
		store.Postgres: {keysOfPostgres, foreignOfPostgres, tablesOfPostgres},
	}
	for engine, q := range queries {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			db := dbtest.Raw(t, dbtest.Migrated(t, engine))
			unique, foreign := keys(t, db, q[0]), keys(t, db, q[1])
			for _, k := range unique {
				if reference[k.table] == "" && k.here[0] != "tenant_id" {
					t.Errorf("%s does not lead with the tenant", k)
				}
			}
			for _, k := range foreign {
				at := slices.Index(k.here, "tenant_id")
				if k.refers != "tenants" && (at < 0 || k.there[at] != "tenant_id") {
					t.Errorf("%s refers to %s (%s) without its tenant", k, k.refers, strings.Join(k.there, ", "))
				}
			}
			if len(unique) < 50 || len(foreign) < 20 {
				t.Errorf("%d unique and %d foreign keys were found", len(unique), len(foreign))
			}
			testReference(t, keys(t, db, q[2]), unique)
		})
	}
}

// testReference checks that each table has a key, and that those that are named are there and need it.
func testReference(t *testing.T, tables, unique []aKey) {
	t.Helper()
	for _, table := range tables {
		ofTenant := slices.ContainsFunc(unique, func(k aKey) bool { return k.table == table.table && k.here[0] == "tenant_id" })
		if known := reference[table.table] != ""; known == ofTenant {
			t.Errorf("%s: a key leads with the tenant: %t; it is named as one that belongs to no tenant: %t", table.table, ofTenant, known)
		}
	}
	for name := range reference {
		if !slices.ContainsFunc(tables, func(c aKey) bool { return c.table == name }) {
			t.Errorf("%s is no table", name)
		}
	}
}
