package client

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Session is who a request comes from, as Sallyport said. It is shared by requests: do not change it.
type Session struct {
	ID     string // "" for an API key
	User   User
	Tenant Tenant

	Groups      []string // names of the user's groups, where Sallyport tells the app
	Permissions []string // that the user has at Sallyport, or the API key

	Level           int       // how much the device is trusted: 0 none, 1 low, 2 medium, 3 high
	DeviceID        string    // "" for none
	AuthenticatedAt time.Time // when a credential was last proven; zero for an API key
	FactorAt        time.Time // when a second factor was last proven; zero for never
	ExpiresAt       time.Time // when the session ends if nothing more happens; zero for never

	KeyID, KeyName string // of the API key, "" for a session

	asked      time.Time     // by our clock: before the answer
	told       time.Time     // by Sallyport's: when it answered
	endsAfter  time.Duration // from asked
	againAfter time.Duration // from asked: then Sallyport is asked again, which also tells it that the session is used
}

// User is a person or a service account.
type User struct {
	ID, Email, FirstName, LastName, Role string
}

// Tenant is an organisation.
type Tenant struct{ ID, Name string }

// Can reports whether the user has a permission at Sallyport.
func (s *Session) Can(permission string) bool { return slices.Contains(s.Permissions, permission) }

// In reports whether the user is in a group, by its name.
func (s *Session) In(group string) bool { return slices.Contains(s.Groups, group) }

// factorAge is how long ago a second factor was proven, by the clock of Sallyport.
func (s *Session) factorAge(now time.Time) time.Duration {
	return s.told.Add(elapsed(s.asked, now)).Sub(s.FactorAt)
}

// facts are what changes the answer.
func (s *Session) facts() []fact {
	out := []fact{{scopeTenant, ""}, {"user", s.User.ID}}
	for _, f := range []fact{{"session", s.ID}, {"device", s.DeviceID}, {"key", s.KeyID}} {
		if f.id != "" {
			out = append(out, f)
		}
	}
	return out
}

// answer is what the session check says.
type answer struct {
	User struct {
		ID        string `json:"id"`
		Email     string `json:"email"`
		FirstName string `json:"firstName"`
		LastName  string `json:"lastName"`
		Role      string `json:"role"`
	} `json:"user"`
	Tenant struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"tenant"`
	Session struct {
		ID             string    `json:"id"`
		ExpiresAt      time.Time `json:"expiresAt"`
		LastActivityAt time.Time `json:"lastActivityAt"`
		TokenExpiresAt time.Time `json:"tokenExpiresAt"`
	} `json:"session"`
	Assurance struct {
		MFAVerifiedAt   time.Time `json:"mfaVerifiedAt"`
		AuthenticatedAt time.Time `json:"authenticatedAt"`
	} `json:"assurance"`
	Device struct {
		ID         string `json:"id"`
		TrustLevel int    `json:"trustLevel"`
	} `json:"device"`
	Key struct {
		ID          string    `json:"id"`
		Name        string    `json:"name"`
		Permissions []string  `json:"permissions"`
		ExpiresAt   time.Time `json:"expiresAt"`
	} `json:"apiKey"`
	App struct {
		ID string `json:"id"`
	} `json:"app"`
	Groups      []string  `json:"groups"`
	Permissions []string  `json:"permissions"`
	ExpiresAt   time.Time `json:"expiresAt"`
}

// askAgain is how old an answer gets at most: uses of a session are told to Sallyport so often, and changes hold
// that nobody told of.
const askAgain = time.Minute

// read returns the session of an answer. asked is when the question began, and date what the answer says on when it was
// made. It is false for what no Sallyport answers.
func read(text []byte, asked, date time.Time) (*Session, string, bool) {
	var a answer
	if json.Unmarshal(text, &a) != nil || a.User.ID == "" || a.Tenant.ID == "" || (a.Session.ID == "") == (a.Key.ID == "") {
		return nil, "", false
	}
	s := &Session{
		ID: a.Session.ID, User: User(a.User), Tenant: Tenant(a.Tenant), Groups: a.Groups, Permissions: a.Permissions,
		Level: a.Device.TrustLevel, DeviceID: a.Device.ID, AuthenticatedAt: a.Assurance.AuthenticatedAt, FactorAt: a.Assurance.MFAVerifiedAt,
		ExpiresAt: a.ExpiresAt, KeyID: a.Key.ID, KeyName: a.Key.Name, asked: asked, told: a.Session.LastActivityAt,
	}
	if s.KeyID != "" {
		s.Permissions, s.ExpiresAt = a.Key.Permissions, a.Key.ExpiresAt
	}
	if s.told.IsZero() {
		s.told = date.Add(time.Second) // it has no fractions
	}
	s.endsAfter = math.MaxInt64
	for _, end := range []time.Time{s.ExpiresAt, a.Session.ExpiresAt, a.Session.TokenExpiresAt} {
		if !end.IsZero() {
			s.endsAfter = min(s.endsAfter, end.Sub(s.told))
		}
	}
	s.againAfter = min(askAgain, s.endsAfter/10)
	return s, a.App.ID, true
}

type contextKey struct{}

// From returns the session of a request that [Client.Middleware] let through, nil where there is none.
func From(ctx context.Context) *Session {
	s, _ := ctx.Value(contextKey{}).(*Session)
	return s
}
