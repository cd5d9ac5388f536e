package sallyport

import "time"

// FactorStatus says whether a second factor counts.
type FactorStatus string

// Factor statuses. Only an active factor proves anything; suspended and revoked
// ones stay visible as history.
const (
	FactorPending   FactorStatus = "pending"   // enrolment begun; the first use is still to come
	FactorActive    FactorStatus = "active"    // counts
	FactorSuspended FactorStatus = "suspended" // looks copied; its owner or an admin decides
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
	ExpiresAt   time.Time // when a pending enrolment expires, or a code that was handed over; see HandedOver
	EndedAt     time.Time // when it was suspended or revoked
	EndedReason string    // stable snake_case, for example "removed_by_user"

	// For a passkey: whether its owner's provider may copy it to other devices
	// (WebAuthn's backup eligibility), and whether that has happened (backup state).
	BackupEligible bool
	BackedUp       bool
}

// HandedOver reports whether it is the one code that an admin handed over after they removed the second
// factors of a user. Until they have set up another, the account asks for it beside the password.
func (f Factor) HandedOver() bool {
	return f.Method == MethodBackupCodes && f.Status == FactorActive && !f.ExpiresAt.IsZero()
}
