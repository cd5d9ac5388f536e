package dashboard

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/message"
)

// Whatever needs an admin has its words on the page and in the digest, and each item of the checklist
// has its own.
func TestWords(t *testing.T) {
	ids := message.IDs()
	var want []string
	for _, row := range needRows {
		kind := string(row.kind)
		want = append(want, "dashboard.need."+kind, "dashboard.need."+kind+"Text", "mail.task."+kind)
	}
	for _, c := range checks {
		want = append(want, "checklist."+c.name, "checklist."+c.name+"Text")
	}
	for _, id := range want {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is missing", id)
		}
	}
}
