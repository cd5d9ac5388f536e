package act

import (
	"testing"

	"github.com/sallyport/sallyport/internal/audit"
)

// Every kind of event about a session is listed as ending it or as not ending it.
func TestEndings(t *testing.T) {
	goesOn := map[audit.Kind]bool{
		audit.SessionResumed: true, audit.SessionExtended: true,
		// Each end has its own event.
		audit.SignedOutEverywhere: true, audit.BulkStarted: true, audit.BulkFinished: true, audit.BulkStopped: true, audit.BulkCancelled: true,
	}
	for _, row := range audit.Kinds {
		if row.Group == audit.Sessions && endings[row.Kind] == goesOn[row.Kind] {
			t.Errorf("%s: say in endings whether the session opens nothing after it", row.Kind)
		}
	}
}
