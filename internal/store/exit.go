package store

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// exit is how a function ended that did not return, in a goroutine which is not its caller's.
type exit struct {
	panicked *panicked
	exited   bool // by runtime.Goexit
}

// panicked is what a function panicked with, and where. The caller's own stack does not tell.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("%v\n\nin a transaction, %s", p.value, p.stack)
}

// Unwrap returns the value if it is an error.
func (p *panicked) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// keep calls f and keeps how it ended. Of a panic it makes an error; what ends the goroutine still
// does.
func (e *exit) keep(f func() error) (err error) {
	*e = exit{exited: true}
	defer func() {
		if v := recover(); v != nil {
			*e = exit{panicked: &panicked{v, debug.Stack()}}
			err = e.panicked
		}
	}()
	err = f()
	e.exited = false
	return err
}

// repeat ends the caller as f ended.
func (e *exit) repeat() {
	if e.panicked != nil {
		panic(e.panicked)
	}
	if e.exited {
		runtime.Goexit()
	}
}
