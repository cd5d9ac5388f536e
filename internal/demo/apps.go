package demo

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
)

// planApps adds programs behind a proxy, at addresses that lead nowhere (RFC 2606).
func (w *world) planApps() {
	for _, in := range []apps.Input{
		{Name: "Wiki", Address: "https://wiki.example", Text: "/assets/*  public\n/admin/*   role=owner,admin level=2 fresh=15\n/*         everyone\n"},
		{Name: "Payroll", Address: "https://payroll.example", Text: "/*  role=owner,admin factor\n"},
	} {
		w.will(w.part(0.3), func(ctx context.Context) error {
			_, err := w.uses.Apps.Add(ctx, sallyport.Operator(w.tenantID), in)
			return err
		})
	}
}
