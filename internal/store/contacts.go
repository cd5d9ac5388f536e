package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

// ContactCode is a code that waits to be entered for a new e-mail address or phone number.
type ContactCode struct {
	TenantID, UserID string
	Kind             string // email, phone
	ID               string
	Address          string // that it was sent to
	Code             []byte // sealed
	SessionID        string // that asked for it
	CreatedAt        time.Time
	ExpiresAt        time.Time
}

const contactColumns = "tenant_id, user_id, kind, id, address, code, session_id, created_at, expires_at"

func scanContactCode(scan func(...any) error) (c ContactCode, err error) {
	var created, expires int64
	err = scan(&c.TenantID, &c.UserID, &c.Kind, &c.ID, &c.Address, &c.Code, &c.SessionID, &created, &expires)
	c.CreatedAt, c.ExpiresAt = fromMicros(created), fromMicros(expires)
	return c, err
}

// PutContactCode stores a code in place of the user's former one of its kind.
func (q Queries) PutContactCode(ctx context.Context, c ContactCode) error {
	_, err := q.exec(ctx, "INSERT INTO contact_codes ("+contactColumns+") VALUES ("+placeholders(1, 9)+`)
		ON CONFLICT (tenant_id, user_id, kind) DO UPDATE SET id = excluded.id, address = excluded.address, code = excluded.code,
			session_id = excluded.session_id, created_at = excluded.created_at, expires_at = excluded.expires_at`,
		c.TenantID, c.UserID, c.Kind, c.ID, c.Address, c.Code, c.SessionID, micros(c.CreatedAt), micros(c.ExpiresAt))
	return err
}

// ContactCode returns the code of a kind that waits for a user, or ErrNotFound.
func (q Queries) ContactCode(ctx context.Context, tenantID, userID, kind string) (ContactCode, error) {
	return get(ctx, q, scanContactCode, "SELECT "+contactColumns+" FROM contact_codes WHERE tenant_id = $1 AND user_id = $2 AND kind = $3", tenantID, userID, kind)
}

// DropContactCode deletes the code with this id. ErrNotFound when it was entered or replaced.
func (q Queries) DropContactCode(ctx context.Context, c ContactCode) error {
	return q.execOne(ctx, "DELETE FROM contact_codes WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND id = $4", c.TenantID, c.UserID, c.Kind, c.ID)
}

// DropCodesOf deletes all codes that wait for a user.
func (q Queries) DropCodesOf(ctx context.Context, tenantID, userID string) error {
	_, err := q.exec(ctx, "DELETE FROM contact_codes WHERE tenant_id = $1 AND user_id = $2", tenantID, userID)
	return err
}

// FormerEmail is an address that somebody had. Nobody else may have it until a time.
type FormerEmail struct {
	Email         string
	UserID        string
	VerifiedAt    time.Time // when it was proven; zero for never
	ChangedAt     time.Time
	ReservedUntil time.Time
}

const formerColumns = "email, user_id, verified_at, changed_at, reserved_until"

func scanFormer(scan func(...any) error) (f FormerEmail, err error) {
	var verified, changed, reserved int64
	err = scan(&f.Email, &f.UserID, &verified, &changed, &reserved)
	f.VerifiedAt, f.ChangedAt, f.ReservedUntil = fromMicros(verified), fromMicros(changed), fromMicros(reserved)
	return f, err
}

// FormerEmails returns the addresses that are reserved for a user, the newest first.
func (q Queries) FormerEmails(ctx context.Context, tenantID, userID string, now time.Time) ([]FormerEmail, error) {
	return all(ctx, q, scanFormer, "SELECT "+formerColumns+" FROM former_emails WHERE tenant_id = $1 AND user_id = $2 AND reserved_until > $3 ORDER BY changed_at DESC",
		tenantID, userID, micros(now))
}

// EmailReserved returns whom an address is reserved for, in any spelling, or ErrNotFound.
func (q Queries) EmailReserved(ctx context.Context, tenantID, address string, now time.Time) (FormerEmail, error) {
	return get(ctx, q, scanFormer, "SELECT "+formerColumns+" FROM former_emails WHERE tenant_id = $1 AND email_key = $2 AND reserved_until > $3",
		tenantID, email.Key(address), micros(now))
}

// reserved returns ErrConflict when an address is reserved for somebody else than the user. It is
// asked after the address was written: whoever gives an address up writes the reservation in the
// same transaction, and until its end the index of addresses makes others wait.
func (q Queries) reserved(ctx context.Context, u sallyport.User, now time.Time) error {
	n, err := count(ctx, q, "SELECT COUNT(*) FROM former_emails WHERE tenant_id = $1 AND email_key = $2 AND user_id <> $3 AND reserved_until > $4",
		u.TenantID, email.Key(u.Email), u.ID, micros(now))
	if err == nil && n > 0 {
		err = sallyport.ErrConflict
	}
	return err
}

// ChangeEmail gives a user another address, proven at verifiedAt, and keeps former, the one that
// they have now. Codes by e-mail go to the new one. ErrConflict when somebody else has the
// address, in any spelling, or it is reserved for them; ErrNotFound when the user's address is not
// that of former any more.
func (q Queries) ChangeEmail(ctx context.Context, u sallyport.User, verifiedAt time.Time, former FormerEmail) error {
	err := q.execOne(ctx, "UPDATE users SET email = $3, email_key = $4, email_verified_at = $5 WHERE tenant_id = $1 AND id = $2 AND email = $6",
		u.TenantID, u.ID, u.Email, email.Key(u.Email), micros(verifiedAt), former.Email)
	if err != nil {
		return err
	}
	if err := q.reserved(ctx, u, former.ChangedAt); err != nil {
		return err
	}
	if _, err := q.exec(ctx, "UPDATE factors SET email = $3 WHERE tenant_id = $1 AND user_id = $2 AND email <> ''", u.TenantID, u.ID, u.Email); err != nil {
		return err
	}
	if err := q.reserve(ctx, u, former); err != nil {
		return err
	}
	// It may be one that they had before, or the same in another spelling.
	if _, err := q.exec(ctx, "DELETE FROM former_emails WHERE tenant_id = $1 AND email_key = $2", u.TenantID, email.Key(u.Email)); err != nil {
		return err
	}
	return q.indexUser(ctx, u)
}

// reserve keeps a former address of a user.
func (q Queries) reserve(ctx context.Context, u sallyport.User, f FormerEmail) error {
	_, err := q.exec(ctx, "INSERT INTO former_emails (tenant_id, email_key, "+formerColumns+") VALUES ("+placeholders(1, 7)+`)
		ON CONFLICT (tenant_id, email_key) DO UPDATE SET email = excluded.email, user_id = excluded.user_id, verified_at = excluded.verified_at,
			changed_at = excluded.changed_at, reserved_until = excluded.reserved_until`,
		u.TenantID, email.Key(f.Email), f.Email, u.ID, micros(f.VerifiedAt), micros(f.ChangedAt), micros(f.ReservedUntil))
	return err
}

// SetPhone records the phone number that a user proved; "" for none.
func (q Queries) SetPhone(ctx context.Context, tenantID, userID, number string, verifiedAt time.Time) error {
	return q.execOne(ctx, "UPDATE users SET phone = $3, phone_verified_at = $4 WHERE tenant_id = $1 AND id = $2", tenantID, userID, number, micros(verifiedAt))
}

// SetZone records the time zone that a person chose; "" for that of the browser.
func (q Queries) SetZone(ctx context.Context, tenantID, userID, name string) error {
	return q.execOne(ctx, "UPDATE users SET chosen_zone = $3 WHERE tenant_id = $1 AND id = $2", tenantID, userID, name)
}
