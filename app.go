package sallyport

import "time"

// App is a program that somebody else wrote, at an address of its own. People reach it through a proxy, or
// the program itself asks, and this service says whom to let in.
type App struct {
	TenantID, ID string
	Name         string // no other of the organisation has it
	Origin       string // https://host or https://host:port, in lower case; no other app has it
	Rules        []AppRule
	Preflight    bool // browsers may ask without a session whether another site may call it (CORS)
	Version      int64
	CreatedAt    time.Time
	CreatedBy    string // user id; "" for the operator
	ChangedAt    time.Time
}

// AppRule says who gets to some addresses of an app.
type AppRule struct {
	// Path is the path of one address, or one that ends with /* for it and everything below.
	Path string `json:"path"`
	// Public lets everybody in, signed in or not. Nothing else is set then.
	Public bool `json:"public,omitempty"`
	// Roles and Groups are ids; who has one of them gets in. Without any, everybody of the organisation.
	Roles  []Role   `json:"roles,omitempty"`
	Groups []string `json:"groups,omitempty"`
	// Permissions have to be there all.
	Permissions []string `json:"permissions,omitempty"`
	// Level is the trust that the device needs.
	Level TrustLevel `json:"level,omitempty"`
	// Factor asks for a second factor in the session, and Fresh for one that is at most so many minutes
	// old; 0 for any age.
	Factor bool `json:"factor,omitempty"`
	Fresh  int  `json:"freshMinutes,omitempty"`
}

// AppPass ties a browser at an app to a session. Its token stands in a cookie of the app's host and is good for
// that app alone.
type AppPass struct {
	TenantID, ID string
	AppID        string
	SessionID    string
	UserID       string
	Hash         [32]byte // of the one-time code, then of the token
	State        [32]byte // hash of the secret of the browser that asked
	CreatedAt    time.Time
	EndsAt       time.Time // of the code, then of the session
}

// GroupName is a group that somebody is in.
type GroupName struct{ ID, Name string }
