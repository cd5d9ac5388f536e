package recall

import (
	"time"

	"github.com/sallyport/sallyport"
)

// answer is what a check answers from, without the fields of a session and a user that it does not
// have.
type answer struct {
	tenantID, sessionID, userID, deviceID string

	status                                             sallyport.SessionStatus
	created, expires, authenticated, mfa, tokenEnds    time.Time
	idle                                               time.Duration
	native                                             bool
	trust                                              sallyport.TrustLevel
	email, firstName, lastName, language, zone, avatar string
	granted                                            sallyport.Permissions
	role, ownedBy                                      sallyport.Role
	userStatus                                         sallyport.UserStatus
	key                                                *sallyport.APIKey
	appID                                              string
	groups                                             []sallyport.GroupName
}

func compact(c *sallyport.Checked) answer {
	s, u := &c.Session, &c.User
	a := answer{
		tenantID: s.TenantID, sessionID: s.ID, userID: s.UserID, deviceID: s.DeviceID,
		status: s.Status, created: s.CreatedAt, expires: s.ExpiresAt, authenticated: s.AuthenticatedAt, mfa: s.MFAVerifiedAt, tokenEnds: s.TokenEndsAt,
		idle: s.IdleTimeout, native: s.Native, trust: c.Trust,
		email: u.Email, firstName: u.FirstName, lastName: u.LastName, language: u.Language, zone: u.ChosenZone, avatar: u.Avatar,
		ownedBy: u.OwnedBy, granted: u.Granted, role: u.Role, userStatus: u.Status,
		appID: c.AppID, groups: c.Groups,
	}
	if c.Key.ID != "" {
		key := c.Key
		a.key = &key
	}
	return a
}

// IDs returns the ids of the tenant, the user and the session.
func (k *Known) IDs() (tenantID, userID, sessionID string) {
	return k.answer.tenantID, k.answer.userID, k.answer.sessionID
}

func (a *answer) id() string {
	if a.key != nil {
		return a.key.ID
	}
	return a.sessionID
}

// Rendered is what an edge makes of an answer, kept with it: the parts before, between and after what differs
// each time.
type Rendered struct {
	Tenant *sallyport.Tenant // as it was; another pointer for one that may have changed
	Parts  [2][]byte
}

// Rendered returns what was kept; nil for nothing.
func (k *Known) Rendered() *Rendered { return k.rendered.Load() }

// Render keeps what an edge made of the answer.
func (k *Known) Render(r *Rendered) { k.rendered.Store(r) }

// Kept returns what an edge made of the answer, nil for nothing. See [Known.Keep].
func (k *Known) Kept() any {
	if kept := k.made.Load(); kept != nil {
		return *kept
	}
	return nil
}

// Keep keeps what an edge made of the answer, which nothing else may decide.
func (k *Known) Keep(made any) { k.made.Store(&made) }

// Checked returns what the database answered. The last activity of its session is the last one that
// was noted.
func (k *Known) Checked() (c sallyport.Checked) {
	a := &k.answer
	s, u := &c.Session, &c.User
	s.TenantID, s.ID, s.UserID, s.DeviceID = a.tenantID, a.sessionID, a.userID, a.deviceID
	u.TenantID, u.ID = a.tenantID, a.userID
	u.Email, u.FirstName, u.LastName, u.Language, u.ChosenZone, u.Avatar = a.email, a.firstName, a.lastName, a.language, a.zone, a.avatar
	u.OwnedBy, u.Granted, u.Role, u.Status = a.ownedBy, a.granted, a.role, a.userStatus
	if a.key != nil {
		c.Key = *a.key
		c.Key.UsedAt = k.lastActive()
		return c
	}
	s.Status, s.CreatedAt, s.ExpiresAt, s.AuthenticatedAt, s.MFAVerifiedAt, s.TokenEndsAt = a.status, a.created, a.expires, a.authenticated, a.mfa, a.tokenEnds
	s.IdleTimeout, s.Native, s.LastActivityAt = a.idle, a.native, k.lastActive()
	c.Trust, c.AppID, c.Groups = a.trust, a.appID, a.groups
	return c
}

// lastActive returns the last use that was noted, zero for none.
func (k *Known) lastActive() time.Time {
	if at := k.active.Load(); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}

// Use notes that the session or key was used at a time.
func (k *Known) Use(at time.Time) {
	if k == nil {
		return
	}
	for used := at.UnixMicro(); ; {
		last := k.active.Load()
		if used <= last || k.active.CompareAndSwap(last, used) {
			return
		}
	}
}

// Unused returns for how long no use was noted.
func (k *Known) Unused(now time.Time) time.Duration {
	return now.Sub(time.UnixMicro(k.active.Load()))
}

// IdleTimeout returns after what time without use the session ends.
func (k *Known) IdleTimeout() time.Duration { return k.answer.idle }

// Good reports whether the session is good now, by its times and statuses, and its client needs no new
// token. What is not has to be judged by the database.
func (k *Known) Good(now time.Time) bool {
	a := &k.answer
	return a.key == nil && a.status == sallyport.SessionActive && a.userStatus == sallyport.UserActive && now.Before(k.Ends()) &&
		(a.tokenEnds.IsZero() || now.Before(a.tokenEnds))
}

// Used returns the last activity of a session that is used now, and when it ends if it is not used any more.
func (k *Known) Used(now time.Time) (active, ends time.Time) {
	active = now
	if last := k.lastActive(); last.After(now) {
		active = last
	}
	if ends = active.Add(k.answer.idle); k.answer.expires.Before(ends) {
		ends = k.answer.expires
	}
	return active, ends
}

// Ends returns when the session ends if it is not used any more, as of the last use that was noted.
func (k *Known) Ends() time.Time {
	ends := time.UnixMicro(k.active.Load()).Add(k.answer.idle)
	if k.answer.expires.Before(ends) {
		return k.answer.expires
	}
	return ends
}
