package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// PushSubscription is a browser that a user lets be told by push. Target is sealed by package notify.
type PushSubscription struct {
	TenantID, ID string
	UserID       string
	SessionID    string
	EndpointHash []byte // SHA-256
	Target       []byte
	Service      string // the host of the endpoint
	KeyID        string // of the key of the installation that it was made with
	DeviceInfo   sallyport.DeviceInfo
	CreatedAt    time.Time
	LastAt       time.Time // when the push service last took a message; zero for never
	Failed       int       // how many it has refused since then
	LastStatus   int       // its last answer; 0 for none
}

const pushColumns = `tenant_id, id, user_id, session_id, endpoint_hash, target, service, key_id, device_info, created_at, last_at, failed, last_status`

func scanPush(scan func(...any) error) (p PushSubscription, err error) {
	var info string
	var created, last int64
	if err := scan(&p.TenantID, &p.ID, &p.UserID, &p.SessionID, &p.EndpointHash, &p.Target, &p.Service, &p.KeyID, &info, &created, &last, &p.Failed, &p.LastStatus); err != nil {
		return p, err
	}
	p.CreatedAt, p.LastAt = fromMicros(created), fromMicros(last)
	return p, unjson(info, &p.DeviceInfo)
}

// AddPushSubscription stores a subscription. ErrConflict when there is one of its session or its endpoint.
func (q Queries) AddPushSubscription(ctx context.Context, p PushSubscription) error {
	_, err := q.exec(ctx, "INSERT INTO push_subscriptions ("+pushColumns+") VALUES ("+placeholders(1, 13)+")",
		p.TenantID, p.ID, p.UserID, p.SessionID, p.EndpointHash, blob(p.Target), p.Service, p.KeyID, toJSON(p.DeviceInfo), micros(p.CreatedAt), micros(p.LastAt), p.Failed, p.LastStatus)
	return err
}

// PushSubscription returns one subscription of the tenant, or ErrNotFound.
func (q Queries) PushSubscription(ctx context.Context, tenantID, id string) (PushSubscription, error) {
	return get(ctx, q, scanPush, "SELECT "+pushColumns+" FROM push_subscriptions WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// PushSubscriptionsOf returns the subscriptions of a user, the newest first.
func (q Queries) PushSubscriptionsOf(ctx context.Context, tenantID, userID string) ([]PushSubscription, error) {
	return all(ctx, q, scanPush, "SELECT "+pushColumns+" FROM push_subscriptions WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC", tenantID, userID)
}

// LivePushSubscription returns a subscription whose session gives access now. ErrNotFound otherwise.
func (q Queries) LivePushSubscription(ctx context.Context, tenantID, id string, now time.Time) (PushSubscription, error) {
	return get(ctx, q, scanPush, "SELECT "+pushColumns+` FROM push_subscriptions p WHERE tenant_id = $1 AND id = $2 AND EXISTS (
		SELECT 1 FROM sessions s WHERE s.tenant_id = p.tenant_id AND s.id = p.session_id AND s.user_id = p.user_id AND s.status = 'active' AND s.ends_at > $3)`,
		tenantID, id, micros(now))
}

// DropPushSubscription deletes a subscription. ErrNotFound when there is none.
func (q Queries) DropPushSubscription(ctx context.Context, tenantID, id string) error {
	return q.execOne(ctx, "DELETE FROM push_subscriptions WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// ReplacePushSubscriptions deletes the subscriptions of a session and of an endpoint, whoever's they are.
func (q Queries) ReplacePushSubscriptions(ctx context.Context, tenantID, sessionID string, endpointHash []byte) error {
	if _, err := q.exec(ctx, "DELETE FROM push_subscriptions WHERE tenant_id = $1 AND session_id = $2", tenantID, sessionID); err != nil {
		return err
	}
	_, err := q.exec(ctx, "DELETE FROM push_subscriptions WHERE tenant_id = $1 AND endpoint_hash = $2", tenantID, endpointHash)
	return err
}

// DropPushOfSessions deletes the subscriptions of sessions.
func (q Queries) DropPushOfSessions(ctx context.Context, tenantID string, sessionIDs []string) error {
	s := selection{args: []any{tenantID}}
	_, err := q.exec(ctx, "DELETE FROM push_subscriptions WHERE tenant_id = $1 AND "+q.among("session_id", &s, sessionIDs), s.args...)
	return err
}

// PushAnswer is what a push service answered to a message.
type PushAnswer struct {
	TenantID, ID string // of the subscription
	Taken        bool
	Status       int
	At           time.Time
}

// MarkPush records an answer. No error for a subscription that is gone.
func (q Queries) MarkPush(ctx context.Context, a PushAnswer) error {
	set := "failed = failed + 1, last_status = $3"
	args := []any{a.TenantID, a.ID, a.Status}
	if a.Taken {
		set = "failed = 0, last_status = $3, last_at = $4"
		args = append(args, micros(a.At))
	}
	_, err := q.exec(ctx, "UPDATE push_subscriptions SET "+set+" WHERE tenant_id = $1 AND id = $2", args...)
	return err
}
