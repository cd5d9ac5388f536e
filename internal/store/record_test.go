package store_test

import (
	"context"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
)

// statement is one text of SQL with parameters that fit it.
type statement struct {
	method string // that runs it
	list   bool   // a list that people page through
	sql    string
	args   []any
}

// silent are methods that ask nothing themselves; Admit asks what BlockOf does.
var silent = map[string]bool{"AfterCommit": true, "AtEnd": true, "OnlyWriter": true, "Admit": true}

// statements returns every statement that the package runs. It calls each method with made-up
// arguments, also methods that are added later.
func statements(t *testing.T, a *apptest.App) []statement {
	t.Helper()
	found := map[string]statement{}
	add := func(method string, list bool, query string, args []any) {
		found[method+query] = statement{method, list, strings.Join(strings.Fields(query), " "), args}
	}
	record := func(method string, list, many bool, f func(tx *store.Tx)) {
		tx, done, err := store.Record(t.Context(), a.DB, many, func(query string, args []any) { add(method, list, query, args) })
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		f(tx)
	}
	typ := reflect.TypeFor[*store.Tx]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if silent[m.Name] {
			continue
		}
		before := len(found)
		for _, full := range []bool{false, true} {
			for _, query := range queriesFor(t, m.Type) {
				run := func(tx *store.Tx) {
					defer func() {
						if v := recover(); v != nil && full { // an empty argument may be nonsense
							t.Errorf("%s cannot be called with made-up arguments: %v", m.Name, v)
						}
					}()
					if err := call(t, m, tx, full, query); err != nil && full && query.Table == nil && sallyport.CodeOf(err) != sallyport.CodeNotFound {
						t.Errorf("%s: %v", m.Name, err)
					}
				}
				record(m.Name, query.Table != nil, false, run)
				if query.Table != nil {
					record(m.Name, true, true, run)
				}
			}
		}
		if len(found) == before {
			t.Errorf("%s was called and asked nothing", m.Name)
		}
	}
	add("CheckSession", false, store.CheckSessionSQL, []any{"t", make([]byte, 32)})
	add("CheckKey", false, store.CheckKeySQL, []any{"t", make([]byte, 32)})
	out := make([]statement, 0, len(found))
	for _, s := range found {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b statement) int { return strings.Compare(a.method+a.sql, b.method+b.sql) })
	return out
}

func call(t *testing.T, m reflect.Method, tx *store.Tx, full bool, query list.Query) error {
	t.Helper()
	args := []reflect.Value{reflect.ValueOf(tx)}
	for i := 1; i < m.Type.NumIn(); i++ {
		in := m.Type.In(i)
		switch {
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(t.Context()))
		case in == reflect.TypeFor[list.Query]():
			args = append(args, reflect.ValueOf(query))
		case full:
			args = append(args, madeUp(t, m.Name, in))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	run := m.Func.Call
	if m.Type.IsVariadic() {
		run = m.Func.CallSlice
	}
	out := run(args)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// madeUp returns a value of a type that is not its zero value.
func madeUp(t *testing.T, method string, typ reflect.Type) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[netip.Prefix]():
		return reflect.ValueOf(netip.MustParsePrefix("192.0.2.0/24"))
	case typ == reflect.TypeFor[time.Time]():
		return reflect.ValueOf(apptest.Start)
	case typ.Kind() == reflect.String:
		v.SetString("x")
	case v.CanInt():
		v.SetInt(100) // of a limit: what jobs take at a time
	case v.CanUint():
		v.SetUint(1)
	case v.CanFloat():
		v.SetFloat(1)
	case typ.Kind() == reflect.Bool:
		v.SetBool(true)
	case typ.Kind() == reflect.Slice:
		v = reflect.Append(v, madeUp(t, method, typ.Elem()))
	case typ.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(typ))
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(madeUp(t, method, typ.Field(i).Type))
			}
		}
	default:
		t.Fatalf("%s has an argument of type %v: teach this test to make one up", method, typ)
	}
	return v
}

// queriesFor returns queries for a method that reads a list: the queries of every list,
// because it refuses those of others. Other methods are called once.
func queriesFor(t *testing.T, method reflect.Type) []list.Query {
	t.Helper()
	for i := range method.NumIn() {
		if method.In(i) == reflect.TypeFor[list.Query]() {
			var all []list.Query
			for _, table := range list.Tables {
				all = append(all, questions(t, table)...)
			}
			return all
		}
	}
	return []list.Query{{}}
}

// samples are values of each kind of field, one for each SQL text that they lead to.
var samples = map[list.Kind][]string{
	list.ID: {"u1"}, list.IDs: {"u1"}, list.Text: {"karin"}, list.Exact: {"karin@corp.test"}, list.Since: {"2026-01-01"}, list.Before: {"2026-02-01"}, list.Network: {"192.0.2.1", "192.0.2.0/24"},
}

// questions returns every filter and every two of them in every order, for the first page and a
// later one: more filters are only more conditions on the rows that two of them choose.
func questions(t *testing.T, table *list.Table) []list.Query {
	t.Helper()
	addresses := []url.Values{{}}
	for _, f := range table.Fields {
		var values [][]string
		for _, s := range samples[f.Kind] {
			values = append(values, []string{s})
		}
		if f.Kind == list.Choice {
			values = [][]string{{f.Choices[0].Value}, {f.Choices[0].Value, f.Choices[1].Value}}
		}
		if values == nil {
			t.Fatalf("this test has no sample of field %q of list %s", f.Name, table.Name)
		}
		for _, a := range slices.Clone(addresses) {
			for _, v := range values {
				if len(a) == 2 {
					continue
				}
				with := url.Values{f.Name: v}
				maps.Copy(with, a)
				addresses = append(addresses, with)
			}
		}
	}
	var all []list.Query
	for _, a := range addresses {
		for _, o := range table.Orders {
			a.Set("sort", o.Name)
			first, err := table.Parse(a)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, first)
			for _, place := range [][]string{{"1"}, {"1", "x"}} { // one of them fits
				cursor := list.Cut(first, make([]int, first.Limit+1), func(int) []string { return place }).Next
				next, err := table.Parse(first.Next(cursor))
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, next)
			}
		}
	}
	return all
}

// sqlWords are what a piece of SQL in the source has in it.
var sqlWords = regexp.MustCompile(`\b(SELECT|FROM|INTO|UPDATE|DELETE|WHERE|JOIN)\b`)

// unrecorded lists pieces of SQL that no method of Tx runs, with the reason.
var unrecorded = map[string]string{
	"SELECT 1": "Ping",
	"SELECT current_setting('server_version'),":                                             "Health reads no table of ours",
	"IN (SELECT value FROM json_each(":                                                      "a list of ids on SQLite",
	"(SELECT value AS chosen FROM json_each(":                                               "a list of ids on SQLite",
	")) AS these CROSS JOIN":                                                                "a list of ids on SQLite",
	"token_hash IN (SELECT unhex(value) FROM json_each(":                                    "a list of hashes on SQLite",
	"SELECT COUNT(e.seq), COALESCE(":                                                        "what waits on SQLite",
	"- MIN(e.created_at), 0), (SELECT COUNT(*) FROM audit_queue":                            "what waits on SQLite",
	"SELECT MAX(COALESCE((SELECT MAX(seq) FROM events":                                      "the log on SQLite",
	"SELECT id FROM tenants WHERE COALESCE((SELECT MAX(seq)":                                "the log on SQLite",
	"SELECT e.seq, e.body FROM events AS e WHERE":                                           "the log on SQLite",
	"INSERT INTO events (tenant_id,":                                                        "the log on SQLite",
	"SELECT sqlite_version()":                                                               "Health on SQLite",
	"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'": "Health on SQLite",
	"SELECT COUNT(*) FROM sqlite_master":                                                    "about a file, once at a start or a restore",
	"VACUUM INTO":                                                                           "a copy of a file",
	"SELECT \"table\" FROM pragma_foreign_key_check":                                        "a check of a whole file",
	"SELECT (SELECT MAX(version_id) FROM goose_db_version)":                                 "about a backup, whose tables are of organisations and migrations",
	"SELECT current_schema()":                                                               "Target reads no table of ours",
	"SELECT CAST(current_setting('server_version_num')":                                     "Target reads no table of ours",
	"SELECT COUNT(*) FROM pg_tables":                                                        "Target reads no table of ours",
	"SELECT to_regclass(":                                                                   "Target reads no table of ours",
	"SELECT COUNT(*) FROM pg_stat_activity":                                                 "Target reads no table of ours",
	"SELECT key_id, sealed FROM key_checks":                                                 "CheckKeys has a transaction of its own; the table has a row for each key",
	"INSERT INTO key_checks":                                                                "CheckKeys, see above",
}

// Every piece of SQL in the source was seen by statements, so that what a method runs only in
// some cases is explained too.
func everyPieceIsSeen(t *testing.T, seen []statement) {
	t.Helper()
	var texts strings.Builder
	for _, s := range seen {
		texts.WriteString(s.sql + "\n")
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != gotoken.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			piece, _, _ := strings.Cut(strings.Join(strings.Fields(text), " "), " ?") // where a filter puts its condition
			if !sqlWords.MatchString(piece) || strings.Contains(texts.String(), piece) {
				return true
			}
			for known := range unrecorded {
				if strings.HasPrefix(piece, known) {
					return true
				}
			}
			t.Errorf("%s: no made-up call runs %q, so nobody knows its plan: let one run it", name, piece)
			return true
		})
	}
}
