// Package account holds the acts on accounts: claim the installation, add and invite
// users, disable them, change or recover passwords.
//
// Each is one act (package act). Disabling a user ends all access at once: sessions and
// pending sign-ins end in the same transaction, under a lock that a sign-in takes before
// it finishes.
package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/token"
)

// Service handles the accounts of all tenants.
type Service struct {
	acts      *act.Runner
	passwords *password.Service
	factors   *mfa.Service
	asked     chan struct{} // wakes the job that answers password requests and tells of locks
}

// New returns a service.
func New(acts *act.Runner, passwords *password.Service, factors *mfa.Service) *Service {
	s := &Service{acts: acts, passwords: passwords, factors: factors, asked: make(chan struct{}, 1)}
	acts.OnEvent(func(e sallyport.Event) {
		if e.Kind == string(audit.AccountLocked) { // of an account or of an address that nobody has
			s.wake()
		}
	})
	return s
}

// What is needed to view other users' accounts and sign-ins, and to act on them.
var (
	NeedView     = act.Need{Permission: access.UsersView}
	NeedAttempts = act.Need{Permission: access.SessionsView}
	NeedManage   = act.Need{Permission: access.UsersManage, StepUp: policy.ManageUsers}
	NeedDisable  = act.Need{Permission: access.UsersManage, StepUp: policy.ManageUsers, Self: true} // who leaves may close the door
)

// NewUser is the input for a new user.
type NewUser struct {
	Email     string
	FirstName string
	LastName  string
	Role      sallyport.Role
	Password  string // "" for none: such a user cannot sign in with a password
	Handed    bool   // somebody else knows the password: it has to be changed at the first sign-in, within a day
	GroupID   string // "" for no group
}

// Add creates a user. It needs users.manage and a step-up; only an owner can add an owner.
// CodeInvalid lists every wrong field.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, n NewUser) (sallyport.User, error) {
	user, err := s.newcomer(ctx, actor, n)
	if err != nil {
		return sallyport.User{}, err
	}
	return user, s.acts.Run(ctx, actor, act.Newcomer(n.Role), NeedManage, func(a *act.Act) error { return addTo(ctx, a, user, n.GroupID) })
}

// AddByLink creates a user without a password, and returns a link by which they choose one, for the
// operator to hand over. ErrForbidden for everybody else, as for ResetLink.
func (s *Service) AddByLink(ctx context.Context, actor sallyport.Actor, n NewUser) (user sallyport.User, l link.Added, err error) {
	if actor.Type != sallyport.ActorOperator {
		return user, l, sallyport.ErrForbidden
	}
	n.Password = ""
	if user, err = s.newcomer(ctx, actor, n); err != nil {
		return user, l, err
	}
	err = s.acts.Run(ctx, actor, act.Newcomer(n.Role), NeedManage, func(a *act.Act) error {
		if err := addTo(ctx, a, user, n.GroupID); err != nil {
			return err
		}
		a.User = user
		a.Note(audit.UserInvited, act.About{User: user.ID}, "role", string(user.Role))
		l, err = a.Mint(ctx, link.Invitation)
		return err
	})
	return user, l, err
}

// newcomer returns the user that the actor may add, with everything that is wrong with it at once.
func (s *Service) newcomer(ctx context.Context, actor sallyport.Actor, n NewUser) (sallyport.User, error) {
	err := s.acts.May(ctx, actor, act.Newcomer(n.Role), NeedManage)
	if err != nil && sallyport.CodeOf(err) != sallyport.CodeInvalid {
		return sallyport.User{}, err
	}
	var wrong problems
	wrong.add(err)
	tenant, err := s.acts.Tenant(ctx, actor.TenantID)
	if err != nil {
		return sallyport.User{}, err
	}
	user, err := s.build(ctx, tenant, n)
	wrong.add(err)
	return user, wrong.err()
}

// build checks every field of n and returns the user with the password hashed.
func (s *Service) build(ctx context.Context, tenant sallyport.Tenant, n NewUser) (sallyport.User, error) {
	now := s.acts.Now()
	u := sallyport.User{ID: token.NewID(), TenantID: tenant.ID, Role: n.Role, Status: sallyport.UserActive, SecondFactor: sallyport.NoFactor, CreatedAt: now}
	if n.Password == "" {
		u.Status = sallyport.UserInvited
	}
	var wrong problems
	var err error
	u.Email, err = line.ParseEmail("email", n.Email)
	wrong.add(err)
	u.FirstName, err = line.Parse("firstName", n.FirstName)
	wrong.add(err)
	u.LastName, err = line.Parse("lastName", n.LastName)
	wrong.add(err)
	if n.Password != "" {
		wrong.add(s.passwords.Judge(ctx, password.Input{Field: "password", Value: n.Password}, u, tenant.Name))
	}
	if err := wrong.err(); err != nil || n.Password == "" {
		return u, err
	}
	made, err := s.passwords.Make(ctx, u, n.Password)
	u.PasswordHash, u.PasswordShort = made.Hash, made.Short
	u.PasswordChangedAt, u.MustChangePassword = now, n.Handed
	return u, err
}

// add stores a built user.
func add(ctx context.Context, a *act.Act, u sallyport.User) error {
	err := a.AddUser(ctx, u)
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "taken"})
	}
	a.Note(audit.UserCreated, act.About{User: u.ID}, "role", string(u.Role))
	return err
}

// addTo stores a built user and puts them into a group; "" for none. CodeInvalid when there is no
// such group.
func addTo(ctx context.Context, a *act.Act, u sallyport.User, groupID string) error {
	if err := add(ctx, a, u); err != nil || groupID == "" {
		return err
	}
	g, err := a.Group(ctx, u.TenantID, groupID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Invalid(sallyport.FieldError{Field: "group", Code: "unknown_group"})
	}
	if err != nil {
		return err
	}
	a.Note(audit.GroupJoined, act.About{User: u.ID, Target: g.ID}, "name", g.Name)
	_, err = a.AddMember(ctx, u.TenantID, g.ID, u.ID, a.Now)
	return err
}

// List returns a page of the organisation's users. It needs users.view; what they have of second
// factors, and the filter by that, mfa.view besides.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.User], error) {
	if err := NeedView.ToLook(actor); err != nil {
		return list.Page[sallyport.User]{}, err
	}
	if seesFactors(actor) == nil {
		return s.acts.ListUsers(ctx, actor.TenantID, q)
	}
	if q.Given("secondFactor") != nil {
		return list.Page[sallyport.User]{}, seesFactors(actor)
	}
	found, err := s.acts.ListUsers(ctx, actor.TenantID, q)
	return list.Map(found, withoutFactors), err
}

// seesFactors returns nil when the actor may know who has which second factors.
func seesFactors(actor sallyport.Actor) error {
	return access.Allowed(actor, access.MFAView, access.Target{TenantID: actor.TenantID})
}

// withoutFactors returns a user without what mfa.view opens.
func withoutFactors(u sallyport.User) sallyport.User {
	u.SecondFactor, u.MFARequired, u.MFAExemptUntil, u.MFAExemptReason, u.MFARemindedAt = "", false, time.Time{}, "", time.Time{}
	return u
}

// Own returns the actor's own account.
func (s *Service) Own(ctx context.Context, actor sallyport.Actor) (sallyport.User, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return sallyport.User{}, err
	}
	return s.acts.User(ctx, actor.TenantID, actor.UserID)
}

// ChooseLanguage keeps the language that the actor's pages and mails are in from then on: a tag
// of [message.All], or "" for that of the browser. CodeInvalid for others.
func (s *Service) ChooseLanguage(ctx context.Context, actor sallyport.Actor, tag string) error {
	return s.ChangeDetails(ctx, actor, DetailsChange{To: map[string]string{"language": tag}})
}

// MayAct returns nil when the actor's session has proven enough for an act, and otherwise
// CodeStepUp with what is missing. Pages ask before they show a form; the act checks
// again.
func (s *Service) MayAct(ctx context.Context, actor sallyport.Actor, what policy.Act) error {
	return s.acts.May(ctx, actor, act.User(actor.UserID), act.Need{StepUp: what})
}

// Find returns the user with this address. It needs users.view.
func (s *Service) Find(ctx context.Context, actor sallyport.Actor, address string) (sallyport.User, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.User{}, err
	}
	return s.acts.UserByEmail(ctx, actor.TenantID, address)
}

// Disable ends a user's access: sessions and pending sign-ins end, and no sign-in succeeds
// until Enable. It returns how many sessions ended. It needs users.manage and a step-up.
// CodeLastOwner for the only owner. A user who is disabled already is no error.
func (s *Service) Disable(ctx context.Context, actor sallyport.Actor, userID string) (sessions int, err error) {
	err = s.acts.Run(ctx, actor, act.User(userID), NeedDisable, func(a *act.Act) error {
		if sessions = 0; a.User.Status == sallyport.UserDisabled {
			return nil
		}
		if err := anotherOwner(ctx, a); err != nil {
			return err
		}
		if err := a.SetUserStatus(ctx, a.User.TenantID, userID, sallyport.UserDisabled, a.Now); err != nil {
			return act.Conflict(err)
		}
		if sessions, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonUserDisabled); err != nil {
			return err
		}
		a.Note(audit.UserDisabled, act.About{}, "sessions", strconv.Itoa(sessions))
		return tellJoined(ctx, a, notify.AccountDisabled)
	})
	return sessions, err
}

// anotherOwner returns CodeLastOwner when the act's user is the only owner who can sign
// in. The organisation is locked, so that two owners cannot disable each other at once.
func anotherOwner(ctx context.Context, a *act.Act) error {
	if a.User.Role != sallyport.RoleOwner || a.User.Status != sallyport.UserActive {
		return nil
	}
	others, err := a.OtherOwners(ctx, a.User.TenantID, a.User.ID)
	if err == nil && others == 0 {
		err = sallyport.Refuse(sallyport.CodeLastOwner, "the organisation needs an owner who can sign in")
	}
	return err
}

// Enable lets a disabled user sign in again, or opens an account that was closed because it
// was in danger: its password is withdrawn, and a link for a new one is mailed. Ended sessions
// stay ended. It needs users.manage and a step-up. A user who is active already is no error.
func (s *Service) Enable(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		to := sallyport.UserActive
		if invited(a.User) {
			to = sallyport.UserInvited
		}
		if a.User.Service() {
			to = sallyport.UserService
		}
		if a.User.Status == to {
			return nil
		}
		a.Note(audit.UserEnabled, act.About{})
		if err := a.SetUserStatus(ctx, a.User.TenantID, userID, to, time.Time{}); err != nil {
			return act.Conflict(err)
		}
		if a.User.DisputedSince.IsZero() {
			return tellJoined(ctx, a, notify.AccountEnabled)
		}
		return withdraw(ctx, a)
	})
}

// tellJoined mails the act's user what was done to their account, unless they have not joined.
func tellJoined(ctx context.Context, a *act.Act, kind notify.Kind) error {
	if invited(a.User) {
		return nil
	}
	return a.Tell(ctx, act.Alert{Kind: kind})
}

// problems collects validation errors, so that all are reported at once.
type problems struct {
	fields []sallyport.FieldError
	other  error
}

func (p *problems) add(err error) {
	var e *sallyport.Error
	switch {
	case err == nil:
	case errors.As(err, &e) && e.Code == sallyport.CodeInvalid:
		p.fields = append(p.fields, e.Fields...)
	default:
		p.other = errors.Join(p.other, err)
	}
}

func (p *problems) err() error {
	if p.other != nil || len(p.fields) == 0 {
		return p.other
	}
	return sallyport.Invalid(p.fields...)
}
