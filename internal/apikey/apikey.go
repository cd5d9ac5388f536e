// Package apikey has the keys that programs act with, of people and of service accounts.
//
//	key ─ SHA-256 ─ lookup ─ ended? user? address? ─ who, and what the key allows      (Check)
//
// A key proves nothing. What takes a person's fresh proof it cannot do, unless policy names the act;
// and nothing of its user's own account. It allows what it was given when it was made, and of that
// what its user may do now: it never gets wider. It works as long as its user does: a disabled or
// closed account has keys that sleep, and what makes another account of it ends them
// ([act.VoidKeys]).
//
// A service account is a user who never signs in. A role owns it: those who have the role make and
// replace its keys, so that it outlives each of them.
package apikey

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/recall"
)

// What acts on keys require: on one's own, on those of a service account, and on anybody's.
var (
	NeedMake    = act.Need{StepUp: policy.ManageAPIKeys}
	NeedRevoke  = act.Need{Exempt: policy.TakesAway}
	NeedMakeFor = act.Need{Permission: access.APIKeysManage, StepUp: policy.ManageAPIKeys}
	NeedView    = act.Need{Permission: access.APIKeysView}
	NeedEnd     = act.Need{Permission: access.APIKeysManage, Exempt: policy.TakesAway, Self: true}
	NeedService = act.Need{Permission: access.UsersManage, StepUp: policy.ManageUsers}
)

// MaxKeys is how many keys a user can have that were not revoked.
const MaxKeys = 50

// Service handles the keys of all tenants.
type Service struct {
	acts    *act.Runner
	checker Checker
	uses    uses
}

// Checker answers the check of a key: from memory where that is sure, otherwise on connections of its own.
type Checker interface {
	Recall(tenantID string, hash [32]byte) *recall.Known
	Forget(*recall.Known)
	CheckKey(ctx context.Context, tenantID string, hash [32]byte) (sallyport.Checked, error)
}

// New returns a service.
func New(acts *act.Runner, checker Checker) *Service { return &Service{acts: acts, checker: checker} }

// ListOwn returns the actor's keys that were not revoked, the newest first, without what policy hides
// from them of where those were used.
func (s *Service) ListOwn(ctx context.Context, actor sallyport.Actor) ([]sallyport.APIKey, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	keys, err := s.acts.KeysOf(ctx, actor.TenantID, actor.UserID)
	s.uses.refresh(keys)
	for i := range keys {
		keys[i].UsedIP = policy.OwnAddress(p, keys[i].UsedIP)
	}
	return keys, err
}

// Own returns one of the actor's keys that was not revoked. ErrNotFound otherwise.
func (s *Service) Own(ctx context.Context, actor sallyport.Actor, id string) (sallyport.APIKey, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return sallyport.APIKey{}, err
	}
	k, err := s.acts.APIKey(ctx, actor.TenantID, id)
	if err == nil && (k.UserID != actor.UserID || !k.EndedAt.IsZero()) {
		err = sallyport.ErrNotFound
	}
	return k, err
}

// Held is a key, with whose it is.
type Held struct {
	sallyport.APIKey
	User sallyport.User
}

// List returns a page of the keys of the organisation. It needs api_keys.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[Held], error) {
	if err := NeedView.ToLook(actor); err != nil {
		return list.Page[Held]{}, err
	}
	keys, err := s.acts.APIKeys(ctx, actor.TenantID, q)
	if err != nil {
		return list.Page[Held]{}, err
	}
	s.uses.refresh(keys.Rows)
	var ids []string
	for _, k := range keys.Rows {
		ids = append(ids, k.UserID)
	}
	users, err := s.acts.UsersByID(ctx, actor.TenantID, ids)
	if err != nil {
		return list.Page[Held]{}, err
	}
	return list.Map(keys, func(k sallyport.APIKey) Held { return Held{k, users[k.UserID]} }), nil
}

// Get returns a key of the organisation. It needs api_keys.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Held, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Held{}, err
	}
	k, err := s.acts.APIKey(ctx, actor.TenantID, id)
	if err != nil {
		return Held{}, err
	}
	u, err := s.acts.User(ctx, actor.TenantID, k.UserID)
	return Held{k, u}, err
}
