package sallyport

import "time"

// Policy is what one tenant decides about its accounts. The table in package
// policy describes each field: range, presets, effect. Durations are whole days or
// minutes, as the table says; 0 means never or no limit.
type Policy struct {
	PasswordMinLength int // characters
	// PasswordMinLengthAlone is the least where the password is all there is, if it is more.
	PasswordMinLengthAlone int
	PasswordMaxLength      int  // characters
	PasswordRequireMix     bool // an upper-case letter, a number and a symbol
	PasswordMixUntil       int  // characters from which no mix is asked; 0, or more than a password may have, for always
	PasswordHistory        int  // how many former passwords cannot be used again
	PasswordRejectCommon   bool // common passwords, and the user's own name or address
	PasswordRotation       time.Duration
	PasswordWords          []string // that no password may hold, besides names and addresses

	MFAEnforced        string   // "nobody", "admins" or "everyone"
	MFAMethods         []string // allowed method types
	MFABackupCodes     int      // how many codes one set has
	LockoutFailures    int
	LockoutWindow      time.Duration
	LockoutDuration    time.Duration
	LockoutProgressive bool // growing delay between attempts
	LockoutSelfUnlock  bool // by mailed link

	SessionIdleWeb            time.Duration
	SessionIdleMobile         time.Duration
	SessionLifetime           time.Duration // absolute
	SessionMaskIP             bool          // mask addresses in the user's own view
	SessionRevokeOnRoleChange bool

	DeviceRequireTrusted bool
	DeviceMinTrust       int // trust level for sensitive acts, 0 to 3; 0 for any device
	DeviceMaxPerUser     int
	DeviceAutoRevoke     time.Duration // idle time after which a device is revoked
	DeviceReverify       time.Duration
	DeviceCompromise     string // "flag" or "alert"
	DeviceSkipMFA        bool   // on trusted devices

	SSORequired bool // for the first factor

	Retention       time.Duration // of ended sessions, attempts and replaced device credentials
	RetentionEvents time.Duration // of the personal parts of events

	APIKeyActs []string // acts that otherwise take a person's proof, which API keys may do all the same

	AccountDeletion      string        // who may delete their account, below
	AccountDeletionGrace time.Duration // how long they can take it back
}

// For whom a second factor is enforced.
const (
	EnforcedNobody   = "nobody"
	EnforcedAdmins   = "admins"
	EnforcedEveryone = "everyone"
)

// Who may delete their own account.
const (
	DeletedByEverybody = "everybody"
	DeletedByMembers   = "members" // whose role has no rights over others
	DeletedByNobody    = "nobody"
)
