package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
)

// What members do at the end is done once for each key, for those whose changes stay.
func TestGroupAtEnd(t *testing.T) {
	s := numbers(t, Options{})
	var done []string
	at := func(i int, answer error, keys ...string) ask {
		return ask{f: func(tx *Tx) error {
			for _, key := range keys {
				tx.AtEnd(key, func(ctx context.Context, tx *Tx) error {
					if !has(t, tx.Queries, 4) || has(t, s.Queries, 4) {
						t.Errorf("%s is not at the end of the transaction", key)
					}
					done = append(done, key)
					return add(ctx, 10+i)(tx)
				})
			}
			if err := add(t.Context(), i)(tx); err != nil {
				return err
			}
			return answer
		}}
	}
	answers := grouped(t, s, at(1, sallyport.ErrForbidden, "a", "refused"), at(2, nil, "a", "a"), at(3, nil, "a", "b"), at(4, nil))
	if said(answers) != "forbidden done done done" || !slices.Equal(done, []string{"a", "b"}) || !slices.Equal(stored(t, s), []int{2, 3, 4, 12, 13}) {
		t.Errorf("%s, done %v, stored %v", said(answers), done, stored(t, s))
	}
}

// At the end more can be put there, and after the commit.
func TestAtEndAgain(t *testing.T) {
	s := numbers(t, Options{})
	var done []string
	f := func(tx *Tx) error {
		tx.AtEnd("first", func(_ context.Context, tx *Tx) error {
			done = append(done, "first")
			tx.AfterCommit(func() { done = append(done, "committed") })
			tx.AtEnd("first", func(context.Context, *Tx) error { done = append(done, "again"); return nil })
			tx.AtEnd("second", func(context.Context, *Tx) error { done = append(done, "second"); return nil })
			return nil
		})
		return nil
	}
	want := []string{"first", "second", "committed"}
	if err := s.Write(t.Context(), f); err != nil || !slices.Equal(done, want) {
		t.Errorf("alone: %v, %v", err, done)
	}
	done = nil
	answers := grouped(t, s, ask{f: f}, ask{f: add(t.Context(), 1)})
	if said(answers) != "done done" || !slices.Equal(done, want) {
		t.Errorf("in a group: %s, %v", said(answers), done)
	}
}

// When the end fails, each member runs again, alone, with an end of its own.
func TestGroupEndFails(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(ctx context.Context, tx *Tx) error
		want string
	}{
		"an error":     {func(context.Context, *Tx) error { return errors.New("mine") }, "done unavailable done"},
		"a refusal":    {func(context.Context, *Tx) error { return sallyport.ErrForbidden }, "done forbidden done"},
		"a constraint": {func(ctx context.Context, tx *Tx) error { return add(ctx, 2)(tx) }, "done conflict done"},
		"of the database": {func(ctx context.Context, tx *Tx) error {
			_, err := tx.exec(ctx, "UPDATE nothing SET i = 1")
			return err
		}, "done internal done"},
		"a panic": {func(context.Context, *Tx) error { panic("at the end") }, "done panic done"},
	} {
		t.Run(name, func(t *testing.T) {
			s := numbers(t, Options{})
			runs, ends := [3]int{}, [3]int{}
			member := func(i int, key string, end func(context.Context, *Tx) error) ask {
				return ask{f: func(tx *Tx) error {
					runs[i]++
					tx.AtEnd(key, func(ctx context.Context, tx *Tx) error {
						ends[i]++
						return end(ctx, tx)
					})
					return add(t.Context(), i+1)(tx)
				}}
			}
			good := func(context.Context, *Tx) error { return nil }
			answers := grouped(t, s, member(0, "good", good), member(1, "bad", tt.end), member(2, "good", good))
			if got := said(answers); got != tt.want || !slices.Equal(stored(t, s), []int{1, 3}) {
				t.Errorf("%s, stored %v", got, stored(t, s))
			}
			if runs != [3]int{2, 2, 2} || ends != [3]int{2, 2, 1} {
				t.Errorf("%v runs, %v ends", runs, ends)
			}
		})
	}
}

// AfterCommit runs with the turn given away, so it can write. It runs for its caller, so that
// nobody else waits for it.
func TestAfterCommitWrites(t *testing.T) {
	s := numbers(t, Options{})
	member := func(i int) ask {
		return ask{f: func(tx *Tx) error {
			tx.AfterCommit(func() {
				if err := s.Write(t.Context(), add(t.Context(), 10+i)); err != nil {
					t.Error(err)
				}
			})
			return add(t.Context(), i)(tx)
		}}
	}
	if err := s.Write(t.Context(), member(0).f); err != nil {
		t.Error(err)
	}
	answers := grouped(t, s, member(1), member(2))
	if said(answers) != "done done" || !slices.Equal(stored(t, s), []int{0, 1, 2, 10, 11, 12}) {
		t.Errorf("%s, stored %v", said(answers), stored(t, s))
	}
}
