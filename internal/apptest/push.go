package apptest

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"path"
	"regexp"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/token"
)

// Pushed is a push message that waits to be sent.
type Pushed struct {
	SubscriptionID string
	Payload        struct{ Title, Body, Path, Tag, Lang string }
}

// RequestID returns the id of the request to approve something that the message is about.
func (p Pushed) RequestID() string { return path.Base(p.Payload.Path) }

// Pushes returns the push messages that wait, oldest first, and forgets them.
func (a *App) Pushes(t testing.TB) (all []Pushed) {
	t.Helper()
	db := dbtest.Raw(t, a.DSN)
	rows, err := db.QueryContext(t.Context(), "SELECT tenant_id, id, payload FROM outbox WHERE channel = 'push' ORDER BY created_at, id")
	Must(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var tenantID, id string
		var sealed []byte
		Must(t, rows.Scan(&tenantID, &id, &sealed))
		text, err := a.Keys().Open(seal.Place{Column: "outbox.payload", TenantID: tenantID, ID: id}, sealed)
		Must(t, err)
		var p Pushed
		Must(t, json.Unmarshal(text, &p))
		all = append(all, p)
	}
	Must(t, rows.Err())
	Must(t, rows.Close())
	_, err = db.ExecContext(t.Context(), "DELETE FROM outbox WHERE channel = 'push'")
	Must(t, err)
	return all
}

// Subscribe lets the browser of a session be told by push.
func (a *App) Subscribe(t testing.TB, actor sallyport.Actor) push.Subscription {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	Must(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	s, err := a.Push.Subscribe(t.Context(), actor, push.Input{
		Endpoint: "https://push.example.com/send/" + token.NewID(), P256dh: encode(key.PublicKey().Bytes()), Auth: encode([]byte("sixteen-bytes-ok")),
	})
	Must(t, err)
	return s
}

var pushedCode = regexp.MustCompile(`\d{6}`)

// PushedCode returns the code of the newest push message.
func (a *App) PushedCode(t testing.TB) string {
	t.Helper()
	all := a.Pushes(t)
	if len(all) == 0 {
		t.Fatal("apptest: nothing was pushed")
	}
	return pushedCode.FindString(all[len(all)-1].Payload.Body)
}

// AddPush sets up approvals on other devices in a session of a browser that is subscribed and trusted.
func (a *App) AddPush(t testing.TB, actor sallyport.Actor) sallyport.Factor {
	t.Helper()
	a.Confirmed(t, actor)
	begun, err := a.Factors.Begin(t.Context(), actor, mfa.NewFactor{Method: sallyport.MethodPush})
	Must(t, err)
	done, err := a.Factors.Verify(t.Context(), actor, begun.Factor.ID, mfa.Answer{Method: sallyport.MethodPush, Code: a.PushedCode(t)})
	Must(t, err)
	return done.Factor
}

// Approver is a user with an authenticator app, whose phone can approve what is asked for elsewhere.
type Approver struct {
	App   *Authenticator
	Phone Visited
}

// AddApprover sets that up for a user who has no second factor yet.
func (a *App) AddApprover(t testing.TB, email string) Approver {
	t.Helper()
	first := a.Visit(t, a.From(t, Client("198.51.100.7", FirefoxOnLinux)), email, true, nil)
	p := Approver{App: a.AddTOTP(t, first.Me())}
	a.Clock.Advance(30 * time.Second)
	p.Phone = a.Visit(t, first.From, email, true, func() mfa.Answer {
		return mfa.Answer{Method: sallyport.MethodTOTP, Code: p.App.Code(t)}
	})
	a.Subscribe(t, p.Phone.Me())
	a.AddPush(t, p.Phone.Me())
	return p
}
