package mfa

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

func place(f sallyport.Factor) seal.Place {
	return seal.Place{Column: "factors.secret", TenantID: f.TenantID, ID: f.ID}
}

// seal encrypts v as JSON, bound to the factor's row.
func (s *Service) seal(f sallyport.Factor, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(place(f), text)
}

// open decrypts into v what seal encrypted.
func (s *Service) open(f store.Factor, v any) error {
	text, err := s.Keys.Open(place(f.Factor), f.Secret)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// Reseal encrypts with the primary key every secret that a former key sealed, so that the
// former key can be removed. It returns how many secrets it looked at.
func (s *Service) Reseal(ctx context.Context) (int, error) {
	n, tenantID, id := 0, "", ""
	for {
		batch, err := s.Acts.SealedFactors(ctx, tenantID, id, 200)
		if err != nil || len(batch) == 0 {
			return n, err
		}
		for _, f := range batch {
			tenantID, id = f.TenantID, f.ID
			text, err := s.Keys.Open(place(f.Factor), f.Secret)
			if err != nil {
				return n, err
			}
			sealed, err := s.Keys.Seal(place(f.Factor), text)
			if err != nil {
				return n, err
			}
			err = s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.SealFactor(ctx, f, sealed) })
			if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
				return n, err // ErrNotFound: the row ended or was sealed anew in the meantime
			}
			n++
		}
	}
}
