package store

import "golang.org/x/sys/unix"

// bootTime returns the time of a clock that also counts while the machine sleeps, in nanoseconds; 0 where
// there is none.
func bootTime() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return t.Nano()
}
