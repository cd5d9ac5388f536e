package mfa

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

// A method has a row, an implementation and texts.
func TestEveryMethodIsWhole(t *testing.T) {
	ranks := map[int]string{}
	for _, row := range sallyport.Methods {
		if other := ranks[row.Rank]; other != "" || row.Rank < 1 || row.Rank > len(sallyport.Methods) {
			t.Errorf("%s has rank %d, as %q", row.Name, row.Rank, other)
		}
		ranks[row.Rank] = row.Name
		if methods[row.Name] == nil {
			t.Errorf("%s does nothing", row.Name)
		}
		if row.Sent && !row.Asked {
			t.Errorf("%s sends a code that nobody asked for", row.Name)
		}
		for _, p := range message.All() {
			for _, id := range []string{"method." + row.Name, "mail.method." + row.Name} {
				if !p.Has(id) {
					t.Errorf("no words for %s in %s", id, p.Lang())
				}
			}
		}
	}
	if len(methods) != len(sallyport.Methods) {
		t.Errorf("%d methods do something, and %d have a row", len(methods), len(sallyport.Methods))
	}
}

// A method that this version does not know proves nothing, and its account still needs a
// second factor.
func TestUnknownMethod(t *testing.T) {
	f := sallyport.Factor{Method: "carrier_pigeon"}
	if !sallyport.SecondFactor(f.Method) || Hint(f) != "" {
		t.Errorf("%+v", sallyport.MethodOf(f.Method))
	}
	_, err := (&Service{}).Check(t.Context(), Subject{}, Flow{}, Answer{Method: f.Method})
	if sallyport.CodeOf(err) != sallyport.CodeInvalid {
		t.Error(err)
	}
}
