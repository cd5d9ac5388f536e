package store

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/recall"
)

// SetDeletion stores when an account is deleted at its owner's wish; zero for not. ErrNotFound when
// it is so already, or when its deletion has begun.
func (q Queries) SetDeletion(ctx context.Context, tenantID, userID string, at time.Time) error {
	return q.execOne(ctx, "UPDATE users SET deletes_at = $3 WHERE tenant_id = $1 AND id = $2 AND deletes_at <> $3 AND erasing_at = 0", tenantID, userID, micros(at))
}

// Erasure is an account whose time has come.
type Erasure struct{ TenantID, UserID string }

// DueErasures returns up to limit accounts that are to be deleted by now, the longest due first.
func (q Queries) DueErasures(ctx context.Context, now time.Time, limit int) ([]Erasure, error) {
	return all(ctx, q, func(scan func(...any) error) (e Erasure, err error) { return e, scan(&e.TenantID, &e.UserID) },
		"SELECT tenant_id, id FROM users WHERE deletes_at > 0 AND deletes_at <= $1 ORDER BY deletes_at LIMIT "+strconv.Itoa(limit), micros(now))
}

// BeginErasure disables an account for good. ErrNotFound when its deletion has begun, or was taken
// back.
func (q Queries) BeginErasure(ctx context.Context, tenantID, userID string, now time.Time) error {
	q.tell(recall.OfUser, tenantID, userID)
	return q.execOne(ctx, `UPDATE users SET status = 'disabled', disabled_at = $3, erasing_at = $3
		WHERE tenant_id = $1 AND id = $2 AND erasing_at = 0 AND deletes_at > 0 AND deletes_at <= $3 AND status <> 'closed'`, tenantID, userID, micros(now))
}

// Place is a place among the events about or by somebody. The zero value is before all of them.
type Place struct {
	At  time.Time
	Seq int64
}

// PersonalOf says which column of events leads to somebody.
type PersonalOf string

// Columns.
const (
	PartsAbout PersonalOf = "user_id"
	PartsBy    PersonalOf = "actor_id"
)

// PartsOf are the personal parts of events about or by somebody, after a place in the order of their
// times.
type PartsOf struct {
	TenantID, UserID string
	Of               PersonalOf
	After            Place
	Limit            int
}

// PersonalParts returns events that have such a part.
func (q Queries) PersonalParts(ctx context.Context, which PartsOf) ([]Place, error) {
	scan := func(scan func(...any) error) (p Place, err error) {
		var at int64
		err = scan(&at, &p.Seq)
		p.At = fromMicros(at)
		return p, err
	}
	these := " AND user_id = $2"
	if which.Of == PartsBy {
		these = " AND actor_id = $2 AND actor_id <> ''" // the condition of the index
	}
	return all(ctx, q, scan, "SELECT created_at, seq FROM events WHERE tenant_id = $1"+these+" AND personal <> '' AND (created_at, seq) > ($3, $4)"+
		" ORDER BY created_at, seq LIMIT "+strconv.Itoa(which.Limit), which.TenantID, which.UserID, micros(which.After.At), which.After.Seq)
}

// EraseParts removes the personal parts of events with these numbers.
func (tx *Tx) EraseParts(ctx context.Context, tenantID string, seqs []int64) error {
	these, arg := tx.numbered("seq", "$2", seqs)
	_, err := tx.exec(ctx, "UPDATE events SET personal = '', named = '', ip_bytes = $3 WHERE tenant_id = $1 AND personal <> '' AND "+these, tenantID, arg, []byte{})
	return err
}

// erased is a kind of row that goes with an account: the table, the columns that tell its rows apart,
// and which they are. $1 is the tenant, $2 the user.
type erased struct{ table, key, which string }

const ofUser = "tenant_id = $1 AND user_id = $2"

// erasedRows are the kinds: what can be much first, what others refer to last.
var erasedRows = []erased{
	byID("attempts"),
	{"federated_sessions", "tenant_id, session_id", "tenant_id = $1 AND identity_id IN (SELECT id FROM identities WHERE " + ofUser + ")"},
	byID("identities"),
	byID("sso_requests"),
	byID("sessions"),
	byID("flows"),
	{"backup_codes", "tenant_id, factor_id, hash", "tenant_id = $1 AND factor_id IN (SELECT id FROM factors WHERE " + ofUser + ")"},
	byID("factors"),
	{"device_credentials", "tenant_id, token_hash", "tenant_id = $1 AND device_id IN (SELECT id FROM devices WHERE " + ofUser + ")"},
	byID("devices"),
	byID("links"),
	{"pictures", "tenant_id, owner, hash, size", "tenant_id = $1 AND owner = $2"},
	{"password_history", "tenant_id, user_id, id", ofUser},
	{"contact_codes", "tenant_id, user_id, kind", ofUser},
	{"former_emails", "tenant_id, email_key", ofUser},
	byID("app_passes"),
	byID("api_keys"),
	byID("notices"),
	{"notification_choices", "tenant_id, user_id, topic, channel", ofUser},
	byID("push_subscriptions"),
	byID("approvals"),
	{"group_members", "tenant_id, group_id, user_id", ofUser},
	{"user_words", "tenant_id, word, user_id", ofUser},
	{"digests", "tenant_id, user_id", ofUser},
	{"bulk_results", "tenant_id, job_id, id", "tenant_id = $1 AND job_id IN (SELECT id FROM bulk_jobs WHERE " + ofUser + ")"},
	byID("bulk_jobs"),
	{"policy_preview_people", "tenant_id, preview_id, effect, user_id", "tenant_id = $1 AND preview_id IN (SELECT id FROM policy_previews WHERE " + ofUser + ")"},
	byID("policy_previews"),
	byID("audit_exports"),
	byID("outbox"),
}

func byID(table string) erased { return erased{table, "tenant_id, id", ofUser} }

// EraseRows deletes up to limit rows that are of somebody, and returns how many. Whoever has one of
// them at hand is waited for: the account is not gone before its rows.
func (tx *Tx) EraseRows(ctx context.Context, tenantID, userID string, limit int) (int64, error) {
	return tx.eraseAll(ctx, erasedRows, limit, tenantID, userID)
}

// EraseNamed deletes up to limit rows that have an address and belong to no account, and returns how
// many: what strangers typed, before the account was made or was found.
func (tx *Tx) EraseNamed(ctx context.Context, tenantID, address string, limit int) (int64, error) {
	const named = "tenant_id = $1 AND email_key = $2 AND user_id = ''"
	return tx.eraseAll(ctx, []erased{{"attempts", "tenant_id, id", named}, {"flows", "tenant_id, id", named}}, limit, tenantID, email.Key(address))
}

func (tx *Tx) eraseAll(ctx context.Context, kinds []erased, limit int, args ...any) (all int64, err error) {
	for _, of := range kinds {
		n, err := tx.erase(ctx, of, limit-int(all), args...)
		if all += n; err != nil || all >= int64(limit) {
			return all, err
		}
	}
	return all, nil
}

func (tx *Tx) erase(ctx context.Context, of erased, limit int, args ...any) (int64, error) {
	return tx.exec(ctx, "WITH gone AS MATERIALIZED (SELECT "+of.key+" FROM "+of.table+" WHERE "+of.which+" ORDER BY "+of.key+" LIMIT "+strconv.Itoa(limit)+tx.forUpdate()+
		") DELETE FROM "+of.table+" WHERE ("+of.key+") IN (SELECT "+of.key+" FROM gone)", args...)
}

// EraseUser deletes an account whose rows are gone.
func (tx *Tx) EraseUser(ctx context.Context, tenantID, userID string) error {
	tx.tell(recall.OfUser, tenantID, userID)
	return tx.execOne(ctx, "DELETE FROM users WHERE tenant_id = $1 AND id = $2 AND erasing_at > 0", tenantID, userID)
}
