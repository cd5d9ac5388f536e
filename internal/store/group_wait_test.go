package store

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
)

// A function that ends its goroutine, as a failing test does, ends that of its caller. The others
// are served, and those after them.
func TestGroupGoexit(t *testing.T) {
	s := numbers(t, Options{})
	exit := func(*Tx) error { runtime.Goexit(); return nil }
	for _, tt := range []struct {
		asks []ask
		want string
	}{
		{[]ask{{f: add(t.Context(), 1)}, {f: exit}, {f: add(t.Context(), 2)}, {f: exit}, {f: add(t.Context(), 3)}}, "done exit done exit done"},
		{[]ask{{f: exit}}, "exit"},
		{[]ask{{f: exit}, {f: exit}}, "exit exit"},
		{[]ask{{f: func(tx *Tx) error {
			tx.AtEnd("exit", func(context.Context, *Tx) error { runtime.Goexit(); return nil })
			return nil
		}}, {f: add(t.Context(), 4)}}, "exit done"},
	} {
		if got := said(grouped(t, s, tt.asks...)); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
	if a := write(t.Context(), s, exit); !a.exited {
		t.Errorf("alone: %+v", a)
	}
	if err := s.Write(t.Context(), add(t.Context(), 5)); err != nil || !slices.Equal(stored(t, s), []int{1, 2, 3, 4, 5}) {
		t.Errorf("%v, stored %v", err, stored(t, s))
	}
}

// A function that ended its goroutine, or panicked, is not called again for the sake of the others.
func TestGroupCallsOnceWhatEnds(t *testing.T) {
	s := numbers(t, Options{})
	for word, ends := range map[string]func(){"exit": runtime.Goexit, "panic": func() { panic("in the middle") }} {
		calls, atEnd := 0, 0
		one := ask{f: func(*Tx) error { calls++; ends(); return nil }}
		fine := ask{f: func(*Tx) error { return nil }}
		for _, asks := range [][]ask{{one}, {fine, one, fine}} {
			calls = 0
			if got := said(grouped(t, s, asks...)); !strings.Contains(got, word) || calls != 1 {
				t.Errorf("%s of %d: %s after %d calls", word, len(asks), got, calls)
			}
		}
		calls = 0
		last := ask{f: func(tx *Tx) error {
			calls++
			tx.AtEnd("end", func(context.Context, *Tx) error { atEnd++; ends(); return nil })
			return nil
		}}
		want := map[string]int{"exit": 1, "panic": 2}[word] // what fails at the end concerns all, and each runs again
		if got := said(grouped(t, s, fine, last, fine)); got != "done "+word+" done" || calls != want || atEnd != want {
			t.Errorf("%s at the end: %s after %d calls, %d ends", word, got, calls, atEnd)
		}
	}
}

// Whoever gives up before their turn is answered at once, and their function never runs.
func TestGroupGivingUp(t *testing.T) {
	s := numbers(t, Options{})
	g := hold(t, s)
	var wg sync.WaitGroup
	begun, goOn := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		if err := s.Write(t.Context(), func(tx *Tx) error { close(begun); <-goOn; return add(t.Context(), 1)(tx) }); err != nil {
			t.Error(err)
		}
	})
	g.queued(1)
	impatient := func() (leave func(), left chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		left = make(chan error, 1)
		wg.Go(func() {
			left <- s.Write(ctx, func(*Tx) error { t.Error("it ran after its caller gave up"); return nil })
		})
		return cancel, left
	}
	inQueue, left1 := impatient()
	g.queued(2)
	inGroup, left2 := impatient()
	g.queued(3)
	inQueue()
	if err := <-left1; !errors.Is(err, context.Canceled) || sallyport.CodeOf(err) != sallyport.CodeUnavailable {
		t.Errorf("in the queue: %v", err)
	}
	g.queued(2)
	g.open()
	<-begun // the group
	inGroup()
	if err := <-left2; !errors.Is(err, context.Canceled) || sallyport.CodeOf(err) != sallyport.CodeUnavailable {
		t.Errorf("in the group: %v", err)
	}
	if len(stored(t, s)) != 0 {
		t.Error("the one who gave up waited for the group")
	}
	close(goOn)
	wg.Wait()
	if !slices.Equal(stored(t, s), []int{1}) {
		t.Errorf("stored %v", stored(t, s))
	}
}

// Whose function has begun hears what became of it, however late. Nothing interrupts its
// statements.
func TestGroupLeavingTooLate(t *testing.T) {
	s := numbers(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	answers := grouped(t, s, ask{f: add(t.Context(), 1)},
		ask{ctx: ctx, f: func(tx *Tx) error {
			cancel()
			time.Sleep(10 * time.Millisecond)
			if err := add(ctx, 2)(tx); err != nil {
				return err
			}
			// Long enough for an interruption, which would be noticed.
			_, err := count(ctx, tx.Queries, "WITH RECURSIVE up(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM up WHERE x < 20000) SELECT COUNT(*) FROM up")
			return err
		}},
		ask{f: add(t.Context(), 3)})
	if said(answers) != "done done done" || !slices.Equal(stored(t, s), []int{1, 2, 3}) {
		t.Errorf("%s, stored %v", said(answers), stored(t, s))
	}
}

// When members run alone, one whose caller has left does not run again: nothing of it is stored,
// and so it is said.
func TestGroupLeavingBeforeTheSecondRun(t *testing.T) {
	s := numbers(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	answers := grouped(t, s,
		ask{ctx: ctx, f: func(tx *Tx) error { runs++; return add(ctx, 1)(tx) }},
		ask{f: func(tx *Tx) error {
			cancel()
			_, err := tx.exec(t.Context(), "UPDATE nothing SET i = 1")
			return err
		}},
		ask{f: add(t.Context(), 3)})
	if said(answers) != "unavailable internal done" || !errors.Is(answers[0].err, context.Canceled) || runs != 1 || !slices.Equal(stored(t, s), []int{3}) {
		t.Errorf("%s after %d runs, stored %v", said(answers), runs, stored(t, s))
	}
}

// Whoever waits, waits no longer than the store's timeout: for the turn, and for another process
// that writes.
func TestGroupTimeout(t *testing.T) {
	s := numbers(t, Options{Timeout: 200 * time.Millisecond})
	never := func(*Tx) error { t.Error("it ran"); return nil }
	if s.queue.join(t.Context(), time.Time{}, nil) != nil {
		t.Fatal("somebody has the turn")
	}
	start := time.Now()
	err := s.Write(t.Context(), never)
	if took := time.Since(start); sallyport.CodeOf(err) != sallyport.CodeUnavailable || !errors.Is(err, context.DeadlineExceeded) || took > 30*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	s.handOver()

	other, err := Open(t.Context(), s.dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	g := hold(t, other)
	start = time.Now()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := s.Write(t.Context(), never); sallyport.CodeOf(err) != sallyport.CodeUnavailable {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("answered after %v", took)
	}
	g.open()
	for try := 0; ; try++ { // so short a timeout can pass on a busy machine
		if err = s.Write(t.Context(), func(*Tx) error { return nil }); err == nil || try == 20 {
			break
		}
	}
	if err != nil {
		t.Errorf("it does not recover: %v", err)
	}
}

// While another process writes longer than the group waits, its members are served one by one as
// soon as that one ends.
func TestGroupAfterAnotherProcess(t *testing.T) {
	s := numbers(t, Options{})
	other, err := Open(t.Context(), s.dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	mine := hold(t, s)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			if err := s.Write(t.Context(), add(t.Context(), i)); err != nil {
				t.Error(err)
			}
		})
	}
	mine.queued(5)
	held := make(chan gate)
	go func() { held <- hold(t, other) }()
	mine.open()
	g := <-held
	g.open()
	wg.Wait()
	if len(stored(t, s)) != 5 {
		t.Errorf("stored %v", stored(t, s))
	}
}

// Who comes while a group is at work still gets into it.
func TestGroupGrows(t *testing.T) {
	s := numbers(t, Options{})
	g := hold(t, s)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	send := func(f func(*Tx) error) {
		wg.Go(func() {
			if err := s.Write(t.Context(), f); err != nil {
				t.Error(err)
			}
		})
	}
	send(func(tx *Tx) error { close(begun); <-goOn; return add(t.Context(), 1)(tx) })
	g.queued(1)
	send(add(t.Context(), 2))
	g.queued(2)
	g.open()
	<-begun
	send(func(tx *Tx) error {
		if !has(t, tx.Queries, 1) || has(t, s.Queries, 1) {
			t.Error("it is in another group")
		}
		return add(t.Context(), 3)(tx)
	})
	g.queued(1)
	close(goOn)
	wg.Wait()
	if !slices.Equal(stored(t, s), []int{1, 2, 3}) {
		t.Errorf("stored %v", stored(t, s))
	}
}

// A group ends after its time, and at its size: those who are left are the next one.
func TestGroupIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		members int
		takes   time.Duration
		next    int // first one of the next group
	}{
		"by time": {5, groupTime * 3 / 5, 2},
		"by size": {maxGroup + 3, 0, maxGroup},
	} {
		t.Run(name, func(t *testing.T) {
			s := numbers(t, Options{})
			var order []int
			asks := make([]ask, tt.members)
			for i := range asks {
				asks[i].f = func(tx *Tx) error {
					order = append(order, i)
					if i == tt.next && !has(t, s.Queries, 0) {
						t.Errorf("%d is in the first group", i)
					}
					time.Sleep(tt.takes)
					return add(t.Context(), i)(tx)
				}
			}
			for _, a := range grouped(t, s, asks...) {
				if a.err != nil {
					t.Error(a.err)
				}
			}
			if !slices.IsSorted(order) || len(order) != tt.members || len(stored(t, s)) != tt.members {
				t.Errorf("in the order %v, stored %v", order, stored(t, s))
			}
		})
	}
}

// Those whose group ended before their turn come before whoever came meanwhile.
func TestGroupGivesBackInOrder(t *testing.T) {
	s := numbers(t, Options{})
	var order []int
	in := func(i int) func(*Tx) error { return func(*Tx) error { order = append(order, i); return nil } }
	var late sync.WaitGroup
	answers := grouped(t, s, ask{f: func(tx *Tx) error {
		over := time.After(groupTime)
		late.Go(func() {
			if err := s.Write(t.Context(), in(3)); err != nil {
				t.Error(err)
			}
		})
		gate{t: t, s: s}.queued(1)
		<-over
		return in(0)(tx)
	}}, ask{f: in(1)}, ask{f: in(2)})
	late.Wait()
	if said(answers) != "done done done" || !slices.Equal(order, []int{0, 1, 2, 3}) {
		t.Errorf("%s in the order %v", said(answers), order)
	}
}

// Outside of its turn a transaction can do nothing: it is somebody else's.
func TestGroupTurnIsOver(t *testing.T) {
	s := numbers(t, Options{})
	var kept []*Tx
	keep := func(tx *Tx) error { kept = append(kept, tx); return nil }
	unusable := func() {
		for i, tx := range kept {
			if err := add(t.Context(), 99)(tx); sallyport.CodeOf(err) != sallyport.CodeUnavailable {
				t.Errorf("%d writes: %v", i, err)
			}
			if has2(tx) {
				t.Errorf("%d reads", i)
			}
		}
	}
	refused := func(tx *Tx) error { kept = append(kept, tx); return sallyport.ErrForbidden }
	answers := grouped(t, s, ask{f: keep}, ask{f: refused}, ask{f: func(*Tx) error { unusable(); return nil }})
	unusable()
	if said(answers) != "done forbidden done" || len(kept) != 2 || len(stored(t, s)) != 0 {
		t.Errorf("%s, kept %d, stored %v", said(answers), len(kept), stored(t, s))
	}
}

// Options.Trace is told of the functions' statements, and not of those around them, which depend
// on who else writes.
func TestGroupTrace(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	s := numbers(t, Options{Trace: func(query string) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, query)
	}})
	grouped(t, s, ask{f: add(t.Context(), 1)}, ask{f: add(t.Context(), 1)}, ask{f: add(t.Context(), 2)})
	if !slices.Equal(seen, []string{insertNumber, insertNumber, insertNumber}) {
		t.Errorf("%q", seen)
	}
}
