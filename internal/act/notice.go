package act

import (
	"context"
	"encoding/json"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/token"
)

// wants returns what holds for somebody about a topic, by each way.
func (a *Act) wants(ctx context.Context, u sallyport.User, t notify.TopicRow) (map[notify.Way]bool, error) {
	rows, err := a.NotificationChoices(ctx, u.TenantID, u.ID)
	if err != nil {
		return nil, err
	}
	chosen, wanted := map[notify.Way]bool{}, map[notify.Way]bool{}
	for _, r := range rows {
		if r.Topic == string(t.Topic) {
			chosen[notify.Way(r.Channel)] = r.Wanted
		}
	}
	for _, way := range notify.Ways {
		wanted[way] = t.Wants(way, chosen)
	}
	return wanted, nil
}

// bell puts what a mail tells into the bell of its reader. What they did themselves a moment ago is
// there too, in case it was not them, but they need not be told of it: it is read. The links of the
// mail are not: the bell leads to the act, which asks for a session.
func (a *Act) bell(ctx context.Context, news Alert, d notify.Data) error {
	d.Link, d.NotMe, d.Mine, d.Page, d.Code = "", "", "", "", ""
	facts, err := json.Marshal(d)
	if err != nil {
		return err
	}
	n := sallyport.Notice{
		ID: token.NewID(), TenantID: news.User.TenantID, UserID: news.User.ID, Kind: string(news.Kind), Facts: string(facts),
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

// byReader reports whether somebody did themselves, in a session, what they are told of.
func (a *Act) byReader(u sallyport.User) bool {
	return a.Actor.Type == sallyport.ActorUser && a.Actor.UserID == u.ID && a.Actor.SessionID != ""
}
