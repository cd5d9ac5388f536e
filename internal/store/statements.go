package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// maxStatements is how many prepared statements one connection to SQLite keeps. The program
// has about half as many texts; only lists with many filters make more.
const maxStatements = 300

// preparing opens connections to SQLite that keep their prepared statements. Preparing costs
// more than running most of our statements. For PostgreSQL the driver does the same itself.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := c.(liteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks a method"), c.Close())
	}
	return &preparedConn{liteConn: lite, idle: map[string]liteStmt{}}, nil
}

// liteConn is what the driver's connections can do beyond [driver.Conn].
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparedConn is a connection with the statements that are ready to run again, by their
// text. One that runs is not among them, so a second run of its text meanwhile prepares
// another.
type preparedConn struct {
	liteConn
	idle map[string]liteStmt
}

func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	return r, errors.Join(err, c.put(query, s))
}

func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, c.put(query, s))
	}
	return &preparedRows{rows, func() error { return c.put(query, s) }}, nil
}

// Close closes the statements, then the connection.
func (c *preparedConn) Close() error {
	var errs []error
	for query, s := range c.idle {
		delete(c.idle, query)
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.liteConn.Close())...)
}

func (c *preparedConn) take(ctx context.Context, query string) (liteStmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	lite, ok := s.(liteStmt)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver's statements lack a method"), s.Close())
	}
	return lite, nil
}

// put makes s ready to run again. If there are too many, any other one has to go.
func (c *preparedConn) put(query string, s liteStmt) error {
	if _, ok := c.idle[query]; ok {
		return s.Close()
	}
	var err error
	if len(c.idle) == maxStatements {
		for other, s := range c.idle {
			delete(c.idle, other)
			err = s.Close()
			break
		}
	}
	c.idle[query] = s
	return err
}

// preparedRows gives its statement back when it is closed.
type preparedRows struct {
	driver.Rows
	done func() error
}

func (r *preparedRows) Close() error {
	return errors.Join(r.Rows.Close(), r.done())
}
