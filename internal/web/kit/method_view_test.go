package kit

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

func TestEveryMethodHasALook(t *testing.T) {
	if len(MethodLooks) != len(sallyport.Methods) {
		t.Errorf("%d looks for %d methods", len(MethodLooks), len(sallyport.Methods))
	}
	for _, m := range sallyport.Methods {
		look := MethodLooks[m.Name]
		if look.Icon == "" || look.Ask == nil || (look.SetUp == nil || look.Pitch == "") != m.StandIn || (look.Weak != "") != m.Sent {
			t.Errorf("%s looks like %+v", m.Name, look)
		}
		for _, id := range []string{look.Pitch, look.Weak, look.Removal} {
			if id != "" && !message.For("").Has(id) {
				t.Errorf("%s: no words for %s", m.Name, id)
			}
		}
	}
}
