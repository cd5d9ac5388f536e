package account

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// mostGuessed is how many accounts and networks are told at most: those with the most failures.
const mostGuessed = 25

// Guesses are the failed attempts of a window, summed up.
type Guesses[T any] struct {
	Rows []T
	// Since is from when on failed attempts were looked at. Cut: that is not the beginning of the window,
	// since there were too many.
	Since time.Time
	Cut   bool
}

// GuessedAccount is a name that somebody failed to sign in with.
type GuessedAccount struct {
	store.Guessed
	User  sallyport.User  // who has it; zero when nobody does
	Locks []throttle.Held // by failed attempts
}

// GuessingNetwork is a network from which somebody failed to sign in.
type GuessingNetwork struct {
	store.Guessing
	Block sallyport.NetworkBlock // that covers it; zero for none
}

// GuessedAccounts returns whom most attempts of the last while failed for: accounts, and names
// that nobody has, as they were typed. It needs sessions.view.
func (s *Service) GuessedAccounts(ctx context.Context, actor sallyport.Actor, while time.Duration) (out Guesses[GuessedAccount], err error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return out, err
	}
	now := s.acts.Now()
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return out, err
	}
	found, err := s.acts.MostGuessed(ctx, actor.TenantID, now.Add(-while), mostGuessed)
	if err != nil {
		return out, err
	}
	counters := throttle.Counters{TenantID: actor.TenantID, Policy: p, Now: now}
	for _, g := range found {
		row := GuessedAccount{Guessed: g, User: sallyport.User{Email: g.Email}}
		u, err := s.acts.UserByEmail(ctx, actor.TenantID, g.Email)
		switch {
		case err == nil:
			row.User = withoutFactors(u)
		case !errors.Is(err, sallyport.ErrNotFound):
			return out, err
		}
		if row.Locks, err = counters.Held(ctx, s.acts.Queries, row.User); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	out.Since, out.Cut, err = s.lookedBack(ctx, actor.TenantID, now.Add(-while))
	return out, err
}

// GuessingNetworks returns from where most attempts of the last while failed. It needs
// sessions.view.
func (s *Service) GuessingNetworks(ctx context.Context, actor sallyport.Actor, while time.Duration) (out Guesses[GuessingNetwork], err error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return out, err
	}
	now := s.acts.Now()
	found, err := s.acts.MostGuessing(ctx, actor.TenantID, now.Add(-while), mostGuessed)
	if err != nil {
		return out, err
	}
	for _, g := range found {
		row := GuessingNetwork{Guessing: g}
		row.Block, err = s.acts.BlockOf(ctx, actor.TenantID, g.Network, now)
		if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	out.Since, out.Cut, err = s.lookedBack(ctx, actor.TenantID, now.Add(-while))
	return out, err
}

// lookedBack returns from when on attempts are looked at, and whether that is later than asked.
func (s *Service) lookedBack(ctx context.Context, tenantID string, since time.Time) (time.Time, bool, error) {
	at, err := s.acts.LookedBackTo(ctx, tenantID, since)
	if err != nil || at.IsZero() {
		return since, false, err
	}
	return at, true, nil
}

// SeenAttempt is one attempt with what an admin wants to know of it.
type SeenAttempt struct {
	sallyport.Attempt
	User  sallyport.User         // zero when nobody has the name
	Locks []throttle.Held        // of the account now
	Block sallyport.NetworkBlock // of the address now; zero for none
}

// AttemptByID returns one attempt of the organisation. It needs sessions.view.
func (s *Service) AttemptByID(ctx context.Context, actor sallyport.Actor, id string) (out SeenAttempt, err error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return out, err
	}
	if out.Attempt, err = s.acts.AttemptOf(ctx, actor.TenantID, id); err != nil {
		return out, err
	}
	now := s.acts.Now()
	p, err := s.acts.Policy(ctx, actor.TenantID)
	if err != nil {
		return out, err
	}
	out.User.Email = out.Email
	if out.UserID != "" {
		u, err := s.acts.User(ctx, actor.TenantID, out.UserID)
		switch {
		case err == nil:
			out.User = withoutFactors(u)
		case !errors.Is(err, sallyport.ErrNotFound): // an invitation that was withdrawn
			return out, err
		}
	}
	counters := throttle.Counters{TenantID: actor.TenantID, Policy: p, Now: now}
	if out.Locks, err = counters.Held(ctx, s.acts.Queries, out.User); err != nil {
		return out, err
	}
	out.Block, err = s.blockOf(ctx, actor.TenantID, out.IPAddress)
	return out, err
}

// blockOf returns the block of an address, zero for none.
func (s *Service) blockOf(ctx context.Context, tenantID, address string) (sallyport.NetworkBlock, error) {
	p, _ := parseBlocked(address)
	b, err := s.acts.BlockOf(ctx, tenantID, p, s.acts.Now())
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return b, err
}
