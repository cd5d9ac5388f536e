package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
)

// tenantFlags choose the organisation. They are not needed when there is only one.
type tenantFlags struct {
	databaseFlags
	Host string `help:"Host name of the organisation, where the installation has several."`
}

// withTenant runs do as the operator of the chosen tenant.
func (f tenantFlags) withTenant(ctx context.Context, do func(*store.Store, sallyport.Tenant, sallyport.Actor) error) error {
	return f.withStore(ctx, func(db *store.Store) error {
		tenants, err := db.Tenants(ctx)
		if err != nil {
			return err
		}
		for _, t := range tenants {
			if t.Host == f.Host {
				return do(db, t, sallyport.Operator(t.ID))
			}
		}
		if len(tenants) == 0 {
			return errors.New("this installation has no owner yet: run serve and open the link that it prints")
		}
		return fmt.Errorf("there is no organisation with host name %q", f.Host)
	})
}

// withUses runs do with uses that send no mail, as the operator of the chosen tenant.
func (f tenantFlags) withUses(ctx context.Context, do func(uses.All, sallyport.Actor) error) error {
	return f.withTenant(ctx, func(db *store.Store, _ sallyport.Tenant, actor sallyport.Actor) error {
		hasher, err := factor.NewPasswords(factor.DefaultArgon2, 1)
		if err != nil {
			return err
		}
		return do(uses.New(uses.Config{DB: db, Hasher: hasher}), actor)
	})
}
