// Package push has the browsers that people let be told by push (Web Push, RFC 8030).
//
//	browser ─ Subscribe ─ row, with the session ─ notify sends ─ the browser's push service ─ service worker
//
// A subscription is of one session, and ends with it: where somebody is signed out, nobody is told
// anything. [act.Runner] sees to that for every way in which a session ends, and package notify asks
// again before it sends.
package push

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// NeedOwn is what it takes to subscribe a browser of one's own, and to end that.
var NeedOwn = act.Need{Exempt: policy.Harmless}

// MaxSubscriptions is how many browsers of a user can be subscribed.
const MaxSubscriptions = 20

// Service handles the subscriptions of all tenants.
type Service struct {
	acts   *act.Runner
	outbox *notify.Outbox
}

// New returns a service. outbox may be nil when nothing is sent.
func New(acts *act.Runner, outbox *notify.Outbox) *Service { return &Service{acts, outbox} }

// OffNoContact is why push is off where push services could reach the operator in no way, which they
// demand: mails come from an address on this machine, and so does the service.
const OffNoContact = "no_contact"

// State says whether browsers can be subscribed.
type State struct {
	PublicKey string // that browsers subscribe with; "" when push is off
	Off       string // why it is; "" when it is not
}

// State returns whether browsers can be subscribed.
func (s *Service) State() State {
	if s.outbox == nil || s.outbox.PushKey() == "" {
		return State{Off: OffNoContact}
	}
	return State{PublicKey: s.outbox.PushKey()}
}

// Subscription is a browser that is subscribed.
type Subscription struct {
	ID, SessionID string
	Current       bool // it is of the actor's session
	OtherKey      bool // it was made with a former key of the installation, so the browser has to subscribe again
	Service       string
	DeviceInfo    sallyport.DeviceInfo
	CreatedAt     time.Time
	LastAt        time.Time // of the last delivery; zero for never
	Failed        int       // since then
	LastStatus    int       // the last answer of the push service; 0 for none
}

// List returns the actor's subscriptions, the newest first.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]Subscription, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, err
	}
	rows, err := s.acts.PushSubscriptionsOf(ctx, actor.TenantID, actor.UserID)
	var all []Subscription
	for _, p := range rows {
		all = append(all, s.show(actor, p))
	}
	return all, err
}

func (s *Service) show(actor sallyport.Actor, p store.PushSubscription) Subscription {
	return Subscription{
		ID: p.ID, SessionID: p.SessionID, Current: p.SessionID == actor.SessionID, OtherKey: s.outbox != nil && p.KeyID != s.outbox.PushKeyID(),
		Service: p.Service, DeviceInfo: p.DeviceInfo, CreatedAt: p.CreatedAt, LastAt: p.LastAt, Failed: p.Failed, LastStatus: p.LastStatus,
	}
}

// Subscribe lets the browser of the actor's session be told by push. It replaces the subscription of
// this session, and one of this endpoint: a browser has one, whoever is signed in. CodeInvalid lists
// the wrong fields.
func (s *Service) Subscribe(ctx context.Context, actor sallyport.Actor, in Input) (out Subscription, err error) {
	if s.State().Off != "" {
		return out, sallyport.Invalid(sallyport.FieldError{Field: "endpoint", Code: "push_unavailable"})
	}
	to, host, err := in.parse()
	if err != nil {
		return out, err
	}
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), NeedOwn, func(a *act.Act) error {
		v, err := a.Session(ctx, actor.TenantID, actor.SessionID)
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(to.Endpoint))
		p := store.PushSubscription{
			TenantID: actor.TenantID, ID: token.NewID(), UserID: a.User.ID, SessionID: v.ID, EndpointHash: sum[:],
			Service: host, KeyID: s.outbox.PushKeyID(), DeviceInfo: v.DeviceInfo, CreatedAt: a.Now,
		}
		if p.Target, err = s.outbox.SealTarget(p.TenantID, p.ID, to); err != nil {
			return err
		}
		if err := replace(ctx, a, p); err != nil {
			return err
		}
		a.Note(audit.PushSubscribed, act.About{Target: p.ID})
		out = s.show(actor, p)
		return nil
	})
	return out, err
}

// replace stores a subscription instead of what there is of its session and its endpoint.
func replace(ctx context.Context, a *act.Act, p store.PushSubscription) error {
	if err := a.ReplacePushSubscriptions(ctx, p.TenantID, p.SessionID, p.EndpointHash); err != nil {
		return err
	}
	all, err := a.PushSubscriptionsOf(ctx, p.TenantID, p.UserID)
	if err != nil {
		return err
	}
	if len(all) >= MaxSubscriptions {
		return tooMany()
	}
	return a.AddPushSubscription(ctx, p)
}

// Unsubscribe ends a subscription of the actor. ErrNotFound when there is none.
func (s *Service) Unsubscribe(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedOwn, func(a *act.Act) error {
		p, err := a.PushSubscription(ctx, actor.TenantID, id)
		if err == nil && p.UserID != a.User.ID {
			err = sallyport.ErrNotFound
		}
		if err == nil {
			err = a.DropPushSubscription(ctx, p.TenantID, p.ID)
		}
		if err != nil {
			return err
		}
		a.Note(audit.PushUnsubscribed, act.About{Target: p.ID})
		return nil
	})
}
