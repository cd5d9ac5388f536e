package owndata

import (
	"context"
	"errors"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/pace"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	mostErased   = 500 // rows in one transaction
	fewestErased = 50  // of them, however slow it is
	accounts     = 20  // that are read at a time
)

// Work deletes the accounts whose time has come, of all organisations, in steps with pauses. After an
// error the others follow; a later call goes on. Several nodes may do it at once: a step locks the
// user, and does what is left.
func (s *Service) Work(ctx context.Context) error {
	due, err := s.acts.DueErasures(ctx, s.acts.Now(), accounts)
	if err != nil {
		return err
	}
	var failed error
	for _, e := range due {
		failed = errors.Join(failed, s.erase(ctx, e))
	}
	return failed
}

// erase deletes one account.
func (s *Service) erase(ctx context.Context, e store.Erasure) error {
	if goes, err := s.begin(ctx, e); !goes || err != nil {
		return err
	}
	parts := [2]store.Place{}
	p := pace.Pace{Most: mostErased, Fewest: fewestErased}
	for {
		var done bool
		err := p.Try(ctx, func(size int) (err error) {
			done, err = s.step(ctx, e, &parts, size)
			return err
		})
		if done || err != nil {
			return err
		}
	}
}

// begin makes an account unusable for good, in one transaction, and reports whether it goes. From
// then on the log says that parts of it are gone.
func (s *Service) begin(ctx context.Context, e store.Erasure) (goes bool, err error) {
	need := act.Need{Permission: access.UsersManage} // it may concern an owner: the organisation is locked
	err = s.acts.Run(ctx, sallyport.System(e.TenantID), act.User(e.UserID), need, func(a *act.Act) error {
		if goes = !a.User.ErasingAt.IsZero(); goes {
			return nil
		}
		if kept, err := account.KeepLastOwner(ctx, a); kept || err != nil {
			return err
		}
		if done, err := act.Ignore(a.BeginErasure(ctx, e.TenantID, e.UserID, a.Now)); !done {
			return err
		}
		ended, err := a.RevokeSessions(ctx, act.Sessions{}, act.ReasonDeleted)
		if err != nil {
			return err
		}
		goes = true
		a.Note(audit.DeletionBegun, act.About{}, "sessions", strconv.Itoa(ended))
		return nil
	})
	_, err = act.Ignore(err) // another node has deleted it
	return goes, err
}

// step removes up to size rows in one transaction and, where nothing is left then, the account. It
// reports whether that is gone. parts is how far the personal parts of events about and by the user
// are removed: it saves reading the same events again.
func (s *Service) step(ctx context.Context, e store.Erasure, parts *[2]store.Place, size int) (done bool, err error) {
	var next [2]store.Place
	err = s.acts.Run(ctx, sallyport.System(e.TenantID), act.User(e.UserID), act.Need{}, func(a *act.Act) error {
		r := removal{Act: a, left: size, parts: *parts}
		if err := r.all(ctx); err != nil {
			return err
		}
		next = r.parts
		if done = r.left > 0; !done {
			return nil
		}
		a.Note(audit.AccountDeleted, act.About{})
		return a.EraseUser(ctx, e.TenantID, e.UserID)
	})
	if errors.Is(err, sallyport.ErrNotFound) {
		return true, nil // another node was faster
	}
	if err == nil {
		*parts = next
	}
	return done && err == nil, err
}

// removal is one step.
type removal struct {
	*act.Act
	left  int // rows that it may still remove
	parts [2]store.Place
}

// all removes what it may: the personal parts first, since they are what may be most, and the rows of
// which an address says whose they are before the former addresses are gone.
func (r *removal) all(ctx context.Context) error {
	former, err := r.EveryFormerEmail(ctx, r.User.TenantID, r.User.ID)
	if err == nil {
		err = r.strip(ctx)
	}
	for _, f := range append(former, store.FormerEmail{Email: r.User.Email}) {
		if err == nil && r.left > 0 {
			err = r.count(r.EraseNamed(ctx, r.User.TenantID, f.Email, r.left))
		}
	}
	if err == nil && r.left > 0 {
		err = r.count(r.EraseRows(ctx, r.User.TenantID, r.User.ID, r.left))
	}
	if err == nil && r.left > 0 { // the clocks of nodes differ: what came late may stand before where this has come
		r.parts = [2]store.Place{}
		err = r.strip(ctx)
	}
	return err
}

func (r *removal) count(n int64, err error) error {
	r.left -= int(n)
	return err
}

// strip removes the personal parts of events about the user and by them, from where the step before
// has come.
func (r *removal) strip(ctx context.Context) error {
	for i, of := range []store.PersonalOf{store.PartsAbout, store.PartsBy} {
		if r.left == 0 {
			return nil
		}
		from := r.parts[i]
		found, err := r.PersonalParts(ctx, store.PartsOf{TenantID: r.User.TenantID, UserID: r.User.ID, Of: of, After: from, Limit: r.left})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		seqs := make([]int64, len(found))
		for n, p := range found {
			seqs[n] = p.Seq
		}
		if err := r.EraseParts(ctx, r.User.TenantID, seqs); err != nil {
			return err
		}
		r.left -= len(found)
		r.parts[i] = found[len(found)-1]
	}
	return nil
}
