package account_test

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
)

// Every kind of event has a row that says what takes it back, and every kind of link one that
// says what voids it.
func TestEveryKindHasARow(t *testing.T) {
	rows := map[audit.Kind]int{}
	for _, u := range account.Undos {
		rows[u.Kind]++
		if u.How == "" {
			t.Errorf("%s: the row says nothing", u.Kind)
		}
		if _, ok := audit.Of(u.Kind); !ok {
			t.Errorf("%s is no kind of event", u.Kind)
		}
	}
	for _, k := range audit.Kinds {
		if rows[k.Kind] != 1 {
			t.Errorf("%s has %d rows in Undos", k.Kind, rows[k.Kind])
		}
	}
	for _, k := range link.Kinds() {
		if len(act.VoidLinks[k]) == 0 {
			t.Errorf("nothing voids links of kind %s", k)
		}
	}
	for k, events := range act.VoidLinks {
		if !slices.Contains(link.Kinds(), k) {
			t.Errorf("%s is no kind of link", k)
		}
		for _, e := range append(events, act.VoidFlows...) {
			if _, ok := audit.Of(e); !ok {
				t.Errorf("%s: %s is no kind of event", k, e)
			}
		}
	}
}
