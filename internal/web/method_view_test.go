package web

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

func TestEveryMethodHasALook(t *testing.T) {
	if len(methodLooks) != len(sallyport.Methods) {
		t.Errorf("%d looks for %d methods", len(methodLooks), len(sallyport.Methods))
	}
	for _, m := range sallyport.Methods {
		look := methodLooks[m.Name]
		if look.icon == "" || look.ask == nil || (look.setUp == nil || look.pitch == "") != m.StandIn || (look.weak != "") != m.Sent {
			t.Errorf("%s looks like %+v", m.Name, look)
		}
		for _, id := range []string{look.pitch, look.weak, look.removal} {
			if id != "" && !message.For("").Has(id) {
				t.Errorf("%s: no words for %s", m.Name, id)
			}
		}
	}
}
