package throttle

import "context"

type watchKey struct{}

// Watch returns a context in which somebody is told the scope of each limit that refuses a try. Locks of
// accounts and of networks are left out: they have events of their own.
func Watch(ctx context.Context, told func(scope string)) context.Context {
	return context.WithValue(ctx, watchKey{}, told)
}

// tell tells the watcher of a context of a refusal. A transaction that runs again tells it again.
func tell(ctx context.Context, d Decision) {
	told, ok := ctx.Value(watchKey{}).(func(string))
	if ok && !d.Allowed && d.Scope.watched() {
		told(string(d.Scope))
	}
}

func (s Scope) watched() bool { return s != Network && !limit(s).Locks }

// Watched lists the scopes of which Watch tells.
func Watched() (scopes []string) {
	for _, l := range Limits {
		if l.Scope.watched() {
			scopes = append(scopes, string(l.Scope))
		}
	}
	return scopes
}
