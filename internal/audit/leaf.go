package audit

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// leaf is what the tree of a log is made of: the text of an event, JSON with the field names of the
// API. It never changes. docs/audit-format.md describes it for those who verify a log with a program
// of their own, so a field may be added but not changed.
type leaf struct {
	Version   int                 `json:"v"`
	ID        string              `json:"id"`
	TenantID  string              `json:"tenantId"`
	Kind      string              `json:"kind"`
	ActorType sallyport.ActorType `json:"actorType"`
	ActorID   string              `json:"actorId,omitempty"`
	UserID    string              `json:"userId,omitempty"`
	SessionID string              `json:"sessionId,omitempty"`
	TargetID  string              `json:"targetId,omitempty"`
	Data      map[string]string   `json:"data,omitempty"`
	CreatedAt time.Time           `json:"createdAt"`
	Personal  string              `json:"personal,omitempty"` // commitment to the personal part; "" without one
}

// leafVersion is the version of the format.
const leafVersion = 1

// personal is the part of an event that can be removed from the log, while the leaf stays with its
// commitment. Without the salt nobody finds out what the part was by trying out addresses.
type personal struct {
	Salt      []byte                `json:"salt"`
	IPAddress string                `json:"ipAddress,omitempty"`
	Device    *sallyport.DeviceInfo `json:"device,omitempty"`
	Location  *sallyport.Location   `json:"location,omitempty"`
	Data      map[string]string     `json:"data,omitempty"`
}

// saltSize is that of a commitment's salt, in bytes.
const saltSize = 16

// commitment binds a leaf to the text of its personal part.
func commitment(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// encode returns an event as it is stored. The number is not known before that.
func encode(e sallyport.Event, tenantID string) (store.EventRow, error) {
	row, ok := known[Kind(e.Kind)]
	if !ok || tenantID == "" || e.TenantID != tenantID {
		return store.EventRow{}, fmt.Errorf("audit: event %q of tenant %q cannot be appended to the log of %q", e.Kind, e.TenantID, tenantID)
	}
	for name := range e.Data {
		if name != ByKey && !slices.Contains(row.Data, name) && !slices.Contains(row.Personal, name) {
			return store.EventRow{}, fmt.Errorf("audit: event %q has no detail named %q", e.Kind, name)
		}
	}
	p := personalOf(e, row)
	apart, err := p.text()
	if err != nil {
		return store.EventRow{}, err
	}
	l := leaf{
		Version: leafVersion, ID: cmp.Or(e.ID, token.NewID()), TenantID: tenantID, Kind: e.Kind, ActorType: e.ActorType, ActorID: e.ActorID,
		UserID: e.UserID, SessionID: e.SessionID, TargetID: e.TargetID, Data: only(e.Data, append(slices.Clone(row.Data), ByKey)), CreatedAt: e.CreatedAt.UTC().Truncate(time.Microsecond),
	}
	if apart != "" {
		l.Personal = commitment(apart)
	}
	text, err := json.Marshal(l)
	if err != nil {
		return store.EventRow{}, fmt.Errorf("audit: encode event: %w", err)
	}
	return store.EventRow{
		ID: l.ID, Kind: l.Kind, ActorID: l.ActorID, UserID: l.UserID, SessionID: l.SessionID, TargetID: l.TargetID,
		IPAddress: e.IPAddress, CreatedAt: l.CreatedAt, Body: string(text), Personal: apart, Named: names(l, p),
	}, nil
}

// personalOf returns the personal part of an event, without its salt.
func personalOf(e sallyport.Event, row Row) personal {
	p := personal{IPAddress: e.IPAddress, Data: only(e.Data, row.Personal)}
	if e.Device != (sallyport.DeviceInfo{}) {
		p.Device = &e.Device
	}
	if e.Location != (sallyport.Location{}) {
		p.Location = &e.Location
	}
	return p
}

// text returns a personal part with a new salt as it is stored, "" when nothing is in it.
func (p personal) text() (string, error) {
	if p.IPAddress == "" && p.Device == nil && p.Location == nil && p.Data == nil {
		return "", nil
	}
	p.Salt = make([]byte, saltSize)
	rand.Read(p.Salt) //nolint:errcheck // never fails since Go 1.24: the program would end
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("audit: encode event: %w", err)
	}
	return string(text), nil
}

// names returns the words of what an event names besides people, each behind a space: what it is
// found by.
func names(l leaf, p personal) string {
	named := []string{l.Data["name"], p.Data["name"], p.Data["email"], p.Data["browser"], p.Data["system"]}
	if p.Device != nil {
		named = append(named, p.Device.Browser, p.Device.OS)
	}
	if p.Location != nil {
		named = append(named, p.Location.City)
	}
	words := store.Words(strings.Join(named, " "))
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// only returns the details with these names, nil for none.
func only(data map[string]string, names []string) (some map[string]string) {
	for _, name := range names {
		if v, ok := data[name]; ok {
			if some == nil {
				some = map[string]string{}
			}
			some[name] = v
		}
	}
	return some
}

// decode returns a stored event. What was removed from it is empty.
func decode(row store.EventRow) (sallyport.Event, error) {
	l, p, err := parse(row)
	if err != nil {
		return sallyport.Event{}, err
	}
	e := sallyport.Event{
		Seq: row.Seq, ID: l.ID, TenantID: l.TenantID, Kind: l.Kind, ActorType: l.ActorType, ActorID: l.ActorID,
		UserID: l.UserID, SessionID: l.SessionID, TargetID: l.TargetID, IPAddress: p.IPAddress, Data: l.Data, CreatedAt: l.CreatedAt,
		Forgotten: l.Personal != "" && row.Personal == "",
	}
	if len(p.Data) > 0 {
		e.Data = maps.Clone(p.Data)
		maps.Copy(e.Data, l.Data)
	}
	if p.Device != nil {
		e.Device = *p.Device
	}
	if p.Location != nil {
		e.Location = *p.Location
	}
	return e, nil
}

// parse reads the two parts of a stored event. It does not compare them.
func parse(row store.EventRow) (l leaf, p personal, err error) {
	if err := json.Unmarshal([]byte(row.Body), &l); err != nil {
		return l, p, fmt.Errorf("audit: event %d cannot be read: %w", row.Seq, err)
	}
	if row.Personal == "" {
		return l, p, nil
	}
	if err := json.Unmarshal([]byte(row.Personal), &p); err != nil {
		return l, p, fmt.Errorf("audit: the personal part of event %d cannot be read: %w", row.Seq, err)
	}
	return l, p, nil
}

// storeRow returns an exported event as the database has it, without its columns.
func storeRow(x exported) store.EventRow {
	return store.EventRow{Body: x.body, Personal: x.personal}
}
