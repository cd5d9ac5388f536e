package act

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Alert is one mail to somebody about their account.
type Alert struct {
	Kind   notify.Kind
	User   sallyport.User   // zero for the user of the act
	Client sallyport.Client // where it was done from
	About  link.About       // what "This wasn't me" ends; empty for all sessions
	Mine   bool             // the mail also offers "It was me"
	Link   link.Kind        // kind of link of the mail's button; "" for none
	Page   string           // path of the page that the mail's button leads to, without a secret; "" for none
	NotMe  bool             // offer "This wasn't me" where the mail may have it; some mails always have it
	Data   notify.Data
	At     time.Time // zero for the time of the act
}

// lockMails are the mails about locks, the gravest first. The lock of a network concerns no
// owner.
var lockMails = []struct {
	scopes []throttle.Scope
	kind   notify.Kind
}{
	{[]throttle.Scope{throttle.FactorRun}, notify.FactorSuspended},
	{[]throttle.Scope{throttle.PasswordRun}, notify.PasswordSuspended},
	{[]throttle.Scope{throttle.Factor}, notify.FactorLocked},
	{[]throttle.Scope{throttle.Account, throttle.Device, throttle.Reauth}, notify.AccountLocked},
}

// LockMail returns the kind of the mail about the gravest of some locks, and its end; ""
// when none of them is told by mail.
func LockMail(locks []throttle.Lock) (notify.Kind, time.Time) {
	for _, m := range lockMails {
		for _, l := range locks {
			if slices.Contains(m.scopes, l.Scope) {
				return m.kind, l.Until
			}
		}
	}
	return "", time.Time{}
}

// Locked is the alert that failed tries from c caused a lock, of which LockMail returned the
// kind and the end. A lock of the password has a link that lifts it, where policy allows one.
// Whoever reads the mailbox must not get more tries at second factors by it.
func Locked(p sallyport.Policy, kind notify.Kind, c sallyport.Client, until time.Time) Alert {
	news := Alert{Kind: kind, Client: c, Data: notify.Data{Attempts: p.LockoutFailures, Until: until}}
	if until.Equal(throttle.UntilRecovery) {
		news.Data.Attempts, news.Data.Until = throttle.LongestRun, time.Time{}
	}
	if kind == notify.AccountLocked && p.LockoutSelfUnlock {
		news.Link = link.Unlock
	}
	return news
}

// Tell mails somebody in the transaction of the act. It fills in what every mail has
// (user, place, time, organisation) and adds the "This wasn't me" link to each
// security mail.
func (a *Act) Tell(ctx context.Context, news Alert) (err error) {
	if news.User.ID == "" {
		news.User = a.User
	}
	if news.User.Service() {
		return a.tellKeepers(ctx, news)
	}
	if news.At.IsZero() {
		news.At = a.Now
	}
	t, err := a.Tenant(ctx, news.User.TenantID)
	if err != nil {
		return err
	}
	d := news.Data
	d.Organisation, d.Name = t.Name, news.User.FirstName
	row, known := notify.Of(news.Kind)
	if known && row.Has(notify.Origin) {
		from := policy.OwnMail(a.Policy, row.OnlyTime(d), news.Client)
		d.At, d.Device, d.Place, d.IPAddress = news.At, from.Info, from.Location, from.IPAddress
	}
	if news.Page != "" {
		d.Page = a.base.URL(t, news.Page)
	}
	if err := a.addLinks(ctx, news, t, &d); err != nil {
		return err
	}
	m := notify.Mail{TenantID: t.ID, UserID: news.User.ID, To: news.User.Email, Kind: news.Kind, Lang: news.User.Reads(t), Zone: news.User.Zone(), Data: d}
	if row.Topic != notify.NoTopic {
		if wanted, err := a.around(ctx, news, row.Topic, m); err != nil || !wanted {
			return err
		}
	}
	return a.outbox.Enqueue(ctx, a.Tx, m)
}

// addLinks makes the links that a mail has: that of its button, and those that say whether it was its reader.
func (a *Act) addLinks(ctx context.Context, news Alert, t sallyport.Tenant, d *notify.Data) (err error) {
	row, known := notify.Of(news.Kind)
	mint := func(k link.Kind, about link.About) (address string, until time.Time) {
		if err != nil {
			return "", time.Time{}
		}
		var l link.Added
		l, err = (link.New{Kind: k, UserID: news.User.ID, About: about, At: news.At}).Add(ctx, a.Tx, a.base, t)
		a.did.mailed = append(a.did.mailed, l.ID)
		return l.Address, l.Until
	}
	if news.Link != "" {
		about := link.About{}
		switch news.Link { // the button links that concern more than their user
		case link.Device:
			about.DeviceID = news.About.DeviceID
		case link.UndoEmail:
			about = news.About
		}
		d.Link, d.LinkUntil = mint(news.Link, about)
	}
	if known && (news.NotMe || slices.Contains(row.Needs, notify.NotMe)) {
		d.NotMe, _ = mint(link.NotMe, news.About)
	}
	if news.Mine {
		d.Mine, _ = mint(link.Mine, news.About)
	}
	return err
}

// mostKeepers is how many people are told of one service account.
const mostKeepers = 20

// tellKeepers tells those who look after a service account what would be told to a person, where the
// mail can say whom it is about.
func (a *Act) tellKeepers(ctx context.Context, news Alert) error {
	service := news.User
	if row, known := notify.Of(news.Kind); !known || !slices.Contains(row.May, notify.Person) {
		return nil
	}
	keepers, err := a.LookingAfter(ctx, service.TenantID, service.OwnedBy, mostKeepers)
	if err != nil {
		return err
	}
	for _, u := range keepers {
		news.User, news.Data.Person = u, service.FirstName
		if err := a.Tell(ctx, news); err != nil {
			return err
		}
	}
	return nil
}

// Mint makes a link for the act's user that is handed over and not mailed.
func (a *Act) Mint(ctx context.Context, k link.Kind) (link.Added, error) {
	t, err := a.Tenant(ctx, a.User.TenantID)
	if err != nil {
		return link.Added{}, err
	}
	l, err := (link.New{Kind: k, UserID: a.User.ID, At: a.Now}).Add(ctx, a.Tx, a.base, t)
	a.did.mailed = append(a.did.mailed, l.ID)
	return l, err
}

// TextedCode is a code for the act's user that goes to a telephone.
type TextedCode struct {
	To    string // E.164
	Kind  notify.Kind
	Code  string
	Until time.Time
}

// TextsAvailable reports whether text messages are sent at all.
func (a *Act) TextsAvailable() bool { return a.outbox.TextsAvailable() }

// Text sends a code by text message in the transaction of the act. Limits are the caller's.
func (a *Act) Text(ctx context.Context, m TextedCode) error {
	t, err := a.Tenant(ctx, a.User.TenantID)
	if err != nil {
		return err
	}
	page, err := url.Parse(a.base.URL(t, ""))
	if err != nil {
		return err
	}
	return a.outbox.EnqueueText(ctx, a.Tx, notify.Text{
		TenantID: t.ID, UserID: a.User.ID, To: m.To, Kind: m.Kind, Lang: a.User.Reads(t),
		Data: notify.TextData{Organisation: t.Name, Host: page.Hostname(), Code: m.Code, CodeUntil: m.Until},
	})
}
