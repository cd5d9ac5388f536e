package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// EventRow is one event as stored. Body is what the leaf hash covers, Personal the part that can be
// removed: "" where there is none.
type EventRow struct {
	Seq       int64 // in the order of writing, with gaps
	ID        string
	Kind      string
	ActorID   string
	UserID    string
	SessionID string
	TargetID  string
	IPAddress string
	CreatedAt time.Time
	Body      string
	Personal  string
	Named     string // what it names besides people: the words, each behind a space
}

const eventColumns = "seq, id, kind, actor_id, user_id, created_at, body, session_id, target_id, ip_bytes, personal, named"

func scanEvent(scan func(...any) error) (e EventRow, err error) {
	var created int64
	var ip []byte
	err = scan(&e.Seq, &e.ID, &e.Kind, &e.ActorID, &e.UserID, &created, &e.Body, &e.SessionID, &e.TargetID, &ip, &e.Personal, &e.Named)
	if e.CreatedAt, e.IPAddress = fromMicros(created), ipText(ip); e.IPAddress == "" && len(ip) > 0 {
		e.IPAddress = "?" // no address, and not none: verification tells
	}
	return e, err
}

// AppendEvents stores new events of a tenant, in this order, which wait for their places in its tree.
// Their numbers are given here.
func (tx *Tx) AppendEvents(ctx context.Context, tenantID string, events []EventRow) error {
	const most = 100 // in a statement: both engines limit the number of parameters
	for chunk := range slices.Chunk(events, most) {
		if err := tx.appendChunk(ctx, tenantID, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) appendChunk(ctx context.Context, tenantID string, events []EventRow) error {
	if tx.engine == SQLite {
		return tx.appendNumbered(ctx, tenantID, events)
	}
	var values []string
	args := []any{tenantID}
	for _, e := range events {
		values = append(values, "($1, nextval('event_numbers'), "+placeholders(len(args)+1, 11)+")")
		args = append(args, e.written()...)
	}
	_, err := tx.exec(ctx, "WITH written AS (INSERT INTO events (tenant_id, "+eventColumns+") VALUES "+strings.Join(values, ", ")+
		" RETURNING seq) INSERT INTO audit_queue (tenant_id, seq, queued_at) SELECT $1, seq, "+tx.clock()+" FROM written", args...)
	return err
}

// appendNumbered is appendChunk on SQLite, which has no sequences and needs no queue: with one
// writer the events that have no place are those after the last one that has.
func (tx *Tx) appendNumbered(ctx context.Context, tenantID string, events []EventRow) error {
	last, err := count(ctx, tx.Queries, `SELECT MAX(COALESCE((SELECT MAX(seq) FROM events WHERE tenant_id = $1), 0),
		COALESCE((SELECT MAX(seq) FROM audit_leaves WHERE tenant_id = $1), 0))`, tenantID)
	if err != nil {
		return err
	}
	rows := make([][]any, len(events))
	for i, e := range events {
		rows[i] = append([]any{tenantID, last + 1 + int64(i)}, e.written()...)
	}
	return tx.insert(ctx, "INSERT INTO events (tenant_id, "+eventColumns+") VALUES ", rows)
}

// written returns the values of eventColumns after the first.
func (e EventRow) written() []any {
	return []any{e.ID, e.Kind, e.ActorID, e.UserID, micros(e.CreatedAt), e.Body, e.SessionID, e.TargetID, ipBytes(e.IPAddress), e.Personal, e.Named}
}

// clock returns the expression for the time of the database's own clock, in microseconds.
func (q Queries) clock() string {
	if q.engine == Postgres {
		return "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT"
	}
	return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
}

// EventTime returns when an event happened.
func (q Queries) EventTime(ctx context.Context, tenantID, id string) (time.Time, error) {
	at, err := count(ctx, q, "SELECT created_at FROM events WHERE tenant_id = $1 AND id = $2", tenantID, id)
	return fromMicros(at), err
}

// Events returns up to limit events from a number on, in the order of writing.
func (q Queries) Events(ctx context.Context, tenantID string, from int64, limit int) ([]EventRow, error) {
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
		tenantID, from, limit)
}

// EventsOf selects events of a tenant.
type EventsOf struct {
	TenantID string
	UserID   string    // whom they concern
	ByThem   bool      // or, instead: what they did to others and to the organisation
	Since    time.Time // when they happened, or later
	After    int64     // of those of that time: the number that theirs is greater than
	Kinds    []string  // none for all kinds
	Limit    int
}

// EventsSince returns the first events of those that which selects, in the order of their times.
func (q Queries) EventsSince(ctx context.Context, which EventsOf) ([]EventRow, error) {
	where := "user_id = $2"
	if which.ByThem {
		where = "actor_id = $2 AND user_id <> $2 AND actor_id <> ''" // as the index has it
	}
	args := []any{which.TenantID, which.UserID, micros(which.Since), which.Limit, which.After}
	if len(which.Kinds) > 0 {
		where += " AND kind || '' IN (" + placeholders(6, len(which.Kinds)) + ")"
	}
	for _, k := range which.Kinds {
		args = append(args, k)
	}
	return all(ctx, q, scanEvent, "SELECT "+eventColumns+" FROM events WHERE tenant_id = $1 AND created_at >= $3 AND (created_at > $3 OR seq > $5) AND "+where+" ORDER BY created_at, seq LIMIT $4", args...)
}
