package store

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

const noticeColumns = "tenant_id, id, user_id, kind, facts, session_id, device_id, times, created_at, last_at, read_at"

func scanNotice(scan func(...any) error) (n sallyport.Notice, err error) {
	var created, last, read int64
	err = scan(&n.TenantID, &n.ID, &n.UserID, &n.Kind, &n.Facts, &n.SessionID, &n.DeviceID, &n.Times, &created, &last, &read)
	n.CreatedAt, n.LastAt, n.ReadAt = fromMicros(created), fromMicros(last), fromMicros(read)
	return n, err
}

// Notice returns one notice of the tenant, or ErrNotFound.
func (q Queries) Notice(ctx context.Context, tenantID, id string) (sallyport.Notice, error) {
	return get(ctx, q, scanNotice, "SELECT "+noticeColumns+" FROM notices WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// EveryNotice returns notices of a user that follow another one, the oldest first.
func (q Queries) EveryNotice(ctx context.Context, tenantID, userID string, after After, limit int) ([]sallyport.Notice, error) {
	return all(ctx, q, scanNotice, "SELECT "+noticeColumns+" FROM notices WHERE tenant_id = $1 AND user_id = $2 AND (last_at, id) > ($3, $4) ORDER BY last_at, id LIMIT "+
		strconv.Itoa(limit), tenantID, userID, micros(after.At), after.ID)
}

// AddNotice stores a notice.
func (q Queries) AddNotice(ctx context.Context, n sallyport.Notice) error {
	_, err := q.exec(ctx, "INSERT INTO notices ("+noticeColumns+") VALUES ("+placeholders(1, 11)+")",
		n.TenantID, n.ID, n.UserID, n.Kind, n.Facts, n.SessionID, n.DeviceID, n.Times, micros(n.CreatedAt), micros(n.LastAt), micros(n.ReadAt))
	return err
}

// JoinNotice lets the newest unread notice of the same kind tell of another time, where there are at
// least so many since a moment. ErrNotFound where there are not.
func (q Queries) JoinNotice(ctx context.Context, n sallyport.Notice, since time.Time, least int) error {
	return q.execOne(ctx, `UPDATE notices SET times = times + 1, last_at = $4, facts = $5, session_id = $6, device_id = $7
		WHERE tenant_id = $1 AND user_id = $2 AND read_at = 0 AND id = (SELECT MAX(id) FROM (
			SELECT id FROM notices WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND read_at = 0 AND last_at > $8
			ORDER BY last_at DESC LIMIT `+strconv.Itoa(least)+`) AS recent HAVING COUNT(*) >= $9)`,
		n.TenantID, n.UserID, n.Kind, micros(n.LastAt), n.Facts, n.SessionID, n.DeviceID, micros(since), least)
}

// Notices returns a page of the notices of a user.
func (q Queries) Notices(ctx context.Context, tenantID, userID string, query list.Query) (list.Page[sallyport.Notice], error) {
	return page(ctx, q, ownNotices, query, tenantID, userID)
}

// mostUnread is how many unread notices are counted.
const mostUnread = 100

// UnreadNotices returns how many notices of a user are unread, at most 100.
func (q Queries) UnreadNotices(ctx context.Context, tenantID, userID string) (int64, error) {
	return count(ctx, q, "SELECT COUNT(*) FROM (SELECT id FROM notices WHERE tenant_id = $1 AND user_id = $2 AND read_at = 0 LIMIT "+strconv.Itoa(mostUnread)+") AS unread",
		tenantID, userID)
}

// ReadNotice marks a notice of a user as read. ErrNotFound when there is none, or it was read before.
func (q Queries) ReadNotice(ctx context.Context, tenantID, userID, id string, now time.Time) error {
	return q.execOne(ctx, "UPDATE notices SET read_at = $4 WHERE tenant_id = $1 AND id = $3 AND user_id = $2 AND read_at = 0", tenantID, userID, id, micros(now))
}

// ReadNotices marks the notices of a user up to a time as read, and returns how many were not.
func (q Queries) ReadNotices(ctx context.Context, tenantID, userID string, upTo, now time.Time) (int64, error) {
	return q.exec(ctx, "UPDATE notices SET read_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND read_at = 0 AND last_at <= $3", tenantID, userID, micros(upTo), micros(now))
}

// ForgetNotices deletes up to limit notices from before a time.
func (tx *Tx) ForgetNotices(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"notices", "tenant_id, id", "last_at < $1"}, limit, micros(before))
}

// NotificationChoice is what somebody chose: whether a topic is told by a channel.
type NotificationChoice struct {
	Topic, Channel string
	Wanted         bool
}

// NotificationChoices returns what a user chose, in no order.
func (q Queries) NotificationChoices(ctx context.Context, tenantID, userID string) ([]NotificationChoice, error) {
	return all(ctx, q, func(scan func(...any) error) (c NotificationChoice, err error) {
		return c, scan(&c.Topic, &c.Channel, &c.Wanted)
	},
		"SELECT topic, channel, wanted FROM notification_choices WHERE tenant_id = $1 AND user_id = $2", tenantID, userID)
}

// Choose stores a choice. ErrNotFound when it was so already.
func (q Queries) Choose(ctx context.Context, tenantID, userID string, c NotificationChoice) error {
	return q.execOne(ctx, `INSERT INTO notification_choices (tenant_id, user_id, topic, channel, wanted) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, user_id, topic, channel) DO UPDATE SET wanted = excluded.wanted WHERE notification_choices.wanted <> excluded.wanted`,
		tenantID, userID, c.Topic, c.Channel, c.Wanted)
}
