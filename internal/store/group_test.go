package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// Tables of these tests: numbers, each at most once, and children, whose parents are looked for
// at the commit.
const groupTables = `CREATE TABLE n (i INTEGER PRIMARY KEY, data BLOB NOT NULL DEFAULT '');
	CREATE TABLE child (parent INTEGER REFERENCES n (i) DEFERRABLE INITIALLY DEFERRED)`

const insertNumber = "INSERT INTO n (i) VALUES ($1)"

func numbers(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.write.ExecContext(t.Context(), groupTables); err != nil {
		t.Fatal(err)
	}
	return s
}

func add(ctx context.Context, i int) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.exec(ctx, insertNumber, i)
		return err
	}
}

// has reports whether q sees a number.
func has(t *testing.T, q Queries, i int) bool {
	t.Helper()
	n, err := count(t.Context(), q, "SELECT COUNT(*) FROM n WHERE i = $1", i)
	if err != nil {
		t.Error(err)
	}
	return n == 1
}

// stored returns all numbers that were committed.
func stored(t *testing.T, s *Store) []int {
	t.Helper()
	found, err := all(t.Context(), s.Queries, func(scan func(...any) error) (i int, err error) { return i, scan(&i) }, "SELECT i FROM n ORDER BY i")
	if err != nil {
		t.Error(err)
	}
	return found
}

// gate holds the turn to write until it is opened.
type gate struct {
	t    *testing.T
	s    *Store
	open func()
}

func hold(t *testing.T, s *Store) gate {
	t.Helper()
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Write(context.Background(), func(*Tx) error { close(held); <-release; return nil }); err != nil {
			t.Error(err)
		}
	}()
	<-held
	return gate{t, s, sync.OnceFunc(func() { close(release); <-done })}
}

// queued waits until n wait for their turn.
func (g gate) queued(n int) {
	g.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		g.s.queue.mu.Lock()
		waiting := len(g.s.queue.waiting)
		g.s.queue.mu.Unlock()
		if waiting == n {
			return
		}
		if time.Now().After(end) {
			g.t.Fatalf("%d wait, want %d", waiting, n)
		}
	}
}

// ask is one call of Write. Its context is the test's if it has none.
type ask struct {
	ctx context.Context
	f   func(*Tx) error
}

// answer is how a call of Write ended.
type answer struct {
	err      error
	panicked any
	exited   bool // by runtime.Goexit
}

// group sends asks that become one group, in order, and returns their answers.
func grouped(t *testing.T, s *Store, asks ...ask) []*answer {
	t.Helper()
	g := hold(t, s)
	answers := make([]*answer, len(asks))
	var wg sync.WaitGroup
	for i, a := range asks {
		if a.ctx == nil {
			a.ctx = t.Context()
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = write(a.ctx, s, a.f)
		}()
		g.queued(i + 1)
	}
	g.open()
	wg.Wait()
	return answers
}

// write calls Write in a goroutine that it may end.
func write(ctx context.Context, s *Store, f func(*Tx) error) *answer {
	out := &answer{exited: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if out.panicked = recover(); out.panicked != nil {
				out.exited = false
			}
		}()
		out.err = s.Write(ctx, f)
		out.exited = false
	}()
	<-done
	return out
}

// said puts answers into words.
func said(answers []*answer) string {
	var words []string
	for _, a := range answers {
		switch {
		case a.panicked != nil:
			words = append(words, "panic")
		case a.exited:
			words = append(words, "exit")
		case a.err == nil:
			words = append(words, "done")
		default:
			words = append(words, string(sallyport.CodeOf(a.err)))
		}
	}
	return strings.Join(words, " ")
}

// The functions of a group run in the order in which they came, each sees what those before it
// changed, and others see nothing before the commit.
func TestGroup(t *testing.T) {
	s := numbers(t, Options{})
	var order []int
	asks := make([]ask, 5)
	for i := range asks {
		asks[i].f = func(tx *Tx) error {
			order = append(order, i)
			if i > 0 && (!has(t, tx.Queries, i-1) || has(t, s.Queries, i-1)) {
				t.Errorf("%d: the one before is not there, or is committed", i)
			}
			return add(t.Context(), i)(tx)
		}
	}
	answers := grouped(t, s, asks...)
	if said(answers) != "done done done done done" || !slices.Equal(order, []int{0, 1, 2, 3, 4}) || len(stored(t, s)) != 5 {
		t.Errorf("%s, in the order %v, stored %v", said(answers), order, stored(t, s))
	}
	if w := s.Stats()["write"]; w.WaitCount != 5 || w.WaitDuration <= 0 {
		t.Errorf("%d waited, %v", w.WaitCount, w.WaitDuration)
	}
}

// What one member does is undone without the others', which run once.
func TestGroupLeavesOneOut(t *testing.T) {
	mine := sallyport.Refuse(sallyport.CodeForbidden, "mine")
	for _, tt := range []struct {
		name   string
		middle func(t *testing.T, tx *Tx) error
		want   string
		stored []int
	}{
		{"a refusal", func(*testing.T, *Tx) error { return mine }, "done forbidden done", []int{1, 3}},
		{"an error of its own", func(*testing.T, *Tx) error { return errors.New("mine") }, "done unavailable done", []int{1, 3}},
		{"a unique key", func(t *testing.T, tx *Tx) error { return add(t.Context(), 1)(tx) }, "done conflict done", []int{1, 3}},
		{"a missing value", func(t *testing.T, tx *Tx) error {
			_, err := tx.exec(t.Context(), "INSERT INTO n (i, data) VALUES (7, NULL)")
			return err
		}, "done internal done", []int{1, 3}},
		{"a constraint that it expects", func(t *testing.T, tx *Tx) error {
			if err := add(t.Context(), 1)(tx); sallyport.CodeOf(err) != sallyport.CodeConflict {
				t.Errorf("the same number: %v", err)
			}
			return nil
		}, "done done done", []int{1, 2, 3}},
		{"nothing found", func(t *testing.T, tx *Tx) error {
			_, err := get(t.Context(), tx.Queries, func(scan func(...any) error) (i int, err error) { return i, scan(&i) }, "SELECT i FROM n WHERE i = 99")
			return err
		}, "done not_found done", []int{1, 3}},
		{"a panic", func(*testing.T, *Tx) error { panic("in the middle") }, "done panic done", []int{1, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := numbers(t, Options{})
			runs, told := [3]int{}, [3]int{}
			member := func(i int, then func(*testing.T, *Tx) error) ask {
				return ask{f: func(tx *Tx) error {
					runs[i]++
					tx.AfterCommit(func() { told[i]++ })
					if err := add(t.Context(), i+1)(tx); err != nil {
						return err
					}
					return then(t, tx)
				}}
			}
			good := func(*testing.T, *Tx) error { return nil }
			answers := grouped(t, s, member(0, good), member(1, tt.middle), member(2, good))
			if got := said(answers); got != tt.want || !slices.Equal(stored(t, s), tt.stored) || runs != [3]int{1, 1, 1} {
				t.Errorf("%s, stored %v, %v runs", got, stored(t, s), runs)
			}
			if want := [3]int{1, len(tt.stored) - 2, 1}; told != want {
				t.Errorf("AfterCommit ran %v times, want %v", told, want)
			}
		})
	}
}

// A member hears nothing before the commit, whatever its answer.
func TestGroupAnswersAfterTheCommit(t *testing.T) {
	s := numbers(t, Options{})
	g := hold(t, s)
	early := make(chan error, 4)
	var wg sync.WaitGroup
	for i, f := range []func(*Tx) error{
		add(t.Context(), 1),
		func(*Tx) error { return sallyport.ErrForbidden },
		func(*Tx) error {
			time.Sleep(50 * time.Millisecond) // for an answer that comes too early
			if n := len(early); n != 0 {
				t.Errorf("%d were answered before the commit", n)
			}
			return nil
		},
	} {
		wg.Go(func() { early <- s.Write(t.Context(), f) })
		g.queued(i + 1)
	}
	g.open()
	wg.Wait()
	if len(early) != 3 {
		t.Errorf("%d were answered", len(early))
	}
}

// A refusal that rests on what another member changed does not hold when that is not committed.
func TestGroupRefusalOfWhatIsUndone(t *testing.T) {
	s := numbers(t, Options{})
	answers := grouped(t, s,
		ask{f: func(tx *Tx) error {
			if err := add(t.Context(), 1)(tx); err != nil {
				return err
			}
			_, err := tx.exec(t.Context(), "INSERT INTO child (parent) VALUES (99)") // which the commit refuses
			return err
		}},
		ask{f: func(tx *Tx) error {
			if has(t, tx.Queries, 1) {
				return sallyport.ErrConflict
			}
			return add(t.Context(), 1)(tx)
		}},
		ask{f: add(t.Context(), 2)},
	)
	if got := said(answers); got != "internal done done" || !slices.Equal(stored(t, s), []int{1, 2}) {
		t.Errorf("%s, stored %v", got, stored(t, s))
	}
}

// full lets the database grow by little.
func full(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.write.ExecContext(t.Context(), "PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
}

// After an error of the database each member runs again, alone, and is answered by that run.
func TestGroupBreaks(t *testing.T) {
	tooMuch := func(t *testing.T, tx *Tx) error {
		_, err := tx.exec(t.Context(), "INSERT INTO n (i, data) VALUES (2, zeroblob(1000000))")
		return err
	}
	for _, tt := range []struct {
		name   string
		middle func(t *testing.T, tx *Tx) error
		want   string
		stored []int
	}{
		{"and it says so", tooMuch, "done unavailable done", []int{1, 3}},
		{"and it says something else", func(t *testing.T, tx *Tx) error {
			if tooMuch(t, tx) != nil {
				return sallyport.ErrForbidden
			}
			return nil
		}, "done forbidden done", []int{1, 3}},
		{"a mistake in a statement", func(t *testing.T, tx *Tx) error {
			_, err := tx.exec(t.Context(), "UPDATE nothing SET i = 1")
			return err
		}, "done internal done", []int{1, 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := numbers(t, Options{})
			full(t, s)
			runs, told := [3]int{}, [3]int{}
			member := func(i int, f func(*testing.T, *Tx) error) ask {
				return ask{f: func(tx *Tx) error {
					runs[i]++
					tx.AfterCommit(func() { told[i]++ })
					return f(t, tx)
				}}
			}
			one := func(i int) func(*testing.T, *Tx) error {
				return func(t *testing.T, tx *Tx) error { return add(t.Context(), i)(tx) }
			}
			answers := grouped(t, s, member(0, one(1)), member(1, tt.middle), member(2, one(3)))
			if got := said(answers); got != tt.want || !slices.Equal(stored(t, s), tt.stored) {
				t.Errorf("%s, stored %v", got, stored(t, s))
			}
			if runs != [3]int{2, 2, 1} || told != [3]int{1, 0, 1} {
				t.Errorf("%v runs, AfterCommit ran %v times", runs, told)
			}
			if err := s.Write(t.Context(), add(t.Context(), 4)); err != nil {
				t.Errorf("it does not recover: %v", err)
			}
		})
	}
}

// After an error that may have ended the transaction no statement runs, since it would be one
// of its own. A member that keeps the error for itself harms nobody.
func TestGroupStopsAfterHarm(t *testing.T) {
	s := numbers(t, Options{})
	full(t, s)
	tries := 0
	answers := grouped(t, s, ask{f: add(t.Context(), 1)},
		ask{f: func(tx *Tx) error {
			tries++
			_, err := tx.exec(t.Context(), "INSERT INTO n (i, data) VALUES (2, zeroblob(1000000))")
			if next := add(t.Context(), 50)(tx); tries == 1 && (err == nil || next == nil) {
				t.Errorf("after %v a statement ran: %v", err, next)
			}
			if tries == 1 && has2(tx) {
				t.Error("a read ran")
			}
			return nil
		}},
		ask{f: add(t.Context(), 3)},
	)
	found := slices.DeleteFunc(stored(t, s), func(i int) bool { return i == 50 }) // alone it may go on
	if answers[0].err != nil || answers[2].err != nil || tries != 2 || !slices.Equal(found, []int{1, 3}) {
		t.Errorf("%s after %d tries, stored %v", said(answers), tries, found)
	}
}

func has2(tx *Tx) bool {
	_, err := count(context.Background(), tx.Queries, "SELECT COUNT(*) FROM n")
	return err == nil
}

// What a function panics with reaches its caller, with the place.
func TestGroupPanic(t *testing.T) {
	s := numbers(t, Options{})
	mine := errors.New("mine")
	answers := grouped(t, s, ask{f: add(t.Context(), 1)}, ask{f: func(*Tx) error { panic(mine) }})
	err, _ := answers[1].panicked.(error)
	if !errors.Is(err, mine) || !strings.Contains(err.Error(), "mine") || !strings.Contains(err.Error(), "group_test.go") {
		t.Errorf("%v", answers[1].panicked)
	}
	// So does a panic of one that runs alone.
	answers = grouped(t, s, ask{f: func(*Tx) error { panic(mine) }})
	if said(answers) != "panic" {
		t.Error(said(answers))
	}
	if err := s.Write(t.Context(), add(t.Context(), 2)); err != nil {
		t.Errorf("it does not recover: %v", err)
	}
}
