package demo

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/notify"
)

// planAlerts adds two chats that are told what happens. Their addresses lead nowhere (RFC 2606), so the
// demo tells nobody.
func (w *world) planAlerts() {
	for _, in := range []alert.Input{
		{Name: "#security", Format: notify.AlertSlack, Address: "https://hooks.example/services/T0DEMO/B0DEMO/bm90LWEtc2VjcmV0", Topics: []string{"locks", "sign_ins", "stolen", "danger", "access", "factors"}},
		{Name: "On call", Format: notify.AlertNtfy, Address: "https://ntfy.example/demo-on-call-bm90LWEtc2VjcmV0", Topics: []string{"stolen", "danger"}, Named: true},
	} {
		w.will(w.part(0.8), func(ctx context.Context) error {
			_, err := w.uses.Alerts.Add(ctx, sallyport.Operator(w.tenantID), in)
			return err
		})
	}
}
