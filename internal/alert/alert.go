// Package alert tells the owner of an account what happened to it, in the
// transaction in which it happens. It fills in what every mail has (who, where,
// when, in which organisation) and gives each security mail its "This wasn't me".
package alert

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Service writes mails about accounts.
type Service struct {
	outbox *notify.Outbox
	base   link.Base
}

// New returns a service whose links start with base.
func New(outbox *notify.Outbox, base link.Base) *Service { return &Service{outbox, base} }

// Alert is one thing to tell.
type Alert struct {
	Kind   notify.Kind
	User   sallyport.User
	Client sallyport.Client // where it was done from
	About  link.About       // what "This wasn't me" ends; empty for all sessions
	Mine   bool             // the mail asks whether it was them: "It was me" as well
	Lang   string
	Link   link.Kind // of the mail's button; "" for none
	NotMe  bool      // offer "This wasn't me" in a mail that may have it; one that needs it has it anyway
	Data   notify.Data
	Policy sallyport.Policy
	At     time.Time
}

// Locked is the news that failed tries from c locked an account until a time, with a
// link that lifts the lock where policy allows that.
func Locked(p sallyport.Policy, c sallyport.Client, until time.Time) Alert {
	a := Alert{Kind: notify.AccountLocked, Client: c, Data: notify.Data{Attempts: p.LockoutFailures, Until: until}}
	if p.LockoutSelfUnlock {
		a.Link = link.Unlock
	}
	return a
}

// Send adds the mail to the outbox in the caller's transaction.
func (s *Service) Send(ctx context.Context, tx *store.Tx, a Alert) error {
	t, err := tx.Tenant(ctx, a.User.TenantID)
	if err != nil {
		return err
	}
	d := a.Data
	d.Organisation, d.Name = t.Name, a.User.FirstName
	row, ok := notify.Of(a.Kind)
	if ok && row.Has(notify.Origin) {
		from := policy.OwnMail(a.Policy, row.OnlyTime(d), a.Client)
		d.At, d.Device, d.Place, d.IPAddress = a.At, from.Info, from.Location, from.IPAddress
	}
	if a.Link != "" {
		about := link.About{}
		if a.Link == link.Device { // the one link of a button that is about more than its user
			about.DeviceID = a.About.DeviceID
		}
		if d.Link, d.LinkUntil, err = (link.New{Kind: a.Link, UserID: a.User.ID, About: about, At: a.At}).Add(ctx, tx, s.base, t); err != nil {
			return err
		}
	}
	if ok && (a.NotMe || slices.Contains(row.Needs, notify.NotMe)) {
		if d.NotMe, _, err = (link.New{Kind: link.NotMe, UserID: a.User.ID, About: a.About, At: a.At}).Add(ctx, tx, s.base, t); err != nil {
			return err
		}
	}
	if a.Mine {
		if d.Mine, _, err = (link.New{Kind: link.Mine, UserID: a.User.ID, About: a.About, At: a.At}).Add(ctx, tx, s.base, t); err != nil {
			return err
		}
	}
	return s.outbox.Enqueue(ctx, tx, notify.Mail{
		TenantID: t.ID, UserID: a.User.ID, To: a.User.Email, Kind: a.Kind, Lang: a.Lang, Zone: a.Client.Location.TimeZone, Data: d,
	})
}
