package store

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

const sessionColumns = `tenant_id, id, user_id, device_id, status, device_info, ip_address, user_agent, location,
	created_at, expires_at, idle_us, last_activity_at, authenticated_at, mfa_verified_at,
	terminated_at, terminated_by, termination_reason, stepped_up_at, mfa_method, assessment, stepped_up_for, native`

func scanSession(scan func(...any) error) (s sallyport.Session, err error) {
	var info, location, assessment string
	var created, expires, idle, active, authenticated, mfa, terminated, stepped int64
	err = scan(&s.TenantID, &s.ID, &s.UserID, &s.DeviceID, &s.Status, &info, &s.IPAddress, &s.UserAgent, &location,
		&created, &expires, &idle, &active, &authenticated, &mfa,
		&terminated, &s.TerminatedBy, &s.TerminationReason, &stepped, &s.MFAMethod, &assessment, &s.SteppedUpFor, &s.Native)
	if err != nil {
		return s, err
	}
	s.CreatedAt, s.ExpiresAt, s.LastActivityAt = fromMicros(created), fromMicros(expires), fromMicros(active)
	s.AuthenticatedAt, s.MFAVerifiedAt, s.TerminatedAt = fromMicros(authenticated), fromMicros(mfa), fromMicros(terminated)
	s.SteppedUpAt = fromMicros(stepped)
	s.IdleTimeout = time.Duration(idle) * time.Microsecond
	return s, unjson(info, &s.DeviceInfo, location, &s.Location, assessment, &s.Assessment)
}

// Held is what the database keeps of what the client of a session holds.
type Held struct {
	Hash    []byte       // of its token
	EndsAt  time.Time    // of the token; zero where it is as good as the session
	Refresh token.Family // zero for a browser
}

const heldColumns = "token_hash, token_ends_at, refresh_key, refresh_hash, refresh_former, refresh_salt, refreshed_at"

func (h Held) args() []any {
	r := h.Refresh
	return []any{h.Hash, micros(h.EndsAt), blob(r.Key), blob(r.Hash), blob(r.Former), blob(r.Salt), micros(r.At)}
}

// blob is b, which is not null.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// AddSession stores a new session with what its client holds.
func (q Queries) AddSession(ctx context.Context, s sallyport.Session, h Held) error {
	_, err := q.exec(ctx, `INSERT INTO sessions (`+sessionColumns+`, device_type, ip_bytes, ends_at, `+heldColumns+`)
		VALUES (`+placeholders(1, 33)+`)`, append([]any{
		s.TenantID, s.ID, s.UserID, s.DeviceID, s.Status, toJSON(s.DeviceInfo), s.IPAddress, s.UserAgent, toJSON(s.Location),
		micros(s.CreatedAt), micros(s.ExpiresAt), s.IdleTimeout.Microseconds(), micros(s.LastActivityAt),
		micros(s.AuthenticatedAt), micros(s.MFAVerifiedAt),
		micros(s.TerminatedAt), s.TerminatedBy, s.TerminationReason, micros(s.SteppedUpAt), s.MFAMethod, toJSON(s.Assessment), s.SteppedUpFor, s.Native,
		s.DeviceInfo.Type, ipBytes(s.IPAddress), micros(s.EndsAt())}, h.args()...)...)
	return err
}

// ipBytes returns the 16 bytes of an address, IPv4 as mapped IPv6; empty for no address.
func ipBytes(s string) []byte {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return []byte{}
	}
	b := a.As16()
	return b[:]
}

// ipText returns the address of ipBytes.
func ipText(b []byte) string {
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		return ""
	}
	return a.Unmap().String()
}

// Session returns one session of the tenant, or ErrNotFound.
func (q Queries) Session(ctx context.Context, tenantID, id string) (sallyport.Session, error) {
	return get(ctx, q, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// SessionsByID returns those of the tenant's sessions that have these ids, in order of id.
func (q Queries) SessionsByID(ctx context.Context, tenantID string, ids []string) ([]sallyport.Session, error) {
	s := selection{args: []any{tenantID}}
	return all(ctx, q, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE tenant_id = $1 AND "+q.among("id", &s, ids)+" ORDER BY id", s.args...)
}

// LockSessions is SessionsByID, and locks them until this transaction ends. Jobs that write last
// activities lock in the same order.
func (tx *Tx) LockSessions(ctx context.Context, tenantID string, ids []string) ([]sallyport.Session, error) {
	s := selection{args: []any{tenantID}}
	return all(ctx, tx.Queries, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE tenant_id = $1 AND "+tx.among("id", &s, ids)+
		" ORDER BY id"+tx.forUpdate(), s.args...)
}

// End says how sessions end: final status, by whom, why and when.
type End struct {
	Status     sallyport.SessionStatus
	By, Reason string
	At         time.Time
}

// setEnd ends live sessions with the fields of End as the first four parameters.
const setEnd = `UPDATE sessions SET status = $1, terminated_at = $2, terminated_by = $3, termination_reason = $4
	WHERE status IN ('active', 'suspended') AND tenant_id = $5`

func (e End) args(more ...any) []any {
	return append([]any{e.Status, micros(e.At), e.By, e.Reason}, more...)
}

// EndSession moves a live session to a final status. ErrNotFound when the session does not
// exist or has ended already, so that its end is recorded once.
func (q Queries) EndSession(ctx context.Context, tenantID, id string, e End) error {
	q.tell(recall.OfSession, tenantID, id)
	return q.execOne(ctx, setEnd+" AND id = $6", e.args(tenantID, id)...)
}

// EndSessionsOfUser moves the user's live sessions, without the one with id except, to a
// final status. It returns them in order of id, with id, user and device data only.
func (q Queries) EndSessionsOfUser(ctx context.Context, tenantID, userID, except string, e End) ([]sallyport.Session, error) {
	return q.endSessions(ctx, tenantID, " AND user_id = $6 AND id <> $7", e.args(tenantID, userID, except))
}

// EndSessionsOfDevice moves the live sessions on a device to a final status, and returns
// them as EndSessionsOfUser does.
func (q Queries) EndSessionsOfDevice(ctx context.Context, tenantID, deviceID string, e End) ([]sallyport.Session, error) {
	return q.endSessions(ctx, tenantID, " AND device_id = $6", e.args(tenantID, deviceID))
}

// EndSessions moves live sessions, which LockSessions returned, to a final status.
func (tx *Tx) EndSessions(ctx context.Context, tenantID string, ids []string, e End) error {
	tx.tell(recall.OfSession, tenantID, ids...)
	s := selection{args: e.args(tenantID)}
	_, err := tx.exec(ctx, "UPDATE sessions SET status = $1, terminated_at = $2, terminated_by = $3, termination_reason = $4 WHERE tenant_id = $5 AND "+
		tx.among("id", &s, ids), s.args...)
	return err
}

func (q Queries) endSessions(ctx context.Context, tenantID, which string, args []any) ([]sallyport.Session, error) {
	ended, err := all(ctx, q, func(scan func(...any) error) (s sallyport.Session, err error) {
		var info string
		if err := scan(&s.ID, &s.UserID, &info); err != nil {
			return s, err
		}
		return s, unjson(info, &s.DeviceInfo)
	}, setEnd+which+" RETURNING id, user_id, device_info", args...)
	for _, s := range ended {
		q.tell(recall.OfSession, tenantID, s.ID)
	}
	slices.SortFunc(ended, func(a, b sallyport.Session) int { return strings.Compare(a.ID, b.ID) })
	return ended, err
}

// ExpireSession marks a live session that is past its end at now as expired. ErrNotFound
// when it was used or ended in the meantime.
func (q Queries) ExpireSession(ctx context.Context, tenantID, id, reason string, now time.Time) error {
	q.tell(recall.OfSession, tenantID, id)
	return q.execOne(ctx, `UPDATE sessions SET status = 'expired', terminated_at = $3, terminated_by = 'system', termination_reason = $4
		WHERE tenant_id = $1 AND id = $2 AND status IN ('active', 'suspended') AND ends_at <= $3`,
		tenantID, id, micros(now), reason)
}

// SessionByToken returns the session whose token has this hash, or ErrNotFound.
func (q Queries) SessionByToken(ctx context.Context, tenantID string, tokenHash []byte) (sallyport.Session, error) {
	return get(ctx, q, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE tenant_id = $1 AND token_hash = $2", tenantID, tokenHash)
}

// StepUpSession records in an active session what its owner proved again, and replaces what its
// client holds. ErrNotFound when the session is not active, or old is no longer the hash of its
// token.
func (q Queries) StepUpSession(ctx context.Context, s sallyport.Session, old []byte, h Held) error {
	q.tell(recall.OfSession, s.TenantID, s.ID)
	return q.execOne(ctx, `UPDATE sessions SET authenticated_at = $4, mfa_verified_at = $5, stepped_up_at = $6, mfa_method = $7, stepped_up_for = $8,
		(`+heldColumns+`) = (`+placeholders(9, 7)+`)
		WHERE tenant_id = $1 AND id = $2 AND token_hash = $3 AND status = 'active'`,
		append([]any{s.TenantID, s.ID, old, micros(s.AuthenticatedAt), micros(s.MFAVerifiedAt), micros(s.SteppedUpAt), s.MFAMethod, s.SteppedUpFor}, h.args()...)...)
}

// HeldOf returns what the database keeps of what the client of a session holds, or ErrNotFound.
func (q Queries) HeldOf(ctx context.Context, tenantID, id string) (Held, error) {
	return get(ctx, q, func(scan func(...any) error) (h Held, err error) {
		var ends, at int64
		r := &h.Refresh
		err = scan(&h.Hash, &ends, &r.Key, &r.Hash, &r.Former, &r.Salt, &at)
		h.EndsAt, r.At = fromMicros(ends), fromMicros(at)
		return h, err
	}, "SELECT "+heldColumns+" FROM sessions WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// RefreshSession gives the client of an active session something else to hold. ErrNotFound when the
// session is not active.
func (q Queries) RefreshSession(ctx context.Context, tenantID, id string, h Held) error {
	q.tell(recall.OfSession, tenantID, id)
	return q.execOne(ctx, "UPDATE sessions SET ("+heldColumns+") = ("+placeholders(3, 7)+") WHERE tenant_id = $1 AND id = $2 AND status = 'active'",
		append([]any{tenantID, id}, h.args()...)...)
}

// MoveSessions changes live sessions, which LockSessions returned, to another live status.
func (tx *Tx) MoveSessions(ctx context.Context, tenantID string, ids []string, to sallyport.SessionStatus) error {
	tx.tell(recall.OfSession, tenantID, ids...)
	s := selection{args: []any{tenantID, to}}
	_, err := tx.exec(ctx, "UPDATE sessions SET status = $2 WHERE tenant_id = $1 AND "+tx.among("id", &s, ids), s.args...)
	return err
}

// ExtendSessions gives live sessions, which LockSessions returned, another absolute end.
func (tx *Tx) ExtendSessions(ctx context.Context, tenantID string, ids []string, until time.Time) error {
	tx.tell(recall.OfSession, tenantID, ids...)
	s := selection{args: []any{tenantID, micros(until)}}
	// ends_at repeats the rule of sallyport.Session.EndsAt.
	_, err := tx.exec(ctx, `UPDATE sessions SET expires_at = $2, ends_at = CASE WHEN last_activity_at + idle_us < $2 THEN last_activity_at + idle_us ELSE $2 END
		WHERE tenant_id = $1 AND `+tx.among("id", &s, ids), s.args...)
	return err
}

// Activity is the last use of one session.
type Activity struct {
	TenantID, SessionID string
	At                  time.Time
}

// TouchSessions records the last activity of live sessions. Older times than the recorded
// one change nothing, and ended sessions stay ended.
func (q Queries) TouchSessions(ctx context.Context, batch []Activity) error {
	for _, a := range batch {
		// ends_at repeats the rule of sallyport.Session.EndsAt.
		if _, err := q.exec(ctx, `UPDATE sessions SET last_activity_at = $3,
			longest_idle_us = CASE WHEN $3 - last_activity_at > longest_idle_us THEN $3 - last_activity_at ELSE longest_idle_us END,
			ends_at = CASE WHEN $3 + idle_us < expires_at THEN $3 + idle_us ELSE expires_at END
			WHERE tenant_id = $1 AND id = $2 AND status = 'active' AND last_activity_at < $3`,
			a.TenantID, a.SessionID, micros(a.At)); err != nil {
			return err
		}
		// Sessions on a device also count as its use. One hour is precise enough, because
		// rules about idle devices count days.
		if _, err := q.exec(ctx, `UPDATE devices SET last_used_at = $3, announced_at = 0
			WHERE tenant_id = $1 AND id = (SELECT device_id FROM sessions WHERE tenant_id = $1 AND id = $2 AND status = 'active') AND last_used_at < $4`,
			a.TenantID, a.SessionID, micros(a.At), micros(a.At.Add(-time.Hour))); err != nil {
			return err
		}
	}
	return nil
}

// OverdueSessions returns up to limit live sessions of all tenants that are past their end
// at now.
func (q Queries) OverdueSessions(ctx context.Context, now time.Time, limit int) ([]sallyport.Session, error) {
	return all(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM sessions
		WHERE status IN ('active', 'suspended') AND ends_at <= $1 ORDER BY ends_at LIMIT `+strconv.Itoa(limit), micros(now))
}

// SessionsSince returns the sessions of a user that began at a time or later, oldest first,
// also those that have ended.
func (q Queries) SessionsSince(ctx context.Context, tenantID, userID string, since time.Time) ([]sallyport.Session, error) {
	return all(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM sessions
		WHERE tenant_id = $1 AND user_id = $2 AND created_at >= $3 ORDER BY created_at, id`, tenantID, userID, micros(since))
}

// LiveSessionsOnDevice returns the active and suspended sessions on a device, oldest
// first.
func (q Queries) LiveSessionsOnDevice(ctx context.Context, tenantID, deviceID string) ([]sallyport.Session, error) {
	return all(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM sessions
		WHERE tenant_id = $1 AND device_id = $2 AND status IN ('active', 'suspended') ORDER BY id`, tenantID, deviceID)
}
