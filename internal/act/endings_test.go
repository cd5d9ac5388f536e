package act

import (
	"testing"

	"github.com/sallyport/sallyport/internal/audit"
)

// Every kind of event about a session is listed as ending it or as not ending it.
func TestEndings(t *testing.T) {
	goesOn := map[audit.Kind]bool{audit.SessionResumed: true, audit.SignedOutEverywhere: true} // the latter: each end has its own event
	for _, row := range audit.Kinds {
		if row.Group == audit.Sessions && endings[row.Kind] == goesOn[row.Kind] {
			t.Errorf("%s: say in endings whether the session opens nothing after it", row.Kind)
		}
	}
}
