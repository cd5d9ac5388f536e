package sallyport

import (
	"cmp"
	"time"
)

// Tenant is one organisation. A request belongs to the tenant whose Host it
// names, or to the default one, whose Host is empty.
type Tenant struct {
	ID        string
	Host      string // lower-case host name without port; "" for the default tenant
	Name      string
	Language  string // BCP 47 tag of a language with texts, for those who chose none; "" for English
	CreatedAt time.Time
}

// Role is what a user may do beyond their own account. The built-in roles are
// below; package access says what each allows.
type Role string

// Built-in roles, strongest first.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// UserStatus says whether a user can sign in at all.
type UserStatus string

// User statuses.
const (
	UserActive   UserStatus = "active"
	UserDisabled UserStatus = "disabled" // by an admin, who can enable it again
	// UserClosed is an account in danger: nothing opens it but its owner's mailbox together
	// with a proof that is older than what put it in danger, an admin, or the operator.
	UserClosed UserStatus = "closed"
)

// User is a person of one tenant.
type User struct {
	ID                string
	TenantID          string
	Email             string // as typed, for showing and mailing
	FirstName         string
	LastName          string
	Role              Role
	Status            UserStatus
	PasswordHash      string // PHC string; "" when the user has no password
	PasswordChangedAt time.Time
	CreatedAt         time.Time
	DisabledAt        time.Time // zero while active
	EmailVerifiedAt   time.Time // when the user proved that they read mail there; zero before

	// MustChangePassword makes the next sign-in ask for a new password first.
	MustChangePassword bool
	// DisputedSince is set while the account is closed: proofs made or set up since then
	// count as those of somebody else.
	DisputedSince time.Time
	// MFARequired requires a second factor of this user, whatever the policy says.
	MFARequired bool

	Language        string // BCP 47 tag that the user chose; "" for none
	BrowserLanguage string // that of the last sign-in on a trusted device; "" for none with texts
	TimeZone        string // IANA name of the zone of that sign-in; "" when it told none
}

// Reads returns the tag of the language that the user's mails are in; "" for English.
func (u User) Reads(t Tenant) string { return cmp.Or(u.Language, u.BrowserLanguage, t.Language) }

// Name returns the full name, or the e-mail address when there is none.
func (u User) Name() string {
	switch {
	case u.FirstName == "" && u.LastName == "":
		return u.Email
	case u.LastName == "":
		return u.FirstName
	case u.FirstName == "":
		return u.LastName
	}
	return u.FirstName + " " + u.LastName
}
