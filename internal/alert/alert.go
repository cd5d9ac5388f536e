// Package alert has the chats and tools that an organisation lets be told what happens: channels, each with
// an address, a format and topics.
//
//	act ─ events ─ channels that want to hear of them ─ outbox ─ notify sends ─ Slack, Teams, ntfy, a program
//
// An address is a secret: whoever knows it can write there. It is sealed, and shown to nobody again.
package alert

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// What acts on channels require.
var (
	NeedView   = act.Need{Permission: access.WebhooksView}
	NeedManage = act.Need{Permission: access.WebhooksManage, StepUp: policy.ManageAlerts}
	// A test tells nothing but that it is one.
	NeedTest = act.Need{Permission: access.WebhooksManage, Exempt: policy.Harmless}
)

// MaxChannels is how many channels an organisation can have.
const MaxChannels = 10

// Path is the page of the channels.
const Path = "/settings/alerts"

// Config is what the service needs.
type Config struct {
	Acts    *act.Runner
	Keys    *seal.Keys      // seal the addresses
	Alerter *notify.Alerter // sends tests; nil when nothing is sent
	Base    link.Base
}

// Service has the channels of all tenants.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Channel is a chat or a tool that is told what happens.
type Channel struct {
	ID, Name   string
	Format     string // one of [notify.AlertFormats]
	Host, Hint string // of the address, and its end; "" where that is too short to be shown
	Topics     []notify.AlertTopic
	Named      bool // messages name people
	CreatedAt  time.Time
	CreatedBy  string    // user id; "" for the operator
	OffAt      time.Time // when it was switched off, because it took nothing for days; zero for never
	TakenAt    time.Time // when it last took a message; zero for never
	TriedAt    time.Time // when it was last sent one; zero for never
	Last       notify.AlertResult
	Failed     int       // how many it has not taken since TakenAt
	FailingAt  time.Time // since when it has not; zero where it does
}

// Works reports whether the channel took the last message.
func (c Channel) Works() bool { return c.Last.Outcome == notify.AlertTaken }

func show(c store.AlertChannel) Channel {
	topics := make([]notify.AlertTopic, len(c.Topics))
	for i, t := range c.Topics {
		topics[i] = notify.AlertTopic(t)
	}
	return Channel{
		ID: c.ID, Name: c.Name, Format: c.Format, Host: c.Host, Hint: c.Hint, Topics: topics, Named: c.Named, CreatedAt: c.CreatedAt, CreatedBy: c.CreatedBy,
		OffAt: c.OffAt, TakenAt: c.TakenAt, TriedAt: c.TriedAt, Last: notify.AlertResult{Outcome: c.Outcome, Status: c.Status, Said: c.Said},
		Failed: c.Failed, FailingAt: c.FailingSince,
	}
}

// List returns the channels, by name. It needs webhooks.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]Channel, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	rows, err := s.Acts.AlertChannels(ctx, actor.TenantID)
	all := make([]Channel, len(rows))
	for i, c := range rows {
		all[i] = show(c)
	}
	return all, err
}

// Get returns one channel. It needs webhooks.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Channel, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Channel{}, err
	}
	c, err := s.Acts.AlertChannel(ctx, actor.TenantID, id)
	return show(c), err
}

// Add adds a channel. It needs webhooks.manage and a step-up. CodeInvalid lists the wrong fields.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, in Input) (out Channel, err error) {
	row, err := in.parse(true)
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		have, err := a.LockAlertChannels(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if len(have) >= MaxChannels {
			return tooMany()
		}
		c := row
		c.TenantID, c.ID, c.CreatedAt, c.CreatedBy = actor.TenantID, token.NewID(), a.Now, actor.UserID
		if c.Address, err = notify.SealAddress(s.Keys, c.TenantID, c.ID, in.Address); err != nil {
			return err
		}
		a.Note(audit.AlertChannelMade, act.About{Target: c.ID}, details(c)...)
		out = show(c)
		return unique(a.AddAlertChannel(ctx, c))
	})
	return out, err
}

// Change replaces what a channel is, switches it on, and forgets what became of messages until now. An
// address that is "" stays what it is. It needs what Add needs.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id string, in Input) (out Channel, err error) {
	row, err := in.parse(in.Address != "")
	if err != nil {
		return out, err
	}
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		c, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		if in.Address == "" && row.Format == notify.AlertNtfy && c.Format != row.Format {
			return sallyport.Invalid(sallyport.FieldError{Field: "address", Code: "required"}) // whether it ends with a topic is not known
		}
		c.Name, c.Format, c.Topics, c.Named, c.OffAt, c.AlertState = row.Name, row.Format, row.Topics, row.Named, time.Time{}, store.AlertState{}
		if in.Address != "" {
			c.Host, c.Hint = row.Host, row.Hint
			if c.Address, err = notify.SealAddress(s.Keys, c.TenantID, c.ID, in.Address); err != nil {
				return err
			}
		}
		a.Note(audit.AlertChannelChanged, act.About{Target: c.ID}, details(c)...)
		out = show(c)
		return unique(a.ChangeAlertChannel(ctx, c))
	})
	return out, err
}

// Remove removes a channel. It needs what Add needs. Those that are left are told.
func (s *Service) Remove(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		c, err := s.locked(ctx, a, id)
		if err != nil {
			return err
		}
		a.Note(audit.AlertChannelRemoved, act.About{Target: c.ID}, "format", c.Format, "host", c.Host, "name", c.Name)
		return a.DropAlertChannel(ctx, actor.TenantID, id)
	})
}

// locked returns a channel, with all of the organisation locked: an act locks them in one order.
func (s *Service) locked(ctx context.Context, a *act.Act, id string) (store.AlertChannel, error) {
	all, err := a.LockAlertChannels(ctx, a.Actor.TenantID)
	if err != nil {
		return store.AlertChannel{}, err
	}
	i := slices.IndexFunc(all, func(c store.AlertChannel) bool { return c.ID == id })
	if i < 0 {
		return store.AlertChannel{}, sallyport.ErrNotFound
	}
	return all[i], nil
}

// Test sends a message to a channel at once, also to one that is switched off, and says what became of it,
// within [notify.AlertTimeout]. It needs webhooks.manage.
func (s *Service) Test(ctx context.Context, actor sallyport.Actor, id string) (notify.AlertResult, error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedTest); err != nil {
		return notify.AlertResult{}, err
	}
	c, err := s.Acts.AlertChannel(ctx, actor.TenantID, id)
	if err != nil {
		return notify.AlertResult{}, err
	}
	t, err := s.Acts.Tenant(ctx, actor.TenantID)
	if err != nil {
		return notify.AlertResult{}, err
	}
	if s.Alerter == nil {
		return notify.AlertResult{}, sallyport.ErrUnavailable
	}
	return s.Alerter.Test(ctx, c, token.NewID(), s.Base.URL(t, Path))
}

// details are what the log says of a channel.
func details(c store.AlertChannel) []string {
	named := "no"
	if c.Named {
		named = "yes"
	}
	return []string{"format", c.Format, "host", c.Host, "topics", strings.Join(c.Topics, " "), "named", named, "name", c.Name}
}

func unique(err error) error {
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
	}
	return err
}
