package notice_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	mia    = "mia@corp.test"
	number = "+4915123456789"
)

// everywhere is somebody who is told by every way.
type everywhere struct {
	*apptest.App
	me sallyport.Actor
}

func told(t *testing.T, a *apptest.App) everywhere {
	t.Helper()
	a.Owner(t)
	a.AddUser(t, mia, sallyport.RoleMember)
	from := a.Laptop(t)
	in := a.SignInAs(t, from, mia)
	me := apptest.Actor(in)
	a.StepUp(t, apptest.After(from, in), me, sallyport.StepUp{Act: string(policy.ChangePhone), Password: true}, nil)
	_, err := a.Contacts.AskPhone(t.Context(), me, number, "")
	apptest.Must(t, err)
	apptest.Must(t, a.Contacts.ConfirmPhone(t.Context(), me, a.LastCode(t, number)))
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	apptest.Must(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	_, err = a.Push.Subscribe(t.Context(), me, push.Input{
		Endpoint: "https://push.example.com/send/1", P256dh: encode(key.PublicKey().Bytes()), Auth: encode([]byte("sixteen-bytes-ok")),
	})
	apptest.Must(t, err)
	var all []notice.Wish
	for _, topic := range notify.Topics {
		if topic.Text != "" {
			all = append(all, notice.Wish{Topic: topic.Topic, Way: notify.ByText, Wanted: true})
		}
	}
	apptest.Must(t, a.Notices.Choose(t.Context(), me, all))
	a.Mails(t)
	a.Texts(t)
	e := everywhere{a, me}
	e.pushes(t)
	apptest.Must(t, second(a.Notices.ReadAll(t.Context(), me, a.Clock.Now())))
	return e
}

func second(_ int, err error) error { return err }

// pushes takes what waits to be pushed.
func (e everywhere) pushes(t *testing.T) (n int) {
	t.Helper()
	apptest.Must(t, e.DB.Write(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.LeaseOutbox(t.Context(), notify.ChannelPush, store.Lease{Token: "test", Now: e.Clock.Now(), Until: e.Clock.Now().Add(24 * time.Hour)}, 5000)
		n = len(rows)
		return err
	}))
	return n
}

// unread returns the unread notices, as kind and times.
func (e everywhere) unread(t *testing.T) (out []string) {
	t.Helper()
	found, err := e.Notices.List(t.Context(), e.me, list.OwnNotices.First())
	apptest.Must(t, err)
	for _, n := range found.Rows {
		if n.ReadAt.IsZero() {
			out = append(out, fmt.Sprint(n.Kind, " ", n.Times))
		}
	}
	return out
}

// tell lets something happen to the account.
func (e everywhere) tell(t *testing.T, news act.Alert) {
	t.Helper()
	apptest.Must(t, e.Acts.Run(t.Context(), sallyport.System(e.me.TenantID), act.User(e.me.UserID), act.Need{Exempt: policy.TakesAway}, func(a *act.Act) error {
		a.Note(audit.AccountLocked, act.About{})
		return a.Tell(t.Context(), news)
	}))
}

// A thousand wrong passwords make at most two messages by any way, and what comes with the second says how
// often it happened.
func TestAThousandFailures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		for i := range 1000 {
			from := a.From(t, apptest.Client(fmt.Sprintf("198.51.%d.%d", 100+i/200, i%200), apptest.FirefoxOnLinux))
			if _, err := a.Try(t.Context(), from, mia, "wrong password 1"); err == nil {
				t.Fatal("a wrong password is right")
			}
			a.Clock.Advance(500 * time.Millisecond)
		}
		mails, texts, pushed := len(a.Mails(t)), len(a.Texts(t)), e.pushes(t)
		a.Clock.Advance(notify.StormWindow)
		mails, texts, pushed = mails+len(a.Mails(t)), texts+len(a.Texts(t)), pushed+e.pushes(t)
		if bell := len(e.unread(t)); mails == 0 || mails > 2 || texts == 0 || texts > 2 || pushed == 0 || pushed > 2 || bell == 0 || bell > 2 {
			t.Errorf("%d mails, %d text messages, %d push messages, %d notices", mails, texts, pushed, bell)
		}
	})
}

// The mechanism, for what locks would hold back: a thousand locks within minutes.
func TestStorm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		locked := act.Locked(sallyport.Policy{LockoutFailures: 5}, notify.AccountLocked, apptest.Client("192.0.2.77", apptest.FirefoxOnLinux), a.Clock.Now().Add(time.Hour))
		for range 1000 {
			e.tell(t, locked)
		}
		first, texts := a.Mails(t), a.Texts(t)
		if len(first) != 1 || len(texts) != 1 || e.pushes(t) != 1 {
			t.Errorf("at once: %d mails, %d text messages", len(first), len(texts))
		}
		if got := e.unread(t); len(got) != 1 || got[0] != "account_locked 1000" {
			t.Errorf("the bell: %v", got)
		}
		a.Clock.Advance(notify.StormWindow)
		mails, texts := a.Mails(t), a.Texts(t)
		if len(mails) != 1 || !strings.Contains(apptest.Text(t, mails[0]), "999 times") || len(texts) != 1 || !strings.Contains(texts[0].Text, "999 times") || e.pushes(t) != 1 {
			t.Errorf("at the end: %d mails, text messages %v", len(mails), texts)
		}
		// It is over: the next one is told at once.
		e.tell(t, locked)
		if n := len(a.Mails(t)); n != 1 {
			t.Errorf("after it: %d mails", n)
		}
		// Another kind has nothing to do with it, and three of it are told at once.
		for range 5 {
			e.tell(t, act.Alert{Kind: notify.SessionsEnded})
		}
		if n := len(a.Mails(t)); n != 3 {
			t.Errorf("of another kind: %d mails", n)
		}
	})
}

// What people did themselves a second ago rings no bell and no telephone; the mail tells them all the same,
// because it may have been somebody in their session.
func TestWhatOneDidOneself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		_, err := a.ChangePassword(t.Context(), e.me, apptest.Password, "Seven-low bridges 17")
		apptest.Must(t, err)
		if got := e.unread(t); got != nil {
			t.Errorf("the bell says %v", got)
		}
		found, err := a.Notices.List(t.Context(), e.me, list.OwnNotices.First())
		if err != nil || found.Rows[0].Kind != string(notify.PasswordChanged) || found.Rows[0].ReadAt.IsZero() {
			t.Errorf("it is not there, in case it was not them: %+v %v", found.Rows, err)
		}
		if mails, texts, pushed := len(a.Mails(t)), len(a.Texts(t)), e.pushes(t); mails != 1 || texts != 0 || pushed != 0 {
			t.Errorf("%d mails, %d text messages, %d push messages", mails, texts, pushed)
		}
		e.tell(t, act.Alert{Kind: notify.SessionsEnded})
		if mails, texts, pushed, bell := len(a.Mails(t)), len(a.Texts(t)), e.pushes(t), e.unread(t); mails != 1 || texts != 1 || pushed != 1 || len(bell) != 1 {
			t.Errorf("by somebody else: %d mails, %d text messages, %d push messages, bell %v", mails, texts, pushed, bell)
		}
	})
}

// Choices hold for each way; what warns comes by mail whatever anybody chose.
func TestChoices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		ctx := t.Context()
		off := func(topic notify.Topic, ways ...notify.Way) (wishes []notice.Wish) {
			for _, w := range ways {
				wishes = append(wishes, notice.Wish{Topic: topic, Way: w})
			}
			return wishes
		}
		apptest.Denied(t, "mails of warnings", a.Notices.Choose(ctx, e.me, off(notify.DeviceAlerts, notify.ByMail)), sallyport.CodeInvalid)
		apptest.Denied(t, "no such topic", a.Notices.Choose(ctx, e.me, off("nothing", notify.ByMail)), sallyport.CodeInvalid)
		apptest.Denied(t, "no such way", a.Notices.Choose(ctx, e.me, off(notify.Programs, notify.ByText)), sallyport.CodeInvalid)
		if got := a.Happened(t, func() {
			apptest.Must(t, a.Notices.Choose(ctx, e.me, off(notify.DeviceAlerts, notify.ByPush, notify.ByText, notify.InApp)))
		}); got != string(audit.NotificationsChosen) {
			t.Errorf("happened: %s", got)
		}
		if got := a.Happened(t, func() {
			apptest.Must(t, a.Notices.Choose(ctx, e.me, off(notify.DeviceAlerts, notify.ByPush)))
		}); got != "" {
			t.Errorf("the same again: %s", got)
		}
		e.tell(t, act.Alert{Kind: notify.SessionsEnded})
		if mails, texts, pushed, bell := len(a.Mails(t)), len(a.Texts(t)), e.pushes(t), e.unread(t); mails != 1 || texts != 0 || pushed != 0 || bell != nil {
			t.Errorf("%d mails, %d text messages, %d push messages, bell %v", mails, texts, pushed, bell)
		}
		apptest.Must(t, a.Notices.Choose(ctx, e.me, off(notify.Reminders, notify.ByMail)))
		e.tell(t, act.Alert{Kind: notify.SetUpFactor, Page: "/profile/security"})
		if mails, bell := len(a.Mails(t)), e.unread(t); mails != 0 || len(bell) != 1 {
			t.Errorf("a reminder in the bell alone: %d mails, bell %v", mails, bell)
		}
		all, err := a.Notices.Choices(ctx, e.me)
		apptest.Must(t, err)
		for _, c := range all {
			if c.Admins {
				t.Errorf("a member is offered %s", c.Topic)
			}
		}
	})
}

// Nobody reads, marks or counts the bell of somebody else.
func TestTheBellOfOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		ctx := t.Context()
		e.tell(t, act.Alert{Kind: notify.SessionsEnded})
		mine, err := a.Notices.List(ctx, e.me, list.OwnNotices.First())
		apptest.Must(t, err)
		owner := apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		apptest.Denied(t, "marking", a.Notices.Read(ctx, owner, mine.Rows[0].ID), sallyport.CodeNotFound)
		apptest.Must(t, second(a.Notices.ReadAll(ctx, owner, a.Clock.Now())))
		if n, err := a.Notices.Unread(ctx, e.me); n != 1 || err != nil {
			t.Errorf("%d unread, %v", n, err)
		}
		a.Clock.Advance(time.Second)
		e.tell(t, act.Alert{Kind: notify.RoleChanged, Data: notify.Data{Role: "admin"}})
		// What came after somebody looked stays unread.
		if n, err := a.Notices.ReadAll(ctx, e.me, mine.Rows[0].LastAt); n != 1 || err != nil {
			t.Errorf("%d marked, %v", n, err)
		}
		if got := e.unread(t); len(got) != 1 || got[0] != "role_changed 1" {
			t.Errorf("%v", got)
		}
		a.Clock.Advance(91 * 24 * time.Hour)
		apptest.Must(t, a.Retention.Forget(ctx))
		found, err := a.Notices.List(ctx, e.me, list.OwnNotices.First())
		if err != nil || len(found.Rows) != 0 {
			t.Errorf("%d notices after 91 days, %v", len(found.Rows), err)
		}
	})
}

// Nobody can run up the bill of a number by what they try on an account: its mailbox is told of the rest.
func TestTextsOfADay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		e := told(t, a)
		texts, mails := 0, 0
		for range 40 { // ten hours of an attack, in which every quarter of an hour something is locked
			e.tell(t, act.Alert{Kind: notify.SessionsEnded})
			texts, mails = texts+len(a.Texts(t)), mails+len(a.Mails(t))
			a.Clock.Advance(15 * time.Minute)
		}
		if texts != 10 || mails != 40 {
			t.Errorf("%d text messages and %d mails", texts, mails)
		}
	})
}
