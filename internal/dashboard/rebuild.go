package dashboard

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

// Progress is how far figures are counted.
type Progress struct {
	Counted, Events int64  // of the log
	People          string // id up to which everybody is counted
}

// Rebuild counts the figures of an organisation anew, from its people and from its log, and calls say
// with how far that is. Nodes that serve may run meanwhile. What the log no longer tells stays as it
// was counted: the figures at the end of past hours, and countries of attempts whose personal parts
// are removed.
func (s *Service) Rebuild(ctx context.Context, tenantID string, say func(Progress)) error {
	if err := s.forget(ctx, tenantID); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = s.step(ctx, tenantID); err != nil {
			return err
		}
		f, err := s.acts.Figures(ctx, tenantID)
		if err != nil {
			return err
		}
		head, err := s.acts.AuditHead(ctx, tenantID)
		if err != nil {
			return err
		}
		say(Progress{f.Counted, head.Size, f.Recounting})
		more = more || f.Counted < head.Size || f.Recounting != store.EverybodyCounted // another node may be at it
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// forget takes back what was counted. While what people count for goes, in steps, no event says whose
// state to count: whoever has been forgotten would be counted twice.
func (s *Service) forget(ctx context.Context, tenantID string) error {
	err := s.hold(ctx, tenantID, func(_ *store.Tx, f *store.Figures) error {
		f.Settled = math.MaxInt64
		f.Tally, f.People, f.Methods, f.Recounting = store.Tally{}, 0, "{}", store.EverybodyCounted
		return nil
	})
	if err != nil {
		return err
	}
	for left := true; left; {
		err := s.acts.Keep(ctx, func(tx *store.Tx) error {
			ids, err := tx.CountedPeople(ctx, tenantID, peopleAtOnce)
			if err != nil {
				return err
			}
			left = len(ids) == peopleAtOnce
			return tx.RemoveFigurePeople(ctx, tenantID, ids)
		})
		if err != nil {
			return err
		}
	}
	first, err := s.acts.FirstPersonal(ctx, tenantID)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	return s.hold(ctx, tenantID, func(tx *store.Tx, f *store.Figures) error {
		head, err := tx.AuditHead(ctx, tenantID)
		if err != nil {
			return err
		}
		f.Counted, f.Settled, f.Recounting = 0, head.Size, ""
		return tx.UncountPast(ctx, tenantID, first.UTC().Truncate(24*time.Hour)) // personal parts go by whole days
	})
}

// hold changes the figures of an organisation. CodeConflict while another node counts them.
func (s *Service) hold(ctx context.Context, tenantID string, change func(*store.Tx, *store.Figures) error) error {
	return s.acts.Keep(ctx, func(tx *store.Tx) error {
		f, err := tx.TakeFigures(ctx, tenantID)
		if errors.Is(err, sallyport.ErrNotFound) {
			return sallyport.Refuse(sallyport.CodeConflict, "another node is counting the figures: try again")
		}
		if err != nil {
			return err
		}
		if err := change(tx, &f); err != nil {
			return err
		}
		return tx.SaveFigures(ctx, f)
	})
}
