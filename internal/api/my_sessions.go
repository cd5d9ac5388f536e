package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
)

func (e *edge) addMySessions() {
	handleList(e, get("listMySessions", "/me/sessions", "Where you are signed in, the oldest session first").
		says("Sessions that ended are not listed.").signedIn(), list.OwnSessions, e.listMySessions)
	handle(e, post("revokeMySession", "/me/sessions/{id}/revoke", "End one of your sessions", http.StatusNotFound).
		says("A session that has ended already is no error. The one in use may be ended too, without any proof.").needs(session.NeedOthers), e.revokeMySession)
	handle(e, post("revokeMyOtherSessions", "/me/revoke-other-sessions", "Sign out everywhere else").
		says("The session in use stays. Sign-ins under way end too.").needs(session.NeedOthers), e.revokeMyOtherSessions)
	handle(e, post("revokeAllMySessions", "/me/revoke-all-sessions", "Sign out everywhere, here included").
		says("The session in use ends too, and a browser loses its cookie.").needs(session.NeedOthers), e.revokeAllMySessions)
}

// sessionRecord is one session.
type sessionRecord struct {
	ID                string                  `json:"id"`
	UserID            string                  `json:"userId"`
	TenantID          string                  `json:"tenantId"`
	Status            sallyport.SessionStatus `json:"status" enum:"active,suspended,terminated,expired,revoked"`
	DeviceType        sallyport.DeviceType    `json:"deviceType" enum:"desktop,mobile,tablet,unknown"`
	DeviceInfo        sallyport.DeviceInfo    `json:"deviceInfo"`
	IPAddress         string                  `json:"ipAddress" doc:"A network such as 203.0.113.0/24 where policy masks addresses; empty when it could not be told."`
	UserAgent         string                  `json:"userAgent"`
	Location          sallyport.Location      `json:"location" doc:"Empty when unknown."`
	CreatedAt         time.Time               `json:"createdAt"`
	ExpiresAt         time.Time               `json:"expiresAt" doc:"The absolute end, whatever the activity."`
	LastActivityAt    time.Time               `json:"lastActivityAt" doc:"Exact to about a minute."`
	TerminatedAt      time.Time               `json:"terminatedAt,omitzero"`
	TerminatedBy      string                  `json:"terminatedBy,omitempty" doc:"A user's id, operator or system."`
	TerminationReason string                  `json:"terminationReason,omitempty"`
	IsCurrent         bool                    `json:"isCurrent" doc:"The session of this request."`
	MFAVerified       bool                    `json:"mfaVerified"`
	DeviceID          string                  `json:"deviceId,omitempty"`
	Assessment        assessment              `json:"assessment" doc:"How unusual the sign-in looked."`
}

func (e *edge) listMySessions(ctx context.Context, q list.Query) (*pageOutput[sessionRecord], error) {
	found, err := e.Sessions.ListOwn(ctx, e.actor(ctx), q)
	return newPage(found, e.showSession(ctx)), err
}

// showSession shows sessions to whoever asks.
func (e *edge) showSession(ctx context.Context) func(sallyport.Session) sessionRecord {
	actor, now := e.actor(ctx), e.Now()
	return func(s sallyport.Session) sessionRecord {
		out := showSession(s, now)
		out.IsCurrent = s.ID == actor.SessionID
		return out
	}
}

func showSession(s sallyport.Session, now time.Time) sessionRecord {
	return sessionRecord{
		ID: s.ID, UserID: s.UserID, TenantID: s.TenantID, Status: s.EffectiveStatus(now),
		DeviceType: s.DeviceInfo.Type, DeviceInfo: s.DeviceInfo, IPAddress: s.IPAddress, UserAgent: s.UserAgent, Location: s.Location,
		CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(), LastActivityAt: s.LastActivityAt.UTC(),
		TerminatedAt: s.TerminatedAt.UTC(), TerminatedBy: s.TerminatedBy, TerminationReason: s.TerminationReason,
		MFAVerified: s.MFAVerified(), DeviceID: s.DeviceID, Assessment: showAssessment(s.Assessment),
	}
}

func (e *edge) revokeMySession(ctx context.Context, in *idInput) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	actor := e.actor(ctx)
	if err := e.Sessions.RevokeOwn(ctx, actor, id); err != nil {
		return nil, err
	}
	if id == actor.SessionID {
		exchangeOf(ctx).forget()
	}
	return nil, nil
}

func (e *edge) revokeMyOtherSessions(ctx context.Context, _ *struct{}) (*endedOutput, error) {
	n, err := e.Sessions.RevokeOthers(ctx, e.actor(ctx))
	return &endedOutput{ended{n}}, err
}

func (e *edge) revokeAllMySessions(ctx context.Context, _ *struct{}) (*endedOutput, error) {
	n, err := e.Sessions.RevokeAll(ctx, e.actor(ctx))
	if err == nil {
		exchangeOf(ctx).forget()
	}
	return &endedOutput{ended{n}}, err
}
