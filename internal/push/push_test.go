package push_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/uses"
)

var encode = base64.RawURLEncoding.EncodeToString

// browser is another browser each time.
func browser(t testing.TB) push.Input {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	apptest.Must(t, err)
	return push.Input{Endpoint: "https://push.example.com/send/" + token.NewID(), P256dh: encode(key.PublicKey().Bytes()), Auth: encode([]byte("sixteen-bytes-ok"))}
}

// signedIn signs the owner in on one more browser.
func signedIn(t testing.TB, a *apptest.App) sallyport.Actor {
	t.Helper()
	return apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
}

func subscribe(t testing.TB, a *apptest.App, actor sallyport.Actor) push.Subscription {
	t.Helper()
	s, err := a.Push.Subscribe(t.Context(), actor, browser(t))
	apptest.Must(t, err)
	return s
}

// ids returns which subscriptions somebody has, the newest first.
func ids(t testing.TB, a *apptest.App, actor sallyport.Actor) string {
	t.Helper()
	all, err := a.Push.List(t.Context(), actor)
	apptest.Must(t, err)
	var list []string
	for _, s := range all {
		list = append(list, s.ID)
	}
	return strings.Join(list, " ")
}

func TestSubscribe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		ctx, me := t.Context(), signedIn(t, a)
		in := browser(t)
		var s push.Subscription
		var err error
		if got := a.Happened(t, func() { s, err = a.Push.Subscribe(ctx, me, in) }); err != nil || got != string(audit.PushSubscribed) {
			t.Fatalf("%q %v", got, err)
		}
		if !s.Current || s.OtherKey || s.Service != "push.example.com" || s.SessionID != me.SessionID || s.DeviceInfo.Browser == "" || !s.LastAt.IsZero() {
			t.Errorf("%+v", s)
		}
		again := subscribe(t, a, me)
		if got := ids(t, a, me); got != again.ID {
			t.Errorf("%s after the same session has subscribed again", got)
		}
		a.Clock.Advance(time.Second)
		other := signedIn(t, a)
		subscribe(t, a, other)
		taken, err := a.Push.Subscribe(ctx, other, in)
		apptest.Must(t, err)
		if got := ids(t, a, me); got != taken.ID+" "+again.ID {
			t.Errorf("%s", got)
		}
		if moved, err := a.Push.Subscribe(ctx, me, in); err != nil || ids(t, a, me) != moved.ID {
			t.Errorf("an endpoint has two subscriptions: %v", err)
		}
		by := sallyport.Actor{Type: sallyport.ActorUser, TenantID: me.TenantID, UserID: me.UserID, Role: me.Role, KeyID: "key"}
		_, err = a.Push.Subscribe(ctx, by, in)
		apptest.Denied(t, "an API key", err, sallyport.CodeNotByKey)
	})
}

func TestWhatIsNoSubscription(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := signedIn(t, a)
		good := browser(t)
		to := func(endpoint string) push.Input {
			return push.Input{Endpoint: endpoint, P256dh: good.P256dh, Auth: good.Auth}
		}
		for name, tt := range map[string]struct {
			in   push.Input
			want string
		}{
			"nothing":              {push.Input{}, "endpoint invalid_address"},
			"not https":            {to("http://push.example.com/x"), "endpoint invalid_address"},
			"with a user":          {to("https://me@push.example.com/x"), "endpoint invalid_address"},
			"with a fragment":      {to("https://push.example.com/x#y"), "endpoint invalid_address"},
			"with a line break":    {to("https://push.example.com/x\r\ny"), "endpoint invalid_address"},
			"with a backslash":     {to(`https://push.example.com\@10.0.0.1/`), "endpoint invalid_address"},
			"too long":             {to("https://push.example.com/" + strings.Repeat("x", 2048)), "endpoint too_long"},
			"loopback":             {to("https://127.0.0.1/x"), "endpoint invalid_host"},
			"IPv6 loopback":        {to("https://[::1]/x"), "endpoint invalid_host"},
			"mapped":               {to("https://[::ffff:10.0.0.1]/x"), "endpoint invalid_host"},
			"private":              {to("https://192.168.1.1:8443/x"), "endpoint invalid_host"},
			"metadata of a cloud":  {to("https://169.254.169.254/latest"), "endpoint invalid_host"},
			"a number":             {to("https://2130706433/x"), "endpoint invalid_host"},
			"a hexadecimal number": {to("https://0x7f.0.0.1/x"), "endpoint invalid_host"},
			"half an address":      {to("https://127.1/x"), "endpoint invalid_host"},
			"no point":             {push.Input{Endpoint: good.Endpoint, P256dh: encode(append([]byte{4}, make([]byte, 64)...)), Auth: good.Auth}, "p256dh invalid"},
			"a short secret":       {push.Input{Endpoint: good.Endpoint, P256dh: good.P256dh, Auth: encode([]byte("short"))}, "auth invalid"},
		} {
			_, err := a.Push.Subscribe(t.Context(), me, tt.in)
			if sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, endpoint := range []string{
			"https://fcm.googleapis.com/fcm/send/x:y", "https://updates.push.services.mozilla.com/wpush/v2/x", "https://wns2-par02p.notify.windows.com/w/?token=a%2fb", "https://web.push.apple.com/x",
			"https://1.1.1.1/x",
		} {
			if _, err := a.Push.Subscribe(t.Context(), me, to(endpoint)); err != nil {
				t.Errorf("%s: %v", endpoint, err)
			}
		}
		if s, err := a.Push.Subscribe(t.Context(), me, push.Input{Endpoint: good.Endpoint, P256dh: good.P256dh + "=", Auth: good.Auth + "=="}); err != nil {
			t.Errorf("with padding: %+v, %v", s, err)
		}
	})
}

func TestAtMost20(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		var last sallyport.Actor
		for range push.MaxSubscriptions {
			last = signedIn(t, a)
			subscribe(t, a, last)
		}
		_, err := a.Push.Subscribe(t.Context(), signedIn(t, a), browser(t))
		if sallyport.CodeOf(err) != sallyport.CodeInvalid || !strings.Contains(err.Error(), "too_many") {
			t.Errorf("one more: %v", err)
		}
		subscribe(t, a, last)
	})
}

func TestUnsubscribe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		ctx, me := t.Context(), signedIn(t, a)
		there := signedIn(t, a)
		s := subscribe(t, a, there)
		a.AddUser(t, "jonas@corp.test", sallyport.RoleMember)
		stranger := apptest.Actor(a.SignInAs(t, a.Laptop(t), "jonas@corp.test"))
		apptest.Denied(t, "another user", a.Push.Unsubscribe(ctx, stranger, s.ID), sallyport.CodeNotFound)
		if got := a.Happened(t, func() { apptest.Must(t, a.Push.Unsubscribe(ctx, me, s.ID)) }); got != string(audit.PushUnsubscribed) {
			t.Error(got)
		}
		apptest.Denied(t, "again", a.Push.Unsubscribe(ctx, me, s.ID), sallyport.CodeNotFound)
		if got := ids(t, a, me); got != "" {
			t.Error(got)
		}
	})
}

// However a session ends, nothing is pushed to its browser any more.
func TestTheEndOfASession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.Owner(t)
		ctx := t.Context()
		for name, end := range map[string]func(sallyport.Actor) error{
			"signed out":      func(me sallyport.Actor) error { return a.Sessions.SignOut(ctx, me) },
			"ended elsewhere": func(me sallyport.Actor) error { return a.Sessions.RevokeOwn(ctx, signedIn(t, a), me.SessionID) },
			"everywhere":      func(me sallyport.Actor) error { _, err := a.Sessions.RevokeAll(ctx, me); return err },
			"over by the time": func(sallyport.Actor) error {
				a.Clock.Advance(90 * 24 * time.Hour)
				_, err := a.Sessions.Expire(ctx)
				return err
			},
			"by an admin": func(me sallyport.Actor) error {
				return a.Sessions.Revoke(ctx, sallyport.Operator(u.TenantID), me.SessionID)
			},
		} {
			me := signedIn(t, a)
			s := subscribe(t, a, me)
			apptest.Must(t, end(me))
			if _, err := a.DB.PushSubscription(ctx, u.TenantID, s.ID); sallyport.CodeOf(err) != sallyport.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		me, there := signedIn(t, a), signedIn(t, a)
		s := subscribe(t, a, me)
		subscribe(t, a, there)
		if n, err := a.ChangePassword(ctx, me, apptest.Password, "Seven-low bridges 17"); err != nil || n == 0 {
			t.Errorf("%d sessions ended, %v", n, err)
		}
		if got := ids(t, a, me); got != s.ID {
			t.Errorf("%q after a new password: those of the sessions that it ended go, and that of its own stays", got)
		}
	})
}

// A session that gives no access is not pushed to: while it is suspended, and when its time is over
// before anybody has marked it.
func TestOnlyLiveSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.Owner(t)
		ctx, me := t.Context(), signedIn(t, a)
		s := subscribe(t, a, me)
		live := func() sallyport.Code {
			_, err := a.DB.LivePushSubscription(ctx, u.TenantID, s.ID, a.Clock.Now())
			return sallyport.CodeOf(err)
		}
		if live() != "" {
			t.Error("at first it is not live")
		}
		op := sallyport.Operator(u.TenantID)
		apptest.Must(t, a.Sessions.Suspend(ctx, op, me.SessionID))
		if live() != sallyport.CodeNotFound {
			t.Error("it is live although its session is suspended")
		}
		apptest.Must(t, a.Sessions.Resume(ctx, op, me.SessionID))
		if live() != "" {
			t.Error("it is not live after its session was resumed")
		}
		a.Clock.Advance(90 * 24 * time.Hour)
		if live() != sallyport.CodeNotFound {
			t.Error("it is live although its session is over")
		}
	})
}

// Without a key there is no push.
func TestOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := signedIn(t, a)
		off := uses.New(uses.Config{DB: a.DB, Now: a.Clock.Now, Keys: a.Keys(), Outbox: notify.NewOutbox(a.Keys(), a.Clock.Now), Base: apptest.BaseURL})
		if s := off.Push.State(); s.Off != push.OffNoContact || s.PublicKey != "" {
			t.Errorf("%+v", s)
		}
		if _, err := off.Push.Subscribe(t.Context(), me, browser(t)); err == nil || !strings.Contains(err.Error(), "push_unavailable") {
			t.Errorf("%v", err)
		}
		err := a.DB.Write(t.Context(), func(tx *store.Tx) error {
			return notify.NewOutbox(a.Keys(), a.Clock.Now).EnqueuePush(t.Context(), tx, notify.Push{})
		})
		if err == nil {
			t.Error("a message is taken")
		}
	})
}

// A subscription belongs to the key that it was made with.
func TestAnotherKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		me := signedIn(t, a)
		subscribe(t, a, me)
		keys, err := seal.Open(t.TempDir() + "/keys.json")
		apptest.Must(t, err)
		outbox := notify.NewOutbox(a.Keys(), a.Clock.Now)
		apptest.Must(t, outbox.EnablePush(keys.PushKey()))
		all, err := push.New(act.New(act.Config{DB: a.DB, Now: a.Clock.Now}), outbox).List(t.Context(), me)
		if err != nil || len(all) != 1 || !all[0].OtherKey {
			t.Errorf("%+v, %v", all, err)
		}
	})
}
