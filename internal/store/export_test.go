package store

import (
	"context"
	"database/sql"
)

// HoldAll takes every connection but those of the session check.
func (s *Store) HoldAll(ctx context.Context) (release func(), err error) {
	var held []*sql.Conn
	release = func() {
		for _, c := range held {
			c.Close()
		}
	}
	pools := []*sql.DB{s.write}
	if s.read != s.write {
		pools = append(pools, s.read)
	}
	for _, pool := range pools {
		for range pool.Stats().MaxOpenConnections {
			c, err := pool.Conn(ctx)
			if err != nil {
				release()
				return nil, err
			}
			held = append(held, c)
		}
	}
	return release, nil
}

// BreakWatchers closes the connections of the session check behind its back.
func BreakWatchers(s *Store) {
	for _, w := range s.watchers {
		w.conn.Close()
	}
}
