package sallyport

import "time"

// Answer is what the owner of an account said of a sign-in they were told of.
type Answer string

// Answers.
const (
	AnswerNone  Answer = ""
	AnswerMine  Answer = "mine"     // "It was me"
	AnswerNotMe Answer = "not_mine" // "This wasn't me"
)

// Attempt is one try at signing in, for a known or an unknown account.
type Attempt struct {
	ID            string
	TenantID      string
	UserID        string // "" when no account has this e-mail
	Email         string // as typed, at most 254 bytes
	IPAddress     string
	UserAgent     string
	DeviceInfo    DeviceInfo
	Location      Location
	Successful    bool
	FailureReason Code // "" when successful
	MFARequired   bool
	MFAVerified   bool
	DeviceID      string     // the known device, or the one that became known
	SessionID     string     // the session that began; "" when none did
	Assessment    Assessment // how doubtful it was
	Answer        Answer     // what the account's owner said of it
	CreatedAt     time.Time
	// Circumstances is what it was decided by besides policy, as JSON of package signin; "" where nothing was proven. It
	// is written and not read with the attempt.
	Circumstances string
}
