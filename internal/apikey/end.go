package apikey

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/token"
)

// Revoke ends one of the actor's keys. ErrNotFound for somebody else's; it is no error when the key
// was revoked before.
func (s *Service) Revoke(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedRevoke, func(a *act.Act) error {
		k, err := a.APIKey(ctx, actor.TenantID, id)
		if err == nil && k.UserID != actor.UserID {
			err = sallyport.ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = a.RevokeKey(ctx, k, act.ReasonRevokedByUser)
		return err
	})
}

// End ends any key of the organisation as an admin, and tells its user. It needs api_keys.manage.
// It is no error when the key was revoked before.
func (s *Service) End(ctx context.Context, actor sallyport.Actor, id string) error {
	k, err := s.acts.APIKey(ctx, actor.TenantID, id)
	if err != nil {
		return errors.Join(NeedEnd.ToLook(actor), err)
	}
	return s.acts.Run(ctx, actor, act.User(k.UserID), NeedEnd, func(a *act.Act) error {
		done, err := a.RevokeKey(ctx, k, act.ReasonRevokedByAdmin)
		if err != nil || !done || a.Actor.UserID == k.UserID {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.KeyRevoked, Data: notify.Data{KeyName: k.Name}})
	})
}

// Surrender ends the key with this text, by request of whoever has it: a scanner that found it, or a
// program that needs it no more. It is no error when there is none.
func (s *Service) Surrender(ctx context.Context, tenantID, secret string, from sallyport.Client) error {
	hash, ok := token.ParseKey(token.APIKey, secret)
	if !ok {
		return nil
	}
	c, err := s.checker.CheckKey(ctx, tenantID, hash)
	if done, err := act.Ignore(err); !done {
		return err
	}
	by := sallyport.System(tenantID)
	by.Client = from
	return s.acts.Run(ctx, by, act.User(c.User.ID), act.Need{}, func(a *act.Act) error {
		done, err := a.RevokeKey(ctx, c.Key, act.ReasonSurrendered)
		if err != nil || !done {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.KeyRevoked, Data: notify.Data{KeyName: c.Key.Name}})
	})
}
