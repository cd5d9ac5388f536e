// Package notice has the bell of people: what happened on their accounts, and what they chose to be
// told of, and where.
//
//	act ─ Tell ─┬─ mail                      (package notify)
//	            └─ notice, where they want it ─ bell
//
// The table of topics in package notify says what there is, what is told where by default, and what
// nobody can switch off.
package notice

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// NeedChoose is what choosing requires.
var NeedChoose = act.Need{Exempt: policy.Harmless}

// Service handles the notices of all tenants.
type Service struct{ acts *act.Runner }

// New returns a service.
func New(acts *act.Runner) *Service { return &Service{acts} }

// List returns a page of the actor's notices, those of the last ninety days, the newest first.
func (s *Service) List(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Notice], error) {
	if err := own(actor); err != nil {
		return list.Page[sallyport.Notice]{}, err
	}
	return s.acts.Notices(ctx, actor.TenantID, actor.UserID, q)
}

// Unread returns how many of them are unread, at most 100.
func (s *Service) Unread(ctx context.Context, actor sallyport.Actor) (int, error) {
	if err := own(actor); err != nil {
		return 0, err
	}
	n, err := s.acts.UnreadNotices(ctx, actor.TenantID, actor.UserID)
	return int(n), err
}

// Read marks one of the actor's notices as read. ErrNotFound for somebody else's; it is no error when
// it was read before.
func (s *Service) Read(ctx context.Context, actor sallyport.Actor, id string) error {
	if err := own(actor); err != nil {
		return err
	}
	n, err := s.acts.Notice(ctx, actor.TenantID, id)
	if err == nil && n.UserID != actor.UserID {
		err = sallyport.ErrNotFound
	}
	if err != nil || !n.ReadAt.IsZero() {
		return err
	}
	return s.acts.Keep(ctx, func(tx *store.Tx) error {
		_, err := act.Ignore(tx.ReadNotice(ctx, actor.TenantID, actor.UserID, id, s.acts.Now()))
		return err
	})
}

// ReadAll marks those up to a time as read, and returns how many were not: what came since somebody
// looked stays unread.
func (s *Service) ReadAll(ctx context.Context, actor sallyport.Actor, upTo time.Time) (n int, err error) {
	if err := own(actor); err != nil {
		return 0, err
	}
	err = s.acts.Keep(ctx, func(tx *store.Tx) error {
		changed, err := tx.ReadNotices(ctx, actor.TenantID, actor.UserID, upTo, s.acts.Now())
		n = int(changed)
		return err
	})
	return n, err
}

func own(actor sallyport.Actor) error {
	return access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID})
}

// Choice is what holds for somebody about a topic.
type Choice struct {
	notify.TopicRow
	Wanted map[notify.Way]bool
}

// Choices returns what holds for the actor, about the topics that they can be told of, in the order of
// the table.
func (s *Service) Choices(ctx context.Context, actor sallyport.Actor) ([]Choice, error) {
	if err := own(actor); err != nil {
		return nil, err
	}
	rows, err := s.acts.NotificationChoices(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	wishes := notify.WishesOf(rows)
	var all []Choice
	for _, t := range notify.Topics {
		if t.Admins && !actor.Role.Looks() {
			continue
		}
		c := Choice{t, map[notify.Way]bool{}}
		for _, way := range notify.Ways {
			c.Wanted[way] = wishes.Want(t.Topic, way)
		}
		all = append(all, c)
	}
	return all, nil
}

// Wish is one choice of somebody.
type Wish struct {
	Topic  notify.Topic
	Way    notify.Way
	Wanted bool
}

// Choose stores what the actor wants. CodeInvalid for a topic or a way that there is not, and for what
// nobody can switch off. What is so already is no error.
func (s *Service) Choose(ctx context.Context, actor sallyport.Actor, wishes []Wish) error {
	for _, w := range wishes {
		row, known := notify.TopicOf(w.Topic)
		switch {
		case !known || row.By(w.Way) == "":
			return sallyport.Invalid(sallyport.FieldError{Field: "topic", Code: "unknown_value"})
		case row.By(w.Way) == notify.Always && !w.Wanted:
			return sallyport.Invalid(sallyport.FieldError{Field: "wanted", Code: "always_told"})
		}
	}
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedChoose, func(a *act.Act) error {
		before, err := a.Wishes(ctx, a.User)
		if err != nil {
			return err
		}
		changed := map[bool][]string{}
		for _, w := range wishes {
			if before.Want(w.Topic, w.Way) == w.Wanted {
				continue
			}
			c := store.NotificationChoice{Topic: string(w.Topic), Channel: string(w.Way), Wanted: w.Wanted}
			if _, err := act.Ignore(a.Choose(ctx, actor.TenantID, actor.UserID, c)); err != nil {
				return err
			}
			changed[w.Wanted] = append(changed[w.Wanted], c.Topic+"."+c.Channel)
		}
		if len(changed) == 0 {
			return nil
		}
		said := func(name string, on bool) []string { return act.Given(name, strings.Join(changed[on], " ")) }
		a.Note(audit.NotificationsChosen, act.About{}, append(said("on", true), said("off", false)...)...)
		return nil
	})
}
