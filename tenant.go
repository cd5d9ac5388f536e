package sallyport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Tenant is one organisation. A request belongs to the tenant whose Host it
// names, or to the default one, whose Host is empty.
type Tenant struct {
	ID        string
	Host      string // lower-case host name without port; "" for the default tenant
	Name      string
	Language  string // BCP 47 tag of a language with texts, for those who chose none; "" for English
	Look      Look
	CreatedAt time.Time
}

// Look is what the pages and mails of an organisation look like beyond its name. Each may be "".
type Look struct {
	Accent string // #rrggbb
	Logo   string // text form of a [Logo]; "" for none
	// Where people find help, and what is said of privacy and of who runs it: https addresses.
	HelpURL, PrivacyURL, ImprintURL string
	SecurityContact                 string // an https or mailto address
	SignInText                      string // on the sign-in page
}

// Role is what a user may do beyond their own account: a built-in one from below, of which
// package access says what it allows, or the id of one that the organisation made.
type Role string

// Built-in roles, strongest first.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Looks reports whether those with the role look after the organisation: alerts about it go to them.
func (r Role) Looks() bool { return r == RoleOwner || r == RoleAdmin }

// BuiltIn reports whether r is one of the built-in roles.
func (r Role) BuiltIn() bool { return r == RoleOwner || r == RoleAdmin || r == RoleMember }

// Permissions are what a role allows: names of the table in package access, sorted, with a
// space between. "" is none.
type Permissions string

// NewPermissions returns a set of names.
func NewPermissions(names ...string) Permissions {
	names = slices.Clone(names)
	slices.Sort(names)
	return Permissions(strings.Join(slices.Compact(names), " "))
}

// Names returns each permission.
func (p Permissions) Names() []string { return strings.Fields(string(p)) }

// Has reports whether a permission is among p.
func (p Permissions) Has(name string) bool { return slices.Contains(p.Names(), name) }

// CustomRole is a role that an organisation made.
type CustomRole struct {
	TenantID    string
	ID          string
	Name        string
	Description string
	Permissions Permissions
	CreatedAt   time.Time
}

// Group is a named set of users. It allows nothing by itself.
type Group struct {
	TenantID    string
	ID          string
	Name        string
	Description string
	Members     int // counted where groups are listed
	CreatedAt   time.Time
}

// Strength says how good the best active second factor of a user is.
type Strength string

// Strengths.
const (
	NoFactor     Strength = "none"
	WeakFactor   Strength = "weak"   // codes that are sent, which others can intercept
	StrongFactor Strength = "strong" // an authenticator app or a passkey
)

// UserStatus says whether a user can sign in at all.
type UserStatus string

// User statuses.
const (
	UserInvited  UserStatus = "invited" // has never had a password: an invitation waits
	UserActive   UserStatus = "active"
	UserDisabled UserStatus = "disabled" // by an admin, who can enable it again
	// UserClosed is an account in danger: nothing opens it but its owner's mailbox together
	// with a proof that is older than what put it in danger, an admin, or the operator.
	UserClosed UserStatus = "closed"
	// UserService is a service account: it never signs in, and acts by API keys alone.
	UserService UserStatus = "service"
)

// HandedPasswordLifetime is how long a password works that somebody else chose for a user and handed over.
const HandedPasswordLifetime = 24 * time.Hour

// PasswordEnded reports whether the password opens nothing any more: somebody else chose it when they
// added the user, so it has to be changed at the first sign-in, and that was not done in time.
func (u User) PasswordEnded(now time.Time) bool {
	handed := u.MustChangePassword && u.LastSignInAt.IsZero() && u.PasswordChangedAt.Equal(u.CreatedAt)
	return handed && !now.Before(u.CreatedAt.Add(HandedPasswordLifetime))
}

// User is a person of one tenant, or a service account.
type User struct {
	ID                string
	TenantID          string
	Email             string // as typed, for showing and mailing
	FirstName         string
	LastName          string
	Role              Role
	Granted           Permissions // what a role allows that the organisation made; "" for built-in ones
	Status            UserStatus
	PasswordHash      string // PHC string; "" when the user has no password
	PasswordChangedAt time.Time
	CreatedAt         time.Time
	DisabledAt        time.Time // zero while active
	EmailVerifiedAt   time.Time // when the user proved that they read mail there; zero before

	// MustChangePassword makes the next sign-in ask for a new password first.
	MustChangePassword bool
	// PasswordShort is set where the password had fewer characters, when it was set, than policy asks
	// for where it is all there is.
	PasswordShort bool
	// DisputedSince is set while the account is closed: proofs made or set up since then
	// count as those of somebody else.
	DisputedSince time.Time
	// MFARequired requires a second factor of this user, whatever the policy says.
	MFARequired bool
	// MFAExemptUntil is until when an admin exempts the user from the second factor that
	// policy demands, and MFAExemptReason why; zero for not at all.
	MFAExemptUntil  time.Time
	MFAExemptReason string
	MFARemindedAt   time.Time // when they were last reminded to set one up
	SecondFactor    Strength  // the best one that is active
	LastSignInAt    time.Time // zero before the first

	Language        string // BCP 47 tag that the user chose; "" for none
	BrowserLanguage string // that of the last sign-in on a trusted device; "" for none with texts
	TimeZone        string // IANA name of the zone of that sign-in; "" when it told none
	ChosenZone      string // IANA name of the zone that the user chose; "" for none

	Phone           string // E.164, proven by a code; "" for none. No second factor.
	PhoneVerifiedAt time.Time
	Avatar          string    // hash of a picture; "" for none
	DeletesAt       time.Time // when the account is deleted at its owner's wish; zero for not
	ErasingAt       time.Time // when its deletion began, which nothing takes back; zero for not

	OwnedBy Role // of a service account: who looks after it; "" for a person
}

// Service reports whether the user is a service account. It has no e-mail address and no password.
func (u User) Service() bool { return u.OwnedBy != "" }

// Zone returns the IANA name of the zone that the times of the user's mails are in; "" for UTC.
func (u User) Zone() string { return cmp.Or(u.ChosenZone, u.TimeZone) }

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

// Logo is what stands in the place of an organisation's name. Its text form says how large it is, so
// that pages have room for it before it is loaded.
type Logo struct {
	Hash          string // of a picture
	Width, Height int
	Transparent   bool // in parts
}

// String is the text form: hash.480x96, and .t behind it for a transparent one. "" for no logo.
func (l Logo) String() string {
	if l.Hash == "" {
		return ""
	}
	text := fmt.Sprintf("%s.%dx%d", l.Hash, l.Width, l.Height)
	if l.Transparent {
		text += ".t"
	}
	return text
}

// ParseLogo reads the text form, and reports whether there is a logo.
func ParseLogo(text string) (l Logo, ok bool) {
	hash, rest, _ := strings.Cut(text, ".")
	size, mark, _ := strings.Cut(rest, ".")
	n, err := fmt.Sscanf(size, "%dx%d", &l.Width, &l.Height)
	l.Hash, l.Transparent = hash, mark == "t"
	if err != nil || n != 2 || hash == "" || l.Width <= 0 || l.Height <= 0 {
		return Logo{}, false
	}
	return l, true
}
