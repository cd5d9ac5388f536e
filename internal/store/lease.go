package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

// Nodes on PostgreSQL answer session checks from memory under a lease, which trusts no clock but the
// node's own:
//
//	t0 ─ renewal + 1 ─ commit ─ read the feed ─ drop what it names ─ publish what was seen ─ trusted until t0 + leaseTime - leaseMargin
//
// Whoever changes something waits after the commit until every node has published that it saw the
// change, or until a lease that began before the commit is over. So no check that begins after the
// acknowledgement is answered as before, also by a node that is stopped, cut off or late. A node that
// did not renew for long is removed by the others; it starts anew with an empty memory.
//
// Transactions commit in another order than their numbers. So the feed is not read by number:
// a node reads what its last snapshot did not see.
const (
	leaseTime   = 2 * time.Second
	leaseMargin = 100 * time.Millisecond // for clocks that run at different speeds
	renewEvery  = leaseTime / 4
	goneAfter   = 5 * leaseTime // without a renewal
	pruneEvery  = 30 * time.Second

	pooledEvery = 25 * time.Millisecond // reading the feed behind a pooler, where nobody can be woken
	oneRenewal  = time.Second           // how long the statements of one may take
)

// feedChannel is what nodes are woken by.
const feedChannel = "sallyport_feed"

// lease is the node's own.
type lease struct {
	store  *Store
	memory *recall.Memory
	log    *slog.Logger
	id     string
	seen   snapshot // of the feed; in the words of PostgreSQL:
	said   string
	others *sightings

	wake  chan struct{}
	stop  context.CancelFunc
	ended sync.WaitGroup
}

func (s *Store) startLease(ctx context.Context) error {
	l := &lease{store: s, memory: s.memory, log: s.breaker.log, id: token.NewID(), others: &s.acks.sightings, wake: make(chan struct{}, 1)}
	if err := l.renew(ctx); err != nil {
		return err
	}
	if err := l.bounded(ctx, l.prune); err != nil {
		return err
	}
	ctx, l.stop = context.WithCancel(context.Background())
	l.ended.Go(func() { l.run(ctx) })
	if !s.pooled {
		l.ended.Go(func() { l.listen(ctx) })
	}
	s.lease = l
	return nil
}

// close gives the lease back, so that nobody waits for it.
func (l *lease) close() {
	l.stop()
	l.ended.Wait()
	l.memory.Trust(0) // a renewal that was under way may have trusted it once more
	ctx, cancel := context.WithTimeout(context.Background(), oneRenewal)
	defer cancel()
	if _, err := l.store.control.ExecContext(ctx, "DELETE FROM check_nodes WHERE id = $1", l.id); err != nil {
		l.log.Warn("others wait for this node until it is known to be gone", "error", err)
	}
}

func (l *lease) run(ctx context.Context) {
	renew, second, prune := time.NewTicker(renewEvery), time.NewTicker(time.Second), time.NewTicker(pruneEvery)
	defer renew.Stop()
	defer second.Stop()
	defer prune.Stop()
	var read <-chan time.Time
	if l.store.pooled {
		t := time.NewTicker(pooledEvery)
		defer t.Stop()
		read = t.C
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			l.memory.Tick()
		case <-renew.C:
			err = l.renew(ctx)
		case <-l.wake:
			err = l.bounded(ctx, l.look)
		case <-read:
			err = l.bounded(ctx, l.look)
		case <-prune.C:
			err = l.bounded(ctx, l.prune)
		}
		if err != nil && ctx.Err() == nil {
			l.store.breaker.answered(err) // the trust passes by itself
		}
	}
}

func (l *lease) bounded(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, oneRenewal)
	defer cancel()
	return do(ctx)
}

// renew lets memory answer for another while.
func (l *lease) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, oneRenewal)
	defer cancel()
	began := bootTime()
	var said string
	err := l.store.control.QueryRowContext(ctx, "UPDATE check_nodes SET renewal = renewal + 1 WHERE id = $1 RETURNING CAST(pg_current_snapshot() AS TEXT)", l.id).Scan(&said)
	if errors.Is(err, sql.ErrNoRows) {
		said, err = l.register(ctx)
	}
	if err != nil {
		return err
	}
	news, err := l.read(ctx)
	if err == nil && !news {
		err = l.advance(said)
	}
	if err != nil {
		return err
	}
	l.memory.Trust(began + int64(leaseTime-leaseMargin))
	return l.removeGone(ctx)
}

// register begins anew: others did not wait for this node, so that nothing it remembers is sure. Its renewals
// count on from a number that it never had: others, who remember since when they see the last one, would
// take it for gone.
func (l *lease) register(ctx context.Context) (said string, err error) {
	l.memory.Trust(0)
	err = l.store.control.QueryRowContext(ctx, "INSERT INTO check_nodes (id, renewal, seen) VALUES ($1, $2, CAST(pg_current_snapshot() AS TEXT)) RETURNING seen", l.id, bootTime()).Scan(&said)
	if err != nil {
		return "", err
	}
	l.memory.Clear()
	return said, l.advance(said)
}

// read forgets what the feed names, and then publishes that. It reports whether there was any: otherwise
// nobody waits.
func (l *lease) read(ctx context.Context) (news bool, err error) {
	list, said, err := l.news(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	l.memory.Drop(list)
	if _, err := l.store.control.ExecContext(ctx, "UPDATE check_nodes SET seen = $2 WHERE id = $1", l.id, said); err != nil {
		return true, err
	}
	return true, l.advance(said)
}

func (l *lease) look(ctx context.Context) error {
	_, err := l.read(ctx)
	return err
}

// advance makes a snapshot the one that the next reading of the feed begins after. It is one that was
// committed, or older than a commit: after a crash PostgreSQL gives the numbers of transactions anew
// that left no trace on the disk, and a snapshot that has them for over would miss what they write then.
func (l *lease) advance(said string) (err error) {
	if l.seen, err = parseSnapshot(said); err == nil {
		l.said = said
	}
	return err
}

// news returns what was committed since the last snapshot, with the one in which that was read.
func (l *lease) news(ctx context.Context) (list []recall.Fact, said string, err error) {
	rows, err := l.store.control.QueryContext(ctx, `SELECT CAST(pg_current_snapshot() AS TEXT), COALESCE(f.tenant_id, ''), COALESCE(f.scope, ''), COALESCE(f.subject, '')
		FROM (SELECT 1) AS one LEFT JOIN session_feed f ON f.xid >= $1 AND NOT pg_visible_in_snapshot(CAST(CAST(f.xid AS TEXT) AS XID8), CAST($2 AS PG_SNAPSHOT))`, l.seen.xmin, l.said)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var f recall.Fact
		if err := rows.Scan(&said, &f.TenantID, &f.Scope, &f.ID); err != nil {
			return nil, "", err
		}
		if f.Scope != "" {
			list = append(list, f)
		}
	}
	return list, said, rows.Err()
}

// removeGone removes nodes that did not renew for long. The removed row says which renewal was seen:
// a node that renews meanwhile stays.
func (l *lease) removeGone(ctx context.Context) error {
	found, err := nodesOf(ctx, l.store.control)
	if err != nil {
		return err
	}
	for _, n := range found {
		if n.id == l.id || l.others.unmoved(n) < goneAfter {
			continue
		}
		if _, err := l.store.control.ExecContext(ctx, "DELETE FROM check_nodes WHERE id = $1 AND renewal = $2", n.id, n.renewal); err != nil {
			return err
		}
	}
	return nil
}

// pruneFeed deletes what every node has seen, and what a backup of another cluster has, whose numbers are
// higher: nobody remembers anything from before it was restored.
const pruneFeed = `DELETE FROM session_feed WHERE xid > CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) OR NOT EXISTS (SELECT 1 FROM check_nodes n
	WHERE NOT pg_visible_in_snapshot(CAST(CAST(session_feed.xid AS TEXT) AS XID8), CAST(n.seen AS PG_SNAPSHOT)))`

func (l *lease) prune(ctx context.Context) error {
	_, err := l.store.control.ExecContext(ctx, pruneFeed)
	return err
}

// listen wakes the node when somebody has written to the feed. Where the connection is lost, it reads
// the feed at its next renewal.
func (l *lease) listen(ctx context.Context) {
	for ctx.Err() == nil {
		l.listenOnce(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(renewEvery):
		}
	}
}

func (l *lease) listenOnce(ctx context.Context) {
	conn, err := pgx.ConnectConfig(ctx, l.store.config)
	if err != nil {
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), beat)
		defer cancel()
		conn.Close(ctx) //nolint:errcheck // it is not needed any more
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+feedChannel); err != nil {
		return
	}
	for {
		l.wakeUp() // also for what came before it listened
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return
		}
	}
}

func (l *lease) wakeUp() {
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// nodeRow is a node that may answer from memory.
type nodeRow struct {
	id      string
	renewal int64
	seen    snapshot
}

func nodesOf(ctx context.Context, db *sql.DB) (out []nodeRow, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, renewal, seen FROM check_nodes")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n nodeRow
		var said string
		if err := rows.Scan(&n.id, &n.renewal, &said); err != nil {
			return nil, err
		}
		if n.seen, err = parseSnapshot(said); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// sightings are when the renewals of nodes were first seen, by this program's clock.
type sightings struct {
	mu sync.Mutex
	of map[string]sighting
}

type sighting struct {
	renewal int64
	at      time.Time
}

// unmoved returns for how long a node has not renewed, as far as that was seen.
func (s *sightings) unmoved(n nodeRow) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if was, ok := s.of[n.id]; ok && was.renewal == n.renewal {
		return now.Sub(was.at)
	}
	if s.of == nil || len(s.of) > 1000 { // ids of programs that are gone
		s.of = map[string]sighting{}
	}
	s.of[n.id] = sighting{n.renewal, now}
	return 0
}
