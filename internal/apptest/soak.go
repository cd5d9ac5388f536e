package apptest

import (
	"os"
	"strconv"
)

// Rounds returns how often a test repeats an expensive case: n times, and SALLYPORT_SOAK
// times as often in make soak.
func Rounds(n int) int {
	if times, err := strconv.Atoi(os.Getenv("SALLYPORT_SOAK")); err == nil && times > 0 {
		return n * times
	}
	return n
}
