package account

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// SetUp is what the first owner enters after the set-up link.
type SetUp struct {
	Organisation string
	FirstName    string
	LastName     string
	Email        string
	Password     string
}

// errClosed answers both a wrong set-up link and a right one that comes too late, so that
// they look the same.
var errClosed = sallyport.Refuse(sallyport.CodeSetUpClosed, "")

// OfferSetUp returns the secret of a new set-up link, or "" when the installation has an
// owner. Earlier links stay valid, because several nodes that start together print one
// each.
func (s *Service) OfferSetUp(ctx context.Context) (secret string, err error) {
	claimed, err := s.acts.Claimed(ctx)
	if err != nil || claimed {
		return "", err
	}
	secret, hash := token.New(token.SetUp)
	return secret, s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.AddSetUpLink(ctx, hash[:], s.acts.Now().UnixMicro()) })
}

// CheckSetUp returns nil when the secret is valid, and otherwise CodeSetUpClosed.
func (s *Service) CheckSetUp(ctx context.Context, secret string) error {
	hash, ok := token.Parse(token.SetUp, secret)
	if !ok {
		return errClosed
	}
	exists, err := s.acts.SetUpLinkExists(ctx, hash[:])
	if err == nil && !exists {
		err = errClosed
	}
	return err
}

// CompleteSetUp claims the installation: it creates the default tenant and its owner. The
// secret is valid once; after CodeInvalid it can be used again.
func (s *Service) CompleteSetUp(ctx context.Context, secret string, client sallyport.Client, f SetUp) (sallyport.User, error) {
	if err := s.CheckSetUp(ctx, secret); err != nil {
		return sallyport.User{}, err
	}
	var wrong problems
	name, err := line.Parse("organisation", f.Organisation)
	wrong.add(err)
	if name == "" && err == nil {
		wrong.add(sallyport.Invalid(sallyport.FieldError{Field: "organisation", Code: "required"}))
	}
	if f.Password == "" {
		wrong.add(sallyport.Invalid(sallyport.FieldError{Field: "password", Code: "required"}))
	}
	tenant := sallyport.Tenant{ID: token.NewID(), Name: name, Language: client.Language, CreatedAt: s.acts.Now()}
	owner, err := s.build(ctx, tenant, NewUser{Email: f.Email, FirstName: f.FirstName, LastName: f.LastName, Role: sallyport.RoleOwner, Password: f.Password})
	wrong.add(err)
	if err := wrong.err(); err != nil {
		return sallyport.User{}, err
	}
	actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: tenant.ID, Client: client}
	err = s.claim(ctx, actor, tenant, owner)
	if sallyport.CodeOf(err) == sallyport.CodeConflict {
		err = errClosed // a parallel set-up was first
	}
	if err != nil {
		return sallyport.User{}, err
	}
	actor.Type, actor.UserID = sallyport.ActorUser, owner.ID
	return owner, s.RequestVerification(ctx, actor)
}

// Claim sets up the installation without a link, for the command line and the demo.
// CodeConflict when it has an owner already.
func (s *Service) Claim(ctx context.Context, organisation string, owner NewUser) (sallyport.User, error) {
	owner.Role = sallyport.RoleOwner
	tenant := sallyport.Tenant{ID: token.NewID(), Name: organisation, CreatedAt: s.acts.Now()}
	user, err := s.build(ctx, tenant, owner)
	if err != nil {
		return sallyport.User{}, err
	}
	return user, s.claim(ctx, sallyport.Operator(tenant.ID), tenant, user)
}

func (s *Service) claim(ctx context.Context, actor sallyport.Actor, tenant sallyport.Tenant, owner sallyport.User) error {
	return s.acts.Run(ctx, actor, act.Nobody, act.Need{}, func(a *act.Act) error {
		if err := a.Claim(ctx, tenant.CreatedAt.UnixMicro()); err != nil {
			return err
		}
		if err := a.AddTenant(ctx, tenant); err != nil {
			return err
		}
		a.Note(audit.SetUpCompleted, act.About{})
		a.Note(audit.TenantCreated, act.About{Target: tenant.ID}, "name", tenant.Name)
		return add(ctx, a, owner)
	})
}
