package sallyport

import "time"

// FactorStatus says whether a second factor counts.
type FactorStatus string

// Factor statuses. Only an active one proves anything; suspended and revoked
// ones stay visible as history.
const (
	FactorPending   FactorStatus = "pending"   // begun, not yet proven by a first use
	FactorActive    FactorStatus = "active"    // counts
	FactorSuspended FactorStatus = "suspended" // looks copied; waits for its owner or an admin
	FactorRevoked   FactorStatus = "revoked"   // removed
)

// Factor is one second factor of one user: an authenticator app, a passkey, a
// phone or an address that codes are sent to, or a set of backup codes.
type Factor struct {
	ID          string
	TenantID    string
	UserID      string
	Method      string // one of the Method constants
	Status      FactorStatus
	Name        string // given by its owner
	PhoneNumber string // E.164, of MethodSMS
	Email       string // of MethodEmail
	CreatedAt   time.Time
	VerifiedAt  time.Time // when it became active; zero while pending
	LastUsedAt  time.Time // zero until it is used
	ExpiresAt   time.Time // of a pending one: when its enrolment is over
	EndedAt     time.Time // when it was suspended or revoked
	EndedReason string    // stable snake_case, for example "removed_by_user"

	// Of a passkey: whether it may be copied to other devices of its owner by
	// their provider (WebAuthn's backup eligibility), and whether it is.
	BackupEligible bool
	BackedUp       bool
}
