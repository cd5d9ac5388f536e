package store

import "context"

// CheckKeys implements seal.Installation: f gets every check value by key id, and the value
// it returns is stored. Other nodes wait meanwhile, so that two nodes with different keys
// cannot both start on a new installation.
func (s *Store) CheckKeys(ctx context.Context, f func(stored map[string][]byte) (id string, check []byte, err error)) error {
	return s.Write(ctx, func(tx *Tx) error {
		if tx.engine == Postgres { // SQLite has only one writer
			if _, err := tx.exec(ctx, "LOCK TABLE key_checks IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		type row struct {
			id    string
			check []byte
		}
		rows, err := all(ctx, tx.Queries, func(scan func(...any) error) (r row, err error) {
			return r, scan(&r.id, &r.check)
		}, "SELECT key_id, sealed FROM key_checks")
		if err != nil {
			return err
		}
		stored := make(map[string][]byte, len(rows))
		for _, r := range rows {
			stored[r.id] = r.check
		}
		id, check, err := f(stored)
		if err != nil || id == "" {
			return err
		}
		_, err = tx.exec(ctx, "INSERT INTO key_checks (key_id, sealed) VALUES ($1, $2)", id, check)
		return err
	})
}
