package store

import (
	"context"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
)

// What a copy of somebody's own data is made of: all rows of a user, some at a time, in an order that
// an index has.

// After is a place among the rows of a user. The zero value is before all of them.
type After struct {
	At time.Time
	ID string
}

// SessionsOf returns a user's sessions, the oldest first.
func (q Queries) SessionsOf(ctx context.Context, tenantID, userID string, after After, limit int) ([]sallyport.Session, error) {
	return all(ctx, q, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND (created_at, id) > ($3, $4)"+
		" ORDER BY created_at, id LIMIT "+strconv.Itoa(limit), tenantID, userID, micros(after.At), after.ID)
}

// AttemptsOf returns the attempts to sign in to an account, the oldest first.
func (q Queries) AttemptsOf(ctx context.Context, tenantID, userID string, after After, limit int) ([]sallyport.Attempt, error) {
	return all(ctx, q, scanAttempt, "SELECT "+attemptColumns+" FROM attempts WHERE tenant_id = $1 AND user_id = $2 AND (created_at, id) > ($3, $4)"+
		" ORDER BY created_at, id LIMIT "+strconv.Itoa(limit), tenantID, userID, micros(after.At), after.ID)
}

// DevicesOf returns a user's devices, also the former ones, by id.
func (q Queries) DevicesOf(ctx context.Context, tenantID, userID, after string, limit int) ([]sallyport.Device, error) {
	return all(ctx, q, scanDevice, "SELECT "+deviceColumns+" FROM devices WHERE tenant_id = $1 AND user_id = $2 AND id > $3"+
		" ORDER BY id LIMIT "+strconv.Itoa(limit), tenantID, userID, after)
}

// FactorsOf returns a user's second factors, also the former ones, by id.
func (q Queries) FactorsOf(ctx context.Context, tenantID, userID, after string, limit int) ([]Factor, error) {
	return all(ctx, q, scanFactor, "SELECT "+factorColumns+" FROM factors WHERE tenant_id = $1 AND user_id = $2 AND id > $3"+
		" ORDER BY id LIMIT "+strconv.Itoa(limit), tenantID, userID, after)
}

// CodesOf returns how many backup codes belong to a factor, and how many of them are left.
func (q Queries) CodesOf(ctx context.Context, tenantID, factorID string) (made, left int, err error) {
	pair, err := get(ctx, q, func(scan func(...any) error) (n [2]int, err error) { return n, scan(&n[0], &n[1]) },
		"SELECT COUNT(*), COUNT(CASE WHEN used_at = 0 THEN 1 END) FROM backup_codes WHERE tenant_id = $1 AND factor_id = $2", tenantID, factorID)
	return pair[0], pair[1], err
}

// LinkOf is a mailed link that waits, without what opens it.
type LinkOf struct {
	Kind                 string
	CreatedAt, ExpiresAt time.Time
}

// LinksOf returns the mailed links of a user that wait.
func (q Queries) LinksOf(ctx context.Context, tenantID, userID string) ([]LinkOf, error) {
	return all(ctx, q, func(scan func(...any) error) (l LinkOf, err error) {
		var created, expires int64
		err = scan(&l.Kind, &created, &expires)
		l.CreatedAt, l.ExpiresAt = fromMicros(created), fromMicros(expires)
		return l, err
	}, "SELECT kind, created_at, expires_at FROM links WHERE tenant_id = $1 AND user_id = $2 ORDER BY kind", tenantID, userID)
}

// MailOf is a mail or text message to somebody, without what it says.
type MailOf struct {
	ID, Channel, Kind, Recipient, State string
	CreatedAt, SentAt                   time.Time
}

// MailsOf returns mails and text messages to a user, by id.
func (q Queries) MailsOf(ctx context.Context, tenantID, userID, after string, limit int) ([]MailOf, error) {
	return all(ctx, q, func(scan func(...any) error) (m MailOf, err error) {
		var created, sent int64
		err = scan(&m.ID, &m.Channel, &m.Kind, &m.Recipient, &m.State, &created, &sent)
		m.CreatedAt, m.SentAt = fromMicros(created), fromMicros(sent)
		return m, err
	}, "SELECT id, channel, kind, recipient, state, created_at, sent_at FROM outbox WHERE tenant_id = $1 AND user_id = $2 AND id > $3"+
		" ORDER BY id LIMIT "+strconv.Itoa(limit), tenantID, userID, after)
}

// EveryFormerEmail returns the addresses that somebody had before, reserved or not.
func (q Queries) EveryFormerEmail(ctx context.Context, tenantID, userID string) ([]FormerEmail, error) {
	return all(ctx, q, scanFormer, "SELECT "+formerColumns+" FROM former_emails WHERE tenant_id = $1 AND user_id = $2 ORDER BY changed_at", tenantID, userID)
}

// CodesWaiting returns the codes of a user that wait to be entered, sealed.
func (q Queries) CodesWaiting(ctx context.Context, tenantID, userID string) ([]ContactCode, error) {
	return all(ctx, q, scanContactCode, "SELECT "+contactColumns+" FROM contact_codes WHERE tenant_id = $1 AND user_id = $2 ORDER BY kind", tenantID, userID)
}

// PictureOf is the picture that somebody chose.
type PictureOf struct {
	Type string
	Body []byte
}

// LargestPicture returns a user's picture in its largest size. ErrNotFound when they have none.
func (q Queries) LargestPicture(ctx context.Context, tenantID, userID string) (PictureOf, error) {
	return get(ctx, q, func(scan func(...any) error) (p PictureOf, err error) { return p, scan(&p.Type, &p.Body) },
		"SELECT type, body FROM pictures WHERE tenant_id = $1 AND owner = $2 ORDER BY size DESC, hash LIMIT 1", tenantID, userID)
}
