package sallyport

import "time"

// Notice is one entry of the bell of a user: something that happened on their account, or several
// things of a kind that happened soon after each other.
type Notice struct {
	ID        string
	TenantID  string
	UserID    string // whom it tells
	Kind      string // of a mail that tells the same, such as "new_sign_in"
	Facts     string // JSON, of package notify
	SessionID string // that it is about; "" for none
	DeviceID  string
	Times     int       // how often it happened
	CreatedAt time.Time // of the first time
	LastAt    time.Time // of the last time, whose facts it has
	ReadAt    time.Time // zero while it is unread
}
