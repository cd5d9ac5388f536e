package dashboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// dead writes a message that could not be delivered.
func dead(t *testing.T, a *apptest.App, tenantID, channel string) {
	t.Helper()
	a.Mails(t) // what waits is delivered
	now := a.Clock.Now()
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
		err := tx.AddOutboxRow(t.Context(), store.OutboxRow{TenantID: tenantID, ID: token.NewID(), Channel: channel, Kind: "set_up_factor", Recipient: "x", Payload: []byte{1}, NextAttemptAt: now, CreatedAt: now})
		if err != nil {
			return err
		}
		rows, err := tx.LeaseOutbox(t.Context(), channel, store.Lease{Token: token.NewID(), Now: now, Until: now.Add(time.Minute)}, 100)
		for _, r := range rows {
			if err == nil {
				err = tx.MarkOutboxDead(t.Context(), r, "no such box")
			}
		}
		return err
	}))
}

// Mails of one organisation go again, and what is another's or was no mail stays.
func TestRetryMails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		other := a.AddTenant(t, "other.test")
		ada := a.AddUser(t, "ada@corp.test", sallyport.RoleAdmin)
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		admin, member := apptest.Actor(a.SignInAs(t, a.Laptop(t), ada.Email)), apptest.Actor(a.SignInAs(t, a.Laptop(t), mia.Email))
		a.Mails(t)
		retry := func(want int64, events int) {
			t.Helper()
			if n, err := a.Dashboard.RetryMails(t.Context(), admin); err != nil || n != want {
				t.Errorf("%d go again, %v, want %d", n, err, want)
			}
			if n := a.Count(t)[audit.MailRetried]; n != events {
				t.Errorf("%d events, want %d", n, events)
			}
		}
		left := func(tenantID, channel string) int64 {
			n, err := a.DB.CountDeadOf(context.Background(), tenantID, channel, 100)
			apptest.Must(t, err)
			return n
		}
		retry(0, 0)
		dead(t, a, admin.TenantID, notify.ChannelEmail)
		dead(t, a, admin.TenantID, notify.ChannelEmail)
		dead(t, a, admin.TenantID, notify.ChannelSMS)
		dead(t, a, other.ID, notify.ChannelEmail)
		_, err := a.Dashboard.RetryMails(t.Context(), member)
		apptest.Denied(t, "a member", err, sallyport.CodeForbidden)
		retry(2, 1)
		retry(0, 1)
		if left(admin.TenantID, notify.ChannelEmail) != 0 || left(admin.TenantID, notify.ChannelSMS) != 1 || left(other.ID, notify.ChannelEmail) != 1 {
			t.Error("the wrong ones go again")
		}
	})
}
