package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

// Sort keys of the lists.
var (
	sessionID   = key[sallyport.Session]{"id", func(s sallyport.Session) any { return s.ID }}
	sessionFrom = key[sallyport.Session]{"created_at", func(s sallyport.Session) any { return s.CreatedAt }}
	sessionUsed = key[sallyport.Session]{"last_activity_at", func(s sallyport.Session) any { return s.LastActivityAt }}
	userID      = key[sallyport.User]{"id", func(u sallyport.User) any { return u.ID }}
	factorID    = key[Factor]{"id", func(f Factor) any { return f.ID }}
	deviceID    = key[sallyport.Device]{"id", func(d sallyport.Device) any { return d.ID }}
	deviceUsed  = key[sallyport.Device]{"last_used_at", func(d sallyport.Device) any { return d.LastUsedAt }}
	attemptID   = key[sallyport.Attempt]{"id", func(a sallyport.Attempt) any { return a.ID }}
	attemptMade = key[sallyport.Attempt]{"created_at", func(a sallyport.Attempt) any { return a.CreatedAt }}
	resultOf    = key[BulkResult]{"id", func(r BulkResult) any { return r.SessionID }}
	blockID     = key[sallyport.NetworkBlock]{"id", func(b sallyport.NetworkBlock) any { return b.ID }}
	keyID       = key[sallyport.APIKey]{"id", func(k sallyport.APIKey) any { return k.ID }}
	keyMade     = key[sallyport.APIKey]{"created_at", func(k sallyport.APIKey) any { return k.CreatedAt }}
	noticeID    = key[sallyport.Notice]{"id", func(n sallyport.Notice) any { return n.ID }}
	noticeLast  = key[sallyport.Notice]{"last_at", func(n sallyport.Notice) any { return n.LastAt }}
	triedNumber = key[WebhookDelivery]{"number", func(d WebhookDelivery) any { return d.Number }}
	eventSeq    = key[EventRow]{"seq", func(e EventRow) any { return e.Seq }}
	eventAt     = key[EventRow]{"created_at", func(e EventRow) any { return e.CreatedAt }}
)

// inGroup is the filter by a group of the rows of a table; user is the column that names their user.
func inGroup(table, user string) filter {
	return filter{
		column: user + " IN (SELECT user_id FROM group_members WHERE tenant_id = $1 AND group_id ?)", by: collected,
		each: "(SELECT 1 FROM group_members AS m WHERE m.tenant_id = $1 AND m.user_id = " + table + "." + user + " AND m.group_id ? LIMIT 1) = 1",
	}
}

// eventNames returns the condition that an event names a word: as that of somebody whom it concerns
// or who acted, or among what else it names. See filter.word.
func eventNames(first, last, like string) string {
	who := func(column string) string { // beside OR no engine makes a join of it: the people are looked up once
		return "events." + column + " IN (SELECT user_id FROM user_words WHERE tenant_id = $1 AND word >= " + first + " AND word < " + last + ")"
	}
	return "(" + who("user_id") + " OR " + who("actor_id") + " OR events.named LIKE " + like + ` ESCAPE '\') IS TRUE`
}

// THE table of queries for the lists of package list.
var (
	ownSessions = listing[sallyport.Session]{
		table: list.OwnSessions, from: "sessions", columns: sessionColumns, scan: scanSession,
		where:  "user_id = $2 AND status IN ('active', 'suspended')",
		orders: map[string]ordering[sallyport.Session]{"oldest": up(sessionID)},
	}
	ownDevices = listing[sallyport.Device]{
		table: list.OwnDevices, from: "devices", columns: deviceColumns, scan: scanDevice,
		where: `user_id = $2 AND (trust_level > 0 OR compromised_at > 0 OR status <> 'active' OR id = $4)
			AND (status <> 'revoked' OR ended_at > $3)`,
		orders: map[string]ordering[sallyport.Device]{"used": down(deviceUsed, deviceID)},
	}
	ownAttempts = listing[sallyport.Attempt]{
		table: list.OwnAttempts, from: "attempts", columns: attemptColumns, scan: scanAttempt,
		where:  "user_id = $2",
		orders: map[string]ordering[sallyport.Attempt]{"newest": down(attemptMade, attemptID)},
	}
	ownNotices = listing[sallyport.Notice]{
		table: list.OwnNotices, from: "notices", columns: noticeColumns, scan: scanNotice,
		where:  "user_id = $2",
		orders: map[string]ordering[sallyport.Notice]{"newest": down(noticeLast, noticeID)},
	}
	ownEvents = listing[EventRow]{
		table: list.OwnEvents, from: "events", columns: eventColumns, scan: scanEvent, numbered: true,
		where:  "user_id = $2",
		fields: map[string]filter{"show": {column: "kind || ''"}}, // the index is that of the user
		orders: map[string]ordering[EventRow]{"newest": down(eventAt, eventSeq)},
	}
	users = listing[sallyport.User]{
		table: list.Users, from: "users", columns: userColumns, scan: scanUser,
		fields: map[string]filter{
			"q": {
				column: "id IN (SELECT user_id FROM user_words WHERE tenant_id = $1 AND word ?)", by: collected,
				each: "(SELECT 1 FROM user_words AS w WHERE w.tenant_id = $1 AND w.user_id = users.id AND (word ?) IS TRUE LIMIT 1) = 1",
			},
			"role": {column: "role", by: ordered}, "groupId": inGroup("users", "id"),
			"status": {column: "status", by: ordered}, "secondFactor": {column: "second_factor", by: ordered},
			"lastSignInFrom": {column: "last_sign_in_at", by: collected}, "lastSignInTo": {column: "last_sign_in_at", by: collected},
		},
		orders: map[string]ordering[sallyport.User]{"oldest": up(userID), "newest": down(userID)},
	}
	notEnrolled = listing[sallyport.User]{
		table: list.NotEnrolled, from: "users", columns: userColumns, scan: scanUser,
		where:  "second_factor = 'none' AND status = 'active' AND (" + mfaDemanded + ")",
		orders: map[string]ordering[sallyport.User]{"oldest": up(userID)},
	}
	locked = listing[sallyport.User]{
		table: list.Locked, from: "users", columns: userColumns, scan: scanUser,
		where:  "id IN (SELECT user_id FROM figure_people WHERE tenant_id = $1 AND locked_until > $2 AND locked_until > 0)",
		orders: map[string]ordering[sallyport.User]{"oldest": up(userID)},
	}
	sessions = listing[sallyport.Session]{
		table: list.Sessions, from: "sessions", columns: sessionColumns, scan: scanSession,
		fields: map[string]filter{
			"status": {column: "status", by: ordered}, "deviceType": {column: "device_type", by: ordered},
			"userId": {column: "user_id", by: ordered}, "groupId": inGroup("sessions", "user_id"), "deviceId": {column: "device_id", by: ordered},
			"ip": {column: "ip_bytes", by: ordered}, "from": {column: "created_at", by: ordered}, "to": {column: "created_at", by: ordered},
		},
		orders: map[string]ordering[sallyport.Session]{"newest": down(sessionFrom, sessionID), "used": down(sessionUsed, sessionID)},
	}
	bulkResults = listing[BulkResult]{
		table: list.BulkResults, from: "bulk_results", columns: resultColumns, scan: scanResult,
		where:  "job_id = $2",
		orders: map[string]ordering[BulkResult]{"oldest": up(resultOf)},
	}
	webhookDeliveries = listing[WebhookDelivery]{
		table: list.WebhookDeliveries, from: "webhook_deliveries", columns: deliveredColumns, scan: scanWebhookDelivery,
		where:  "webhook_id = $2",
		orders: map[string]ordering[WebhookDelivery]{"newest": down(triedNumber)},
	}
	devices = listing[sallyport.Device]{
		table: list.Devices, from: "devices", columns: deviceColumns, scan: scanDevice,
		fields: map[string]filter{
			"status": {column: "status", by: ordered}, "trustLevel": {by: ordered, values: map[string]string{"0": "trust_level = 0", "1": "trust_level = 1", "2": "trust_level = 2", "3": "trust_level = 3"}}, "compromised": {by: ordered, values: map[string]string{"yes": "compromised_at > 0", "no": "compromised_at = 0"}},
			"userId": {column: "user_id", by: ordered}, "groupId": inGroup("devices", "user_id"), "ip": {column: "ip_bytes", by: ordered},
			"lastUsedFrom": {column: "last_used_at", by: ordered}, "lastUsedTo": {column: "last_used_at", by: ordered},
		},
		orders: map[string]ordering[sallyport.Device]{"used": down(deviceUsed, deviceID), "oldest": up(deviceID)},
	}
	factors = listing[Factor]{
		table: list.Factors, from: "factors", columns: factorColumns, scan: scanFactor,
		where:  "status <> 'pending'",
		fields: map[string]filter{"userId": {column: "user_id", by: ordered}},
		orders: map[string]ordering[Factor]{"oldest": up(factorID)},
	}
	attempts = listing[sallyport.Attempt]{
		table: list.Attempts, from: "attempts", columns: attemptColumns, scan: scanAttempt,
		fields: map[string]filter{
			"outcome": {column: "failure_reason", by: ordered},
			"unusual": {by: collected, values: map[string]string{
				"unanswered": "id IN (SELECT attempt_id FROM figure_doubts WHERE tenant_id = $1 AND open = TRUE)",
				"settled":    "id IN (SELECT attempt_id FROM figure_doubts WHERE tenant_id = $1 AND open = FALSE)",
			}},
			"userId": {column: "user_id", by: ordered}, "groupId": inGroup("attempts", "user_id"), "deviceId": {column: "device_id", by: ordered}, "email": {column: "email_key", by: ordered},
			"ip": {column: "ip_bytes", by: ordered}, "from": {column: "created_at", by: ordered}, "to": {column: "created_at", by: ordered},
		},
		orders: map[string]ordering[sallyport.Attempt]{"newest": down(attemptMade, attemptID), "oldest": up(attemptMade, attemptID)},
	}
	blocks = listing[sallyport.NetworkBlock]{
		table: list.Blocks, from: "network_blocks", columns: blockColumns, scan: scanBlock,
		where:  "expires_at > $2",
		orders: map[string]ordering[sallyport.NetworkBlock]{"newest": down(blockID)},
	}
	apiKeys = listing[sallyport.APIKey]{
		table: list.APIKeys, from: "api_keys", columns: keyColumns, scan: scanKey,
		fields: map[string]filter{
			"status": {column: "status"}, "userId": {column: "user_id", by: ordered},
		},
		orders: map[string]ordering[sallyport.APIKey]{"newest": down(keyMade, keyID)},
	}
	events = listing[EventRow]{
		table: list.Events, from: "events", columns: eventColumns, scan: scanEvent, numbered: true,
		fields: map[string]filter{
			"q":    {word: eventNames},
			"kind": {column: "kind", by: ordered}, "show": {column: "kind", by: ordered},
			"userId": {column: "user_id", by: ordered}, "actorId": {column: "actor_id", by: ordered, only: "actor_id <> ''"},
			"sessionId": {column: "session_id", by: ordered, only: "session_id <> ''"},
			"deviceId":  {column: "target_id", by: ordered, only: "target_id <> ''"}, "targetId": {column: "target_id", by: ordered, only: "target_id <> ''"},
			"ip":   {column: "ip_bytes", by: ordered, only: "ip_bytes <> ''"},
			"from": {column: "created_at", by: ordered}, "to": {column: "created_at", by: ordered},
		},
		orders: map[string]ordering[EventRow]{"newest": down(eventAt, eventSeq), "oldest": up(eventAt, eventSeq)},
	}
)

// OwnSessions returns a page of a user's live sessions.
func (q Queries) OwnSessions(ctx context.Context, tenantID, userID string, query list.Query) (list.Page[sallyport.Session], error) {
	return page(ctx, q, ownSessions, query, tenantID, userID)
}

// OwnDevices returns a page of the devices of user u that are trusted or blocked, or ended
// since a time. Of the devices at level 0 it shows only the one in use.
func (q Queries) OwnDevices(ctx context.Context, u sallyport.User, inUse string, endedSince time.Time, query list.Query) (list.Page[sallyport.Device], error) {
	return page(ctx, q, ownDevices, query, u.TenantID, u.ID, micros(endedSince), inUse)
}

// OwnAttempts returns a page of the attempts to sign in to a user's account.
func (q Queries) OwnAttempts(ctx context.Context, tenantID, userID string, query list.Query) (list.Page[sallyport.Attempt], error) {
	return page(ctx, q, ownAttempts, query, tenantID, userID)
}

// OwnEvents returns a page of the events that concern a user.
func (q Queries) OwnEvents(ctx context.Context, tenantID, userID string, query list.Query) (list.Page[EventRow], error) {
	return page(ctx, q, ownEvents, query, tenantID, userID)
}

// ListUsers returns a page of the tenant's users.
func (q Queries) ListUsers(ctx context.Context, tenantID string, query list.Query) (list.Page[sallyport.User], error) {
	return page(ctx, q, users, query, tenantID)
}

// ListNotEnrolled returns a page of the tenant's active users without a second factor although
// one is demanded of them; whom is whom policy demands one of.
func (q Queries) ListNotEnrolled(ctx context.Context, tenantID, whom string, now time.Time, query list.Query) (list.Page[sallyport.User], error) {
	return page(ctx, q, notEnrolled, query, tenantID, micros(now), whom)
}

// ListLocked returns a page of the tenant's users whose accounts are locked at now, as far as package
// dashboard has counted.
func (q Queries) ListLocked(ctx context.Context, tenantID string, now time.Time, query list.Query) (list.Page[sallyport.User], error) {
	return page(ctx, q, locked, query, tenantID, micros(now))
}

// ListSessions returns a page of the tenant's sessions, ended ones too.
func (q Queries) ListSessions(ctx context.Context, tenantID string, query list.Query) (list.Page[sallyport.Session], error) {
	return page(ctx, q, sessions, query, tenantID)
}

// AfterSession returns the cursor of the page of ListSessions that begins after a session.
func AfterSession(query list.Query, v sallyport.Session) string {
	return list.Stop(query, []sallyport.Session{}, 0, sessions.orders[query.Order].place(v)).Next
}

// CountSessions returns exactly how many rows ListSessions has on all pages.
func (q Queries) CountSessions(ctx context.Context, tenantID string, query list.Query) (int64, error) {
	return total(ctx, q, sessions, query, tenantID)
}

// ListDevices returns a page of the tenant's devices, also those at level 0.
func (q Queries) ListDevices(ctx context.Context, tenantID string, query list.Query) (list.Page[sallyport.Device], error) {
	return page(ctx, q, devices, query, tenantID)
}

// ListFactors returns a page of the tenant's factors that are not pending.
func (q Queries) ListFactors(ctx context.Context, tenantID string, query list.Query) (list.Page[Factor], error) {
	return page(ctx, q, factors, query, tenantID)
}

// ListAttempts returns a page of the tenant's sign-in attempts.
func (q Queries) ListAttempts(ctx context.Context, tenantID string, query list.Query) (list.Page[sallyport.Attempt], error) {
	return page(ctx, q, attempts, query, tenantID)
}

// ListEvents returns a page of the tenant's events. Verification and export use
// [Queries.Events], which returns any part of the log without gaps.
func (q Queries) ListEvents(ctx context.Context, tenantID string, query list.Query) (list.Page[EventRow], error) {
	return page(ctx, q, events, query, tenantID)
}
