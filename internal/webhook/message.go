package webhook

import (
	"encoding/json"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

// TestType is the type of what a test sends.
const TestType = "webhook.test"

// Event is an event as it is sent: what the API shows of it to whoever may read the log, and its place.
type Event struct {
	Position   int64                 `json:"position"`
	ID         string                `json:"id"`
	Kind       string                `json:"kind"`
	ActorType  sallyport.ActorType   `json:"actorType"`
	ActorID    string                `json:"actorId,omitempty"`
	UserID     string                `json:"userId,omitempty"`
	SessionID  string                `json:"sessionId,omitempty"`
	TargetID   string                `json:"targetId,omitempty"`
	IPAddress  string                `json:"ipAddress,omitempty"`
	DeviceInfo *sallyport.DeviceInfo `json:"deviceInfo,omitempty"`
	Location   *sallyport.Location   `json:"location,omitempty"`
	Data       map[string]string     `json:"data,omitempty"`
	CreatedAt  time.Time             `json:"createdAt"`
	Forgotten  bool                  `json:"forgotten,omitempty"`
	TenantID   string                `json:"tenantId"`
}

// message is what is sent. The same event makes the same message each time, unless its personal part was removed.
type message struct {
	id   string // of the event
	kind string
	body []byte
}

// envelope is the form of the body, as Standard Webhooks advise.
type envelope struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of what happened
	Data      any       `json:"data"`
}

// messageOf returns the message about an event.
func messageOf(p audit.Passed) (message, error) {
	e := Event{
		Position: p.Position, ID: p.ID, Kind: p.Kind, ActorType: p.ActorType, ActorID: p.ActorID, UserID: p.UserID, SessionID: p.SessionID, TargetID: p.TargetID,
		IPAddress: p.IPAddress, Data: p.Data, CreatedAt: p.CreatedAt.UTC(), Forgotten: p.Forgotten, TenantID: p.TenantID,
	}
	if p.Device != (sallyport.DeviceInfo{}) {
		e.DeviceInfo = &p.Device
	}
	if p.Location != (sallyport.Location{}) {
		e.Location = &p.Location
	}
	body, err := json.Marshal(envelope{p.Kind, e.CreatedAt, e})
	return message{p.ID, p.Kind, body}, err
}

// testMessage returns what a test sends.
func testMessage(tenantID, webhookID, id string, at time.Time) (message, error) {
	body, err := json.Marshal(envelope{TestType, at.UTC(), map[string]string{"tenantId": tenantID, "webhookId": webhookID}})
	return message{id, TestType, body}, err
}
