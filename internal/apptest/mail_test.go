package apptest_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
)

// LastCode finds the newest code of an address or a number, whichever node delivered it.
func TestLastCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const number = "+41791234567"
		u := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		send := func(n *apptest.App, mailed, texted string) {
			until := a.Clock.Now().Add(10 * time.Minute)
			err := n.Acts.Run(t.Context(), sallyport.System(u.TenantID), act.User(u.ID), act.Need{}, func(b *act.Act) error {
				if err := b.Tell(t.Context(), act.Alert{Kind: notify.SignInCode, Data: notify.Data{Code: mailed, CodeUntil: until}}); err != nil {
					return err
				}
				return n.Outbox.EnqueueText(t.Context(), b.Tx, notify.Text{
					TenantID: u.TenantID, UserID: u.ID, To: number, Kind: notify.SignInCode,
					Data: notify.TextData{Organisation: "Quayside", Host: "accounts.corp.test", Code: texted, CodeUntil: until},
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		send(a, "111111", "222222")
		if texts := a.Texts(t); len(texts) != 1 || texts[0].To != number || texts[0].Code != "222222" {
			t.Errorf("%+v", texts)
		}
		if got := a.LastCode(t, u.Email); got != "111111" {
			t.Errorf("mailed %s", got)
		}
		b := a.Node(t, store.Options{})
		a.Clock.Advance(time.Second)
		send(b, "333333", "444444")
		b.Mails(t)
		for to, want := range map[string]string{u.Email: "333333", number: "444444"} {
			if got := a.LastCode(t, to); got != want {
				t.Errorf("%s: %s, want %s", to, got, want)
			}
		}
	})
}
