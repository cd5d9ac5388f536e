package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// findPooler makes the driver leave nothing behind on the connections of a pooler: one that gives a
// connection to somebody else after each transaction, such as PgBouncer, would give the prepared
// statements of one to another. A pooler names another process than the one that answers.
//
// Statements are then described once for each connection, and sent with their arguments; the session
// check as well. An address that names default_query_exec_mode keeps its own.
func findPooler(ctx context.Context, config *pgx.ConnConfig) error {
	if config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil
	}
	plain := config.Copy()
	plain.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, plain)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // it was used
	var process uint32
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&process); err != nil {
		return err
	}
	if process != conn.PgConn().PID() {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	return nil
}

const (
	migrating   = int64(0x53616c6c79706f72) // the name of the lock of whoever migrates
	askMigrated = 200 * time.Millisecond
	tellWaiting = 3 * time.Second
)

// lockPostgres keeps other programs from migrating the same database. The lock is that of a
// transaction: a pooler could give the one of a connection to somebody else, who would never end it.
func (s *Store) lockPostgres(ctx context.Context) (unlock func(), err error) {
	begun, told := time.Now(), false
	for {
		tx, err := s.check.BeginTx(ctx, nil) // of the others goose may need the only one
		if err != nil {
			return nil, err
		}
		var ours bool
		err = tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", migrating).Scan(&ours)
		if err == nil && ours {
			return func() { tx.Rollback() }, nil //nolint:errcheck // it wrote nothing
		}
		tx.Rollback() //nolint:errcheck // it wrote nothing
		waited := time.Since(begun)
		switch {
		case err != nil:
			return nil, err
		case waited > migrationPatience:
			return nil, fmt.Errorf("another program has migrated this database for %v: see pg_locks for advisory locks, and end what holds one", waited.Round(time.Second))
		case waited > tellWaiting && !told:
			told = true
			s.breaker.log.Warn("waiting for another program that migrates this database", "at_most", migrationPatience)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(askMigrated):
		}
	}
}
