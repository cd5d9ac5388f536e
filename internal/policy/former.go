package policy

import "maps"

// former are fields that had another name and unit in policies stored before, with what their
// numbers are multiplied by.
var former = map[string]struct {
	name  string
	times float64
}{
	"sessionIdleWebDays":    {"sessionIdleWebMinutes", day},
	"sessionIdleMobileDays": {"sessionIdleMobileMinutes", day},
	"sessionLifetimeDays":   {"sessionLifetimeMinutes", day},
}

// Stored returns the fields of a stored policy, as decoded from JSON, by the names and in the units of today.
func Stored(values map[string]any) map[string]any {
	out := maps.Clone(values)
	for old, now := range former {
		value, there := out[old]
		if !there {
			continue
		}
		delete(out, old)
		if n, ok := value.(float64); ok {
			value = n * now.times
		}
		out[now.name] = value
	}
	return out
}
