package profile

import (
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

var (
	laptop = sallyport.DeviceInfo{Type: sallyport.DeviceDesktop, Browser: "Firefox", OS: "Linux"}
	iphone = sallyport.DeviceInfo{Type: sallyport.DeviceMobile, Browser: "Safari", OS: "iOS", Model: "iPhone"}
)

// notices are some of several days and kinds.
func notices() []sallyport.Notice {
	at := func(ago time.Duration, kind notify.Kind, change func(*sallyport.Notice, *notify.Data)) sallyport.Notice {
		n := sallyport.Notice{ID: "n" + strconv.Itoa(int(ago)), Kind: string(kind), Times: 1, CreatedAt: kittest.Now.Add(-ago), LastAt: kittest.Now.Add(-ago)}
		d := notify.Data{At: n.LastAt, Place: sallyport.Location{Country: "DE", City: "Berlin"}, Device: laptop, IPAddress: "203.0.113.9"}
		change(&n, &d)
		n.Facts, _ = notify.FactsOf(d)
		return n
	}
	read := func(n *sallyport.Notice) { n.ReadAt = n.LastAt.Add(time.Minute) }
	return []sallyport.Notice{
		at(2*time.Minute, notify.NewSignIn, func(n *sallyport.Notice, _ *notify.Data) { n.SessionID = "s9" }),
		at(8*time.Minute, notify.AccountLocked, func(n *sallyport.Notice, d *notify.Data) { n.Times, d.Attempts = 996, 5 }),
		at(26*time.Hour, notify.DeviceFlagged, func(_ *sallyport.Notice, d *notify.Data) { d.DeviceName = "ماكبوك <b>" }),
		at(27*time.Hour, notify.PasswordChanged, func(n *sallyport.Notice, _ *notify.Data) { read(n) }),
		at(4*24*time.Hour, notify.KeyCreated, func(n *sallyport.Notice, d *notify.Data) { read(n); d.KeyName = "Nightly export" }),
		at(30*24*time.Hour, notify.SetUpFactor, func(n *sallyport.Notice, d *notify.Data) { read(n); *d = notify.Data{} }),
		at(31*24*time.Hour, "of_another_version", func(n *sallyport.Notice, _ *notify.Data) { read(n) }),
	}
}

func choices(admin bool) (all []notice.Choice) {
	for _, t := range notify.Topics {
		if t.Admins && !admin {
			continue
		}
		c := notice.Choice{TopicRow: t, Wanted: map[notify.Way]bool{}}
		for _, way := range notify.Ways {
			c.Wanted[way] = notify.Wishes{}.Want(t.Topic, way)
		}
		all = append(all, c)
	}
	return all
}

// subscriptions are of browsers in every state.
func subscriptions() []push.Subscription {
	return []push.Subscription{
		{ID: "b1", SessionID: "s1", Current: true, Service: "updates.push.services.mozilla.com", DeviceInfo: laptop, CreatedAt: kittest.Now.Add(-time.Hour)},
		{ID: "b2", SessionID: "s2", Service: "web.push.apple.com", DeviceInfo: iphone, CreatedAt: kittest.Now.Add(-9 * 24 * time.Hour), LastAt: kittest.Now.Add(-3 * time.Hour), LastStatus: 201},
		{ID: "b3", SessionID: "s3", OtherKey: true, Service: "fcm.googleapis.com", DeviceInfo: sallyport.DeviceInfo{Type: sallyport.DeviceDesktop, Browser: "Chrome", OS: "Windows"}, CreatedAt: kittest.Now.Add(-60 * 24 * time.Hour), LastAt: kittest.Now.Add(-20 * 24 * time.Hour), Failed: 12, LastStatus: 503},
	}
}

func noticeFixtures() []kittest.Fixture {
	show := func(name, template, path string, view func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page {
			p := kittest.Page(s, path, "Notifications", &kittest.Amara, view(s))
			bell := kit.ViewBell(s, 3)
			bell.PushKey, bell.Who, bell.Session = "BElbKM60QqDPE0KO06NwTWEqr_tKjWVBAT4i8OY0Grd1DTTBgOKI96ORUpwsC14rWbU45txLwOIkUqeuSsTvCX4", "u1", "s1"
			p.Bell = &bell
			return p
		}}
	}
	entries := func(rows []sallyport.Notice, next string) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			return viewNotices(s, kit.Listed(httptest.NewRequest("GET", kit.NoticesPath, nil), kit.NoticesPath, list.OwnNotices, noticesListed), list.Page[sallyport.Notice]{Rows: rows, Next: next}, "s1")
		}
	}
	chosen := func(admin bool, state push.State, all []push.Subscription, here sallyport.DeviceInfo, phone bool) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			v := viewChoices(s, choices(admin))
			v.Push = viewPush(s, state, all, here)
			if phone {
				v.Phone = &kit.Anchor{Text: s.T("notifications.addPhone"), Path: phonePath}
			}
			return v
		}
	}
	on := push.State{PublicKey: "key"}
	return []kittest.Fixture{
		show("notices-many", "notice_list", kit.NoticesPath, entries(notices(), "more")),
		show("notices-none", "notice_list", kit.NoticesPath, entries(nil, "")),
		show("notices-read", "notice_list", kit.NoticesPath, entries(notices()[3:], "")),
		show("notifications", "notice_choices", kit.NotificationsPath, chosen(true, on, subscriptions(), laptop, true)),
		show("notifications-member", "notice_choices", kit.NotificationsPath, chosen(false, on, nil, iphone, false)),
		show("notifications-no-push", "notice_choices", kit.NotificationsPath, chosen(false, push.State{Off: push.OffNoContact}, nil, laptop, false)),
	}
}
