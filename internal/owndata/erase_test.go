package owndata_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

const day = 24 * time.Hour

// proven is a session of a user that made a step-up for an act.
func proven(t testing.TB, a *apptest.App, v *apptest.Visited, what policy.Act, app *apptest.Authenticator) sallyport.Actor {
	t.Helper()
	a.Clock.Advance(time.Minute)
	v.From = a.StepUp(t, v.From, v.Me(), sallyport.StepUp{Act: string(what), Password: true, Factor: app != nil}, app)
	return v.Me()
}

func visit(t testing.TB, a *apptest.App, u sallyport.User) apptest.Visited {
	return a.Visit(t, a.Laptop(t), u.Email, true, nil)
}

// person is somebody of whom there is something in every table.
type person struct {
	sallyport.User
	visit apptest.Visited
	app   *apptest.Authenticator
	words []string // that nothing may have in it afterwards
}

// lived is an admin who did everything there is to do.
func lived(t testing.TB, a *apptest.App) person {
	t.Helper()
	ctx := t.Context()
	owner := a.Owner(t)
	u := a.AddUser(t, "ingeborg@corp.test", sallyport.RoleAdmin)
	v := visit(t, a, u)
	me := v.Me()
	apptest.Must(t, a.Accounts.ChangeDetails(ctx, me, account.DetailsChange{To: map[string]string{"firstName": "Ingeborg", "lastName": "Wyszynska", "language": "de", "timeZone": "Europe/Berlin"}}))
	a.VerifyAddress(t, me)
	for range 2 {
		_, err := a.Try(ctx, a.From(t, apptest.Client("192.0.2.77", apptest.SafariOnIPhone)), u.Email, "wrong-password-of-a-stranger")
		if sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Fatal(err)
		}
		a.Clock.Advance(time.Minute)
	}
	proven(t, a, &v, policy.ChangeEmail, nil)
	sent, err := a.Contacts.AskEmail(ctx, me, "inge@corp.test")
	apptest.Must(t, err)
	a.Mails(t)
	apptest.Must(t, a.Contacts.ConfirmEmail(ctx, me, a.LastCode(t, sent.Address)))
	u.Email = "inge@corp.test"
	proven(t, a, &v, policy.ChangeEmail, nil)
	_, err = a.Contacts.AskEmail(ctx, me, "ingewaits@corp.test")
	apptest.Must(t, err)
	a.Confirmed(t, me)
	app := a.AddTOTP(t, me)
	proven(t, a, &v, policy.ManageUsers, app)
	_, err = a.Accounts.Invite(ctx, me, account.NewUser{Email: "guest@corp.test", Role: sallyport.RoleMember})
	apptest.Must(t, err)
	g, err := a.Groups.Add(ctx, sallyport.Actor{Type: sallyport.ActorOperator, TenantID: u.TenantID}, "Night shift", "")
	apptest.Must(t, err)
	_, err = a.Groups.AddMembers(ctx, sallyport.Actor{Type: sallyport.ActorOperator, TenantID: u.TenantID}, g.ID, []string{u.ID})
	apptest.Must(t, err)
	_ = owner
	a.AtApp(t, me, a.AddApp(t, u.TenantID, "https://"+g.ID+".test", "/* everyone"))
	a.Mails(t)
	return person{u, v, app, []string{"ingeborg", "inge@", "ingewaits", "wyszynska", "192.0.2.77"}}
}

// rowsBeside are those that no use makes in a test of this size.
var rowsBeside = []string{
	`INSERT INTO pictures (tenant_id, owner, hash, size, type, body, created_at) VALUES ($1, $2, 'h', 64, 'image/png', $3, 1)`,
	`INSERT INTO bulk_jobs (tenant_id, id, user_id, session_id, client, action, selection, status, reason, total, done, skipped, failed, place, steps, leased_until, created_at, ended_at, expires_at)
		VALUES ($1, 'job', $2, '', '{"ipAddress":"192.0.2.77"}', 'terminate', '{}', 'done', '', 1, 1, 0, 0, '', 1, 0, 1, 1, 9000000000000000)`,
	`INSERT INTO bulk_results (tenant_id, job_id, id, user_id, reason, expires_at) VALUES ($1, 'job', 's', 'somebody', 'ended', 9000000000000000)`,
	`INSERT INTO policy_previews (tenant_id, id, user_id, edit, found, status, total, done, place, steps, leased_until, created_at, ended_at, expires_at)
		VALUES ($1, 'preview', $2, '{}', '{}', 'done', 1, 1, '', 1, 0, 1, 1, 9000000000000000)`,
	`INSERT INTO audit_exports (tenant_id, id, user_id, wanted, events, last, more, done, created_at, touched_at, expires_at) VALUES ($1, 'export', $2, '{}', 0, 0, FALSE, 0, 1, 0, 9000000000000000)`,
	`INSERT INTO digests (tenant_id, user_id, sent_at) VALUES ($1, $2, 9000000000000000)`,
	`INSERT INTO device_credentials (tenant_id, token_hash, device_id, replaced_at) SELECT $1, $3, id, 9000000000000000 FROM devices WHERE user_id = $2`,
	`INSERT INTO api_keys (tenant_id, id, user_id, name, name_key, hint, hash, permissions, networks, created_at, created_by, session_id, expires_at, status)
		VALUES ($1, 'key', $2, 'Backup', 'backup', 'abc123', $3, '', '', 1, $2, '', 0, 'active')`,
	`INSERT INTO push_subscriptions (tenant_id, id, user_id, session_id, endpoint_hash, target, service, key_id, device_info, created_at)
		VALUES ($1, 'push', $2, 'a-session', $3, $3, 'push.example', 'key', '{}', 1)`,
	`INSERT INTO notification_choices (tenant_id, user_id, topic, channel, wanted) VALUES ($1, $2, 'reminders', 'email', FALSE)`,
	`INSERT INTO identity_providers (tenant_id, id, name, name_key, protocol, enabled, counts, asks_anew, settings, secrets, version, created_at, created_by, changed_at, tested_at)
		VALUES ($1, 'idp', 'Corp', 'corp', 'openid', FALSE, TRUE, TRUE, '{}', $3, 1, 1, '', 1, 0)`,
	`INSERT INTO identities (tenant_id, id, provider_id, subject, user_id, email, created_at, used_at) VALUES ($1, 'identity', 'idp', 'their-subject', $2, 'inge@corp.test', 1, 1)`,
	`INSERT INTO federated_sessions (tenant_id, session_id, identity_id, provider_id, name, provider_session, hint, created_at)
		SELECT $1, id, 'identity', 'idp', 'their-subject', 's', $3, 1 FROM sessions WHERE user_id = $2 LIMIT 1`,
	`INSERT INTO sso_requests (tenant_id, id, purpose, provider_id, user_id, session_id, facts, expires_at) VALUES ($1, 'request', 'link', 'idp', $2, '', '{}', 9000000000000000)`,
	`INSERT INTO approvals (tenant_id, id, user_id, flow_id, factor_id, number, act, session_id, device_id, client, ip_address, user_agent, device_info, location,
		created_at, ends_at, answer, answered_at, answered_in, used_at)
		VALUES ($1, 'approval', $2, 'flow', 'factor', 42, '', '', '', 'web', '192.0.2.77', '', '{}', '{}', 9000000000000000, 9000000000000000, '', 0, '', 0)`,
	`INSERT INTO password_history (tenant_id, user_id, id, password_hash, created_at) VALUES ($1, $2, 'p', 'hash-of-a-password', 1)`,
}

// addBeside adds them.
func addBeside(t testing.TB, a *apptest.App, u sallyport.User) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	for _, query := range rowsBeside {
		var args []any
		for i, v := range []any{u.TenantID, u.ID, []byte("picture-of-them")} {
			if strings.Contains(query, fmt.Sprintf("$%d", i+1)) {
				args = append(args, v)
			}
		}
		if !strings.Contains(query, "$2") {
			query = strings.ReplaceAll(query, "$3", "$2")
		}
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%v: %s", err, query)
		}
	}
}

// tables returns the columns of all tables.
func tables(t testing.TB, a *apptest.App) map[string][]string {
	t.Helper()
	query := "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
	if a.DB.Engine == store.Postgres {
		query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
	}
	rows, err := dbtest.Raw(t, a.DSN).QueryContext(t.Context(), query)
	apptest.Must(t, err)
	defer rows.Close()
	out := map[string][]string{}
	for rows.Next() {
		var table, column string
		apptest.Must(t, rows.Scan(&table, &column))
		out[table] = append(out[table], column)
	}
	apptest.Must(t, rows.Err())
	return out
}

// found returns in which columns of which tables one of the words stands, in any case.
func found(t testing.TB, a *apptest.App, words ...string) (places []string) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	for table, columns := range tables(t, a) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table) //nolint:gosec // a name of the schema
		apptest.Must(t, err)
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		names, err := rows.Columns()
		apptest.Must(t, err)
		for rows.Next() {
			apptest.Must(t, rows.Scan(into...))
			for i, v := range values {
				text := strings.ToLower(fmt.Sprint(v))
				if b, ok := v.([]byte); ok {
					text = strings.ToLower(string(b))
				}
				for _, w := range words {
					if place := table + "." + names[i]; strings.Contains(text, w) && !slices.Contains(places, place) {
						places = append(places, place)
					}
				}
			}
		}
		apptest.Must(t, errors.Join(rows.Err(), rows.Close()))
	}
	slices.Sort(places)
	return places
}

// leaves has the deletion of an account asked for, and lets the time for it come.
func leaves(t testing.TB, a *apptest.App, p person) {
	t.Helper()
	a.SetPolicy(func(p *sallyport.Policy) { p.AccountDeletion = sallyport.DeletedByEverybody })
	at, err := a.Accounts.RequestDeletion(t.Context(), proven(t, a, &p.visit, policy.DeleteAccount, p.app))
	apptest.Must(t, err)
	a.Mails(t)
	a.Sequence(t)
	a.Clock.Set(at)
}

// whereIDsStay are the columns that the table of holdings lets keep an id that leads to nobody.
func whereIDsStay() (columns []string) {
	for _, h := range owndata.Holdings {
		for _, c := range h.Columns {
			if h.Fate != owndata.Deleted {
				columns = append(columns, strings.TrimSuffix(h.Table, " of others")+"."+c)
			}
		}
	}
	return append(columns, "events.body", "events.target_id")
}

// Afterwards nothing leads to whoever it was but ids where the table says so, the log verifies and
// says it, and the address is free. Two nodes do it at once.
func TestErase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := lived(t, a)
		addBeside(t, a, p.User)
		for _, h := range owndata.Holdings {
			if h.Fate == owndata.Deleted && h.Table != "flows" && h.Table != "users" && rowsOf(t, a, h.Table) == 0 {
				t.Errorf("the test has nothing in %s", h.Table)
			}
		}
		leaves(t, a, p)
		if codes := apptest.AtOnce(2, func(int) error { return a.OwnData.Work(t.Context()) }); codes[""] != 2 {
			t.Fatalf("two nodes: %v", codes)
		}
		a.Sequence(t)
		if left := found(t, a, p.words...); len(left) > 0 {
			t.Errorf("what names them is left in %v", left)
		}
		stay := whereIDsStay()
		for _, place := range found(t, a, p.ID) {
			if !slices.Contains(stay, place) {
				t.Errorf("their id is left in %s", place)
			}
		}
		report, err := audit.Verify(t.Context(), a.DB, p.TenantID, audit.Known{}, nil)
		apptest.Must(t, err)
		if len(report.Problems) > 0 || report.Removed.People != 1 || report.Removed.Parts == 0 {
			t.Errorf("verification: %+v", report)
		}
		if n := a.Count(t); n[audit.DeletionBegun] != 1 || n[audit.AccountDeleted] != 1 {
			t.Errorf("events: %v", n)
		}
		if again := a.AddUser(t, p.Email, sallyport.RoleMember); again.ID == p.ID {
			t.Error("the same account")
		}
		apptest.Must(t, a.OwnData.Work(t.Context()))
	})
}

func rowsOf(t testing.TB, a *apptest.App, table string) (n int) {
	t.Helper()
	apptest.Must(t, dbtest.Raw(t, a.DSN).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n)) //nolint:gosec // a name of the table
	return n
}

// A table with a column that leads to somebody has a row in the table of holdings.
func TestHoldings(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		rows := map[string][]string{}
		for _, h := range owndata.Holdings {
			table := strings.TrimSuffix(h.Table, " of others")
			rows[table] = append(rows[table], h.Columns...)
			if h.What == "" || (h.Copy == "") == (h.Untold == "") || (h.Fate != owndata.Deleted && h.Fate != owndata.Counted) != (h.Why != "") {
				t.Errorf("%+v", h)
			}
			known := slices.ContainsFunc(owndata.Parts, func(p owndata.Part) bool { return p.Name == h.Copy })
			if h.Copy != "" && !known {
				t.Errorf("%s: the copy has no part %s", h.Table, h.Copy)
			}
		}
		schema := tables(t, a)
		for table, columns := range schema {
			for _, c := range columns {
				leads := slices.Contains([]string{"user_id", "actor_id", "owner", "email", "email_key", "recipient"}, c) || strings.HasSuffix(c, "_by")
				if leads && !slices.Contains(rows[table], c) && c != "stepped_up_by" {
					t.Errorf("%s.%s leads to somebody and has no row", table, c)
				}
			}
		}
		for table, columns := range rows {
			for _, c := range columns {
				if !slices.Contains(schema[table], c) {
					t.Errorf("%s has no column %s", table, c)
				}
			}
		}
	})
}
