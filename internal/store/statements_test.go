package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sallyport/sallyport"
)

// liteOf runs f with the connection to SQLite itself.
func liteOf(t *testing.T, s *Store, f func(*preparedConn)) {
	t.Helper()
	c, err := s.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(d any) error { f(d.(*preparedConn)); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestStatementsAreKept(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const insert = "INSERT INTO n (i) VALUES ($1)"
	write := func(query string, args ...any) error {
		return s.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.exec(t.Context(), query, args...)
			return err
		})
	}
	if err := write("CREATE TABLE n (i INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := write(insert, i); err != nil {
			t.Fatal(err)
		}
	}
	var kept liteStmt
	liteOf(t, s, func(c *preparedConn) { kept = c.idle[insert] })
	if kept == nil {
		t.Fatal("the statement was not kept")
	}

	// A statement that failed, or was ended by its caller, works again.
	if err := write(insert, 1); sallyport.CodeOf(err) != sallyport.CodeConflict {
		t.Errorf("the same key again: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ended, func(*Tx) error { return nil }); err == nil {
		t.Error("a caller who had gone was served")
	}
	if err := write(insert, 3); err != nil {
		t.Error(err)
	}
	liteOf(t, s, func(c *preparedConn) {
		if c.idle[insert] != kept {
			t.Error("the statement was prepared again")
		}
	})

	// So does one whose table has changed since.
	one := func(query string, args ...any) (n int64) {
		n, err := count(t.Context(), s.Queries, query, args...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := one("SELECT count(*) FROM n"); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	if err := write("ALTER TABLE n ADD COLUMN j INTEGER NOT NULL DEFAULT 7"); err != nil {
		t.Fatal(err)
	}
	if n := one("SELECT count(*) FROM n"); n != 4 {
		t.Errorf("%d rows after the change, want 4", n)
	}

	// Rows that are being read do not stop the same text from running again.
	err = s.Write(t.Context(), func(tx *Tx) error {
		outer, err := tx.q.QueryContext(t.Context(), "SELECT i FROM n WHERE i < $1 ORDER BY i", 10)
		if err != nil {
			return err
		}
		defer outer.Close()
		for want := int64(0); outer.Next(); want++ {
			var got int64
			if err := outer.Scan(&got); err != nil || got != want {
				t.Errorf("row %d is %d, %v", want, got, err)
			}
			inner, err := all(t.Context(), tx.Queries, func(scan func(...any) error) (i int64, err error) { return i, scan(&i) },
				"SELECT i FROM n WHERE i < $1 ORDER BY i", 2)
			if err != nil || len(inner) != 2 {
				t.Errorf("inside: %v, %v", inner, err)
			}
		}
		return outer.Err()
	})
	if err != nil {
		t.Fatal(err)
	}

	// There is an end to how many are kept.
	for i := range maxStatements + 50 {
		if err := write(fmt.Sprintf("UPDATE n SET j = %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	liteOf(t, s, func(c *preparedConn) {
		if len(c.idle) != maxStatements {
			t.Errorf("%d statements are kept, want %d", len(c.idle), maxStatements)
		}
	})
}
