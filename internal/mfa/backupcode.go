package mfa

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// backupCode is a set of codes kept on paper, each valid once. It has no enrolment: a
// set is issued with the first second factor.
type backupCode struct{ plain }

// backupSecret is the sealed part of a set.
type backupSecret struct {
	Key []byte `json:"key,omitempty"` // key for the hashes of the codes
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
	err := s.Acts.UnusedBackupCode(ctx, set.TenantID, set.ID, hash)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = wrong("wrong_code", nil)
	}
	return Proof{factor: set, hash: hash}, err
}

func (b backupCode) use(ctx context.Context, a *act.Act, p Proof) error {
	if err := a.UseBackupCode(ctx, p.factor.TenantID, p.factor.ID, p.hash, a.Now); err != nil {
		return err
	}
	if err := Saved(ctx, a); err != nil { // whoever has one has saved them
		return err
	}
	return b.plain.use(ctx, a, p)
}

// standIn does what follows a backup code, whose user has lost something.
func (p Proof) standIn(ctx context.Context, a *act.Act) (Used, error) {
	left, err := a.CountBackupCodes(ctx, p.factor.TenantID, p.factor.ID)
	if err != nil {
		return Used{}, err
	}
	if err := a.EndTrustOf(ctx, "", ReasonBackupCode); err != nil {
		return Used{}, err
	}
	// Its owner is back: what others failed at counts no more.
	if _, err := a.Counters().LiftFactors(ctx, a.Tx, a.User); err != nil {
		return Used{}, err
	}
	remaining := int(left)
	a.Note(audit.BackupCodeUsed, act.About{Target: p.factor.ID}, "remaining", strconv.Itoa(remaining))
	return Used{Method: p.Method, Left: remaining}, a.Tell(ctx, act.Alert{
		Kind: notify.BackupCodeUsed, Client: a.Actor.Client, About: link.About{SessionID: a.Actor.SessionID}, Data: notify.Data{Remaining: &remaining},
	})
}

// issueBackupCodes makes a new set of backup codes for the act's user and returns them;
// they are never shown again. The former set stops working.
func (s *Service) issueBackupCodes(ctx context.Context, a *act.Act) ([]string, error) {
	u := a.User
	live, err := a.LiveFactors(ctx, u.TenantID, u.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range live {
		if f.Method == sallyport.MethodBackupCodes {
			if err := drop(ctx, a, f, ReasonReplaced); err != nil {
				return nil, err
			}
		}
	}
	f, codes, err := s.addCodes(ctx, a, a.Policy.MFABackupCodes, time.Time{})
	if err != nil {
		return nil, err
	}
	a.Note(audit.BackupCodesMade, act.About{Target: f.ID}, "count", strconv.Itoa(len(codes)))
	return codes, nil
}

// addCodes adds a set of n codes for the act's user, which ends at a time; zero for never.
func (s *Service) addCodes(ctx context.Context, a *act.Act, n int, until time.Time) (f store.Factor, codes []string, err error) {
	u := a.User
	f.Factor = sallyport.Factor{
		ID: token.NewID(), TenantID: u.TenantID, UserID: u.ID, Method: sallyport.MethodBackupCodes,
		Status: sallyport.FactorActive, CreatedAt: a.Now, VerifiedAt: a.Now, ExpiresAt: until,
	}
	if a.Actor.UserID != u.ID { // somebody hands them over, who keeps them until then
		f.SavedAt = a.Now
	}
	key := factor.NewBackupKey()
	if f.Secret, err = s.seal(f, backupSecret{key}); err != nil {
		return f, nil, err
	}
	if err := a.AddFactor(ctx, f); err != nil {
		return f, nil, err
	}
	codes = factor.NewBackupCodes(n)
	hashes := make([][]byte, len(codes))
	for i, c := range codes {
		hashes[i] = factor.HashBackupCode(key, c)
	}
	return f, codes, a.AddBackupCodes(ctx, f.TenantID, f.ID, hashes)
}

// takeBackHanded ends the code that was handed over after a reset, since what it stood for is there.
func takeBackHanded(ctx context.Context, a *act.Act, st *Standing) error {
	for _, f := range st.Live {
		if !f.HandedOver() {
			continue
		}
		if _, err := act.Ignore(drop(ctx, a, f, ReasonReplaced)); err != nil {
			return err
		}
		if f.ID == st.Codes.ID {
			st.Codes, st.Left = store.Factor{}, 0
		}
	}
	return nil
}

// VoidBackupCodes ends the backup codes of the act's user, and returns how many sets there were.
func VoidBackupCodes(ctx context.Context, a *act.Act, reason string) (n int, err error) {
	live, err := a.LiveFactors(ctx, a.User.TenantID, a.User.ID)
	if err != nil {
		return 0, err
	}
	for _, f := range live {
		if f.Method != sallyport.MethodBackupCodes {
			continue
		}
		n++
		a.Note(audit.MethodRemoved, act.About{Target: f.ID}, "method", f.Method, "reason", reason)
		if err := drop(ctx, a, f, reason); err != nil {
			return n, err
		}
	}
	return n, nil
}

// dropKnownCodes removes the backup codes that the person who added f has seen: they
// were issued with it, or later.
func dropKnownCodes(ctx context.Context, a *act.Act, st Standing, f store.Factor) error {
	i := slices.IndexFunc(st.Live, func(o store.Factor) bool {
		return o.Method == sallyport.MethodBackupCodes && o.ID != f.ID && !o.VerifiedAt.Before(f.VerifiedAt)
	})
	if i < 0 {
		return nil
	}
	codes := st.Live[i]
	a.Note(audit.MethodRemoved, act.About{Target: codes.ID}, "method", codes.Method, "reason", ReasonNotMe)
	return drop(ctx, a, codes, ReasonNotMe)
}
