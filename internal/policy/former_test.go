package policy_test

import (
	"maps"
	"testing"

	"github.com/sallyport/sallyport/internal/policy"
)

// A policy that was stored when times of sessions were days is read as what it was.
func TestStored(t *testing.T) {
	got := policy.Stored(map[string]any{"sessionIdleWebDays": 1.0, "sessionLifetimeDays": 30.0, "sessionIdleMobileMinutes": 60.0, "passwordHistory": 4.0})
	want := map[string]any{"sessionIdleWebMinutes": 1440.0, "sessionLifetimeMinutes": 43200.0, "sessionIdleMobileMinutes": 60.0, "passwordHistory": 4.0}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := policy.Stored(map[string]any{"sessionIdleWebDays": "many"}); got["sessionIdleWebMinutes"] != "many" {
		t.Errorf("what is no number is not hidden: %v", got)
	}
}
