package store

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"
)

// RetentionRun is the removal of what is older than a moment, in one organisation. It goes on in
// batches, on one node at a time.
type RetentionRun struct {
	TenantID    string
	Before      time.Time // zero for never
	PartsBefore time.Time // of events; zero for never
	Told        bool      // its event is in the log
	Taken       int64     // whoever took a run last goes on with it
}

// TakeRetention takes a run. Other nodes cannot take it before until. ErrNotFound when another
// node has it, or this run is over.
func (tx *Tx) TakeRetention(ctx context.Context, r RetentionRun, now, until time.Time) (RetentionRun, error) {
	return get(ctx, tx.Queries, func(scan func(...any) error) (RetentionRun, error) {
		err := scan(&r.Told, &r.Taken)
		return r, err
	}, `INSERT INTO retention_runs (tenant_id, cutoff, parts_cutoff, told, done, taken, leased_until) VALUES ($1, $2, $3, FALSE, FALSE, 1, $5)
		ON CONFLICT (tenant_id) DO UPDATE SET told = retention_runs.told AND retention_runs.cutoff = excluded.cutoff AND retention_runs.parts_cutoff = excluded.parts_cutoff, done = FALSE,
			cutoff = excluded.cutoff, parts_cutoff = excluded.parts_cutoff, taken = retention_runs.taken + 1, leased_until = excluded.leased_until
		WHERE retention_runs.leased_until <= $4
			AND NOT (retention_runs.done AND retention_runs.cutoff = excluded.cutoff AND retention_runs.parts_cutoff = excluded.parts_cutoff)
		RETURNING told, taken`, r.TenantID, micros(r.Before), micros(r.PartsBefore), micros(now), micros(until))
}

// KeepRetention keeps a run for its node until a time, and stores whether it is told. ErrNotFound
// when another node took it.
func (q Queries) KeepRetention(ctx context.Context, r RetentionRun, until time.Time) error {
	return q.execOne(ctx, "UPDATE retention_runs SET told = $3, leased_until = $4 WHERE tenant_id = $1 AND taken = $2",
		r.TenantID, r.Taken, r.Told, micros(until))
}

// EndRetention gives a run up that no other node took: when it is done for good, and otherwise so
// that any node can go on.
func (q Queries) EndRetention(ctx context.Context, r RetentionRun, done bool) error {
	_, err := q.exec(ctx, "UPDATE retention_runs SET done = $3, leased_until = 0 WHERE tenant_id = $1 AND taken = $2", r.TenantID, r.Taken, done)
	return err
}

// OldRow is a row that retention looks at: the oldest first, and those of one time by their id.
type OldRow struct {
	At   time.Time
	ID   string
	Goes int64 // how many rows go with it; 0 when it stays
}

// OldRows are the rows of a tenant older than a moment that follow a place.
type OldRows struct {
	TenantID string
	Before   time.Time
	After    OldRow // zero for the oldest
	Limit    int
}

// EndedSessions returns sessions that ended.
func (q Queries) EndedSessions(ctx context.Context, which OldRows) ([]OldRow, error) {
	return all(ctx, q, scanOld, "SELECT terminated_at, id, 1 FROM sessions WHERE tenant_id = $1 AND terminated_at > 0 AND terminated_at < $2"+
		" AND (terminated_at, id) > ($3, $4) ORDER BY terminated_at, id LIMIT "+strconv.Itoa(which.Limit), which.args(which.After.ID)...)
}

// attemptGoes is 0 for an attempt that stays: one of the newest ten sign-ins of its user, which the
// next one is compared with, or what began a session that goes on.
const attemptGoes = `CASE WHEN (successful OR answer = 'mine') AND answer <> 'not_mine' AND NOT EXISTS (SELECT 1 FROM attempts n
			WHERE n.tenant_id = attempts.tenant_id AND n.user_id = attempts.user_id AND (n.successful OR n.answer = 'mine') AND n.answer <> 'not_mine'
			AND (n.created_at, n.id) > (attempts.created_at, attempts.id) ORDER BY n.created_at, n.id LIMIT 1 OFFSET 9)
		OR session_id <> '' AND (SELECT s.status FROM sessions s
			WHERE s.tenant_id = attempts.tenant_id AND s.id = attempts.session_id) IN ('active', 'suspended')
		THEN 0 ELSE 1 END`

// OldAttempts returns attempts to sign in.
func (q Queries) OldAttempts(ctx context.Context, which OldRows) ([]OldRow, error) {
	return all(ctx, q, scanOld, "SELECT created_at, id, "+attemptGoes+" FROM attempts WHERE tenant_id = $1 AND created_at < $2"+
		" AND (created_at, id) > ($3, $4) ORDER BY created_at, id LIMIT "+strconv.Itoa(which.Limit), which.args(which.After.ID)...)
}

// ReplacedCredentials returns credentials of devices that were replaced. The id is their hash.
func (q Queries) ReplacedCredentials(ctx context.Context, which OldRows) ([]OldRow, error) {
	return all(ctx, q, scanOld, "SELECT replaced_at, token_hash, 1 FROM device_credentials WHERE tenant_id = $1 AND replaced_at < $2"+
		" AND (replaced_at, token_hash) > ($3, $4) ORDER BY replaced_at, token_hash LIMIT "+strconv.Itoa(which.Limit), which.args([]byte(which.After.ID))...)
}

// RevokedDevices returns devices that were revoked, with which their replaced credentials go.
func (q Queries) RevokedDevices(ctx context.Context, which OldRows) ([]OldRow, error) {
	return all(ctx, q, scanOld, `SELECT ended_at, id, (SELECT COUNT(*) FROM device_credentials c WHERE c.tenant_id = devices.tenant_id AND c.device_id = devices.id)
		FROM devices WHERE tenant_id = $1 AND status = 'revoked' AND ended_at < $2`+
		" AND (ended_at, id) > ($3, $4) ORDER BY ended_at, id LIMIT "+strconv.Itoa(which.Limit), which.args(which.After.ID)...)
}

// EndedKeys returns API keys that were revoked.
func (q Queries) EndedKeys(ctx context.Context, which OldRows) ([]OldRow, error) {
	return all(ctx, q, scanOld, "SELECT ended_at, id, 1 FROM api_keys WHERE tenant_id = $1 AND ended_at > 0 AND ended_at < $2"+
		" AND (ended_at, id) > ($3, $4) ORDER BY ended_at, id LIMIT "+strconv.Itoa(which.Limit), which.args(which.After.ID)...)
}

// OldParts returns events that have a personal part. The id is their number.
func (q Queries) OldParts(ctx context.Context, which OldRows) ([]OldRow, error) {
	after, _ := strconv.ParseInt(which.After.ID, 10, 64) // "" for the oldest
	return all(ctx, q, scanOld, "SELECT created_at, seq, 1 FROM events WHERE tenant_id = $1 AND personal <> '' AND created_at < $2"+
		" AND (created_at, seq) > ($3, $4) ORDER BY created_at, seq LIMIT "+strconv.Itoa(which.Limit), which.args(after)...)
}

func (r OldRows) args(id any) []any {
	return []any{r.TenantID, micros(r.Before), micros(r.After.At), id}
}

func scanOld(scan func(...any) error) (r OldRow, err error) {
	var at int64
	var id []byte
	err = scan(&at, &id, &r.Goes)
	r.At, r.ID = fromMicros(at), string(id)
	return r, err
}

// RemoveSessions deletes sessions, and returns how many. This and the methods below delete no more
// than limit rows, and on PostgreSQL none that another transaction has locked.
func (tx *Tx) RemoveSessions(ctx context.Context, tenantID string, ids []string, limit int) (int64, error) {
	s := selection{args: []any{tenantID}}
	which := "tenant_id = $1 AND " + tx.among("id", &s, ids)
	if n, err := tx.removeFederated(ctx, tenantID, ids, limit); n > 0 || err != nil {
		return n, err // what names them at a provider goes first
	}
	return tx.remove(ctx, removal{"sessions", "tenant_id, id", which}, limit, s.args...)
}

func (tx *Tx) removeFederated(ctx context.Context, tenantID string, ids []string, limit int) (int64, error) {
	s := selection{args: []any{tenantID}}
	which := "tenant_id = $1 AND " + tx.among("session_id", &s, ids)
	return tx.remove(ctx, removal{"federated_sessions", "tenant_id, session_id", which}, limit, s.args...)
}

// RemoveKeys deletes API keys.
func (tx *Tx) RemoveKeys(ctx context.Context, tenantID string, ids []string, limit int) (int64, error) {
	s := selection{args: []any{tenantID}}
	which := "tenant_id = $1 AND " + tx.among("id", &s, ids)
	return tx.remove(ctx, removal{"api_keys", "tenant_id, id", which}, limit, s.args...)
}

// RemoveAttempts deletes attempts to sign in.
func (tx *Tx) RemoveAttempts(ctx context.Context, tenantID string, ids []string, limit int) (int64, error) {
	s := selection{args: []any{tenantID}}
	which := "tenant_id = $1 AND " + tx.among("id", &s, ids)
	return tx.remove(ctx, removal{"attempts", "tenant_id, id", which}, limit, s.args...)
}

// RemoveCredentials deletes replaced credentials with these hashes.
func (tx *Tx) RemoveCredentials(ctx context.Context, tenantID string, hashes []string, limit int) (int64, error) {
	raw, digits := make([][]byte, len(hashes)), make([]string, len(hashes))
	for i, h := range hashes {
		raw[i], digits[i] = []byte(h), hex.EncodeToString([]byte(h))
	}
	which, given := "token_hash = ANY($2)", any(raw)
	if tx.engine == SQLite {
		which, given = "token_hash IN (SELECT unhex(value) FROM json_each($2))", toJSON(digits)
	}
	return tx.remove(ctx, removal{"device_credentials", "tenant_id, token_hash", "tenant_id = $1 AND " + which}, limit, tenantID, given)
}

// RemoveCredentialsOf deletes replaced credentials of these devices.
func (tx *Tx) RemoveCredentialsOf(ctx context.Context, tenantID string, deviceIDs []string, limit int) (int64, error) {
	s := selection{args: []any{tenantID}}
	which := "tenant_id = $1 AND " + tx.among("device_id", &s, deviceIDs)
	return tx.remove(ctx, removal{"device_credentials", "tenant_id, token_hash", which}, limit, s.args...)
}

// RemoveParts removes the personal parts of events with these numbers. They are no more than limit.
func (tx *Tx) RemoveParts(ctx context.Context, tenantID string, numbers []string, _ int) (int64, error) {
	seqs := make([]int64, len(numbers))
	for i, n := range numbers {
		seqs[i], _ = strconv.ParseInt(n, 10, 64) // from OldParts
	}
	these, arg := tx.numbered("seq", "$2", seqs)
	return tx.exec(ctx, "UPDATE events SET personal = '', named = '', ip_bytes = $3 WHERE tenant_id = $1 AND personal <> '' AND "+these, tenantID, arg, []byte{})
}

// removal says which rows of a table go, and by which columns they are told apart.
type removal struct{ table, key, which string }

// remove deletes up to limit rows, and returns how many. On PostgreSQL it leaves out rows that
// another transaction has locked, so that neither waits for the other.
func (tx *Tx) remove(ctx context.Context, r removal, limit int, args ...any) (int64, error) {
	// MATERIALIZED makes the database choose the rows once. The limit is part of the text, so that
	// PostgreSQL plans for few rows.
	return tx.exec(ctx, "WITH gone AS MATERIALIZED (SELECT "+r.key+" FROM "+r.table+" WHERE "+r.which+" LIMIT "+strconv.Itoa(limit)+tx.skipLocked()+
		") DELETE FROM "+r.table+" WHERE ("+r.key+") IN (SELECT "+r.key+" FROM gone)", args...)
}
