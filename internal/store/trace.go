package store

import (
	"context"
	"database/sql"
)

// traced returns q, which calls Options.Trace if there is one.
func (s *Store) traced(q querier) querier {
	if s.trace == nil {
		return q
	}
	return tracer{q, s.trace}
}

// tracer tells of each statement before it runs.
type tracer struct {
	querier
	trace func(query string)
}

func (t tracer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	t.trace(query)
	return t.querier.ExecContext(ctx, query, args...)
}

func (t tracer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.trace(query)
	return t.querier.QueryContext(ctx, query, args...)
}

func (t tracer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.trace(query)
	return t.querier.QueryRowContext(ctx, query, args...)
}
