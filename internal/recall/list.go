package recall

import (
	"context"
	"sync/atomic"
	"time"
)

// A list is read again after a while, since nobody tells of what is written by hand. Where nothing is remembered of
// session checks, nobody tells of any change.
const (
	listToldOf = time.Minute
	listUntold = 5 * time.Second
)

// List is something small that is read whole from the database and changes seldom, such as the organisations: it is
// read again after a change of a tenant was told of. It is safe for concurrent use once Memory is set.
type List[T any] struct {
	Read   func(context.Context) (T, error)
	Now    func() time.Time
	Memory *Memory // nil where none tells of changes
	// Empty reports whether what was read has to be read again each time; nil for never.
	Empty func(T) bool

	last atomic.Pointer[reading[T]]
}

type reading[T any] struct {
	value   T
	at      time.Time
	changed uint64 // before it was read
}

// Get returns what is as good as read now. Nobody waits for somebody else's reading, which may be for nothing.
func (l *List[T]) Get(ctx context.Context) (T, error) {
	if last := l.last.Load(); l.holds(last) {
		return last.value, nil
	}
	next := &reading[T]{at: l.Now()}
	if l.Memory != nil {
		next.changed = l.Memory.TenantsChanged()
	}
	value, err := l.Read(ctx)
	if err != nil {
		return value, err
	}
	next.value = value
	l.last.Store(next)
	return value, nil
}

// holds reports whether a reading is as good as a new one. Trusted has to be asked before what it allows is used.
func (l *List[T]) holds(r *reading[T]) bool {
	if r == nil || l.Empty != nil && l.Empty(r.value) {
		return false
	}
	age := l.Now().Sub(r.at).Abs()
	if l.Memory == nil {
		return age <= listUntold
	}
	return l.Memory.Trusted() && r.changed == l.Memory.TenantsChanged() && age <= listToldOf
}
