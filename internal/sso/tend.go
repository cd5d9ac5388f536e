package sso

import (
	"context"

	"github.com/sallyport/sallyport/internal/store"
)

// Reseal encrypts the secrets of providers with the primary key of the installation. It returns how many. What
// names sessions at providers stays as it is: it ends with the sessions.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	tenants, err := s.Acts.Tenants(ctx)
	for _, t := range tenants {
		all, err := s.all(ctx, t.ID)
		if err != nil {
			return n, err
		}
		for _, p := range all {
			if err := s.reseal(ctx, p); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, err
}

func (s *Service) reseal(ctx context.Context, p Provider) error {
	secret, err := s.open(p)
	if err != nil {
		return err
	}
	row := p.row
	if row.Secrets, err = s.sealed(row.TenantID, row.ID, secret); err != nil {
		return err
	}
	return s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.ResealProvider(ctx, row, p.row.Secrets) })
}
