package picture

import (
	"context"
	"runtime"

	"github.com/sallyport/sallyport"
)

// Decoding takes much memory for a moment, so files take turns, and only a few wait.
var (
	turns   = make(chan struct{}, 1)
	waiting = make(chan struct{}, 8)
)

// large is how many bytes are not left to the next collection of garbage: a second file that
// comes before it would take as much again.
const large = 8 << 20

// turn waits until no other file is being decoded. The caller ends its turn with what it took of
// memory.
func turn(ctx context.Context) (done func(memory int64), err error) {
	select {
	case waiting <- struct{}{}:
	default:
		return nil, sallyport.Refuse(sallyport.CodeOverloaded, "pictures wait already")
	}
	defer func() { <-waiting }()
	select {
	case turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return func(memory int64) {
		if memory > large {
			runtime.GC()
		}
		<-turns
	}, nil
}
