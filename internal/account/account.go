// Package account is what people, and the operator for them, do to accounts:
// claim the installation, add users, end their access, change a password.
//
// Each act is one transaction with its audit events. What ends access ends it
// everywhere at once: sessions and pending sign-ins go in the same transaction
// that disables the user, under a lock that a sign-in about to finish waits for.
package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Service works on the accounts of all tenants.
type Service struct {
	db        *store.Store
	passwords *password.Service
	factors   *mfa.Service
	alerts    *alert.Service
	policy    password.PolicyOf
	now       func() time.Time
	asked     chan struct{} // wakes whoever answers requests for new passwords
}

// New returns a service.
func New(db *store.Store, passwords *password.Service, factors *mfa.Service, alerts *alert.Service, policy password.PolicyOf, now func() time.Time) *Service {
	return &Service{db: db, passwords: passwords, factors: factors, alerts: alerts, policy: policy, now: now, asked: make(chan struct{}, 1)}
}

// NewUser is what a user is made of.
type NewUser struct {
	Email     string
	FirstName string
	LastName  string
	Role      sallyport.Role
	Password  string // "" for none: such a user cannot sign in with a password
}

// Add creates a user. It needs users.manage, and an owner to make an owner. The
// error is CodeInvalid with every field that is wrong.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, n NewUser) (sallyport.User, error) {
	if err := access.Allowed(actor, access.UsersManage, access.Target{TenantID: actor.TenantID, Role: n.Role}); err != nil {
		return sallyport.User{}, err
	}
	tenant, err := s.db.Tenant(ctx, actor.TenantID)
	if err != nil {
		return sallyport.User{}, err
	}
	user, err := s.build(ctx, tenant, n)
	if err != nil {
		return sallyport.User{}, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := session.InUse(ctx, tx, actor, s.now()); err != nil {
			return err
		}
		event, err := add(ctx, tx, actor, user)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, event)
	})
	return user, err
}

// build checks every field of n and returns the user with the password hashed.
func (s *Service) build(ctx context.Context, tenant sallyport.Tenant, n NewUser) (sallyport.User, error) {
	now := s.now()
	u := sallyport.User{ID: token.NewID(), TenantID: tenant.ID, Role: n.Role, Status: sallyport.UserActive, CreatedAt: now}
	var wrong problems
	var err error
	u.Email, err = email.Parse("email", n.Email)
	wrong.add(err)
	u.FirstName, err = line.Parse("firstName", n.FirstName)
	wrong.add(err)
	u.LastName, err = line.Parse("lastName", n.LastName)
	wrong.add(err)
	switch n.Role {
	case sallyport.RoleOwner, sallyport.RoleAdmin, sallyport.RoleMember:
	default:
		wrong.add(sallyport.Invalid(sallyport.FieldError{Field: "role", Code: "unknown_role"}))
	}
	if n.Password != "" {
		wrong.add(s.passwords.Judge(ctx, password.Input{Field: "password", Value: n.Password}, u, tenant.Name))
	}
	if err := wrong.err(); err != nil || n.Password == "" {
		return u, err
	}
	u.PasswordHash, err = s.passwords.Hash(ctx, n.Password)
	u.PasswordChangedAt = now
	return u, err
}

// add stores a built user and returns the event that tells of it.
func add(ctx context.Context, tx *store.Tx, actor sallyport.Actor, u sallyport.User) (sallyport.Event, error) {
	if err := tx.AddUser(ctx, u); err != nil {
		if errors.Is(err, sallyport.ErrConflict) || sallyport.CodeOf(err) == sallyport.CodeConflict {
			return sallyport.Event{}, sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "taken"})
		}
		return sallyport.Event{}, err
	}
	e := audit.New(actor, audit.UserCreated, u.CreatedAt)
	e.UserID, e.Data = u.ID, map[string]string{"role": string(u.Role)}
	return e, nil
}

// List returns up to limit users with an id above after. It needs users.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, after string, limit int) ([]sallyport.User, error) {
	if err := access.Allowed(actor, access.UsersView, access.Target{TenantID: actor.TenantID}); err != nil {
		return nil, err
	}
	return s.db.Users(ctx, actor.TenantID, after, limit)
}

// Own returns the actor's own account.
func (s *Service) Own(ctx context.Context, actor sallyport.Actor) (sallyport.User, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return sallyport.User{}, err
	}
	return s.db.User(ctx, actor.TenantID, actor.UserID)
}

// Find returns the user with this address. It needs users.view.
func (s *Service) Find(ctx context.Context, actor sallyport.Actor, address string) (sallyport.User, error) {
	if err := access.Allowed(actor, access.UsersView, access.Target{TenantID: actor.TenantID}); err != nil {
		return sallyport.User{}, err
	}
	return s.db.UserByEmail(ctx, actor.TenantID, address)
}

// Disable ends a user's access: their sessions and pending sign-ins end with it,
// and no sign-in succeeds until Enable. It needs users.manage; a user who is
// disabled already is ErrConflict, and CodeLastOwner for the only owner. It returns how many sessions ended.
func (s *Service) Disable(ctx context.Context, actor sallyport.Actor, userID string) (sessions int, err error) {
	now := s.now()
	err = s.administer(ctx, actor, userID, func(tx *store.Tx, u sallyport.User) error {
		if u.Role == sallyport.RoleOwner && u.Status == sallyport.UserActive {
			// Two owners who disable each other at the same moment could both pass
			// here; the command line can still enable one.
			if others, err := tx.OtherOwners(ctx, u.TenantID, u.ID); err != nil || others == 0 {
				return errors.Join(err, sallyport.Refuse(sallyport.CodeLastOwner, "the organisation needs an owner who can sign in"))
			}
		}
		if err := conflict(tx.SetUserStatus(ctx, u.TenantID, u.ID, sallyport.UserDisabled, now)); err != nil {
			return err
		}
		if err := tx.EndFlowsOfUser(ctx, u.TenantID, u.ID); err != nil {
			return err
		}
		events, err := session.EndAll(ctx, tx, actor, u.ID, "", audit.SessionRevoked, sallyport.SessionRevoked, session.ReasonUserDisabled, now)
		if err != nil {
			return err
		}
		sessions = len(events)
		e := audit.New(actor, audit.UserDisabled, now)
		e.UserID, e.Data = u.ID, map[string]string{"sessions": strconv.Itoa(sessions)}
		return audit.Append(ctx, tx, append(events, e)...)
	})
	return sessions, err
}

// Enable lets a disabled user sign in again. It revives no session. It needs
// users.manage; a user who is not disabled is ErrConflict.
func (s *Service) Enable(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.administer(ctx, actor, userID, func(tx *store.Tx, u sallyport.User) error {
		if err := conflict(tx.SetUserStatus(ctx, u.TenantID, u.ID, sallyport.UserActive, time.Time{})); err != nil {
			return err
		}
		e := audit.New(actor, audit.UserEnabled, s.now())
		e.UserID = u.ID
		return audit.Append(ctx, tx, e)
	})
}

// administer locks a user and runs act when actor may manage them.
func (s *Service) administer(ctx context.Context, actor sallyport.Actor, userID string, act func(*store.Tx, sallyport.User) error) error {
	return s.administerWith(ctx, actor, access.UsersManage, userID, act)
}

func (s *Service) administerWith(ctx context.Context, actor sallyport.Actor, permission access.Permission, userID string, act func(*store.Tx, sallyport.User) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, actor.TenantID, userID)
		if err != nil {
			return err
		}
		if err := access.Allowed(actor, permission, access.Target{TenantID: u.TenantID, UserID: u.ID, Role: u.Role}); err != nil {
			return err
		}
		if err := session.InUse(ctx, tx, actor, s.now()); err != nil {
			return err
		}
		return act(tx, u)
	})
}

func conflict(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.ErrConflict
	}
	return err
}

// problems collects validation errors, so that all are told at once.
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
