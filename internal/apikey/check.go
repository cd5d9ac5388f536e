package apikey

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Look returns the key with this text, with its user. Errors: CodeNotSignedIn for an unknown one,
// CodeKeyEnded, CodeAccountDisabled, CodeAccountClosed, or CodeUnavailable when the database
// cannot answer.
func (s *Service) Look(ctx context.Context, tenantID, secret string) (sallyport.Checked, error) {
	c, _, err := s.look(ctx, tenantID, secret)
	return c, err
}

// look returns what is remembered of the key, too; nil when the database was asked.
func (s *Service) look(ctx context.Context, tenantID, secret string) (sallyport.Checked, *recall.Known, error) {
	hash, ok := token.ParseKey(token.APIKey, secret)
	if !ok {
		return sallyport.Checked{}, nil, sallyport.ErrNotSignedIn
	}
	if k := s.checker.Recall(tenantID, hash); k != nil {
		c := k.Checked()
		if s.judge(&c) == nil {
			return c, k, nil
		}
		s.checker.Forget(k) // memory knows only who is let in
	}
	c, err := s.checker.CheckKey(ctx, tenantID, hash)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = sallyport.ErrNotSignedIn
	}
	if err == nil {
		err = s.judge(&c)
	}
	if err != nil {
		return sallyport.Checked{}, nil, err
	}
	return c, nil, nil
}

// judge returns nil for a key that is good now.
func (s *Service) judge(c *sallyport.Checked) error {
	now := s.acts.Now()
	if c.Key.Status(now) != sallyport.KeyActive || c.Key.Former && !now.Before(c.Key.FormerEndsAt) {
		return errEnded
	}
	switch c.User.Status {
	case sallyport.UserActive, sallyport.UserService:
		return nil
	case sallyport.UserClosed:
		return &sallyport.Error{Code: sallyport.CodeAccountClosed}
	}
	return &sallyport.Error{Code: sallyport.CodeAccountDisabled}
}

var errEnded = &sallyport.Error{Code: sallyport.CodeKeyEnded}

// Check is Look for a program at an address, and counts as a use of the key. CodeKeyNetwork where the
// key does not work from there.
func (s *Service) Check(ctx context.Context, tenantID, secret string, from func() sallyport.Client) (sallyport.Checked, error) {
	c, known, err := s.look(ctx, tenantID, secret)
	if err != nil {
		return c, err
	}
	now := s.acts.Now()
	if len(c.Key.Networks) == 0 && !s.uses.due(&c.Key, now) {
		return c, nil
	}
	at := from()
	if !c.Key.From(at.IPAddress) {
		return sallyport.Checked{}, &sallyport.Error{Code: sallyport.CodeKeyNetwork}
	}
	s.uses.note(&c.Key, at, now)
	known.Use(now)
	return c, nil
}

// noteEvery is how old the recorded last use of a key must be before a new one is written.
const noteEvery = time.Minute

// uses collects uses of keys until the next Flush, so that a check writes nothing. A crash loses
// these times, and nothing else.
type uses struct {
	mu      sync.RWMutex
	pending map[string]store.KeyUse // by id of the key
}

// due reports whether a use of the key is to be noted.
func (u *uses) due(k *sallyport.APIKey, now time.Time) bool {
	u.mu.RLock()
	defer u.mu.RUnlock()
	last := u.pending[k.ID].At
	return now.Sub(k.UsedAt) >= noteEvery && now.Sub(last) >= noteEvery
}

func (u *uses) note(k *sallyport.APIKey, from sallyport.Client, now time.Time) {
	if !u.due(k, now) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.pending == nil {
		u.pending = map[string]store.KeyUse{}
	}
	u.pending[k.ID] = store.KeyUse{TenantID: k.TenantID, KeyID: k.ID, At: now, IP: from.IPAddress, Location: from.Location}
}

// refresh sets the last uses of keys to the collected ones, where those are newer.
func (u *uses) refresh(keys []sallyport.APIKey) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	for i := range keys {
		k := &keys[i]
		if p, ok := u.pending[k.ID]; ok && p.At.After(k.UsedAt) {
			k.UsedAt, k.UsedIP, k.UsedLocation = p.At, p.IP, p.Location
		}
	}
}

// Flush writes the collected uses.
func (s *Service) Flush(ctx context.Context) error {
	s.uses.mu.Lock()
	batch := slices.SortedFunc(maps.Values(s.uses.pending), func(x, y store.KeyUse) int { return cmp.Compare(x.KeyID, y.KeyID) })
	s.uses.pending = nil
	s.uses.mu.Unlock()
	for part := range slices.Chunk(batch, 200) {
		if err := s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.TouchKeys(ctx, part) }); err != nil {
			return err // last uses that are lost are exact to the next one
		}
	}
	return nil
}
