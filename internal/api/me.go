package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

func (e *edge) addMe() {
	handle(e, get("getMe", "/me", "Your account").
		says("With what to remind its owner of: an address that is not verified, a password that is due.").signedIn(), e.getMe)
	change := patch("changeMe", "/me", "Change your name, your language and your time zone", withBody()...)
	change.Description = "Fields that are left out do not change. With was, a field that has another value by now than you saw and than you give is 422 changed_meanwhile; the others are then not changed either."
	handle(e, change.needs(account.NeedDetails), e.changeMe)
	verify := post("requestVerification", "/me/verify-email", "Ask for another mail that verifies your address", http.StatusConflict, http.StatusTooManyRequests)
	verify.Description = "The link in it ends the former one. 409 when the address is verified already."
	verify.DefaultStatus = http.StatusAccepted
	handle(e, verify.needs(account.NeedVerification), e.requestVerification)
	password := post("changePassword", "/me/password", "Change your password", withBody(http.StatusConflict, http.StatusTooManyRequests)...).needs(account.NeedChangePassword)
	password.Description = "Every other session of yours is revoked, this one stays. Each rule the new password breaks is one of errors."
	handle(e, password, e.changePassword)
	events := get("listMyEvents", "/me/events", "What happened on your account, newest first")
	events.Description = "Where an administrator acted, their address, device and place are left out."
	handleList(e, events.signedIn(), list.OwnEvents, e.listMyEvents)
}

// me is the signed-in user.
type me struct {
	ID        string               `json:"id"`
	Email     string               `json:"email" format:"email"`
	FirstName string               `json:"firstName"`
	LastName  string               `json:"lastName"`
	Role      sallyport.Role       `json:"role"`
	Status    sallyport.UserStatus `json:"status" enum:"active,invited,disabled,closed"`
	Tenant    currentTenant        `json:"tenant"`

	Avatar   string      `json:"avatar,omitempty" doc:"Path of your picture, which changes with it. Absent without one."`
	Language anyLanguage `json:"language" doc:"That you chose for your pages and mails."`
	TimeZone string      `json:"timeZone" maxLength:"64" doc:"IANA name of the zone that you chose for the times of your pages and mails, or browser."`

	BrowserTimeZone string `json:"browserTimeZone,omitempty" doc:"IANA name of the zone of your last sign-in on a trusted device, which mails are in when you chose none."`
	PhoneNumber     string `json:"phoneNumber,omitempty" doc:"In international form, proven by a code. Absent when you gave none."`

	EmailVerified     bool      `json:"emailVerified" doc:"Whether you proved to read mail there."`
	PasswordChangedAt time.Time `json:"passwordChangedAt,omitzero" doc:"Absent when you have no password."`
	PasswordTooShort  bool      `json:"passwordTooShort" doc:"The password is all there is, and shorter than policy wants it then: ask for a longer one. Nothing is refused."`
	PasswordChangeDue bool      `json:"passwordChangeDue" doc:"The password is older than policy wants: remind of it. Nothing is refused."`

	MFAEnabled  bool `json:"mfaEnabled" doc:"Signing in asks for a second factor."`
	MFAEnforced bool `json:"mfaEnforced" doc:"Policy or an admin demands one."`

	DeletesAt time.Time `json:"deletesAt,omitzero" doc:"When your account is deleted; absent when you did not ask for it."`
}

type meOutput struct{ Body me }

// anyLanguage is the tag of a language with texts, or that of the browser.
type anyLanguage string

const ofBrowser anyLanguage = "browser" // none was chosen

// Schema lists the languages.
func (anyLanguage) Schema(huma.Registry) *huma.Schema {
	tags := []any{string(ofBrowser)}
	for _, p := range message.All() {
		tags = append(tags, p.Lang())
	}
	return &huma.Schema{Type: huma.TypeString, Enum: tags}
}

// MyDetails are what people say of themselves; nil for what is left out. It is exported for the same
// reason as FlowInput.
type MyDetails struct {
	FirstName *string      `json:"firstName,omitempty" maxLength:"100"`
	LastName  *string      `json:"lastName,omitempty" maxLength:"100"`
	Language  *anyLanguage `json:"language,omitempty" doc:"For your pages and mails."`
	TimeZone  *string      `json:"timeZone,omitempty" maxLength:"64" doc:"IANA name, or browser."`
}

// values returns the fields that are given, by their names.
func (d *MyDetails) values() map[string]string {
	out := map[string]string{}
	if d == nil {
		return out
	}
	for name, value := range map[string]*string{"firstName": d.FirstName, "lastName": d.LastName, "language": (*string)(d.Language), "timeZone": d.TimeZone} {
		if value != nil {
			out[name] = *value
		}
	}
	for _, name := range []string{"language", "timeZone"} {
		if out[name] == string(ofBrowser) {
			out[name] = ""
		}
	}
	return out
}

type changeMeInput struct {
	Body struct {
		MyDetails
		Was *MyDetails `json:"was,omitempty" doc:"What you saw of these fields: so that nobody's change is lost."`
	} `nameHint:"ChangeMeRequest"`
}

func (e *edge) changeMe(ctx context.Context, in *changeMeInput) (*struct{}, error) {
	return nil, e.Accounts.ChangeDetails(ctx, e.actor(ctx), account.DetailsChange{To: in.Body.values(), Was: in.Body.Was.values()})
}

func (e *edge) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	t, err := e.Tenants.Organisation(ctx, e.actor(ctx))
	if err != nil {
		return nil, err
	}
	u, err := e.Accounts.Own(ctx, e.actor(ctx))
	if err != nil {
		return nil, err
	}
	p, err := e.Tenants.PolicyOf(ctx, t.ID, u.ID)
	if err != nil {
		return nil, err
	}
	f, err := e.Factors.Own(ctx, e.actor(ctx))
	if err != nil {
		return nil, err
	}
	return &meOutput{me{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: u.Role, Status: u.Status, Tenant: currentTenant{t.ID, t.Name},
		Avatar: avatarPath("/me", u), Language: cmp.Or(anyLanguage(u.Language), ofBrowser),
		TimeZone: cmp.Or(u.ChosenZone, string(ofBrowser)), BrowserTimeZone: u.TimeZone, PhoneNumber: u.Phone,
		EmailVerified: !u.EmailVerifiedAt.IsZero(), PasswordChangedAt: u.PasswordChangedAt.UTC(),
		PasswordTooShort:  policy.TooShort(p, u, e.Now()),
		PasswordChangeDue: policy.RotationDue(p, u.PasswordChangedAt, e.Now()),
		MFAEnabled:        f.Enabled, MFAEnforced: f.Enforced,
		DeletesAt: u.DeletesAt.UTC(),
	}}, nil
}

func (e *edge) requestVerification(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Accounts.RequestVerification(ctx, e.actor(ctx))
}

type changePasswordInput struct {
	Body struct {
		CurrentPassword string `json:"currentPassword" format:"password" maxLength:"1024"`
		NewPassword     string `json:"newPassword" format:"password" maxLength:"256" doc:"Policy says how long it may be."`
	} `nameHint:"ChangePasswordRequest"`
}

// endedOutput says how many sessions an act ended.
type endedOutput struct{ Body ended }

type ended struct {
	EndedSessions int `json:"endedSessions" minimum:"0" doc:"How many sessions ended."`
}

func (e *edge) changePassword(ctx context.Context, in *changePasswordInput) (*endedOutput, error) {
	n, err := e.Accounts.ChangePassword(ctx, e.actor(ctx), account.PasswordChange{
		// The client checks that the user typed the new password twice alike.
		Current: in.Body.CurrentPassword, New: in.Body.NewPassword, Confirm: in.Body.NewPassword,
	})
	return &endedOutput{ended{n}}, err
}

// eventRecord is one entry of the audit log.
type eventRecord struct {
	ID         string               `json:"id"`
	Kind       string               `json:"kind" doc:"For example auth.signed_in."`
	ActorType  sallyport.ActorType  `json:"actorType" enum:"user,anonymous,operator,system"`
	ActorID    string               `json:"actorId,omitempty" doc:"User who acted."`
	UserID     string               `json:"userId,omitempty" doc:"Whose account it concerns."`
	SessionID  string               `json:"sessionId,omitempty"`
	TargetID   string               `json:"targetId,omitempty"`
	IPAddress  string               `json:"ipAddress,omitempty" doc:"A network such as 203.0.113.0/24 where policy masks addresses."`
	DeviceInfo sallyport.DeviceInfo `json:"deviceInfo,omitzero"`
	Location   sallyport.Location   `json:"location,omitzero"`
	Data       map[string]string    `json:"data,omitempty" doc:"Details by name."`
	CreatedAt  time.Time            `json:"createdAt"`
	Forgotten  bool                 `json:"forgotten,omitempty" doc:"Address, device, place and names that it had were removed, as policy says."`
}

func (e *edge) listMyEvents(ctx context.Context, q list.Query) (*pageOutput[eventRecord], error) {
	found, err := e.Audit.Own(ctx, e.actor(ctx), q)
	return newPage(found, showEvent), err
}

func showEvent(v sallyport.Event) eventRecord {
	return eventRecord{
		ID: v.ID, Kind: v.Kind, ActorType: v.ActorType, ActorID: v.ActorID, UserID: v.UserID,
		SessionID: v.SessionID, TargetID: v.TargetID, Data: v.Data, CreatedAt: v.CreatedAt.UTC(),
		IPAddress: v.IPAddress, DeviceInfo: v.Device, Location: v.Location, Forgotten: v.Forgotten,
	}
}
