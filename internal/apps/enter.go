package apps

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Where the pages of this service are on the hosts of apps. Proxies pass them on to it.
const (
	OwnPath   = "/.sallyport/"
	StartPath = OwnPath + "start"
	EnterPath = OwnPath + "enter"
	LeavePath = OwnPath + "leave"
)

// codeLifetime is how long a code may take on its way through the browser.
const codeLifetime = time.Minute

// Entering is what the browser of somebody who is signed in asks for at an app.
type Entering struct {
	AppID string
	To    string // where at the app, with scheme and host
	State string // SHA-256 of the secret of the browser, in base64url without padding
	// What the app asks for besides its rules; zero for nothing.
	Level  sallyport.TrustLevel
	Factor bool
	Fresh  int // minutes
}

// DeniedError says why somebody who is signed in is not let in. It is a refusal with CodeForbidden.
type DeniedError struct {
	App     sallyport.App
	Verdict gate.Verdict
	Level   sallyport.TrustLevel // that it takes, with gate.Level
}

func (e *DeniedError) Error() string { return "the app does not let in: " + e.Verdict.String() }

// Unwrap makes it a refusal.
func (e *DeniedError) Unwrap() error { return sallyport.ErrForbidden }

// Enter lets the actor in at an app, where its rules do, and returns where the browser has to go: to the app, with a
// code that is good once, for a minute, in the browser that asked. CodeInvalid for an address that is not of the app,
// ErrNotFound without an app, CodeStepUp where a second factor is missing, and a *DeniedError.
func (s *Service) Enter(ctx context.Context, actor sallyport.Actor, in Entering) (location string, err error) {
	state, err := base64.RawURLEncoding.DecodeString(in.State)
	if err != nil || len(state) != sha256.Size {
		return "", sallyport.Invalid(sallyport.FieldError{Field: "state", Code: "unknown_value"})
	}
	err = s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedEnter, func(a *act.Act) error {
		v, err := a.App(ctx, actor.TenantID, in.AppID)
		if err != nil {
			return err
		}
		origin, path, ok := split(in.To)
		if !ok || origin != v.Origin {
			return sallyport.Invalid(sallyport.FieldError{Field: "to", Code: "not_of_app"})
		}
		if err := admit(ctx, a, v, in, path); err != nil {
			return err
		}
		code, hash := token.New(token.Code)
		p := sallyport.AppPass{
			TenantID: actor.TenantID, ID: token.NewID(), AppID: v.ID, SessionID: actor.SessionID, UserID: actor.UserID,
			Hash: hash, State: [32]byte(state), CreatedAt: a.Now, EndsAt: a.Now.Add(codeLifetime),
		}
		a.Note(audit.AppEntered, act.About{Target: v.ID}, "name", v.Name)
		location = v.Origin + EnterPath + "?" + url.Values{"code": {code}, "state": {in.State}, "to": {local(in.To, v.Origin)}}.Encode()
		return a.AddPass(ctx, p)
	})
	return location, err
}

// local returns the path and query of an address of an app.
func local(to, origin string) string {
	u, err := url.Parse(to)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.RequestURI()
}

// admit returns nil where the rules of an app let the actor in at a path.
func admit(ctx context.Context, a *act.Act, v sallyport.App, in Entering, path string) error {
	p, err := gate.ParsePath(path)
	if err != nil {
		return sallyport.Invalid(sallyport.FieldError{Field: "to", Code: "odd_path"})
	}
	rule, found := gate.Compile(v.Rules).Find(p)
	if !found {
		return &DeniedError{App: v, Verdict: gate.Closed}
	}
	if !rule.Public || in.Level > 0 || in.Factor || in.Fresh > 0 {
		rule.Public = false
		rule.Level, rule.Factor = max(rule.Level, in.Level), rule.Factor || in.Factor
		if in.Fresh > 0 && (rule.Fresh == 0 || in.Fresh < rule.Fresh) {
			rule.Fresh = in.Fresh
		}
	}
	who, err := person(ctx, a)
	if err != nil {
		return err
	}
	switch verdict := gate.Decide(&rule, &who, a.Now); verdict {
	case gate.Allowed:
		return nil
	case gate.Factor:
		return prove(ctx, a)
	default:
		return &DeniedError{App: v, Verdict: verdict, Level: rule.Level}
	}
}

// prove asks for a second factor, from whoever has one.
func prove(ctx context.Context, a *act.Act) error {
	live, err := a.LiveFactors(ctx, a.User.TenantID, a.User.ID)
	if err != nil {
		return err
	}
	if !policy.HasFactor(a.Policy, store.Plain(live)) {
		return sallyport.Blocked(sallyport.NoSecondFactor)
	}
	row, _ := policy.ActOf(policy.EnterApp)
	return &sallyport.Error{Code: sallyport.CodeStepUp, StepUp: &sallyport.StepUp{Act: string(policy.EnterApp), Factor: true, Within: row.Factor}}
}

// person returns who the actor is to the rules of an app, from the rows that the session check reads.
func person(ctx context.Context, a *act.Act) (p gate.Person, err error) {
	v, err := a.Session(ctx, a.User.TenantID, a.Actor.SessionID)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.ErrNotSignedIn // an API key has none
	}
	if err != nil {
		return p, err
	}
	p = gate.Person{Role: a.User.Role, May: may(a.User), FactorAt: v.MFAVerifiedAt}
	if v.DeviceID != "" {
		d, err := a.Device(ctx, a.User.TenantID, v.DeviceID)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return p, err
		}
		if d.Status == sallyport.DeviceActive && d.CompromisedAt.IsZero() {
			p.Level = d.TrustLevel
		}
	}
	groups, err := a.GroupsOf(ctx, a.User.TenantID, a.User.ID)
	for _, g := range groups {
		p.Groups = append(p.Groups, sallyport.GroupName{ID: g.ID, Name: g.Name})
	}
	return p, err
}

// Person returns who somebody is to the rules of an app, from what the check of a pass answered.
func Person(c *sallyport.Checked) gate.Person {
	return gate.Person{Role: c.User.Role, May: may(c.User), Groups: c.Groups, Level: c.Trust, FactorAt: c.Session.MFAVerifiedAt}
}

// may reports what the role of a user allows.
func may(u sallyport.User) func(string) bool {
	return func(permission string) bool {
		return slices.Contains(access.Has(sallyport.Actor{Role: u.Role, Granted: u.Granted}), permission)
	}
}

// Given is the pass that a browser gets for a code.
type Given struct {
	Token  string
	AppID  string
	EndsAt time.Time // of the session, if nothing ends it before
}

// errCode is the refusal of a code that is unknown, was used, is over a minute old, or came from another browser: which
// of these is nobody's business.
var errCode = sallyport.Refuse(sallyport.CodeLinkExpired, "")

// Exchange gives the pass for a code, once, to whoever has the secret of the browser that asked. The session has to be
// good by then. Other passes of the session to this app end.
func (s *Service) Exchange(ctx context.Context, tenantID, code, secret string) (out Given, err error) {
	hash, ok := token.Parse(token.Code, code)
	if !ok {
		return out, errCode
	}
	state := sha256.Sum256([]byte(secret))
	err = s.Acts.Keep(ctx, func(tx *store.Tx) error {
		p, err := tx.PassByCode(ctx, tenantID, hash)
		now := s.Acts.Now()
		if errors.Is(err, sallyport.ErrNotFound) || err == nil && (subtle.ConstantTimeCompare(p.State[:], state[:]) != 1 || !now.Before(p.EndsAt)) {
			return errCode
		}
		if err != nil {
			return err
		}
		v, err := tx.Session(ctx, tenantID, p.SessionID)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return err
		}
		if err != nil || v.EffectiveStatus(now) != sallyport.SessionActive {
			return sallyport.ErrNotSignedIn
		}
		u, err := tx.User(ctx, tenantID, p.UserID)
		if err != nil || u.Status != sallyport.UserActive {
			return sallyport.ErrNotSignedIn
		}
		text, hash := token.New(token.Pass)
		p.Hash, p.EndsAt = hash, v.ExpiresAt
		out = Given{Token: text, AppID: p.AppID, EndsAt: v.ExpiresAt}
		if err := tx.ExchangePass(ctx, p); err != nil {
			return errCode
		}
		return tx.DropPasses(ctx, p)
	})
	return out, err
}

// Leave ends the pass of a browser. No error where there is none.
func (s *Service) Leave(ctx context.Context, tenantID, sessionID, secret string) error {
	hash, ok := token.Parse(token.Pass, secret)
	if !ok {
		return nil
	}
	err := s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.DropPass(ctx, tenantID, sessionID, hash) })
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	return err
}
