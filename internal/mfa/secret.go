package mfa

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

func place(f sallyport.Factor) seal.Place {
	return seal.Place{Column: "factors.secret", TenantID: f.TenantID, ID: f.ID}
}

// sealedRow is what is sealed with every factor: the method's own secret, if it has one, and a digest
// of the plain columns that decide whose answers are right. The seal authenticates both, so whoever can
// write to the database can neither put a passkey of their own into a row nor move a row to another
// user: the row proves nothing then.
type sealedRow struct {
	Row []byte          `json:"row"`
	Own json.RawMessage `json:"own"`
}

// digest returns the SHA-256 of the columns that a seal authenticates. An address is not among them: it
// is that of the account, and changes with it.
func digest(f store.Factor) []byte {
	var b []byte
	for _, column := range []string{f.UserID, f.Method, f.PhoneNumber, f.CredentialID, f.Credential} {
		b = binary.AppendUvarint(b, uint64(len(column)))
		b = append(b, column...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// seal encrypts v as JSON, bound to the factor's row and to what stands in it.
func (s *Service) seal(f store.Factor, v any) ([]byte, error) {
	own, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(sealedRow{Row: digest(f), Own: own})
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(place(f.Factor), text)
}

// errTampered is the error for a row that is not as the service left it.
var errTampered = errors.New("mfa: the row of a second factor is not the one that was sealed")

// open decrypts into v what seal encrypted. errTampered when anything that is sealed with it was
// changed, or never sealed; another error when it is the keys that are missing.
func (s *Service) open(f store.Factor, v any) error {
	text, err := s.Keys.Open(place(f.Factor), f.Secret)
	switch {
	case err != nil && len(f.Secret) > 0 && !s.Keys.Known(f.Secret):
		return err
	case err != nil:
		return errors.Join(errTampered, err)
	}
	var sealed sealedRow
	if err := json.Unmarshal(text, &sealed); err != nil || subtle.ConstantTimeCompare(sealed.Row, digest(f)) != 1 {
		return errTampered
	}
	return json.Unmarshal(sealed.Own, v)
}

// tampered reports whether a row is not as the service left it. The error is for keys that are missing: with
// those of another installation nobody's factors are suspended.
func (s *Service) tampered(f store.Factor) (bool, error) {
	var own json.RawMessage
	err := s.open(f, &own)
	if errors.Is(err, errTampered) {
		return true, nil
	}
	return false, err
}

// genuineOf returns the standing without those factors of a method whose rows were changed past the
// service. Each of them is suspended, so that it is reported once, and its owner is told.
func (s *Service) genuineOf(ctx context.Context, who Subject, method string, c sallyport.Client) (Standing, error) {
	gone := map[string]bool{}
	suspects := who.Standing.of(method)
	if sallyport.MethodOf(method).StandIn && who.Standing.Codes.ID != "" {
		suspects = append(suspects, who.Standing.Codes)
	}
	for _, f := range suspects {
		changed, err := s.tampered(f)
		if changed {
			err = s.suspendTampered(ctx, f, c)
		}
		if err != nil {
			return Standing{}, err
		}
		if !changed {
			continue
		}
		gone[f.ID] = true
	}
	return who.Standing.without(func(f store.Factor) bool { return gone[f.ID] }), nil
}

// suspendTampered suspends a factor whose row was changed past the service.
func (s *Service) suspendTampered(ctx context.Context, f store.Factor, c sallyport.Client) error {
	err := s.Acts.Run(ctx, sallyport.System(f.TenantID), act.User(f.UserID), act.Need{}, func(a *act.Act) error {
		f.Status, f.EndedAt, f.EndedReason = sallyport.FactorSuspended, a.Now, ReasonTampered
		done, err := act.Ignore(a.EndFactor(ctx, f.Factor))
		if !done {
			return err // a parallel try suspended it
		}
		a.Note(audit.MethodTampered, act.About{Target: f.ID}, "method", f.Method, "name", f.Name)
		return a.Tell(ctx, act.Alert{Kind: notify.MethodTampered, Client: c, Data: notify.Data{Method: f.Method, FactorName: f.Name}})
	})
	if err == nil && s.Log != nil {
		s.Log.ErrorContext(ctx, "the row of a second factor was changed past the service, and was suspended: somebody else writes to the database",
			"tenant", f.TenantID, "user", f.UserID, "factor", f.ID, "method", f.Method)
	}
	return err
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
			if f.EndedReason == ReasonTampered && f.Status == sallyport.FactorSuspended {
				continue // it is of no use to anybody
			}
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
