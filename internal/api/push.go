package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/push"
)

func (e *edge) addPush() {
	handle(e, get("getMyPush", "/me/push", "Whether browsers can be told by push, and which of yours are").
		says("A browser subscribes with publicKey as the applicationServerKey of the Push API.").signedIn(), e.getMyPush)

	add := post("subscribeMyBrowser", "/me/push", "Let this browser be told by push", withBody()...)
	add.Description = "With what PushSubscription.toJSON() gives. It replaces the subscription of your session, and one with this endpoint; " +
		"so a browser may call it whenever it likes. It ends with the session."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(push.NeedOwn), e.subscribeMyBrowser)

	handle(e, post("unsubscribeMyBrowser", "/me/push/{id}/remove", "Tell one of your browsers nothing any more", http.StatusNotFound).
		says("404 when it is not subscribed any more.").needs(push.NeedOwn), e.onID(e.Push.Unsubscribe))
}

// pushRecord is whether browsers can be told by push, and who is.
type pushRecord struct {
	Available bool            `json:"available" doc:"Browsers can be subscribed."`
	Reason    string          `json:"reason,omitempty" enum:"no_contact" doc:"Why not. no_contact: push services could reach the operator in no way, which they demand."`
	PublicKey string          `json:"publicKey,omitempty" doc:"The key of this service (RFC 8292), base64url. A subscription that was made with another key has to be made again."`
	Browsers  []browserRecord `json:"browsers" nullable:"false" doc:"Those that are subscribed, the newest first."`
}

// browserRecord is a browser that is subscribed.
type browserRecord struct {
	ID           string               `json:"id"`
	SessionID    string               `json:"sessionId" doc:"With which it ends."`
	IsCurrent    bool                 `json:"isCurrent" doc:"It is that of this request's session."`
	Outdated     bool                 `json:"outdated" doc:"It was made with a former key of this service: nothing reaches it until the browser subscribes again."`
	Service      string               `json:"service" doc:"The host of its push service."`
	DeviceInfo   sallyport.DeviceInfo `json:"deviceInfo"`
	CreatedAt    time.Time            `json:"createdAt"`
	LastDelivery time.Time            `json:"lastDeliveryAt,omitzero" doc:"When its push service last took a message. Absent for never."`
	Failed       int                  `json:"failed" minimum:"0" doc:"How many messages were not taken since then."`
	LastStatus   int                  `json:"lastStatus,omitempty" doc:"What its push service answered last, as a status of HTTP. Absent when it never answered."`
}

func showBrowser(s push.Subscription) browserRecord {
	return browserRecord{
		ID: s.ID, SessionID: s.SessionID, IsCurrent: s.Current, Outdated: s.OtherKey, Service: s.Service, DeviceInfo: s.DeviceInfo,
		CreatedAt: s.CreatedAt.UTC(), LastDelivery: s.LastAt.UTC(), Failed: s.Failed, LastStatus: s.LastStatus,
	}
}

func (e *edge) getMyPush(ctx context.Context, _ *struct{}) (*struct{ Body pushRecord }, error) {
	found, err := e.Push.List(ctx, e.actor(ctx))
	state := e.Push.State()
	return &struct{ Body pushRecord }{pushRecord{
		Available: state.Off == "", Reason: state.Off, PublicKey: state.PublicKey, Browsers: each(found, showBrowser),
	}}, err
}

// browserKeys are what messages to a browser are encrypted with.
type browserKeys struct {
	P256dh string `json:"p256dh" maxLength:"100" doc:"The public key of the browser, base64url."`
	Auth   string `json:"auth" maxLength:"32" doc:"Its secret, base64url."`
}

type subscribeInput struct {
	Body struct {
		Endpoint       string      `json:"endpoint" format:"uri" maxLength:"2048" doc:"Where the push service of the browser takes messages for it: https, and a public address."`
		Keys           browserKeys `json:"keys"`
		ExpirationTime *int64      `json:"expirationTime,omitempty" doc:"As the browser gives it. It is not used: the push service says when a subscription is over."`
	} `nameHint:"PushSubscriptionRequest"`
}

func (e *edge) subscribeMyBrowser(ctx context.Context, in *subscribeInput) (*struct{ Body browserRecord }, error) {
	s, err := e.Push.Subscribe(ctx, e.actor(ctx), push.Input{Endpoint: in.Body.Endpoint, P256dh: in.Body.Keys.P256dh, Auth: in.Body.Keys.Auth})
	return &struct{ Body browserRecord }{showBrowser(s)}, err
}
