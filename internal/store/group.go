package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sallyport/sallyport"
)

// On SQLite those who wait to write become a group, with those who come while it is at work. Its
// members' functions run in one transaction, one after the other in one goroutine, so that they
// share the wait for the disk at its commit:
//
//	BEGIN ─ SAVEPOINT ─ first ─ RELEASE ─ SAVEPOINT ─ second ─ ROLLBACK TO, RELEASE ─ … ─ AtEnd ─ COMMIT ─ all are answered
//
// What a member refuses, or a constraint, undoes that member's changes only. It is answered
// after the commit like everything else, since it may rest on what a member before it
// changed. Any other error of the database undoes the transaction, and each member runs again,
// alone in one of its own, so that nobody suffers from somebody else's error for long.

// A group has at most maxGroup members, and calls no further function after groupTime.
const (
	maxGroup  = 64
	groupTime = 100 * time.Millisecond
)

// group is members who share a transaction.
type group struct {
	store   *Store
	members []*member
	tried   bool // together
	at      int  // which member runs next, when each runs alone
}

// serve runs g and the groups after it until nobody waits. A function that ends the goroutine
// (runtime.Goexit, which a failing test calls) has another one go on.
func (s *Store) serve(g *group) {
	done := false
	defer func() {
		if !done {
			go s.serve(g)
		}
	}()
	for g.members != nil {
		g.run()
		runtime.Gosched() // to those who were answered: what they write next can be in the next group
		*g = group{store: s, members: s.queue.next()}
	}
	done = true
}

func (g *group) run() {
	if !g.tried && len(g.members) > 1 {
		g.tried = true
		if g.together() == nil {
			for _, m := range g.members {
				close(m.answered)
			}
			return
		}
	}
	for g.at < len(g.members) {
		m := g.members[g.at]
		g.at++
		g.alone(m)
	}
}

// alone runs a member as if it had not had to wait, unless it ended the goroutine before.
func (g *group) alone(m *member) {
	defer close(m.answered)
	if m.exited || !g.store.queue.begin(m) {
		return
	}
	m.tx = nil
	m.err = m.keep(func() (err error) {
		m.tx, err = g.store.writeOnce(m.ctx, m.until, m.f)
		return err
	})
}

// together runs the members in one transaction. After an error nothing has happened.
func (g *group) together() error {
	ctx := context.Background()
	conn, err := g.connection(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	t, err := g.store.begin(ctx, conn)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after a commit this does nothing
	if err := g.steps(ctx, t); err != nil {
		return err
	}
	if err := g.end(); err != nil {
		return err
	}
	return t.Commit()
}

// connection returns the connection that writes. Others have it now and then, for example
// [Store.Ping].
func (g *group) connection(ctx context.Context) (*sql.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, g.store.timeout)
	defer cancel()
	return g.store.write.Conn(ctx)
}

// steps runs the members, and those who come meanwhile, until nobody waits or the group is large
// enough. An error is one of the whole group.
func (g *group) steps(ctx context.Context, t *sql.Tx) error {
	begun := time.Now()
	for i := 0; ; i++ {
		if i == len(g.members) {
			g.members = append(g.members, g.store.queue.more(maxGroup-i)...)
		}
		switch {
		case i == len(g.members):
			return nil
		case i > 0 && time.Since(begun) > groupTime:
			g.store.queue.giveBack(g.members[i:])
			g.members = g.members[:i]
			return nil
		case !g.store.queue.begin(g.members[i]):
			continue
		}
		if err := g.step(ctx, t, g.members[i]); err != nil {
			return err
		}
	}
}

// step runs one member in a savepoint. An error is one of the whole group.
func (g *group) step(ctx context.Context, t *sql.Tx, m *member) error {
	if _, err := t.ExecContext(ctx, "SAVEPOINT member"); err != nil {
		return err
	}
	tx := &Tx{Queries: Queries{q: g.store.traced(t), engine: g.store.Engine, until: m.until, turn: &turn{}, facts: &facts{}}}
	m.tx = nil
	m.err = m.keep(func() error { return m.f(tx) })
	if err := tx.turn.finish(m.err); err != nil {
		return err
	}
	if m.err == nil {
		m.tx = tx
	} else if _, err := t.ExecContext(ctx, "ROLLBACK TO member"); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, "RELEASE member")
	return err
}

// end does what members registered for the end, each key once, as the first one who did.
func (g *group) end() error {
	done := map[string]bool{}
	for _, m := range g.members {
		if m.tx == nil || len(m.tx.ends) == 0 {
			continue
		}
		m.tx.turn.resume()
		err := m.keep(func() error { return m.tx.end(context.WithoutCancel(m.ctx), done) })
		if err := errors.Join(err, m.tx.turn.finish(err)); err != nil {
			return err
		}
	}
	return nil
}

// turn is the time in which one member may use the transaction that it shares.
type turn struct {
	mu   sync.Mutex
	over bool
	harm error
}

// refusal returns why no statement may run. SQLite may have ended the transaction after an
// error that does harm: the next statement would be one of its own, and stay.
func (t *turn) refusal() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return sql.ErrTxDone
	}
	return t.harm
}

// note keeps the first error that does harm, whatever the function makes of it.
func (t *turn) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.harm == nil && harms(err) {
		t.harm = err
	}
}

// finish ends the turn of a function that returned err, and returns what did harm in it.
func (t *turn) finish(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	var lite *sqlite.Error
	if t.harm == nil && errors.As(err, &lite) && harms(err) {
		t.harm = err
	}
	return t.harm
}

func (t *turn) resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = false
}

// harms reports whether the error of a statement may concern more than the statement. A
// constraint undoes the statement, and no row is no error of the database.
func harms(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff != sqlite3.SQLITE_CONSTRAINT
	}
	var known *sallyport.Error
	return err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.As(err, &known)
}
