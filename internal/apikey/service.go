package apikey

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/token"
)

// NewService is a service account to add.
type NewService struct {
	Name    string         // 1 to line.MaxLength characters
	Role    sallyport.Role // what its keys can allow at most
	OwnedBy sallyport.Role // whose holders look after it
}

// AddService adds a service account. It needs users.manage and a step-up, and everything that its
// role allows. CodeInvalid lists the wrong fields.
func (s *Service) AddService(ctx context.Context, actor sallyport.Actor, n NewService) (u sallyport.User, err error) {
	var wrong []sallyport.FieldError
	name, err := line.Parse("name", n.Name)
	var e *sallyport.Error
	switch {
	case errors.As(err, &e):
		wrong = append(wrong, e.Fields...)
	case name == "":
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	if n.Role == "" {
		wrong = append(wrong, sallyport.FieldError{Field: "role", Code: "unknown_role"})
	}
	if n.OwnedBy == "" {
		wrong = append(wrong, sallyport.FieldError{Field: "ownedBy", Code: "unknown_role"})
	}
	if wrong != nil {
		return u, sallyport.Invalid(wrong...)
	}
	err = s.acts.Run(ctx, actor, act.Newcomer(n.Role), NeedService, func(a *act.Act) error {
		if !n.OwnedBy.BuiltIn() {
			if _, err := a.Role(ctx, actor.TenantID, string(n.OwnedBy)); errors.Is(err, sallyport.ErrNotFound) {
				return sallyport.Invalid(sallyport.FieldError{Field: "ownedBy", Code: "unknown_role"})
			} else if err != nil {
				return err
			}
		}
		u = sallyport.User{
			ID: token.NewID(), TenantID: actor.TenantID, FirstName: name, Role: n.Role, Status: sallyport.UserService,
			SecondFactor: sallyport.NoFactor, CreatedAt: a.Now, OwnedBy: n.OwnedBy,
		}
		a.Note(audit.ServiceCreated, act.About{User: u.ID}, "name", name, "role", string(n.Role), "owner", string(n.OwnedBy))
		return a.AddUser(ctx, u)
	})
	return u, err
}

// Services returns the service accounts of the organisation, the oldest first. It needs api_keys.view.
func (s *Service) Services(ctx context.Context, actor sallyport.Actor) ([]sallyport.User, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.acts.ServiceAccounts(ctx, actor.TenantID)
}

// ServiceOf returns a service account. It needs api_keys.view. ErrNotFound for a person.
func (s *Service) ServiceOf(ctx context.Context, actor sallyport.Actor, id string) (sallyport.User, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.User{}, err
	}
	u, err := s.acts.User(ctx, actor.TenantID, id)
	if err == nil && !u.Service() {
		err = sallyport.ErrNotFound
	}
	return u, err
}

// KeysOf returns the keys of a service account that were not revoked, the newest first. It needs
// api_keys.view.
func (s *Service) KeysOf(ctx context.Context, actor sallyport.Actor, serviceID string) ([]sallyport.APIKey, error) {
	if _, err := s.ServiceOf(ctx, actor, serviceID); err != nil {
		return nil, err
	}
	keys, err := s.acts.KeysOf(ctx, actor.TenantID, serviceID)
	s.uses.refresh(keys)
	return keys, err
}
