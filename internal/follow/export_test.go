package follow

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	confirmTime, firstPause = 500*time.Millisecond, 5*time.Millisecond
	os.Exit(m.Run())
}

// Format is format, for tests.
func Format(e Entry, host string) []byte { return format(e, host) }
