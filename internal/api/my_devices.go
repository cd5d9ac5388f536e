package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addMyDevices() {
	devices := get("listMyDevices", "/me/devices", "Your devices, the one in use first")
	devices.Description = "Those that are trusted or were blocked, and the one in use. Removed ones are listed for 30 days."
	handleList(e, devices.signedIn(), list.OwnDevices, e.listMyDevices)

	trust := post("trustMyDevice", "/me/devices/{id}/trust", "Trust one of your devices", http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).needs(device.NeedAddTrust)
	trust.Description = "The one in use is trusted at level 1, or 2 when a second factor was passed on it; another one at level 2, " +
		"from a device of at least that level. 409 for a device that is blocked, 422 too_many_devices where one has to be removed first."
	handle(e, trust, e.onDevice(e.Devices.Trust))

	confirm := post("confirmMyDevice", "/me/confirm-device", "Ask for a mail that verifies the device in use", http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests).needs(device.NeedAddTrust)
	confirm.Description = "For accounts without a second factor."
	confirm.DefaultStatus = http.StatusAccepted
	handle(e, confirm, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, e.Devices.Confirm(ctx, e.actor(ctx))
	})

	handle(e, patch("renameMyDevice", "/me/devices/{id}", "Give one of your devices another name", withBody(http.StatusNotFound)...).
		says("The name is shown to its owner and to administrators.").needs(device.NeedRename), e.renameMyDevice)

	primary := post("choosePrimaryDevice", "/me/devices/{id}/primary", "Say which device you use most", http.StatusNotFound, http.StatusConflict).needs(device.NeedAddTrust)
	primary.Description = "It has to be trusted."
	handle(e, primary, e.onDevice(e.Devices.SetPrimary))

	revoke := post("revokeMyDevice", "/me/devices/{id}/revoke", "Remove one of your devices", http.StatusNotFound)
	revoke.Description = "Its sessions end, and no sign-in on it succeeds. One that is removed already is no error."
	handle(e, revoke.needs(device.NeedEnd), e.onDevice(e.Devices.Revoke))

	lost := post("reportMyDeviceLost", "/me/devices/{id}/report-lost", "Report one of your devices lost or stolen", http.StatusNotFound)
	lost.Description = "Its sessions end, no sign-in on it succeeds until an admin clears it, and the admins are told."
	handle(e, lost.needs(device.NeedEnd), e.onDevice(e.Devices.ReportLost))

	mine := post("answerMine", "/me/sign-ins/{id}/mine", "It was me", http.StatusNotFound, http.StatusConflict)
	mine.Description = "An unusual sign-in was yours: what was unusual of it is not told again for that device. 409 when it was answered otherwise. That it was answered so is no error."
	handle(e, mine.needs(account.NeedAnswer), e.onDevice(e.Accounts.AnswerMine))

	attempts := get("listMySignIns", "/me/sign-ins", "Sign-ins to your account, tried and done, newest first").
		says("With what was unusual of each. Those that were refused are listed too.")
	handleList(e, attempts.signedIn(), list.OwnAttempts, e.listMySignIns)
}

// deviceRecord is one device of a user.
type deviceRecord struct {
	ID                string                 `json:"id"`
	UserID            string                 `json:"userId"`
	TenantID          string                 `json:"tenantId"`
	Name              string                 `json:"name" doc:"Given by its owner; may be empty."`
	DeviceInfo        sallyport.DeviceInfo   `json:"deviceInfo"`
	Fingerprint       sallyport.Fingerprint  `json:"fingerprint" doc:"What it last said of itself."`
	TrustLevel        sallyport.TrustLevel   `json:"trustLevel" minimum:"0" maximum:"3" doc:"0 not trusted, 1 low, 2 medium, 3 high; at this moment."`
	TrustReason       string                 `json:"trustReason,omitempty" doc:"How it came to its level."`
	VerifiedAt        time.Time              `json:"verifiedAt,omitzero" doc:"When that was."`
	Status            sallyport.DeviceStatus `json:"status" enum:"active,suspended,revoked"`
	EndedAt           time.Time              `json:"endedAt,omitzero" doc:"When it was suspended or revoked."`
	EndedReason       string                 `json:"endedReason,omitempty"`
	LastUsedAt        time.Time              `json:"lastUsedAt"`
	LastLocation      sallyport.Location     `json:"lastLocation" doc:"Empty when unknown."`
	CreatedAt         time.Time              `json:"createdAt"`
	IsPrimary         bool                   `json:"isPrimary"`
	IsCurrent         bool                   `json:"isCurrent" doc:"The session of this request is on it."`
	ActiveSessions    int                    `json:"activeSessions" minimum:"0" doc:"How many sessions on it are active; 0 in lists of admins, and for whoever may not see sessions."`
	Compromised       bool                   `json:"compromised"`
	CompromisedAt     time.Time              `json:"compromisedAt,omitzero"`
	CompromisedBy     string                 `json:"compromisedBy,omitempty" enum:"system,user,admin"`
	CompromisedReason string                 `json:"compromisedReason,omitempty" doc:"In words, where a person gave it."`
}

func showDevice(d device.Device) deviceRecord {
	return deviceRecord{
		ID: d.ID, UserID: d.UserID, TenantID: d.TenantID, Name: d.Name, DeviceInfo: d.Info, Fingerprint: d.Fingerprint,
		TrustLevel: d.Trust, TrustReason: d.TrustReason, VerifiedAt: d.VerifiedAt.UTC(), Status: d.Status, EndedAt: d.EndedAt.UTC(), EndedReason: d.EndedReason,
		LastUsedAt: d.LastUsedAt.UTC(), LastLocation: d.LastLocation, CreatedAt: d.CreatedAt.UTC(), IsPrimary: d.Primary, IsCurrent: d.Current,
		ActiveSessions: len(d.Sessions), Compromised: d.Compromised(), CompromisedAt: d.CompromisedAt.UTC(), CompromisedBy: d.CompromisedBy, CompromisedReason: d.CompromisedReason,
	}
}

func (e *edge) listMyDevices(ctx context.Context, q list.Query) (*pageOutput[deviceRecord], error) {
	found, err := e.Devices.ListOwn(ctx, e.actor(ctx), q)
	return newPage(found, showDevice), err
}

// onDevice returns the handler of an act that needs only the id of a device.
func (e *edge) onDevice(act func(context.Context, sallyport.Actor, string) error) func(context.Context, *idInput) (*struct{}, error) {
	return func(ctx context.Context, in *idInput) (*struct{}, error) {
		id, err := in.id()
		if err != nil {
			return nil, err
		}
		return nil, act(ctx, e.actor(ctx), id)
	}
}

type renameDeviceInput struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name" maxLength:"100" doc:"May be empty."`
	} `nameHint:"RenameDeviceRequest"`
}

func (e *edge) renameMyDevice(ctx context.Context, in *renameDeviceInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Devices.Rename(ctx, e.actor(ctx), id, in.Body.Name)
}

// attemptRecord is one attempt to sign in.
type attemptRecord struct {
	ID            string               `json:"id"`
	UserID        string               `json:"userId,omitempty" doc:"Absent when nobody has the address."`
	Email         string               `json:"email"`
	IPAddress     string               `json:"ipAddress" doc:"A network where policy masks addresses."`
	UserAgent     string               `json:"userAgent"`
	DeviceInfo    sallyport.DeviceInfo `json:"deviceInfo"`
	Location      sallyport.Location   `json:"location"`
	Successful    bool                 `json:"successful"`
	FailureReason sallyport.Code       `json:"failureReason,omitempty"`
	MFARequired   bool                 `json:"mfaRequired"`
	MFAVerified   bool                 `json:"mfaVerified"`
	DeviceID      string               `json:"deviceId,omitempty"`
	SessionID     string               `json:"sessionId,omitempty"`
	Assessment    assessment           `json:"assessment"`
	Answer        sallyport.Answer     `json:"answer,omitempty" enum:"mine,not_mine" doc:"What the owner of the account said of it."`
	CreatedAt     time.Time            `json:"createdAt"`
}

// assessment is the result of the risk assessment of a sign-in.
type assessment struct {
	Score    int       `json:"score" minimum:"0" maximum:"100" doc:"From 30 on its owner is told, from 70 on policy decides what happens."`
	Findings []finding `json:"findings" nullable:"false"`
}

type finding struct {
	Signal sallyport.Signal `json:"signal"`
	Weight int              `json:"weight"`
	Text   string           `json:"text" doc:"In words."`
}

func showAssessment(a sallyport.Assessment) assessment {
	out := assessment{Score: a.Score, Findings: []finding{}}
	for _, f := range a.Findings {
		out.Findings = append(out.Findings, finding{f.Signal, f.Weight, words.Finding(f)})
	}
	return out
}

func showAttempt(a sallyport.Attempt) attemptRecord {
	return attemptRecord{
		ID: a.ID, UserID: a.UserID, Email: a.Email, IPAddress: a.IPAddress, UserAgent: a.UserAgent, DeviceInfo: a.DeviceInfo, Location: a.Location,
		Successful: a.Successful, FailureReason: a.FailureReason, MFARequired: a.MFARequired, MFAVerified: a.MFAVerified, DeviceID: a.DeviceID,
		SessionID: a.SessionID, Assessment: showAssessment(a.Assessment), Answer: a.Answer, CreatedAt: a.CreatedAt.UTC(),
	}
}

func (e *edge) listMySignIns(ctx context.Context, q list.Query) (*pageOutput[attemptRecord], error) {
	found, err := e.Accounts.OwnAttempts(ctx, e.actor(ctx), q)
	return newPage(found, showAttempt), err
}
