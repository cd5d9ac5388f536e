package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/request"
)

// Ready-made header values: setting them costs no allocation.
var (
	noStore  = []string{"no-store"}
	jsonType = []string{"application/json"}
)

// buffers holds buffers to write answers in.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// SessionCheck answers GET /api/v1/session: who is signed in. Other services call it on
// each of their requests, so it is plain net/http and only checks the session. refused is told of each
// answer that there is no session.
func SessionCheck(read *request.Reader, now func() time.Time, refused func(*http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t, k := read.Remembered(r); k != nil {
			b := buffers.Get().(*[]byte)
			*b = appendRemembered((*b)[:0], t, k, now())
			h := w.Header()
			h["Content-Type"], h["Cache-Control"] = jsonType, noStore
			_, _ = w.Write(*b) // an error means that the client is gone
			buffers.Put(b)
			return
		}
		t, c, err := read.CheckHolder(r)
		if err != nil {
			refusedSession(r, err).write(w)
			refused(r, err)
			return
		}
		b := buffers.Get().(*[]byte)
		if c.Key.ID != "" {
			*b = appendKey((*b)[:0], &t, &c)
		} else {
			*b = appendCurrent((*b)[:0], &t, &c, now())
		}
		h := w.Header()
		h["Content-Type"], h["Cache-Control"] = jsonType, noStore
		_, _ = w.Write(*b) // an error means that the client is gone
		buffers.Put(b)
	})
}

// current is the answer of the session check. The document describes it, and tests
// compare appendCurrent with it.
type current struct {
	Key       *currentKey     `json:"apiKey,omitempty" doc:"The API key that a program acts with. Then there is no session, assurance, device or activity."`
	User      currentUser     `json:"user"`
	Tenant    currentTenant   `json:"tenant"`
	App       *currentApp     `json:"app,omitempty" doc:"The app whose pass was asked about. Absent otherwise, and so are groups and permissions."`
	Groups    []string        `json:"groups,omitempty" doc:"The names of the groups that the user is in."`
	May       []string        `json:"permissions,omitempty" doc:"What the role of the user allows."`
	Session   *currentSession `json:"session,omitempty"`
	Assurance *assurance      `json:"assurance,omitempty"`
	Device    *currentDevice  `json:"device,omitempty"`
	ExpiresAt time.Time       `json:"expiresAt,omitzero" doc:"When the session ends if nothing more happens, to about a minute."`
}

type currentApp struct {
	ID string `json:"id"`
}

type currentUser struct {
	ID        string         `json:"id"`
	Email     string         `json:"email,omitempty" format:"email" doc:"Absent for a service account."`
	FirstName string         `json:"firstName"`
	LastName  string         `json:"lastName"`
	Role      sallyport.Role `json:"role"`
}

type currentSession struct {
	ID             string    `json:"id"`
	CreatedAt      time.Time `json:"createdAt"`
	ExpiresAt      time.Time `json:"expiresAt" doc:"The absolute end, whatever the activity."`
	LastActivityAt time.Time `json:"lastActivityAt" doc:"This check, which counts as activity."`
	TokenExpiresAt time.Time `json:"tokenExpiresAt,omitzero" doc:"When the access token of a native client ends. Absent for a browser."`
}

type assurance struct {
	MFAVerified     bool      `json:"mfaVerified"`
	MFAVerifiedAt   time.Time `json:"mfaVerifiedAt,omitzero" doc:"Absent unless mfaVerified."`
	AuthenticatedAt time.Time `json:"authenticatedAt" doc:"When a credential was last proven."`
}

type currentDevice struct {
	ID         string               `json:"id,omitempty" doc:"Absent when the session has no device."`
	TrustLevel sallyport.TrustLevel `json:"trustLevel" minimum:"0" maximum:"3" doc:"0 none, 1 low, 2 medium, 3 high; 0 for a device that is blocked."`
}

type currentKey struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Permissions []string  `json:"permissions" nullable:"false" doc:"What it allows now: of its own those that the role of its user has."`
	ExpiresAt   time.Time `json:"expiresAt,omitzero" doc:"When this text of it ends: one that was replaced does so sooner. Absent for never."`
}

type currentTenant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// appendCurrent appends the answer for a good session. The check counts as a use of
// the session, so lastActivity is now.
func appendCurrent(b []byte, t *sallyport.Tenant, c *sallyport.Checked, now time.Time) []byte {
	s := &c.Session
	if now = now.Truncate(time.Microsecond); now.After(s.LastActivityAt) {
		s.LastActivityAt = now
	}
	b = appendTime(appendBefore(b, t, c), s.LastActivityAt)
	b = appendTime(appendBetween(b, c), s.EndsAt())
	return append(b, "}\n"...)
}

// appendRemembered is appendCurrent from memory, which keeps what does not differ each time.
func appendRemembered(b []byte, t *sallyport.Tenant, k *recall.Known, now time.Time) []byte {
	kept := k.Rendered()
	if kept == nil || kept.Tenant != t {
		c := k.Checked()
		kept = &recall.Rendered{Tenant: t, Parts: [2][]byte{appendBefore(nil, t, &c), appendBetween(nil, &c)}}
		k.Render(kept)
	}
	active, ends := k.Used(now.Truncate(time.Microsecond))
	b = appendTime(append(b, kept.Parts[0]...), active)
	b = appendTime(append(b, kept.Parts[1]...), ends)
	return append(b, "}\n"...)
}

// appendBefore appends the answer up to the last activity.
func appendBefore(b []byte, t *sallyport.Tenant, c *sallyport.Checked) []byte {
	s := &c.Session
	b = appendWho(append(b, '{'), t, &c.User)
	b = appendPass(b, c)
	b = appendText(append(b, `,"session":{"id":`...), s.ID)
	b = appendTime(append(b, `,"createdAt":`...), s.CreatedAt)
	b = appendTime(append(b, `,"expiresAt":`...), s.ExpiresAt)
	return append(b, `,"lastActivityAt":`...)
}

// appendBetween appends the answer from after the last activity up to the end.
func appendBetween(b []byte, c *sallyport.Checked) []byte {
	s := &c.Session
	if !s.TokenEndsAt.IsZero() {
		b = appendTime(append(b, `,"tokenExpiresAt":`...), s.TokenEndsAt)
	}
	b = strconv.AppendBool(append(b, `},"assurance":{"mfaVerified":`...), s.MFAVerified())
	if s.MFAVerified() {
		b = appendTime(append(b, `,"mfaVerifiedAt":`...), s.MFAVerifiedAt)
	}
	b = appendTime(append(b, `,"authenticatedAt":`...), s.AuthenticatedAt)
	b = append(b, `},"device":{`...)
	if s.DeviceID != "" {
		b = append(appendText(append(b, `"id":`...), s.DeviceID), ',')
	}
	b = strconv.AppendInt(append(b, `"trustLevel":`...), int64(c.Trust), 10)
	return append(b, `},"expiresAt":`...)
}

// appendWho appends whose a session or key is, and of which organisation.
func appendWho(b []byte, t *sallyport.Tenant, u *sallyport.User) []byte {
	b = appendText(append(b, `"user":{"id":`...), u.ID)
	if u.Email != "" {
		b = appendText(append(b, `,"email":`...), u.Email)
	}
	b = appendText(append(b, `,"firstName":`...), u.FirstName)
	b = appendText(append(b, `,"lastName":`...), u.LastName)
	b = appendText(append(b, `,"role":`...), string(u.Role))
	b = appendText(append(b, `},"tenant":{"id":`...), t.ID)
	b = appendText(append(b, `,"name":`...), t.Name)
	return append(b, '}')
}

// appendPass appends what an app may know besides.
func appendPass(b []byte, c *sallyport.Checked) []byte {
	if c.AppID == "" {
		return b
	}
	b = append(appendText(append(b, `,"app":{"id":`...), c.AppID), '}')
	names := make([]string, len(c.Groups))
	for i, g := range c.Groups {
		names[i] = g.Name
	}
	b = appendTexts(b, "groups", names)
	return appendTexts(b, "permissions", access.Has(sallyport.Actor{Role: c.User.Role, Granted: c.User.Granted}))
}

// appendTexts appends a list, where it is not empty.
func appendTexts(b []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(append(b, ',', '"'), name...), `":[`...)
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, v)
	}
	return append(b, ']')
}

// appendKey appends the answer for a good API key.
func appendKey(b []byte, t *sallyport.Tenant, c *sallyport.Checked) []byte {
	k := &c.Key
	b = appendText(append(b, `{"apiKey":{"id":`...), k.ID)
	b = appendText(append(b, `,"name":`...), k.Name)
	b = append(b, `,"permissions":[`...)
	for i, p := range access.Has(sallyport.Actor{Role: c.User.Role, Granted: c.User.Granted, KeyID: k.ID, KeyGrants: k.Permissions}) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, p)
	}
	b = append(b, ']')
	ends := k.ExpiresAt
	if k.Former && (ends.IsZero() || k.FormerEndsAt.Before(ends)) {
		ends = k.FormerEndsAt
	}
	if !ends.IsZero() {
		b = appendTime(append(b, `,"expiresAt":`...), ends)
	}
	return append(append(appendWho(append(b, "},"...), t, &c.User), '}'), '\n')
}
