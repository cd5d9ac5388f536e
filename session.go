package sallyport

import "time"

// SessionStatus is one of the five states of a session. Only an active session
// gives access, and only a suspended one can become active again.
type SessionStatus string

// Session statuses.
const (
	SessionActive     SessionStatus = "active"
	SessionSuspended  SessionStatus = "suspended"  // paused, can be resumed
	SessionTerminated SessionStatus = "terminated" // ended by its user or an admin
	SessionExpired    SessionStatus = "expired"    // idle or absolute lifetime over
	SessionRevoked    SessionStatus = "revoked"    // ended for security
)

// Live reports whether the session can still be used, now or once resumed.
func (s SessionStatus) Live() bool { return s == SessionActive || s == SessionSuspended }

// DeviceType is the coarse kind of machine a user agent runs on.
type DeviceType string

// Device types.
const (
	DeviceDesktop DeviceType = "desktop"
	DeviceMobile  DeviceType = "mobile"
	DeviceTablet  DeviceType = "tablet"
	DeviceUnknown DeviceType = "unknown"
)

// DeviceInfo is what a user agent says of itself. Every part may be empty.
type DeviceInfo struct {
	Type           DeviceType `json:"type"`
	Browser        string     `json:"browser,omitempty"`        // "Chrome", "Safari", "Sallyport CLI"
	BrowserVersion string     `json:"browserVersion,omitempty"` // "141.0"
	OS             string     `json:"os,omitempty"`             // "macOS", "Windows", "Android"
	OSVersion      string     `json:"osVersion,omitempty"`
	Model          string     `json:"model,omitempty"` // "iPhone", "Pixel 8"
	Bot            bool       `json:"bot,omitempty"`
}

// Location is where an IP address probably is. Every part may be empty; a
// country database knows the country only.
type Location struct {
	Country   string  `json:"country,omitempty"` // ISO 3166-1 alpha-2, upper case
	Region    string  `json:"region,omitempty"`
	City      string  `json:"city,omitempty"`
	Latitude  float64 `json:"latitude,omitempty"`  // degrees; both zero when unknown
	Longitude float64 `json:"longitude,omitempty"` // degrees
	TimeZone  string  `json:"timeZone,omitempty"`  // IANA name
	// AccuracyKM is the accuracy radius in kilometres, from the geo database; 0 when unknown.
	AccuracyKM int `json:"accuracyKm,omitempty"`
}

// Session is one signed-in client of one user.
type Session struct {
	ID                string
	TenantID          string
	UserID            string
	DeviceID          string // the device it was opened on; "" when it has none
	Native            bool   // whether an app, not a browser, holds it; set when it begins
	Status            SessionStatus
	DeviceInfo        DeviceInfo // DeviceInfo.Type is the session's device type
	IPAddress         string     // canonical text of netip.Addr
	UserAgent         string     // at most 512 bytes are kept
	Location          Location
	CreatedAt         time.Time
	ExpiresAt         time.Time     // absolute end, whatever the activity
	IdleTimeout       time.Duration // ends this long after LastActivityAt
	LastActivityAt    time.Time     // exact to about a minute
	MFAVerifiedAt     time.Time     // last second-factor proof; zero when there was none
	MFAMethod         string        // method of that proof; "" when there was none
	AuthenticatedAt   time.Time     // last proof of the password, or of a passkey instead
	SteppedUpAt       time.Time     // last step-up; zero when there was none
	SteppedUpFor      string        // the act that it was made for, as in StepUp.Act; "" when there was none
	TerminatedAt      time.Time     // zero while live
	TerminatedBy      string        // user id, or "system"
	TerminationReason string        // stable snake_case, for example "signed_out"
	Assessment        Assessment    // how doubtful the sign-in was
	TokenEndsAt       time.Time     // when its present access token ends; zero where its token is as good as the session. Only the session check reads it
}

// MFAVerified reports whether a second factor was passed in this session.
func (s Session) MFAVerified() bool { return !s.MFAVerifiedAt.IsZero() }

// EndsAt returns when the session expires if nothing more happens: the earlier
// of idle and absolute expiry.
func (s Session) EndsAt() time.Time {
	idle := s.LastActivityAt.Add(s.IdleTimeout)
	if idle.Before(s.ExpiresAt) {
		return idle
	}
	return s.ExpiresAt
}

// EffectiveStatus returns the status at the given time: an active or suspended
// session past its end counts as expired, even before a job has marked it.
func (s Session) EffectiveStatus(now time.Time) SessionStatus {
	if s.Status.Live() && !now.Before(s.EndsAt()) {
		return SessionExpired
	}
	return s.Status
}

// Checked is what the session check answers from: the state of the session or of the API key, and
// the few facts about user and device that services ask for.
type Checked struct {
	Session Session // id, tenant, user, device, status and times only; of an API key, tenant and user only
	User    User    // id, e-mail, names, role and status only
	Trust   TrustLevel
	Key     APIKey // with which a program acts; zero for a session

	AppID  string      // where an app asks about the pass of a browser; "" for everybody else
	Groups []GroupName // with AppID, by id
}
