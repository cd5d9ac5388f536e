package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// touchEvery is how old a session's recorded last activity is at most before a new use is
// written: a minute, and less where the idle time is short, so that nobody who works is taken for
// idle. Another node knows of it when it is written: within 15 seconds, or at once where it is late.
func touchEvery(v *sallyport.Session) time.Duration { return min(time.Minute, v.IdleTimeout/touches) }

// touches is how many uses of a session are written at most within its idle time, where that is
// shorter than half an hour.
const touches = 30

// activity collects uses of sessions until the next Flush, so that a check writes nothing.
// A crash loses these times, and nothing else.
type activity struct {
	mu      sync.RWMutex
	pending map[string]store.Activity // by session id
}

// late reports whether a use comes so shortly before v would be taken for idle that another node could
// do so before the job has written it.
func late(v sallyport.Session, now time.Time) bool {
	return v.LastActivityAt.Add(v.IdleTimeout).Sub(now) < time.Minute
}

// note records that v was used, and reports whether it did: not when that was recorded a moment ago.
func (a *activity) note(v *sallyport.Session, now time.Time) bool {
	if now.Sub(v.LastActivityAt) < touchEvery(v) {
		return false
	}
	a.mu.RLock()
	last, ok := a.pending[v.ID]
	a.mu.RUnlock()
	if ok && now.Sub(last.At) < touchEvery(v) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		a.pending = make(map[string]store.Activity)
	}
	a.pending[v.ID] = store.Activity{TenantID: v.TenantID, SessionID: v.ID, At: now}
	return true
}

// refresh sets v's last activity to the collected one, if that is newer.
func (a *activity) refresh(v *sallyport.Session) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if p, ok := a.pending[v.ID]; ok && p.At.After(v.LastActivityAt) {
		v.LastActivityAt = p.At
	}
}

// forget drops the collected activity of a session that ended.
func (a *activity) forget(sessionID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pending, sessionID)
}

func (a *activity) take() []store.Activity {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch := slices.SortedFunc(maps.Values(a.pending), func(x, y store.Activity) int { return cmp.Compare(x.SessionID, y.SessionID) })
	a.pending = nil
	return batch
}

// giveBack restores a batch that could not be written, without undoing newer uses.
func (a *activity) giveBack(batch []store.Activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		a.pending = make(map[string]store.Activity)
	}
	for _, b := range batch {
		if p, ok := a.pending[b.SessionID]; !ok || p.At.Before(b.At) {
			a.pending[b.SessionID] = b
		}
	}
}

// Flush writes the collected activities, in transactions of limited size.
func (s *Service) Flush(ctx context.Context) error {
	batch := s.activity.take()
	for len(batch) > 0 {
		part := batch[:min(200, len(batch))]
		if err := s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.TouchSessions(ctx, part) }); err != nil {
			s.activity.giveBack(batch)
			return err
		}
		batch = batch[len(part):]
	}
	return nil
}

// bound takes back what was given while a clock was ahead: sessions and blocks of networks would
// outlive their limits by as much.
func (s *Service) bound(ctx context.Context) error {
	tenants, err := s.acts.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		err := s.acts.Keep(ctx, func(tx *store.Tx) error {
			now := s.acts.Now()
			return errors.Join(tx.BoundSessions(ctx, t.ID, now), tx.BoundBlocks(ctx, t.ID, now))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
