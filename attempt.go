package sallyport

import "time"

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
	CreatedAt     time.Time
}
