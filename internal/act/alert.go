package act

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// AuditLogPage is the page of the audit log, which alerts lead to. It has a page for each event.
const AuditLogPage = "/settings/audit-log"

// alert writes messages to the chats of the organisation that want to hear what the act did, in its
// transaction and before its events. It locks their rows last of all: so messages of acts at the same time
// are counted, and few acts have any.
func (a *Act) alert(ctx context.Context) error {
	if a.outbox == nil || len(a.did.events) == 0 {
		return nil
	}
	tenantID := a.did.events[0].TenantID
	for i, e := range a.did.events {
		if e.ID == "" && notify.MayAlert(e.Kind) {
			a.did.events[i].ID = token.NewID() // which the message leads to
		}
	}
	news := notify.Alerting(a.did.events)
	if len(news) == 0 {
		return nil
	}
	channels, err := a.LockAlertChannels(ctx, tenantID)
	if err != nil || len(channels) == 0 {
		return err
	}
	t, err := a.Tenant(ctx, tenantID)
	if err != nil {
		return err
	}
	for _, n := range news {
		n.Link, n.All = a.base.URL(t, AuditLogPage+"/"+n.EventID), a.base.URL(t, AuditLogPage+"?"+n.Filter())
		for _, c := range channels {
			if err := a.tellChannel(ctx, c, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Act) tellChannel(ctx context.Context, c store.AlertChannel, n notify.AlertNews) error {
	if !c.OffAt.IsZero() || !slices.Contains(c.Topics, string(n.Topic)) {
		return nil
	}
	return a.outbox.EnqueueAlert(ctx, a.Tx, c, n)
}
