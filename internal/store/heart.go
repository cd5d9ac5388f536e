package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// heart listens whether PostgreSQL answers, on a connection of its own: of the others all may be
// waiting for a lock. It asks once a second, four times a second while somebody waits and nobody was
// answered, and at once when somebody failed without an answer. When for silence a question and everybody else got no answer, the breaker opens;
// from then on it asks on a new connection each time, and the first answer closes it.
//
//	the database goes ─ at most 300 ms ─ a question ─ 700 ms ─ open
//	it comes back ─ at most 400 ms ─ a question ─ its answer ─ closed
type heart struct {
	breaker *breaker
	config  *pgx.ConnConfig
	pools   func() // ends the idle connections of the pools
	now     func() time.Time

	conn    *pgx.Conn // of the next question; nil for a new one
	flying  int       // questions without an answer yet
	asked   time.Time // when the last one began
	silent  int       // beats since then in which nobody was answered
	answers chan reply

	skew   atomic.Int64 // how far the database's clock is ahead of ours
	stop   context.CancelFunc
	ending chan struct{}
}

const (
	beat        = 50 * time.Millisecond
	askIdle     = time.Second            // while nobody waits
	askBusy     = 250 * time.Millisecond // while somebody waits
	askAway     = 400 * time.Millisecond // while it is away
	silence     = 700 * time.Millisecond
	oneQuestion = 2 * time.Second // with one question, after hosts that are silent
	questions   = 5               // at most, at a time
)

// reply is what came of a question.
type reply struct {
	conn  *pgx.Conn
	err   error
	asked time.Time
	skew  time.Duration
}

func startHeart(b *breaker, config *pgx.ConnConfig, now func() time.Time, pools func()) *heart {
	ctx, stop := context.WithCancel(context.Background())
	config = config.Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // it leaves no statement behind in a pooler
	h := &heart{breaker: b, config: config, pools: pools, now: now, asked: time.Now(), answers: make(chan reply, questions), stop: stop, ending: make(chan struct{})}
	go h.run(ctx)
	return h
}

// close ends it, with its connection.
func (h *heart) close() {
	h.stop()
	<-h.ending
}

func (h *heart) run(ctx context.Context) {
	defer close(h.ending)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			for ; h.flying > 0; h.flying-- {
				h.keep((<-h.answers).conn)
			}
			h.keep(nil)
			return
		case a := <-h.answers:
			h.take(a)
		case <-ticker.C:
			h.beat(ctx)
		}
	}
}

// keep makes conn the connection of the next question, and ends the one before.
func (h *heart) keep(conn *pgx.Conn) {
	if h.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), beat)
		defer cancel()
		h.conn.Close(ctx) //nolint:errcheck // it is not needed any more
	}
	h.conn = conn
}

func (h *heart) beat(ctx context.Context) {
	since := time.Since(h.asked)
	if h.breaker.state.Load().away {
		if since >= askAway && h.flying < questions {
			h.keep(nil)
			h.ask(ctx)
		}
		return
	}
	if h.flying == 0 {
		wanted := h.breaker.waiting.Load() > 0 && !h.breaker.heardSince(time.Now().Add(-askBusy))
		if h.breaker.suspect.Swap(false) || wanted && since >= askBusy || since >= askIdle {
			h.ask(ctx)
		}
		return
	}
	// Beats are counted, and not the time: a machine that stood still for a second has heard nothing
	// either.
	if h.silent++; h.breaker.heardSince(h.asked) {
		h.silent = 0
	}
	if h.silent >= int(silence/beat) {
		h.away(errors.New("no answer"))
	}
}

func (h *heart) away(why error) {
	if h.breaker.open(why) {
		go h.pools()
	}
}

// ask sends a question.
func (h *heart) ask(ctx context.Context) {
	conn := h.conn
	h.conn, h.asked, h.silent = nil, time.Now(), 0
	h.flying++
	go func() {
		silent := time.Duration(hosts(h.config)-1) * h.config.ConnectTimeout
		ctx, cancel := context.WithTimeout(ctx, silent+oneQuestion)
		defer cancel()
		h.answers <- h.question(ctx, conn)
	}()
}

// question asks on conn, and on a new connection when that one has ended.
func (h *heart) question(ctx context.Context, conn *pgx.Conn) (a reply) {
	a.asked = time.Now()
	for range 2 {
		fresh := conn == nil
		if fresh {
			if conn, a.err = pgx.ConnectConfig(ctx, h.config); a.err != nil {
				return a
			}
		}
		before := h.now()
		var micros int64
		a.err = conn.QueryRow(ctx, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)").Scan(&micros)
		if a.err == nil {
			a.conn, a.skew = conn, apart(fromMicros(micros), before, h.now())
			return a
		}
		ended, cancel := context.WithTimeout(context.WithoutCancel(ctx), beat)
		conn.Close(ended) //nolint:errcheck // it is not needed any more
		cancel()
		if conn = nil; fresh {
			return a
		}
	}
	return a
}

// apart returns how far a clock that was read between before and after is ahead, as far as that is
// certain.
func apart(theirs, before, after time.Time) time.Duration {
	switch {
	case theirs.Before(before):
		return theirs.Sub(before)
	case theirs.After(after):
		return theirs.Sub(after)
	}
	return 0
}

// take acts on an answer.
func (h *heart) take(a reply) {
	h.flying--
	if a.conn != nil {
		h.keep(a.conn)
	}
	if heardIn(a.err) {
		if a.err == nil {
			h.tellSkew(a.skew)
		}
		h.breaker.answered(nil)
		h.breaker.close()
		return
	}
	if !h.breaker.heardSince(a.asked) {
		h.away(a.err)
	}
}

// MaxSkew is how far the clocks of a node and of its database may differ before that is told.
const MaxSkew = time.Second

// tellSkew keeps how far apart the clocks are, and logs when that begins to be much, or ends.
func (h *heart) tellSkew(d time.Duration) {
	before := time.Duration(h.skew.Swap(int64(d)))
	if was, is := before.Abs() > MaxSkew, d.Abs() > MaxSkew; is && !was {
		h.breaker.log.Warn("the clocks of this machine and the database's differ: let both follow a time server (NTP)", "database_ahead", d.Round(time.Millisecond))
	} else if was && !is {
		h.breaker.log.Info("the clocks of this machine and the database's agree again")
	}
}

// Skew returns how far the clock of the database's machine was ahead of ours when it was last asked; 0
// on SQLite, which has our clock.
func (s *Store) Skew() time.Duration {
	if s.heart == nil {
		return 0
	}
	return time.Duration(s.heart.skew.Load())
}

// dialing opens no connection while the database is away, and gives up those that are being opened
// then: a pool would count them as open when it is back.
type dialing struct {
	driver.Connector
	breaker *breaker
}

func (d dialing) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, done, err := d.breaker.bind(ctx)
	defer done()
	if err != nil {
		return nil, err
	}
	c, err := d.Connector.Connect(ctx)
	if err != nil {
		d.breaker.answered(err)
	}
	return c, err
}

// drain ends the idle connections of pools: what waits there was cut off, and nobody knows.
func drain(pools ...*sql.DB) {
	for _, p := range pools {
		p.SetMaxIdleConns(-1)
		p.SetMaxIdleConns(p.Stats().MaxOpenConnections)
	}
}
