package act

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// Wishes returns what a user chose to be told of, and where.
func (a *Act) Wishes(ctx context.Context, u sallyport.User) (notify.Wishes, error) {
	rows, err := a.NotificationChoices(ctx, u.TenantID, u.ID)
	return notify.WishesOf(rows), err
}

// around tells somebody by the channels beside mail that they want: the bell, push, text messages. It
// reports whether they want the mail. What they did themselves a moment ago is in the bell too, in case
// it was not them, but they need not be told of it: it is read there, and nothing else is sent.
func (a *Act) around(ctx context.Context, news Alert, t notify.Topic, m notify.Mail) (mail bool, err error) {
	wishes, err := a.Wishes(ctx, news.User)
	if err != nil {
		return false, err
	}
	if wishes.Want(t, notify.InApp) {
		err = a.bell(ctx, news, m.Data)
	}
	if err == nil && !a.byReader(news.User) {
		n := notify.News{TenantID: m.TenantID, UserID: m.UserID, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data}
		err = a.push(ctx, news, n, wishes)
		if err == nil && wishes.Want(t, notify.ByText) {
			err = a.textNews(ctx, news, n)
		}
	}
	return wishes.Want(t, notify.ByMail), err
}

// bell puts what a mail tells into the bell of its reader.
func (a *Act) bell(ctx context.Context, news Alert, d notify.Data) error {
	facts, err := notify.FactsOf(d)
	if err != nil {
		return err
	}
	n := sallyport.Notice{
		ID: token.NewID(), TenantID: news.User.TenantID, UserID: news.User.ID, Kind: string(news.Kind), Facts: facts,
		SessionID: news.About.SessionID, DeviceID: news.About.DeviceID, Times: 1, CreatedAt: a.Now, LastAt: a.Now,
	}
	if a.byReader(news.User) {
		n.ReadAt = a.Now
		return a.AddNotice(ctx, n)
	}
	joined, err := Ignore(a.JoinNotice(ctx, n, a.Now.Add(-notify.StormWindow), notify.AtOnce(news.Kind)))
	if joined || err != nil {
		return err
	}
	return a.AddNotice(ctx, n)
}

// push tells the browsers of somebody that are subscribed.
func (a *Act) push(ctx context.Context, news Alert, n notify.News, wishes notify.Wishes) error {
	topic := notify.TopicFor(n.Kind)
	if a.outbox.PushKey() == "" || !wishes.Want(topic, notify.ByPush) {
		return nil
	}
	all, err := a.PushSubscriptionsOf(ctx, n.TenantID, n.UserID)
	if err != nil {
		return err
	}
	to := notify.Browser{Page: notify.PageOf(topic, news.About.SessionID), Open: wishes.Want(notify.LockScreen, notify.ByPush)}
	for _, p := range all {
		to.SubscriptionID = p.ID
		if err := a.outbox.PushNews(ctx, a.Tx, n, to); err != nil {
			return err
		}
	}
	return nil
}

// textNews tells the telephone of somebody, within what one number is texted.
func (a *Act) textNews(ctx context.Context, news Alert, n notify.News) error {
	if news.User.Phone == "" || !a.outbox.TextsAvailable() {
		return nil
	}
	t, err := a.Tenant(ctx, n.TenantID)
	if err != nil {
		return err
	}
	return a.outbox.TextNews(ctx, a.Tx, n, notify.Telephone{
		Number: news.User.Phone, Page: a.base.URL(t, "/notifications"),
		May: func() (bool, error) { // what is beyond it is told by mail
			d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForTextedNews(news.User.ID))
			return d.Allowed, err
		},
	})
}

// byReader reports whether somebody did themselves, in a session, what they are told of.
func (a *Act) byReader(u sallyport.User) bool {
	return a.Actor.Type == sallyport.ActorUser && a.Actor.UserID == u.ID && a.Actor.SessionID != ""
}
