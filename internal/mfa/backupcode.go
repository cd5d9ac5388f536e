package mfa

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// backupCode is one of a set of codes that are kept on paper, each good for once. A
// set is not set up: it comes with the first second factor.
type backupCode struct{ plain }

// backupSecret is what is sealed with a set.
type backupSecret struct {
	Key []byte `json:"key,omitempty"` // of the hashes of the codes
}

func (backupCode) check(ctx context.Context, s *Service, who Subject, _ Flow, a Answer) (Proof, error) {
	set := who.Standing.Codes
	if who.Standing.Left == 0 {
		return Proof{}, wrong("wrong_code", nil)
	}
	var v backupSecret
	if err := s.open(set, &v); err != nil {
		return Proof{}, err
	}
	hash := factor.HashBackupCode(v.Key, a.Code)
	if hash == nil {
		return Proof{}, wrong("wrong_code", nil)
	}
	err := s.DB.UnusedBackupCode(ctx, set.TenantID, set.ID, hash)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = wrong("wrong_code", nil)
	}
	return Proof{factor: set, hash: hash}, err
}

func (b backupCode) use(ctx context.Context, tx *store.Tx, p Proof) error {
	if err := tx.UseBackupCode(ctx, p.factor.TenantID, p.factor.ID, p.hash, p.s.Now()); err != nil {
		return err
	}
	return b.plain.use(ctx, tx, p)
}

// standIn is what the use of a backup code entails: whoever needs one lost something.
func (p Proof) standIn(ctx context.Context, tx *store.Tx, actor sallyport.Actor) (Used, []sallyport.Event, error) {
	f, now := p.factor, p.s.Now()
	left, err := tx.CountBackupCodes(ctx, f.TenantID, f.ID)
	if err != nil {
		return Used{}, nil, err
	}
	events, err := device.EndTrust(ctx, tx, actor, f.UserID, "", ReasonBackupCode, now)
	if err != nil {
		return Used{}, nil, err
	}
	remaining := int(left)
	if err := p.s.Alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.BackupCodeUsed, User: p.who.User, Client: actor.Client, About: link.About{SessionID: actor.SessionID}, Policy: p.who.Policy, At: now,
		Data: notify.Data{Remaining: &remaining},
	}); err != nil {
		return Used{}, nil, err
	}
	e := audit.New(actor, audit.BackupCodeUsed, now)
	e.UserID, e.TargetID, e.Data = f.UserID, f.ID, map[string]string{"remaining": strconv.Itoa(remaining)}
	return Used{Method: p.Method, Left: remaining}, append(events, e), nil
}

// IssueBackupCodes makes a new set of backup codes in the caller's transaction,
// which has locked the user, and returns them, which is the only time they are
// shown, with the events. The former set stops working.
func (s *Service) IssueBackupCodes(ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User) ([]string, []sallyport.Event, error) {
	live, err := tx.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return nil, nil, err
	}
	now := s.Now()
	for _, f := range live {
		if f.Method == sallyport.MethodBackupCodes {
			if err := drop(ctx, tx, f, ReasonReplaced, s); err != nil {
				return nil, nil, err
			}
		}
	}
	f := store.Factor{Factor: sallyport.Factor{
		ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: sallyport.MethodBackupCodes,
		Status: sallyport.FactorActive, CreatedAt: now, VerifiedAt: now,
	}}
	key := factor.NewBackupKey()
	if f.Secret, err = s.seal(f.Factor, backupSecret{key}); err != nil {
		return nil, nil, err
	}
	if err := tx.AddFactor(ctx, f); err != nil {
		return nil, nil, err
	}
	codes := factor.NewBackupCodes(p.MFABackupCodes)
	hashes := make([][]byte, len(codes))
	for i, c := range codes {
		hashes[i] = factor.HashBackupCode(key, c)
	}
	if err := tx.AddBackupCodes(ctx, f.TenantID, f.ID, hashes); err != nil {
		return nil, nil, err
	}
	e := audit.New(actor, audit.BackupCodesMade, now)
	e.UserID, e.TargetID, e.Data = u.ID, f.ID, map[string]string{"count": strconv.Itoa(len(codes))}
	return codes, []sallyport.Event{e}, nil
}

// dropKnownCodes takes away the backup codes that whoever added f has seen: they came
// with it, or were made since.
func (s *Service) dropKnownCodes(ctx context.Context, tx *store.Tx, actor sallyport.Actor, st Standing, f store.Factor) ([]sallyport.Event, error) {
	i := slices.IndexFunc(st.Live, func(o store.Factor) bool {
		return o.Method == sallyport.MethodBackupCodes && o.ID != f.ID && !o.VerifiedAt.Before(f.VerifiedAt)
	})
	if i < 0 {
		return nil, nil
	}
	codes := st.Live[i]
	e := audit.New(actor, audit.MethodRemoved, s.Now())
	e.UserID, e.TargetID, e.Data = codes.UserID, codes.ID, map[string]string{"method": codes.Method, "reason": ReasonNotMe}
	return []sallyport.Event{e}, drop(ctx, tx, codes, ReasonNotMe, s)
}
