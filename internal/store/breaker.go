package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport"
)

// breaker refuses work at once while the database is known not to answer, so that nobody waits for
// what will not come. What finds that out, and that it answers again, is heart on PostgreSQL and
// rival on SQLite. A slow statement alone is no reason: others are answered meanwhile.
type breaker struct {
	log   *slog.Logger
	state atomic.Pointer[period]
	mu    sync.Mutex // who changes the state

	begun   time.Time
	heard   atomic.Int64 // when the database answered last, as a duration since begun
	waiting atomic.Int64 // how many wait for an answer
	suspect atomic.Bool  // somebody failed without an answer
}

// period is a time in which the database answers, or one in which it is away.
type period struct {
	away  bool
	since time.Time
	ctx   context.Context //nolint:containedctx // what is under way ends with the period
	end   context.CancelFunc
}

var errAway = &sallyport.Error{Code: sallyport.CodeUnavailable, Detail: "database", Err: errors.New("the database does not answer")}

func newBreaker(log *slog.Logger) *breaker {
	b := &breaker{log: log, begun: time.Now()}
	b.state.Store(newPeriod(false))
	return b
}

func newPeriod(away bool) *period {
	p := &period{away: away, since: time.Now()}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p
}

// bind returns ctx such that it ends when the database is found to be away, and an error when it
// is. The function that it returns must be called.
func (b *breaker) bind(ctx context.Context) (context.Context, context.CancelFunc, error) {
	p := b.state.Load()
	if p.away {
		return ctx, func() {}, errAway
	}
	b.waiting.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
		b.waiting.Add(-1)
	}, nil
}

// answered notes what the database answered to a statement: an error of its own is an answer too.
func (b *breaker) answered(err error) {
	if heardIn(err) {
		b.heard.Store(int64(time.Since(b.begun)))
		return
	}
	b.suspect.Store(true)
}

// heardSince reports whether the database has answered anybody since then.
func (b *breaker) heardSince(then time.Time) bool {
	return b.begun.Add(time.Duration(b.heard.Load())).After(then)
}

// heardIn reports whether err is the word of a database that works. One that starts, stops or
// recovers answers too, and nothing but that.
func heardIn(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code[:min(4, len(pg.Code))] != "57P0"
	}
	return err == nil || errors.Is(err, sallyport.ErrNotFound)
}

// open ends what is under way and refuses what comes, until close. It reports whether that is new.
func (b *breaker) open(why error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.state.Load()
	if p.away {
		return false
	}
	b.state.Store(newPeriod(true))
	p.end()
	b.log.Error("the database does not answer: requests are refused until it does", "cause", why)
	return true
}

// close lets work begin again.
func (b *breaker) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.state.Load()
	if !p.away {
		return
	}
	b.state.Store(newPeriod(false))
	p.end()
	b.log.Info("the database answers again", "after", time.Since(p.since).Round(time.Millisecond))
}

// Available reports whether the database answers, as far as is known. While it does not, everything
// that needs it is refused at once, with CodeUnavailable.
func (s *Store) Available() bool { return !s.breaker.state.Load().away }
