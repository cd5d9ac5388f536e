package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// small are the tables that may be read as a whole: they do not grow with people
// and time.
var small = map[string]string{
	"tenants":      "as many as organisations",
	"policies":     "one row for each organisation",
	"audit_heads":  "one row for each organisation",
	"installation": "one row",
	"demo":         "one row",
	"restorations": "one row for each time that the database was set back",
	"setup_links":  "those of an installation that nobody claimed",
	"key_checks":   "one row for each key",
	"roles":        "those that an organisation made",
	"user_groups":  "those that an organisation made",
	"mfa_days":     "one row a day for an organisation",

	"retention_runs": "one row for each organisation",

	"audit_keys":       "one row for each key",
	"audit_deliveries": "one row for each organisation and way",

	"figures": "one row for each organisation",
	"reviews": "one row for each organisation",

	"oauth_clients": "those that an organisation made",
	"signing_keys":  "two or three for an organisation",

	"alert_channels": "at most ten for an organisation",

	"webhooks": "at most ten for an organisation",

	"identity_providers": "at most twenty for an organisation",
	"sso_domains":        "at most fifty for an organisation",

	"network_blocks": "at most 500 for an organisation, and no old ones",
}

// searched are tables in which what somebody typed leads to few rows.
var searched = map[string]string{
	"user_words": "the beginning of a word",
}

// few are indexes that hold few rows of a table that grows.
var few = map[string]string{
	"users_by_role":           "the owners and admins of an organisation; lists go through it in their order",
	"events_of_retention":     "one a day for an organisation",
	"outbox_pending":          "what waits to be delivered, which deliverers go through",
	"webhooks_on":             "at most ten for an organisation",
	"bulk_jobs_running":       "jobs that are not over, of which an admin has three at most",
	"policy_previews_running": "previews that are not over, of which an organisation has three at most",
	"users_service":           "the service accounts of an organisation",
	"outbox_dead":             "what was given up, which an operator goes through",
	"outbox_dead_of":          "what was given up in an organisation",
	"figure_people_exempt":    "who is exempt and has no second factor",
	"figure_people_locked":    "whose account is locked",
	"figure_doubts_by_state":  "unusual sign-ins of a month, each after every proof",
}

// wide lists columns in which many rows have the same value. An index that is used only by
// such columns leads to too many rows.
var wide = []string{"tenant_id", "status", "state", "channel", "kind", "role", "native", "bulk", "failure_reason", "method", "second_factor", "device_type", "trust_level"}

// rare are indexes for values of a filter that few rows have, which lists find at once by them.
var rare = map[string]string{
	"session_feed_by_transaction": "the feed on PostgreSQL, where nodes have not seen much of it",
	"users_by_status":             "who is invited, disabled or locked down",
	"attempts_by_outcome":         "a reason that few attempts fail for",
	"attempts_visits":             "the sign-ins of somebody who is being guessed",
	"sessions_by_type":            "an unusual type of device",
	"devices_by_status":           "which devices are suspended, or which are not where most are",
	"devices_by_trust":            "which devices are trusted, where few are",
	"devices_compromised":         "which devices are flagged",
	"users_by_sign_in":            "who has just signed in, or not for long",
	"devices_last_used":           "what a job looks for: without those that are over, of which there are more and more",
	"events_of_kind":              "what seldom happens",
	"events_with_parts":           "events whose personal part retention has not removed, of which there are fewer than of all that are old",
	"users_by_factor":             "who has a second factor, where few do, or none, where few do not",
}

// excused lists methods that are exceptions, with the reason.
var excused = map[string]string{
	"BoundSessions":        "a job, of what is from the future, which is nothing while clocks are right",
	"MFAAt":                "a job, once a day for an organisation, and a page that few open",
	"DropIdentityProvider": "an admin's act: everybody's identities there go",
	"OwnerHasPasskey":      "an admin's act, and an organisation has few owners",
	"MFANow":               "a page that few open, which counts everybody",
	"DeletionEvents":       "verification, of what seldom happens",
	"EraseNamed":           "a job, once for an account, by indexes of addresses, some hundred rows at a time",
	"EraseRows":            "a job, once for an account, some hundred rows at a time",
	"LargestPicture":       "the few sizes of one picture",
	"MailsOf":              "a copy of somebody's data, five an hour at most: mails are forgotten after some days",
	"AppendEvents":         "on SQLite the largest number is at the end of an index",
	"TakeAuditHead":        "whether a leaf stands behind the last one",
	"QueuedTenants":        "what waits, which is little; on SQLite the largest number of each tenant, at the end of an index",
	"PlacedAt":             "an export, at most a thousand at a time, each by the key",
	"TreeHashes":           "verification, as many as a part of the log has",
	"Leaves":               "as many as their positions are given",
	"LeavesBetween":        "as many as are asked for, in their order",
	"BeyondHead":           "verification asks for the first of them",
	"WaitingEvents":        "events wait for less than a second",
	"CountSessions":        "an admin asks once, before an act on all that a filter finds, and needs the exact number",
	"MostGuessed":          "the newest failed attempts only, up to a limit",
	"MostGuessing":         "the newest failed attempts only, up to a limit",
	"RunningPreviews":      "previews of an organisation in a week",
	"CountUsers":           "an admin asks once, before a preview of a policy, and needs to know how far it is",
	"SignInsToJudge":       "what some hundred people in a row did, by the index of people",
	"SessionsToJudge":      "what some hundred people in a row did, by the index of people",
	"ForgetContactCodes":   "on PostgreSQL the few that go are looked up in the order of the key",
	"ForgetPreviewPeople":  "on PostgreSQL the few that go are looked up in the order of the key",
	"PoliciesFor":          "groups with a policy of their own, which are few, and those of some users",
	"ActiveMethods":        "the second factors of some hundred people, by the index of people",
	"NextPeople":           "the next few hundred ids, by the keys of two tables",
	"Failed":               "minutes of a day, of one organisation",
	"Locks":                "hours of a quarter at most, of one organisation",
	"FigureHours":          "hours of a quarter, of one organisation",
	"Countries":            "hours of a week or days of a quarter, and there are few countries",
	"UncountPast":          "an operator has an organisation counted anew",
	"ShortenSessions":      "a policy that shortens concerns every live session of the organisation",
}

// collects is how a list reads the rows that pass a filter, after it has counted that they are few.
var collects = regexp.MustCompile(`\b(id|seq) = ANY\(|\b(id|seq) = chosen\b`)

// steps is how a list looks at rows for the rest of its filters: in its order, up to a limit.
var steps = regexp.MustCompile(`^SELECT .* FROM \(SELECT \* FROM \w+ WHERE .* ORDER BY .* LIMIT \$\d+\) AS \w+ WHERE .* LIMIT \$\d+$`)

// step is one access to a table in a plan.
type step struct {
	table, index string
	equal        []string // columns whose value is given
	bounded      bool     // begins or ends inside what these lead to
	text         string
}

// plan is how an engine runs a statement.
type plan struct {
	steps []step
	sorts []string
}

var (
	equals   = regexp.MustCompile(`\b(\w+) = \$`)
	compares = regexp.MustCompile(`\b\w+ (?:<|>|<=|>=) \$`)
)

// problems returns why a plan would be slow on a large installation.
func (p plan) problems(s statement) []string {
	var out []string
	grows := func(s step) bool { return small[s.table] == "" }
	if slices.ContainsFunc(p.steps, grows) && !collects.MatchString(s.sql) {
		out = append(out, p.sorts...)
	}
	for _, step := range p.steps {
		if step.bounded && searched[step.table] != "" {
			continue
		}
		if asked := steps.MatchString(s.sql) && (step.table == "w" || step.table == "m"); asked && !slices.Contains(step.equal, "user_id") {
			out = append(out, step.text) // asked of each row
		}
		if steps.MatchString(s.sql) && step.index != "" {
			continue
		}
		if grows(step) && few[step.index] == "" && !slices.ContainsFunc(step.equal, narrow) && (len(p.sorts) > 0 || !step.walks(s)) {
			out = append(out, step.text)
		}
	}
	return out
}

func narrow(column string) bool { return !slices.Contains(wide, column) }

// walks reports whether a statement may read many rows: in its own order, up to its limit,
// when none of its conditions leads to few rows. Lists may, because people sometimes search
// for rare rows. Jobs may not: an index holds what is due.
func (step step) walks(s statement) bool {
	_, where, _ := strings.Cut(s.sql, " WHERE ")
	if step.index == "" || !strings.Contains(s.sql, " LIMIT ") {
		return false
	}
	for _, m := range equals.FindAllStringSubmatch(where, -1) {
		if narrow(m[1]) {
			return false
		}
	}
	return s.list || step.bounded || !compares.MatchString(where)
}

// No statement becomes slow when a table grows: none reads a whole table, or all rows of an
// organisation, or sorts more rows than it returns. PostgreSQL is asked for its generic
// plan, on tables with rows, and sorts only where it has no other way.
func TestPlans(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			a := apptest.New(t, engine, store.Options{})
			a.Tampered() // whatever fill writes
			seen := statements(t, a)
			explain := explainSQLite
			if engine == store.Postgres {
				explain = explainPostgres
				everyPieceIsSeen(t, seen) // some are PostgreSQL's alone
			}
			conn, err := dbtest.Raw(t, a.DSN).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if engine == store.Postgres {
				fill(t, conn)
			}
			for _, s := range seen {
				p, err := explain(t.Context(), conn, s)
				if err != nil {
					t.Errorf("%s: %v\n\t%s", s.method, err, s.sql)
					continue
				}
				problems := p.problems(s)
				if len(problems) == 0 {
					continue
				}
				if excused[s.method] != "" {
					used[s.method] = true
					continue
				}
				t.Errorf("%s\n\t%s\n\t%s", s.method, columns.ReplaceAllString(s.sql, "SELECT … FROM"), strings.Join(problems, "\n\t"))
			}
		})
	}
	for method := range excused {
		if !used[method] {
			t.Errorf("%s is excused and need not be", method)
		}
	}
}

// Every index is needed: without it some statement would be slow, and TestPlans would fail.
func TestEveryIndexIsNeeded(t *testing.T) {
	t.Parallel()
	a := apptest.New(t, store.SQLite, store.Options{})
	seen := statements(t, a)
	db := dbtest.Raw(t, a.DSN)
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	slow := func() (all []string) {
		for _, s := range seen {
			p, err := explainSQLite(t.Context(), conn, s)
			if err != nil {
				t.Fatalf("%s: %v", s.method, err)
			}
			for _, problem := range p.problems(s) {
				all = append(all, s.method+" "+problem)
			}
		}
		return all
	}
	run := func(query string) {
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	before := slow()
	indexes := indexesOf(t, conn)
	for _, index := range indexes {
		run("BEGIN")
		run("DROP INDEX " + index)
		if slices.Equal(slow(), before) && rare[index] == "" {
			t.Errorf("nothing is slow without index %s", index)
		}
		run("ROLLBACK")
	}
}

// indexesOf returns the indexes that exist for speed.
func indexesOf(t *testing.T, conn *sql.Conn) (names []string) {
	t.Helper()
	rows, err := conn.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX %' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) == 0 || rows.Err() != nil {
		t.Fatalf("%d indexes, %v", len(names), rows.Err())
	}
	return names
}

// columns are what a statement returns, which decides nothing.
var columns = regexp.MustCompile(`SELECT [\w, ]+ FROM`)

var (
	liteStep  = regexp.MustCompile(`^(?:SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)
	liteEqual = regexp.MustCompile(`(\w+)=\?`)
	withName  = regexp.MustCompile(`WITH (\w+) AS`)
	aliases   = strings.NewReplacer("SEARCH u ", "SEARCH users ", "SEARCH d ", "SEARCH devices ")
)

func explainSQLite(ctx context.Context, conn *sql.Conn, s statement) (p plan, err error) {
	rows, err := conn.QueryContext(ctx, "EXPLAIN QUERY PLAN "+s.sql, s.args...)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	made := map[string]bool{} // rows that the statement has read already, up to a limit
	for rows.Next() {
		var id, parent, unused int
		var text string
		if err := rows.Scan(&id, &parent, &unused, &text); err != nil {
			return p, err
		}
		text = aliases.Replace(text)
		if name, ok := strings.CutPrefix(text, "CO-ROUTINE "); ok {
			made[name] = true
		}
		if strings.Contains(text, "TEMP B-TREE") {
			p.sorts = append(p.sorts, text)
		}
		m := liteStep.FindStringSubmatch(text)
		if m == nil || m[1] == "CONSTANT" || m[1] == "json_each" || made[m[1]] && m[2] == "" {
			continue
		}
		if w := withName.FindStringSubmatch(s.sql); w != nil && w[1] == m[1] {
			continue // rows that the statement has made itself
		}
		one := step{table: m[1], index: m[2], text: text, bounded: strings.ContainsAny(text, "<>")}
		for _, e := range liteEqual.FindAllStringSubmatch(text, -1) {
			one.equal = append(one.equal, e[1])
		}
		p.steps = append(p.steps, one)
	}
	return p, rows.Err()
}

// fill gives every table rows of some organisations, with few of them live, and
// lets PostgreSQL count them.
func fill(t *testing.T, conn *sql.Conn) {
	t.Helper()
	ctx := t.Context()
	rows, err := conn.QueryContext(ctx, `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version' ORDER BY table_name, ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	names, values := map[string][]string{}, map[string][]string{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		if small[table] == "" {
			names[table], values[table] = append(names[table], column), append(values[table], filler(column, kind))
		}
	}
	if err := rows.Err(); err != nil || len(names) == 0 {
		t.Fatalf("%d tables, %v", len(names), err)
	}
	run := func(query string) {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
	}
	run("SET session_replication_role = replica") // foreign keys are not checked
	for _, table := range slices.Sorted(maps.Keys(names)) {
		run(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 20000) g ON CONFLICT DO NOTHING", table, strings.Join(names[table], ", "), strings.Join(values[table], ", ")))
	}
	run("ANALYZE")
	run("SET plan_cache_mode = force_generic_plan")
	for _, way := range []string{"seqscan", "bitmapscan", "sort"} {
		run("SET enable_" + way + " = off") // where there is no other way they are taken all the same
	}
}

// filler returns the value of a column in row g.
func filler(column, kind string) string {
	unique := []string{"id", "token_hash", "hash", "subject", "email_key", "credential_id"}
	switch {
	case column == "tenant_id":
		return "'t' || g % 50"
	case column == "status":
		return "CASE g % 20 WHEN 0 THEN 'active' WHEN 1 THEN 'pending' ELSE 'revoked' END"
	case column == "state":
		return "CASE g % 20 WHEN 0 THEN 'pending' WHEN 1 THEN 'dead' ELSE 'sent' END"
	case column == "role":
		return "CASE g % 400 WHEN 0 THEN 'owner' ELSE 'member' END"
	case column == "trust_level":
		return "g % 4"
	case kind == "boolean":
		return "g % 2 = 0"
	case kind == "bigint":
		return "g"
	case kind == "bytea" && slices.Contains(unique, column):
		return "sha256(CAST(CAST(g AS TEXT) AS BYTEA))"
	case kind == "bytea":
		return "sha256(CAST(CAST(g % 500 AS TEXT) AS BYTEA))"
	case slices.Contains(unique, column):
		return "md5(CAST(g AS TEXT))"
	case strings.HasSuffix(column, "_id"):
		return "md5(CAST(g % 1000 AS TEXT))"
	}
	return "'x' || g % 50"
}

// node is a part of a plan as PostgreSQL writes it in JSON.
type node struct {
	Type  string   `json:"Node Type"`
	Table string   `json:"Relation Name"`
	Index string   `json:"Index Name"`
	Cond  string   `json:"Index Cond"`
	Keys  []string `json:"Sort Key"`
	Plans []node   `json:"Plans"`
}

var pgEqual = regexp.MustCompile(`\(?(\w+)\)? = `)

func explainPostgres(ctx context.Context, conn *sql.Conn, s statement) (p plan, err error) {
	if collects.MatchString(s.sql) { // these rows are few, and sorted
		if _, err := conn.ExecContext(ctx, "SET enable_sort = on"); err != nil {
			return p, err
		}
		defer conn.ExecContext(ctx, "SET enable_sort = off") //nolint:errcheck // the plans after it would fail
	}
	if _, err := conn.ExecContext(ctx, "PREPARE asked AS "+s.sql); err != nil {
		return p, err
	}
	defer conn.ExecContext(ctx, "DEALLOCATE asked") //nolint:errcheck // the next one would fail
	execute := "EXPLAIN (FORMAT JSON) EXECUTE asked"
	if len(s.args) > 0 {
		execute += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", len(s.args)), ", ") + ")"
	}
	var text string
	if err := conn.QueryRowContext(ctx, execute).Scan(&text); err != nil {
		return p, err
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return p, err
	}
	p.add(plans[0].Plan, "")
	return p, nil
}

func (p *plan) add(n node, table string) {
	if n.Table != "" {
		table = n.Table
	}
	switch n.Type {
	case "Sort", "Incremental Sort":
		p.sorts = append(p.sorts, n.Type+" by "+strings.Join(n.Keys, ", "))
	case "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		one := step{
			table: table, index: n.Index, text: n.Type + " of " + table + " by " + n.Index + " " + n.Cond,
			bounded: strings.ContainsAny(n.Cond, "<>"),
		}
		for _, e := range pgEqual.FindAllStringSubmatch(n.Cond, -1) {
			one.equal = append(one.equal, e[1])
		}
		p.steps = append(p.steps, one)
	}
	for _, below := range n.Plans {
		p.add(below, table)
	}
}
