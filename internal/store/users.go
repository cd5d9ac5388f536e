package store

import (
	"cmp"
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

const userStored = `tenant_id, id, email, first_name, last_name, role, status,
	password_hash, password_changed_at, created_at, disabled_at, email_verified_at, must_change_password, mfa_required, disputed_since,
	language, browser_language, time_zone, mfa_exempt_until, mfa_exempt_reason, mfa_reminded_at, second_factor, last_sign_in_at,
	chosen_zone, phone, phone_verified_at, avatar, deletes_at, erasing_at, owned_by, password_short`

// userColumns are those, and what a role allows that the organisation made.
const userColumns = userStored + `,
	COALESCE((SELECT r.permissions FROM roles r WHERE r.tenant_id = users.tenant_id AND r.id = users.role), '')`

func scanUser(scan func(...any) error) (u sallyport.User, err error) {
	var changed, created, disabled, verified, disputed, exempt, reminded, last, phone, deletes, erasing int64
	err = scan(&u.TenantID, &u.ID, &u.Email, &u.FirstName, &u.LastName, &u.Role, &u.Status,
		&u.PasswordHash, &changed, &created, &disabled, &verified, &u.MustChangePassword, &u.MFARequired, &disputed,
		&u.Language, &u.BrowserLanguage, &u.TimeZone, &exempt, &u.MFAExemptReason, &reminded, &u.SecondFactor, &last,
		&u.ChosenZone, &u.Phone, &phone, &u.Avatar, &deletes, &erasing, &u.OwnedBy, &u.PasswordShort, &u.Granted)
	u.PasswordChangedAt, u.CreatedAt, u.DisabledAt = fromMicros(changed), fromMicros(created), fromMicros(disabled)
	u.EmailVerifiedAt, u.DisputedSince = fromMicros(verified), fromMicros(disputed)
	u.MFAExemptUntil, u.MFARemindedAt, u.LastSignInAt = fromMicros(exempt), fromMicros(reminded), fromMicros(last)
	u.PhoneVerifiedAt, u.DeletesAt, u.ErasingAt = fromMicros(phone), fromMicros(deletes), fromMicros(erasing)
	return u, err
}

// AddUser stores a new user. ErrConflict when the tenant has a user with this e-mail
// address, in any spelling, or when it is reserved for its former owner.
func (q Queries) AddUser(ctx context.Context, u sallyport.User) error {
	_, err := q.exec(ctx, `INSERT INTO users (`+userStored+`, email_key)
		VALUES (`+placeholders(1, 32)+`)`,
		u.TenantID, u.ID, u.Email, u.FirstName, u.LastName, u.Role, u.Status,
		u.PasswordHash, micros(u.PasswordChangedAt), micros(u.CreatedAt), micros(u.DisabledAt),
		micros(u.EmailVerifiedAt), u.MustChangePassword, u.MFARequired, micros(u.DisputedSince),
		u.Language, u.BrowserLanguage, u.TimeZone, micros(u.MFAExemptUntil), u.MFAExemptReason, micros(u.MFARemindedAt),
		cmp.Or(u.SecondFactor, sallyport.NoFactor), micros(u.LastSignInAt),
		u.ChosenZone, u.Phone, micros(u.PhoneVerifiedAt), u.Avatar, micros(u.DeletesAt), micros(u.ErasingAt), u.OwnedBy, u.PasswordShort, emailKey(u))
	if err != nil {
		return err
	}
	if err := q.reserved(ctx, u, u.CreatedAt); err != nil {
		return err
	}
	return q.indexUser(ctx, u)
}

// emailKey is what no two users have in common: the address or, of a service account, what no address can be.
func emailKey(u sallyport.User) string {
	if u.Service() {
		return "service:" + u.ID
	}
	return email.Key(u.Email)
}

// ServiceAccounts returns the service accounts of a tenant, the oldest first.
func (q Queries) ServiceAccounts(ctx context.Context, tenantID string) ([]sallyport.User, error) {
	return all(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND owned_by <> '' ORDER BY id", tenantID)
}

// LookingAfter returns the active users with a role, the oldest first, at most limit.
func (q Queries) LookingAfter(ctx context.Context, tenantID string, role sallyport.Role, limit int) ([]sallyport.User, error) {
	return all(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND role = $2 AND NOT (status <> 'active') ORDER BY id LIMIT $3",
		tenantID, role, limit)
}

// User returns one user of the tenant, or ErrNotFound.
func (q Queries) User(ctx context.Context, tenantID, id string) (sallyport.User, error) {
	return get(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND id = $2", tenantID, id)
}

// LockUser returns one user of the tenant and locks them until this transaction ends. Every
// act that starts or ends sessions or credentials locks the user first, so that no session
// can begin while the user is being disabled.
func (tx *Tx) LockUser(ctx context.Context, tenantID, id string) (sallyport.User, error) {
	return get(ctx, tx.Queries, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND id = $2"+tx.forUpdate(), tenantID, id)
}

// LockUsers locks users of the tenant until this transaction ends, in order of id as all acts do,
// and returns those that there are.
func (tx *Tx) LockUsers(ctx context.Context, tenantID string, ids []string) ([]sallyport.User, error) {
	s := selection{args: []any{tenantID}}
	return all(ctx, tx.Queries, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND "+tx.among("id", &s, ids)+
		" ORDER BY id"+tx.forUpdate(), s.args...)
}

// UserByEmail returns the user with this address in any spelling, or ErrNotFound.
func (q Queries) UserByEmail(ctx context.Context, tenantID, address string) (sallyport.User, error) {
	return get(ctx, q, scanUser, "SELECT "+userColumns+" FROM users WHERE tenant_id = $1 AND email_key = $2",
		tenantID, email.Key(address))
}

// StandIn returns the password hash of some account of the tenant: the first one whose place
// is not before the given one, in a circle; "" when no account has a password. The place of
// an account is the end of its id, 12 hexadecimal digits of chance.
func (q Queries) StandIn(ctx context.Context, tenantID, place string) (string, error) {
	const next = "SELECT password_hash FROM users WHERE tenant_id = $1 AND password_hash <> ''"
	return get(ctx, q, func(scan func(...any) error) (hash string, err error) { return hash, scan(&hash) },
		"SELECT COALESCE(("+next+" AND substr(id, 25) >= $2 ORDER BY substr(id, 25) LIMIT 1), ("+next+" ORDER BY substr(id, 25) LIMIT 1), '')",
		tenantID, place)
}

// SetUserStatus enables, disables or opens a user; disabledAt is zero when enabling. ErrNotFound
// when there is no such user, they have this status already, or their account is being deleted.
func (q Queries) SetUserStatus(ctx context.Context, tenantID, id string, status sallyport.UserStatus, disabledAt time.Time) error {
	return q.execOne(ctx, `UPDATE users SET status = $3, disabled_at = $4, disputed_since = CASE WHEN $3 IN ('active', 'invited', 'service') THEN 0 ELSE disputed_since END
		WHERE tenant_id = $1 AND id = $2 AND status <> $3 AND erasing_at = 0`,
		tenantID, id, status, micros(disabledAt))
}

// CloseUser closes an active account, or closes it again: it has to be opened by proofs
// that are older than disputedSince, and its password has to be replaced then. Of two times
// the earlier one counts. ErrNotFound when the user is disabled.
func (q Queries) CloseUser(ctx context.Context, tenantID, id string, disputedSince time.Time) error {
	return q.execOne(ctx, `UPDATE users SET status = 'closed', must_change_password = must_change_password OR password_hash <> '',
		disputed_since = CASE WHEN disputed_since > 0 AND disputed_since < $3 THEN disputed_since ELSE $3 END
		WHERE tenant_id = $1 AND id = $2 AND status IN ('active', 'closed')`, tenantID, id, micros(disputedSince))
}

// OtherOwners returns how many other active owners the tenant has.
func (q Queries) OtherOwners(ctx context.Context, tenantID, userID string) (n int, err error) {
	found, err := count(ctx, q, `SELECT COUNT(*) FROM users
		WHERE tenant_id = $1 AND id <> $2 AND role = 'owner' AND NOT (status <> 'active')`, tenantID, userID) // by the index of roles
	return int(found), err
}

// SetPassword replaces a user's password hash old, with the time of the change, and whether it is too short to stand alone. ErrNotFound
// when old is no longer the current hash, because the password was changed. Who was invited
// has joined with it.
func (q Queries) SetPassword(ctx context.Context, u sallyport.User, old string) error {
	return q.execOne(ctx, `UPDATE users SET password_hash = $4, password_changed_at = $5, must_change_password = FALSE, password_short = $6,
			status = CASE WHEN status = 'invited' AND $4 <> '' THEN 'active' ELSE status END
		WHERE tenant_id = $1 AND id = $2 AND password_hash = $3`, u.TenantID, u.ID, old, u.PasswordHash, micros(u.PasswordChangedAt), u.PasswordShort)
}

// VerifyEmail records that the user's address is verified.
func (q Queries) VerifyEmail(ctx context.Context, tenantID, userID string, now time.Time) error {
	return q.execOne(ctx, "UPDATE users SET email_verified_at = $3 WHERE tenant_id = $1 AND id = $2", tenantID, userID, micros(now))
}

// SetName records a person's name.
func (q Queries) SetName(ctx context.Context, u sallyport.User, first, last string) error {
	u.FirstName, u.LastName = first, last
	err := q.execOne(ctx, "UPDATE users SET first_name = $3, last_name = $4 WHERE tenant_id = $1 AND id = $2", u.TenantID, u.ID, first, last)
	if err != nil {
		return err
	}
	return q.indexUser(ctx, u)
}

// SetRole gives a user another role. ErrNotFound when they have it already.
func (q Queries) SetRole(ctx context.Context, tenantID, userID string, role sallyport.Role) error {
	return q.execOne(ctx, "UPDATE users SET role = $3 WHERE tenant_id = $1 AND id = $2 AND role <> $3", tenantID, userID, role)
}

// DropInvited deletes a user who was invited and has not joined, with all that refers to them
// but the log. ErrNotFound when they have joined.
func (q Queries) DropInvited(ctx context.Context, tenantID, userID string) error {
	if err := q.execOne(ctx, "UPDATE users SET status = status WHERE tenant_id = $1 AND id = $2 AND status = 'invited'", tenantID, userID); err != nil {
		return err
	}
	for _, table := range []string{"links", "group_members", "user_words"} {
		if _, err := q.exec(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1 AND user_id = $2", tenantID, userID); err != nil {
			return err
		}
	}
	return q.execOne(ctx, "DELETE FROM users WHERE tenant_id = $1 AND id = $2", tenantID, userID)
}

// SetLanguage records the language that a person chose; "" for none.
func (q Queries) SetLanguage(ctx context.Context, tenantID, userID, tag string) error {
	return q.execOne(ctx, "UPDATE users SET language = $3 WHERE tenant_id = $1 AND id = $2", tenantID, userID, tag)
}

// SetSignedIn records when a user signed in, and what their browser asks for: the tag of a
// language and the IANA name of a time zone.
func (q Queries) SetSignedIn(ctx context.Context, u sallyport.User, now time.Time) error {
	return q.execOne(ctx, "UPDATE users SET browser_language = $3, time_zone = $4, last_sign_in_at = $5 WHERE tenant_id = $1 AND id = $2",
		u.TenantID, u.ID, u.BrowserLanguage, u.TimeZone, micros(now))
}

// RequirePasswordChange makes the next sign-in ask for a new password.
func (q Queries) RequirePasswordChange(ctx context.Context, tenantID, userID string) error {
	return q.execOne(ctx, "UPDATE users SET must_change_password = TRUE WHERE tenant_id = $1 AND id = $2", tenantID, userID)
}

// UpgradePassword replaces the hash of an unchanged password by a stronger one. If the
// password was changed, it does nothing.
func (q Queries) UpgradePassword(ctx context.Context, tenantID, userID, old, hash string) error {
	_, err := q.exec(ctx, "UPDATE users SET password_hash = $4 WHERE tenant_id = $1 AND id = $2 AND password_hash = $3",
		tenantID, userID, old, hash)
	return err
}

// AddPasswordHistory stores the user's hash until now as a former one, under id, a UUIDv7.
func (q Queries) AddPasswordHistory(ctx context.Context, u sallyport.User, id string, now time.Time) error {
	_, err := q.exec(ctx, `INSERT INTO password_history (tenant_id, user_id, id, password_hash, created_at)
		VALUES ($1, $2, $3, $4, $5)`, u.TenantID, u.ID, id, u.PasswordHash, micros(now))
	return err
}

// PasswordHistory returns up to limit hashes of former passwords, newest first.
func (q Queries) PasswordHistory(ctx context.Context, tenantID, userID string, limit int) ([]string, error) {
	return all(ctx, q, func(scan func(...any) error) (h string, err error) { return h, scan(&h) },
		`SELECT password_hash FROM password_history WHERE tenant_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3`,
		tenantID, userID, limit)
}

// Admins returns the active owners and admins of a tenant: first the admins, each in order of id.
func (q Queries) Admins(ctx context.Context, tenantID string) ([]sallyport.User, error) {
	return all(ctx, q, scanUser, "SELECT "+userColumns+` FROM users
		WHERE tenant_id = $1 AND role IN ('owner', 'admin') AND NOT (status <> 'active') ORDER BY role, id`, tenantID) // by the index of roles
}
