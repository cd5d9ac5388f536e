// Package webhook tells programs of an organisation what happens: each webhook gets the events of the audit
// log that it wants to hear of, in the order of the log, each until it was taken.
//
//	act ─ events ─ places in the log ─ worker: lease, read from the webhook's position, sign, post ─ a program
//	                                      └─ 2xx: the position moves on; anything else: the same event later
//
// A webhook is at one position of the log, so nothing is queued for it, however long it is away. Address and
// secrets are sealed.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// What acts on webhooks require.
var (
	NeedView   = act.Need{Permission: access.WebhooksView}
	NeedManage = act.Need{Permission: access.WebhooksManage, StepUp: policy.ManageWebhooks}
	// A test tells nothing, and what is sent again goes to where it went before.
	NeedSend = act.Need{Permission: access.WebhooksManage, Exempt: policy.Harmless}
)

const (
	// MaxWebhooks is how many webhooks an organisation can have.
	MaxWebhooks = 10
	// MaxDeliveries is how many tries are kept of a webhook, the newest.
	MaxDeliveries = 1000
	// DeliveriesKept is how long they are kept.
	DeliveriesKept = 30 * 24 * time.Hour
)

// Path is the page of the webhooks.
const Path = "/settings/webhooks"

// Overlaps are how long a secret that is replaced can go on to sign too.
var Overlaps = []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// Config is what the service needs.
type Config struct {
	Acts   *act.Runner
	Keys   *seal.Keys   // seal addresses and secrets
	Client *http.Client // nil for one that reaches the public internet alone
}

// Service has the webhooks of all tenants.
type Service struct {
	Config
	woken   chan struct{}
	mu      sync.Mutex
	running map[string]int // how many turns of a tenant are under way on this node; of "" those of slow webhooks
}

// New returns a service.
func New(c Config) *Service {
	if c.Client == nil {
		c.Client = newClient()
	}
	return &Service{Config: c, woken: make(chan struct{}, 1), running: map[string]int{}}
}

// Webhook is a program that is told what happens.
type Webhook struct {
	ID, Name    string
	Host, Hint  string   // of the address, and its end; "" where that is too short to be shown
	Kinds       []string // names of groups and of kinds of events
	CreatedAt   time.Time
	CreatedBy   string    // user id; "" for the operator
	RotatedAt   time.Time // when the secret was last replaced; zero for never
	FormerUntil time.Time // until when the secret before signs too; zero where it does not any more
	OffAt       time.Time // when it was switched off, because it took nothing for days; zero for never
	Position    int64     // in the log, of the event that is next
	TakenAt     time.Time // when it last took an event; zero for never
	TriedAt     time.Time // when it was last sent one; zero for never
	DueAt       time.Time // when it is tried again; zero where nothing failed
	Last        Answer    // to the last event, without what was said
	Failed      int       // how many tries it has not taken since TakenAt
	FailingAt   time.Time // since when it has not; zero where it does
}

// Made is a webhook with its secret, which is shown this once.
type Made struct {
	Webhook
	Secret string
}

func (s *Service) show(w store.Webhook) Webhook {
	out := Webhook{
		ID: w.ID, Name: w.Name, Host: w.Host, Hint: w.Hint, Kinds: w.Kinds, CreatedAt: w.CreatedAt, CreatedBy: w.CreatedBy, RotatedAt: w.RotatedAt, OffAt: w.OffAt,
		Position: w.Position, TakenAt: w.TakenAt, TriedAt: w.TriedAt, Last: Answer{Outcome: w.Outcome, Status: w.Status, Took: w.Took}, Failed: w.Failed, FailingAt: w.FailingSince,
	}
	if s.Acts.Now().Before(w.FormerUntil) {
		out.FormerUntil = w.FormerUntil
	}
	if !w.FailingSince.IsZero() && w.OffAt.IsZero() {
		out.DueAt = w.DueAt
	}
	return out
}

// secrets are what is sealed of a webhook.
type secrets struct {
	Address     string    `json:"address"`
	Secret      string    `json:"secret"`
	Former      string    `json:"former,omitempty"` // the secret before, "" for none
	FormerUntil time.Time `json:"formerUntil,omitzero"`
}

// signing returns the secrets that sign at a time, the newest first.
func (x secrets) signing(at time.Time) []string {
	if x.Former != "" && at.Before(x.FormerUntil) {
		return []string{x.Secret, x.Former}
	}
	return []string{x.Secret}
}

func place(tenantID, id string) seal.Place {
	return seal.Place{Column: "webhooks.sealed", TenantID: tenantID, ID: id}
}

func (s *Service) seal(w *store.Webhook, x secrets) error {
	text, err := json.Marshal(x) //nolint:gosec // it is encrypted in the next line
	if err == nil {
		w.Sealed, err = s.Keys.Seal(place(w.TenantID, w.ID), text)
	}
	return err
}

func (s *Service) open(w store.Webhook) (x secrets, err error) {
	text, err := s.Keys.Open(place(w.TenantID, w.ID), w.Sealed)
	if err == nil {
		err = json.Unmarshal(text, &x)
	}
	return x, err
}

// List returns the webhooks, by name. It needs webhooks.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]Webhook, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	rows, err := s.Acts.Webhooks(ctx, actor.TenantID)
	all := make([]Webhook, len(rows))
	for i, w := range rows {
		all[i] = s.show(w)
	}
	return all, err
}

// Get returns one webhook. It needs webhooks.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Webhook, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Webhook{}, err
	}
	w, err := s.Acts.Webhook(ctx, actor.TenantID, id)
	return s.show(w), err
}

// Reads returns nil for who may read the log, which acts on webhooks need besides their permission. Whoever has events sent somewhere could read them there.
func Reads(actor sallyport.Actor) error {
	return access.Allowed(actor, access.AuditView, access.Target{TenantID: actor.TenantID})
}

// Add adds a webhook, which hears of what happens from now on. It needs webhooks.manage, audit.view and a
// step-up. CodeInvalid lists the wrong fields.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, in Input) (out Made, err error) {
	row, err := in.parse(true)
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if err := Reads(a.Actor); err != nil {
			return err
		}
		have, err := a.LockWebhooks(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if len(have) >= MaxWebhooks {
			return tooMany()
		}
		size, err := sizeOf(ctx, a.Queries, actor.TenantID)
		if err != nil {
			return err
		}
		w := row
		w.TenantID, w.ID, w.CreatedAt, w.CreatedBy, w.Position = actor.TenantID, newID(), a.Now, actor.UserID, size
		secret := newSecret()
		if err := s.seal(&w, secrets{Address: in.Address, Secret: secret}); err != nil {
			return err
		}
		a.Note(audit.WebhookCreated, act.About{Target: w.ID}, details(w)...)
		out = Made{s.show(w), secret}
		return unique(a.AddWebhook(ctx, w))
	})
	return out, err
}

// Change replaces what a webhook is and switches it on; it goes on where it was. An address that is "" stays
// what it is. It needs what Add needs.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id string, in Input) (Webhook, error) {
	row, err := in.parse(in.Address != "")
	if err != nil {
		return Webhook{}, err
	}
	return s.change(ctx, actor, id, func(a *act.Act, w *store.Webhook) error {
		w.Name, w.Kinds = row.Name, row.Kinds
		if in.Address != "" {
			w.Host, w.Hint = row.Host, row.Hint
			x, err := s.open(*w)
			if err != nil {
				return err
			}
			x.Address = in.Address
			if err := s.seal(w, x); err != nil {
				return err
			}
		}
		anew(w)
		a.Note(audit.WebhookChanged, act.About{Target: w.ID}, details(*w)...)
		return nil
	})
}

// change changes a webhook in an act that needs what Add needs.
func (s *Service) change(ctx context.Context, actor sallyport.Actor, id string, do func(*act.Act, *store.Webhook) error) (out Webhook, err error) {
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if err := Reads(a.Actor); err != nil {
			return err
		}
		w, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		if err := do(a, &w); err != nil {
			return err
		}
		out = s.show(w)
		return unique(a.ChangeWebhook(ctx, w))
	})
	s.Wake()
	return out, err
}

// anew lets a webhook be tried at once, also one that was switched off.
func anew(w *store.Webhook) {
	w.OffAt, w.DueAt, w.Outcome, w.Status, w.Failed, w.FailingSince = time.Time{}, time.Time{}, "", 0, 0, time.Time{}
}

// Rotate gives a webhook another secret; the one before signs too for the overlap, one of [Overlaps]. A
// secret before that signs no more. It needs what Add needs.
func (s *Service) Rotate(ctx context.Context, actor sallyport.Actor, id string, overlap time.Duration) (Made, error) {
	if !slices.Contains(Overlaps, overlap) {
		return Made{}, sallyport.Invalid(sallyport.FieldError{Field: "overlapHours", Code: "unknown_value"})
	}
	var secret string
	w, err := s.change(ctx, actor, id, func(a *act.Act, w *store.Webhook) error {
		x, err := s.open(*w)
		if err != nil {
			return err
		}
		secret = newSecret()
		data := []string{"host", w.Host, "name", w.Name}
		next := secrets{Address: x.Address, Secret: secret}
		if overlap > 0 {
			next.Former, next.FormerUntil = x.Secret, a.Now.Add(overlap)
			data = append(data, "until", next.FormerUntil.UTC().Format(time.RFC3339))
		}
		w.RotatedAt, w.FormerUntil = a.Now, next.FormerUntil
		a.Note(audit.WebhookRotated, act.About{Target: w.ID}, data...)
		return s.seal(w, next)
	})
	return Made{w, secret}, err
}

// Replay lets a webhook go on at a position of the log, from 0 to the number of its events, and switches it
// on. What came after it is sent again. It needs what Add needs.
func (s *Service) Replay(ctx context.Context, actor sallyport.Actor, id string, position int64) (Webhook, error) {
	return s.change(ctx, actor, id, func(a *act.Act, w *store.Webhook) error {
		size, err := sizeOf(ctx, a.Queries, actor.TenantID)
		if err != nil {
			return err
		}
		if position < 0 || position > size {
			return sallyport.Invalid(sallyport.FieldError{Field: "position", Code: "out_of_range", Args: bounds(size)})
		}
		from := w.Position
		w.Position = position
		anew(w)
		a.Note(audit.WebhookReplayed, act.About{Target: w.ID}, "host", w.Host, "from", number(from), "to", number(position), "name", w.Name)
		return nil
	})
}

// Remove removes a webhook with what is kept of its deliveries. It needs webhooks.manage and a step-up.
func (s *Service) Remove(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		w, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		a.Note(audit.WebhookRemoved, act.About{Target: w.ID}, "host", w.Host, "name", w.Name)
		return a.DropWebhook(ctx, actor.TenantID, id)
	})
}

// locked returns a webhook, with all of the organisation locked: an act locks them in one order.
func (s *Service) locked(ctx context.Context, a *act.Act, id string) (store.Webhook, error) {
	all, err := a.LockWebhooks(ctx, a.Actor.TenantID)
	if err != nil {
		return store.Webhook{}, err
	}
	i := slices.IndexFunc(all, func(w store.Webhook) bool { return w.ID == id })
	if i < 0 {
		return store.Webhook{}, sallyport.ErrNotFound
	}
	return all[i], nil
}

// sizeOf returns how many events have their place in the log of a tenant.
func sizeOf(ctx context.Context, db store.Queries, tenantID string) (int64, error) {
	head, err := db.AuditHead(ctx, tenantID)
	if errors.Is(err, sallyport.ErrNotFound) {
		return 0, nil
	}
	return head.Size, err
}

// Size returns how many events the organisation's log has: the position of the next one. It needs webhooks.view.
func (s *Service) Size(ctx context.Context, actor sallyport.Actor) (int64, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return 0, err
	}
	return sizeOf(ctx, s.Acts.Queries, actor.TenantID)
}

// details are what the log says of a webhook.
func details(w store.Webhook) []string {
	return []string{"host", w.Host, "kinds", strings.Join(w.Kinds, " "), "name", w.Name}
}
